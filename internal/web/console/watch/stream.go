package watch

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"sync"
	"time"

	"callbox/internal/desk"
	"callbox/internal/officials"
	"callbox/internal/web/console/frame"
)

// The limits of streams.
const (
	streamEvery  = 500 * time.Millisecond // at most two events a second
	streamsMost  = 6                      // of one person
	streamLives  = 5 * time.Minute        // then the browser comes again, and the gate looks at its session
	streamWithin = 10 * time.Second       // a reader who takes longer for an event is dropped
)

// snapshot is the figures of one bulletin as all who watch it see them. It is made at most twice a second,
// however many watch.
type snapshot struct {
	mu      sync.Mutex
	readers int
	made    time.Time
	id      string
	body    []byte
}

// of returns the snapshot of a bulletin for one more reader; call leave when done.
func (w *Watch) of(key string) *snapshot {
	w.mu.Lock()
	defer w.mu.Unlock()
	s := w.snapshot[key]
	if s == nil {
		s = &snapshot{}
		w.snapshot[key] = s
	}
	s.readers++
	return s
}

func (w *Watch) leave(key string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if s := w.snapshot[key]; s != nil {
		if s.readers--; s.readers == 0 {
			delete(w.snapshot, key)
		}
	}
}

// watched says which bulletin a stream shows, and to whom.
type watched struct {
	desk   *desk.Desk
	actor  officials.Actor
	outage string
	seq    int
	zone   *time.Location
}

// figures returns the newest figures and what they are called: figures of one name are the same.
func (w *Watch) figures(ctx context.Context, s *snapshot, of watched) (id string, body []byte, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if now := time.Now(); now.Sub(s.made) >= streamEvery*9/10 {
		l, err := of.desk.Live(ctx, of.actor, of.outage, of.seq)
		if err != nil {
			return "", nil, err
		}
		f, err := drawn(ctx, of, l)
		if err != nil {
			return "", nil, err
		}
		var b bytes.Buffer
		if err := w.fragment.ExecuteTemplate(&b, "figures", f); err != nil {
			return "", nil, err
		}
		sum := sha256.Sum256(b.Bytes())
		s.made, s.id, s.body = now, hex.EncodeToString(sum[:8]), b.Bytes()
	}
	return s.id, s.body, nil
}

// enter counts a stream of a person, unless they have too many.
func (w *Watch) enter(who string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.streams[who] >= streamsMost {
		return false
	}
	w.streams[who]++
	return true
}

func (w *Watch) exit(who string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.streams[who]--; w.streams[who] == 0 {
		delete(w.streams, who)
	}
}

// stream sends the figures of a bulletin as they change (server-sent events, HTML section 9.2). Each event
// holds all of them, so that one that is missed is no loss.
func (w *Watch) stream(c *frame.Call) error {
	s, err := outage(c)
	if err != nil {
		return err
	}
	seq, err := bulletin(c)
	if err != nil {
		return err
	}
	who := c.Actor.Name()
	if !w.enter(who) {
		return frame.Fault{Status: http.StatusTooManyRequests, Text: "You watch in too many windows already. Close some."}
	}
	defer w.exit(who)
	key := fmt.Sprintf("%s/%d", s.Outage.ID, seq)
	shared := w.of(key)
	defer w.leave(key)

	h := c.ResponseWriter.Header()
	h.Set("Content-Type", "text/event-stream; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no") // a proxy in front passes events on at once
	out := &events{w: c.ResponseWriter, to: http.NewResponseController(c.ResponseWriter)}
	if err := out.to.SetReadDeadline(time.Time{}); err != nil { // else the server's own would end the request
		return err
	}
	if err := out.send("retry: 1000\n\n"); err != nil {
		return nil
	}
	w.follow(c, out, shared, watched{c.Desk, c.Actor, s.Outage.ID, seq, c.Zone()})
	return nil
}

// follow sends until the reader leaves, is too slow, or has been there long enough.
func (w *Watch) follow(c *frame.Call, out *events, shared *snapshot, of watched) {
	tick := time.NewTicker(streamEvery)
	defer tick.Stop()
	end := time.NewTimer(streamLives)
	defer end.Stop()
	last, beat := c.Request.Header.Get("Last-Event-ID"), time.Time{}
	for {
		id, body, err := w.figures(c.Context(), shared, of)
		switch {
		case err != nil: // the page says that its figures stopped, and the browser comes again
			return
		case id != last:
			err = out.figures(id, body)
			last, beat = id, time.Now()
		case time.Since(beat) >= w.Beat:
			err = out.send("event: beat\ndata: " + id + "\n\n") // who has other figures asks anew
			beat = time.Now()
		}
		if err != nil {
			return
		}
		select {
		case <-c.Context().Done():
			return
		case <-w.done:
			return
		case <-end.C:
			return
		case <-tick.C:
		}
	}
}

// events writes server-sent events.
type events struct {
	w  http.ResponseWriter
	to *http.ResponseController
}

func (e *events) figures(id string, body []byte) error {
	var b bytes.Buffer
	fmt.Fprintf(&b, "id: %s\nevent: figures\n", id)
	for line := range bytes.Lines(body) {
		b.WriteString("data: ")
		b.Write(bytes.TrimRight(line, "\r\n"))
		b.WriteByte('\n')
	}
	b.WriteByte('\n')
	return e.send(b.String())
}

// send writes and flushes within the time that a reader has.
func (e *events) send(text string) error {
	if err := e.to.SetWriteDeadline(time.Now().Add(streamWithin)); err != nil {
		return err
	}
	if _, err := e.w.Write([]byte(text)); err != nil {
		return err
	}
	return e.to.Flush()
}
