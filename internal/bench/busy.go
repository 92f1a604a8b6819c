package bench

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"

	"callbox/channels"
)

// busySpec asks for a process that serves the feed, and sends when it is told to.
type busySpec struct {
	DB, Keys string
	Far      farSide
}

// What the process of figure 13 is told over HTTP: to begin, and to issue a second alert and answer when
// its first mail was accepted.
const (
	beginPath  = "/begin"
	secondPath = "/second"
)

// second is what came of the second alert.
type second struct {
	First   float64 // milliseconds from the durable issue to the first acceptance
	Waiting int     // of the first alert, when that came
}

// busy serves the feed and sends to everybody of a database, in one process, as the program does.
func busy(ctx context.Context, spec busySpec, say func(any) error) error {
	l, err := openLedger(ctx, spec.DB, spec.Keys)
	if err != nil {
		return err
	}
	defer l.Close()
	ch, closing, err := carrier(channels.Email, spec.Far)
	if err != nil {
		return err
	}
	handler, done, err := newFeed(ctx)
	if err != nil {
		return err
	}
	defer done()
	w, err := newWorld(towns, time.Now())
	if err != nil {
		return err
	}
	watching := &watched{Channel: ch}
	p := newPost(l, l, channels.Email, watching, spec.Far.Concurrency)
	d := &desk{ledger: l, world: w}
	mux := http.NewServeMux()
	mux.Handle("/", handler)
	mux.HandleFunc(beginPath, func(w http.ResponseWriter, r *http.Request) {
		if err := d.alert(r.Context()); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
		}
		p.Wake()
	})
	mux.HandleFunc(secondPath, func(w http.ResponseWriter, r *http.Request) {
		came, err := secondAlert(r.Context(), d, p, watching)
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		_ = json.NewEncoder(w).Encode(came)
	})
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	server := &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(listener) }()
	err = say("http://" + listener.Addr().String())
	<-ctx.Done()
	for _, outage := range d.outages { // what is left is not for the next round
		err = errors.Join(err, l.Stop(context.WithoutCancel(ctx), outage, system))
	}
	err = errors.Join(err, server.Close(), p.stop(), closing())
	if e := <-ended; !errors.Is(e, http.ErrServerClosed) {
		err = errors.Join(err, e)
	}
	return err
}

// secondAlert issues an alert while another is being sent.
func secondAlert(ctx context.Context, d *desk, p *post, ch *watched) (second, error) {
	other := &desk{ledger: d.ledger, world: d.world}
	defer func() { d.outages = append(d.outages, other.outages...) }()
	told := ch.watch(func(m channels.Message) bool { return m.Bulletin.Outage != d.outage })
	if err := other.alert(ctx); err != nil {
		return second{}, err
	}
	p.Wake()
	select {
	case at := <-told:
		took, targeted, err := d.accepted(ctx, d.outage)
		return second{float64(max(0, at.Sub(other.issued)).Microseconds()) / 1000, targeted - took}, err
	case <-ctx.Done():
		return second{}, ctx.Err()
	}
}

// meanwhile measures figure 13.
func (r *run) meanwhile() error {
	n := slices.Max(r.Sizes)
	if i := slices.Index(r.Sizes, 100_000); i >= 0 {
		n = r.Sizes[i]
	}
	file, _, err := r.roll(channels.Email, n)
	if err != nil {
		return err
	}
	var quiet, during, seconds sample
	over := 0
	for round := range r.Rounds {
		r.Progress(fmt.Sprintf("feed and a second alert during %d mails, round %d of %d", n, round+1, r.Rounds))
		c, err := start(r.ctx, "busy", busySpec{DB: file, Keys: r.path("keys"),
			Far: farSide{Addr: r.sink.mail, Connections: sessions, Concurrency: hands}})
		if err != nil {
			return err
		}
		idle, loaded, came, err := r.meanwhileOnce(c)
		if err = errors.Join(err, c.end()); err != nil {
			return err
		}
		quiet, during = append(quiet, idle.percentile(99)), append(during, loaded.percentile(99))
		seconds = append(seconds, came.First)
		if came.Waiting == 0 {
			over++
		}
	}
	note := ""
	if over > 0 {
		note = fmt.Sprintf("in %d of %d rounds the sending was over before the second alert came", over, r.Rounds)
	}
	r.add("13", Row{Figure: "13/feed", What: fmt.Sprintf("feed while %d mails are sent, 99 of 100", n), Unit: "ms"}.ours(during).
		beside("the same when idle", quiet, during).atMost(50, during.median(), " ms"))
	r.add("13", Row{Figure: "13/second", What: "meanwhile, a second alert's first mail", Unit: "ms", Note: note}.ours(seconds).
		atMost(250, seconds.median(), " ms"))
	return nil
}

func (r *run) meanwhileOnce(c *child) (idle, loaded sample, came second, err error) {
	var url string
	if err := c.hear(&url); err != nil {
		return nil, nil, came, err
	}
	if idle, err = pings(r.ctx, url+feedPath, nil); err != nil {
		return nil, nil, came, err
	}
	if err := get(r.ctx, url+beginPath, nil); err != nil {
		return nil, nil, came, err
	}
	over := make(chan struct{})
	var asking sync.WaitGroup
	var secondErr error
	asking.Go(func() {
		defer close(over)
		secondErr = get(r.ctx, url+secondPath, &came)
	})
	loaded, err = pings(r.ctx, url+feedPath, over)
	asking.Wait()
	return idle, loaded, came, errors.Join(err, secondErr)
}

// pings gets a URL a few hundred times, and on until over is closed, and returns the milliseconds of each.
func pings(ctx context.Context, url string, over <-chan struct{}) (out sample, err error) {
	for {
		began := time.Now()
		if err := get(ctx, url, nil); err != nil {
			return out, err
		}
		out = append(out, float64(time.Since(began).Microseconds())/1000)
		time.Sleep(time.Millisecond)
		if len(out) < 300 {
			continue
		}
		if over == nil {
			return out, nil
		}
		select {
		case <-over:
			return out, nil
		default:
		}
	}
}

// get fetches a URL; into takes its JSON, nil nothing.
func get(ctx context.Context, url string, into any) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %s", url, res.Status)
	}
	if into == nil {
		_, err = io.Copy(io.Discard, res.Body)
		return err
	}
	return json.NewDecoder(res.Body).Decode(into)
}
