package store

import (
	"context"
	"database/sql"
	"fmt"
	"sync"
	"sync/atomic"
)

// together runs short transactions that come at the same time as one, so that they share the wait for
// the disk: a commit is synced, and that takes longer than everything else that a lease or a flush does.
// Each is undone by itself when it fails, and none is answered before all are on disk.
type together struct {
	mu      sync.Mutex
	waiting []*member
	running bool
}

// member is one transaction among others.
type member struct {
	ctx  context.Context
	f    func(*tx) error
	err  error
	done chan struct{}
	// taken is set by whoever is first: the round that runs it, or the caller who gives up.
	taken atomic.Bool
}

// together is tx for the ledger's own transactions.
func (s *Store) together(ctx context.Context, f func(*tx) error) error {
	m := &member{ctx: ctx, f: f, done: make(chan struct{})}
	g := &s.group
	g.mu.Lock()
	g.waiting = append(g.waiting, m)
	if !g.running {
		g.running = true
		go s.rounds()
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
	return m.err
}

// rounds commits whoever came while the former ones were committed, until nobody did.
func (s *Store) rounds() {
	g := &s.group
	for {
		g.mu.Lock()
		members := g.waiting
		g.waiting = nil
		g.running = len(members) > 0
		g.mu.Unlock()
		if len(members) == 0 {
			return
		}
		s.round(members)
		for _, m := range members {
			close(m.done)
		}
	}
}

// round runs members in one transaction and sets the error of each.
func (s *Store) round(members []*member) {
	fail := func(err error) {
		for _, m := range members {
			if m.err == nil {
				m.err = fmt.Errorf("database: %w", err)
			}
		}
	}
	t, err := s.write.BeginTx(context.Background(), nil)
	if err != nil {
		fail(err)
		return
	}
	defer t.Rollback()
	kept := map[string]*sql.Stmt{}
	for _, m := range members {
		if !m.taken.CompareAndSwap(false, true) {
			continue
		}
		if err := m.run(t, kept); err != nil {
			fail(err)
			return
		}
	}
	if err := t.Commit(); err != nil {
		fail(err)
	}
}

// run does the work of a member, and undoes it when it fails. It returns an error when the whole
// transaction is lost.
func (m *member) run(t *sql.Tx, kept map[string]*sql.Stmt) error {
	own := &tx{Tx: t, ctx: context.WithoutCancel(m.ctx), kept: kept}
	if _, err := own.exec(`SAVEPOINT member`); err != nil {
		return err
	}
	if m.err = m.f(own); m.err != nil {
		if _, err := own.exec(`ROLLBACK TO member`); err != nil {
			return err
		}
	}
	_, err := own.exec(`RELEASE member`)
	return err
}
