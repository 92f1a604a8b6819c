package store

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

// together runs short transactions that come at the same time as one, so that they share the wait for
// the disk: a commit is synced, and that takes longer than everything else that a lease or a flush does.
// Each is undone by itself when it fails, and none is answered before all are on disk.
//
// Where lanes can be kept apart each has its own rounds; else all lanes share them.
type together struct {
	mu      sync.Mutex
	waiting map[int64][]*member // by lane; a lane that is here has somebody who runs its rounds
}

// roundWithin ends a round whose database does not answer: whoever waits for it has work to give up.
const roundWithin = 5 * time.Second

// member is one transaction among others.
type member struct {
	f    func(*tx) error
	err  error
	done chan struct{}
	// taken is set by whoever is first: the round that runs it, or the caller who gives up.
	taken atomic.Bool
}

// together is tx for the ledger's own transactions, each of which concerns one lane.
func (s *Store) together(ctx context.Context, lane int64, f func(*tx) error) error {
	if s.dialect.inLane == nil {
		lane = 0
	}
	m := &member{f: f, done: make(chan struct{})}
	g := &s.group
	g.mu.Lock()
	if g.waiting == nil {
		g.waiting = map[int64][]*member{}
	}
	members, running := g.waiting[lane]
	g.waiting[lane] = append(members, m)
	if !running {
		go s.rounds(lane)
	}
	g.mu.Unlock()
	select {
	case <-m.done:
	case <-ctx.Done():
		if m.taken.CompareAndSwap(false, true) {
			return fmt.Errorf("database: %w", ctx.Err())
		}
		<-m.done
	}
	return s.explain(m.err)
}

// rounds commits whoever came while the former ones were committed, until nobody did.
func (s *Store) rounds(lane int64) {
	g := &s.group
	for {
		g.mu.Lock()
		members := g.waiting[lane]
		g.waiting[lane] = nil
		if len(members) == 0 {
			delete(g.waiting, lane)
		}
		g.mu.Unlock()
		if len(members) == 0 {
			return
		}
		s.round(lane, members)
		for _, m := range members {
			close(m.done)
		}
		s.statements.prepare(context.Background(), s.write)
	}
}

// round runs members in one transaction and sets the error of each.
func (s *Store) round(lane int64, members []*member) {
	ctx, stop := context.WithTimeout(context.Background(), roundWithin)
	defer stop()
	err := s.aside(ctx, func(t *tx) error {
		t.ready = &s.statements
		if lane != 0 {
			if err := s.dialect.inLane(t, lane); err != nil {
				return err
			}
		}
		for _, m := range members {
			if !m.taken.CompareAndSwap(false, true) {
				continue
			}
			if err := m.run(t); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil {
		return
	}
	for _, m := range members {
		if m.err == nil {
			m.err = fmt.Errorf("database: %w", err)
		}
	}
}

// run does the work of a member, and undoes it when it fails. It returns an error when the whole
// transaction is lost.
func (m *member) run(t *tx) error {
	if _, err := t.exec(`SAVEPOINT member`); err != nil {
		return err
	}
	if m.err = m.f(t); m.err != nil {
		if _, err := t.exec(`ROLLBACK TO SAVEPOINT member`); err != nil {
			return err
		}
	}
	_, err := t.exec(`RELEASE SAVEPOINT member`)
	return err
}
