package store

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"

	"callbox/areas"
	"callbox/channels"
	"callbox/internal/dispatch"
	"callbox/outages"
	"callbox/subscribers"
)

// another opens the database of a bench again, as a second process does.
func (b *bench) another() *Store {
	b.t.Helper()
	s, err := Open(b.ctx, b.where, b.sealer, b.now)
	b.ok(err)
	b.t.Cleanup(func() {
		if err := s.Close(); err != nil {
			b.t.Error(err)
		}
	})
	return s
}

// tally counts who was sent what.
type tally struct {
	mu   sync.Mutex
	sent map[[2]int64]int // by bulletin and address
}

func (c *tally) note(ds []dispatch.Delivery) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, d := range ds {
		c.sent[[2]int64{d.Bulletin, d.Address}]++
	}
}

// work leases and flushes as a worker does, until there is nothing for it. Now and then it flushes in parts.
func (c *tally) work(ctx context.Context, s *Store, owner string) error {
	dice := rand.New(rand.NewPCG(uint64(len(owner)), uint64(owner[0])))
	for {
		lanes, err := s.Lanes(ctx, s.now())
		if err != nil {
			return err
		}
		var batch *dispatch.Batch
		for _, l := range lanes {
			if batch, err = s.Lease(ctx, l.ID, owner, s.now()); err != nil || batch != nil {
				break
			}
		}
		if err != nil || batch == nil {
			return err
		}
		c.note(batch.Deliveries)
		for ds := batch.Deliveries; len(ds) > 0; {
			n := 1 + dice.IntN(len(ds))
			for i := range ds[:n] {
				ds[i].Fate, ds[i].Attempts = dispatch.Accepted, 1
			}
			if _, err := s.Flush(ctx, batch, ds[:n], n == len(ds), s.now()); err != nil {
				return err
			}
			ds = ds[n:]
		}
	}
}

// promises 5, 13 and 14: four processes share two lanes while people come and go.
func TestManyProcessesShareTheLanesAndNobodyIsServedTwice(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	stay := append(b.residents(700, "x-a"), b.residents(700, "x-b")...)
	leave := b.residents(60, "x-c")
	for i := range 40 {
		stay = append(stay, b.enrol(Registration{List: "live", Langs: []string{"en"}, Areas: []areas.ID{"x-a"}, Channel: channels.Push,
			Host: "push.example.com", Destination: subscribers.NewDestination(fmt.Sprint("push", i)), Active: true}))
	}
	first := b.issue("o", outages.Alert, []areas.ID{"x-a", "x-b", "x-c"}, nil)

	c := &tally{sent: map[[2]int64]int{}}
	var wg sync.WaitGroup
	var mu sync.Mutex
	var errs []error
	do := func(f func() error) {
		wg.Go(func() {
			if err := f(); err != nil {
				mu.Lock()
				defer mu.Unlock()
				errs = append(errs, err)
			}
		})
	}
	for i := range 4 {
		s := b.another()
		do(func() error { return c.work(b.ctx, s, fmt.Sprint(i, " works")) })
	}
	gate := b.another()
	do(func() error {
		for _, id := range leave {
			if err := gate.Leave(b.ctx, id); err != nil {
				return err
			}
		}
		return nil
	})
	var late []int64
	do(func() error {
		for i := range 40 {
			out, err := gate.Enrol(b.ctx, Registration{List: "live", Langs: []string{"en"}, Areas: []areas.ID{"x-b"}, Channel: channels.Email,
				Destination: subscribers.NewDestination(fmt.Sprintf("late%d@example.org", i)), Active: true})
			if err != nil {
				return err
			}
			late = append(late, out[0].Address)
		}
		return nil
	})
	wg.Wait()
	b.ok(errors.Join(errs...))
	b.ok(c.work(b.ctx, b.Store, "the last")) // what came when the others had gone
	b.reconciles()
	for _, id := range append(stay, late...) {
		if n := c.sent[[2]int64{first, id}]; n != 1 {
			t.Errorf("address %d was served %d times, want once", id, n)
		}
	}
	for _, id := range leave {
		if n := c.sent[[2]int64{first, id}]; n > 1 {
			t.Errorf("address %d was served %d times before it left, want at most once", id, n)
		}
	}
	if got := b.totals("o", 1); got.Waiting != 0 || got.Accepted+got.Stopped != got.Targeted {
		t.Errorf("%+v, want nobody waiting", got)
	}
}
