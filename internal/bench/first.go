package bench

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"callbox/channels"
)

// firstSpec asks how long the first person waits, several times.
type firstSpec struct {
	DB, Keys string
	Far      farSide
	Times    int
}

// firsts are, for each time, milliseconds.
type firsts struct {
	First sample // from the durable issue to the first acceptance by the far side
	Issue sample // the issue itself
}

// watched is a channel that tells when it first carried something that is waited for.
type watched struct {
	channels.Channel
	mu   sync.Mutex
	told chan time.Time // nil when nobody waits
	what func(channels.Message) bool
}

func (w *watched) Send(ctx context.Context, m channels.Message) (channels.Receipt, error) {
	r, err := w.Channel.Send(ctx, m)
	if err == nil {
		now := time.Now()
		w.mu.Lock()
		defer w.mu.Unlock()
		if w.told != nil && w.what(m) {
			w.told <- now
			w.told = nil
		}
	}
	return r, err
}

func (w *watched) watch(what func(channels.Message) bool) <-chan time.Time {
	told := make(chan time.Time, 1)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.told, w.what = told, what
	return told
}

// first issues one alert after the other, each stopped as soon as its first mail was accepted.
func first(ctx context.Context, spec firstSpec, say func(any) error) error {
	l, err := openLedger(ctx, spec.DB, spec.Keys)
	if err != nil {
		return err
	}
	defer l.Close()
	ch, closing, err := carrier(channels.Email, spec.Far)
	if err != nil {
		return err
	}
	w, err := newWorld(towns, time.Now())
	if err != nil {
		return err
	}
	watching := &watched{Channel: ch}
	p := newPost(l, l, channels.Email, watching, spec.Far.Concurrency)
	var out firsts
	for range spec.Times {
		if err = issueOnce(ctx, l, w, p, watching, &out); err != nil {
			break
		}
	}
	if err := errors.Join(err, p.stop(), closing()); err != nil {
		return err
	}
	return say(out)
}

func issueOnce(ctx context.Context, l *ledger, w *world, p *post, ch *watched, out *firsts) error {
	outage := newName()
	texts, err := w.texts(outage)
	if err != nil {
		return err
	}
	told := ch.watch(func(channels.Message) bool { return true })
	began := time.Now()
	bulletin, issued, err := l.issue(ctx, w, outage, texts)
	if err != nil {
		return err
	}
	p.Wake()
	select {
	case at := <-told:
		out.First = append(out.First, float64(max(0, at.Sub(issued)).Microseconds())/1000)
		out.Issue = append(out.Issue, float64(issued.Sub(began).Microseconds())/1000)
	case <-time.After(time.Minute):
		return errors.New("nobody was told within a minute")
	case <-ctx.Done():
		return ctx.Err()
	}
	if err := l.Stop(ctx, outage, system); err != nil {
		return err
	}
	return idle(ctx, l, p, bulletin)
}

// idle waits until what was begun is written.
func idle(ctx context.Context, l *ledger, p *post, bulletin int64) error {
	for range 1000 {
		lanes, err := l.Lanes(ctx, time.Now().Add(time.Hour)) // leases too
		if err != nil {
			return err
		}
		if len(lanes) == 0 && p.InFlight(bulletin) == 0 {
			return nil
		}
		time.Sleep(10 * time.Millisecond)
	}
	return fmt.Errorf("the sender is still at work ten seconds after a stop")
}
