package dispatch

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"callbox/channels"
	"callbox/outages"
	"callbox/templates"
)

// wire is one process's way to the ledger. Cut, it is a killed process: nothing it does arrives.
type wire struct {
	*memory
	mu   sync.Mutex
	cut  bool
	hang bool
	full error // what Flush returns
}

// fill makes every Flush fail with err, or none when it is nil.
func (w *wire) fill(err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.full = err
}

// freeze makes every call hang until its context ends.
func (w *wire) freeze() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.hang = true
}

func (w *wire) kill() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.cut = true
}

func (w *wire) dead(ctx context.Context) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.hang {
		w.mu.Unlock()
		<-ctx.Done()
		w.mu.Lock()
		return ctx.Err()
	}
	if w.cut {
		return errors.New("killed")
	}
	return nil
}

func (w *wire) Lanes(ctx context.Context, now time.Time) ([]Lane, error) {
	if err := w.dead(ctx); err != nil {
		return nil, err
	}
	return w.memory.Lanes(ctx, now)
}

func (w *wire) Lease(ctx context.Context, lane int64, owner string, now time.Time) (*Batch, error) {
	if err := w.dead(ctx); err != nil {
		return nil, err
	}
	return w.memory.Lease(ctx, lane, owner, now)
}

func (w *wire) Flush(ctx context.Context, b *Batch, settled []Delivery, done bool, now time.Time) (bool, error) {
	if err := w.dead(ctx); err != nil {
		return false, err
	}
	w.mu.Lock()
	full := w.full
	w.mu.Unlock()
	if full != nil {
		return false, full
	}
	return w.memory.Flush(ctx, b, settled, done, now)
}

func (w *wire) Superseded(ctx context.Context, b *Batch) (bool, error) {
	if err := w.dead(ctx); err != nil {
		return false, err
	}
	return w.memory.Superseded(ctx, b)
}

// far is a far side that answers by a script and remembers what arrived.
type far struct {
	answer func(ctx context.Context, m channels.Message) error

	mu  sync.Mutex
	got []arrival
}

type arrival struct {
	to  string
	seq int
	at  time.Time
	key string
}

func (f *far) Send(ctx context.Context, m channels.Message) (channels.Receipt, error) {
	f.mu.Lock()
	f.got = append(f.got, arrival{m.To, m.Bulletin.Seq, time.Now(), m.Key})
	f.mu.Unlock()
	if f.answer != nil {
		if err := f.answer(ctx, m); err != nil {
			return nil, err
		}
	}
	return channels.Receipt{{ID: m.Key}}, nil
}

func (f *far) arrivals() []arrival {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.got)
}

// takes returns an answer that comes after d, or when the sender gives up.
func takes(d time.Duration) func(context.Context, channels.Message) error {
	return func(ctx context.Context, _ channels.Message) error {
		select {
		case <-time.After(d):
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// run starts a sender and returns what stops it and waits.
func run(t testing.TB, s *Sender) (stop func()) {
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		s.Run(ctx)
	}()
	return func() {
		cancel()
		<-done
	}
}

// textOf is a text of one area with the words of its mode in place.
func textOf(mode outages.Mode, name string) templates.Text {
	mark := modeWords[mode][templates.English]
	if mark != "" {
		mark += ": "
	}
	return templates.Text{
		Lang: templates.English, Topic: mark + "911 outage", Title: mark + "911 outage: " + name,
		Parts: []templates.Part{{Name: name, Brief: mark + name + ": call police 860-555-0101."}},
	}
}
