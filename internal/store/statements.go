package store

import (
	"context"
	"database/sql"
	"sync"
)

// statements are what the transactions of the ledger say, prepared once for all of them: to prepare one
// takes longer than to carry it out.
type statements struct {
	mu     sync.Mutex
	ready  map[string]*sql.Stmt
	wanted map[string]bool
}

// of returns a statement that is ready; it notes one that is not.
func (s *statements) of(query string) *sql.Stmt {
	if s == nil {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	stmt := s.ready[query]
	if stmt == nil {
		if s.wanted == nil {
			s.wanted = map[string]bool{}
		}
		s.wanted[query] = true
	}
	return stmt
}

// prepare gets the statements ready that were noted. It must not run within a transaction: there may be
// no second connection. One that cannot be prepared is noted again when it is said again.
func (s *statements) prepare(ctx context.Context, db *sql.DB) {
	s.mu.Lock()
	wanted := s.wanted
	s.wanted = nil
	s.mu.Unlock()
	for query := range wanted {
		stmt, err := db.PrepareContext(ctx, query)
		if err != nil {
			continue
		}
		s.mu.Lock()
		if s.ready == nil {
			s.ready = map[string]*sql.Stmt{}
		}
		s.ready[query] = stmt
		s.mu.Unlock()
	}
}
