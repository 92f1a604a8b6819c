package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"callbox/channels/cap"
	"callbox/internal/store"
	"callbox/internal/web/feed"
	"callbox/subscribers"
)

// feedSpec asks for a server of one feed.
type feedSpec struct {
	Bare bool // the same bytes, served by a handler that does nothing else
}

// feedReady is where it is served.
type feedReady struct {
	URL   string
	Bytes int
}

// feedPart serves the feed of an outage of eight towns, and says at its end how much processor time it took.
func feedPart(ctx context.Context, spec feedSpec, say func(any) error) error {
	handler, closing, err := newFeed(ctx)
	if err != nil {
		return err
	}
	defer closing()
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, httptest.NewRequest(http.MethodGet, feedPath, nil))
	body := w.Body.Bytes()
	if w.Code != http.StatusOK || len(body) < 1000 {
		return fmt.Errorf("the feed answers %d with %d bytes", w.Code, len(body))
	}
	if spec.Bare {
		head := w.Header()
		handler = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			h := w.Header()
			for k, v := range head {
				h[k] = v
			}
			h.Set("Content-Length", strconv.Itoa(len(body)))
			_, _ = w.Write(body)
		})
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 5 * time.Second}
	ended := make(chan error, 1)
	cpu := processor()
	go func() { ended <- server.Serve(l) }()
	if err := say(feedReady{"http://" + l.Addr().String() + feedPath, len(body)}); err != nil {
		return err
	}
	<-ctx.Done()
	used := (processor() - cpu).Seconds()
	if err := server.Close(); err != nil {
		return err
	}
	if err := <-ended; !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return say(used)
}

const feedPath = "/cap/rss.xml"

// newFeed publishes an outage and serves it from memory.
func newFeed(ctx context.Context) (http.Handler, func(), error) {
	dir, err := os.MkdirTemp("", "callbox-bench-feed-")
	if err != nil {
		return nil, nil, err
	}
	s, err := store.Open(ctx, filepath.Join(dir, "feed.db"), subscribers.NewSealer(subscribers.GenerateKeys()), nil)
	if err != nil {
		return nil, nil, errors.Join(err, os.RemoveAll(dir))
	}
	closing := func() { _, _ = s.Close(), os.RemoveAll(dir) }
	w, err := newWorld(8, time.Now().UTC().Truncate(time.Second))
	if err != nil {
		return nil, closing, err
	}
	ch, err := cap.New(cap.Config{Shelf: s.Shelf(), Atlas: w.book})
	if err != nil {
		return nil, closing, err
	}
	texts, err := w.crowd("bench-feed")
	if err != nil {
		return nil, closing, err
	}
	m := w.message("live", texts)
	if _, err := ch.Send(ctx, m); err != nil {
		return nil, closing, err
	}
	f, err := feed.New(feed.Config{Shelf: s.Shelf(), Atlas: func() feed.Atlas { return w.book }, Base: "https://alerts.example.org"})
	return f, closing, err
}

// fetch gets a URL n times over a number of connections.
func fetch(ctx context.Context, url string, n int) error {
	client := &http.Client{Timeout: 15 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: 32, DisableCompression: true}}
	defer client.CloseIdleConnections()
	return loop(32, n, func(any) error { return nil }, func(int64) error {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
		if err != nil {
			return err
		}
		res, err := client.Do(req)
		if err != nil {
			return err
		}
		_, err = io.Copy(io.Discard, res.Body)
		if res.StatusCode != http.StatusOK {
			return errors.New(res.Status)
		}
		return errors.Join(err, res.Body.Close())
	})
}

// feed measures figure 12.
func (r *run) feed() error {
	n := r.some(20_000)
	var ours, bare sample
	var size int
	for round := range r.Rounds {
		r.Progress(fmt.Sprintf("feed, round %d of %d", round+1, r.Rounds))
		for _, side := range []struct {
			bare bool
			to   *sample
		}{{false, &ours}, {true, &bare}} {
			c, err := start(r.ctx, "feed", feedSpec{side.bare})
			if err != nil {
				return err
			}
			var ready feedReady
			if err := c.hear(&ready); err != nil {
				return err
			}
			size = ready.Bytes
			if err := fetch(r.ctx, ready.URL, n); err != nil {
				return errors.Join(err, c.end())
			}
			var used float64
			_ = c.in.Close() // it says now what it used
			if err := c.hear(&used); err != nil {
				return err
			}
			if err := c.end(); err != nil {
				return err
			}
			*side.to = append(*side.to, float64(n)/used)
		}
	}
	row := Row{Figure: "12", What: "feed from memory", Unit: "per CPU-second",
		Note: fmt.Sprintf("RSS of %d bytes, uncompressed; nginx is not measured here", size)}.ours(ours).beside("bare net/http, same bytes", bare, ours)
	r.add("12", row.atLeast(0.9, row.Ratio, ""))
	return nil
}
