package store

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Member is a process that serves this database.
type Member struct {
	Name   string    `json:"name"`   // drawn when it starts
	About  string    `json:"about"`  // where it runs
	Digest string    `json:"digest"` // of the configuration that all must share
	Began  time.Time `json:"began"`
}

// MemberFor is how long a member counts after it was last seen.
const MemberFor = 5 * time.Second

// Muster writes down that a member is there and returns all that are, the longest serving first.
func (s *Store) Muster(ctx context.Context, m Member) ([]Member, error) {
	now := s.now()
	err := s.aside(ctx, func(t *tx) error {
		_, err := t.exec(`INSERT INTO crew (name, about, digest, began, seen) VALUES ($1, $2, $3, $4, $5)
			ON CONFLICT (name) DO UPDATE SET seen = excluded.seen`, m.Name, m.About, m.Digest, millis(m.Began), millis(now))
		if err == nil {
			_, err = t.exec(`DELETE FROM crew WHERE seen < $1`, millis(now.Add(-time.Hour)))
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("muster: %w", err)
	}
	return s.Crew(ctx)
}

// Crew returns the members that are there, the longest serving first.
func (s *Store) Crew(ctx context.Context) ([]Member, error) {
	var out []Member
	rows, err := s.read.QueryContext(ctx, `SELECT name, about, digest, began FROM crew WHERE seen > $1 ORDER BY began, name`,
		millis(s.now().Add(-MemberFor)))
	err = each(rows, err, func(r rowScanner) error {
		var m Member
		var began int64
		err := r.Scan(&m.Name, &m.About, &m.Digest, &began)
		m.Began = fromMillis(began)
		out = append(out, m)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("crew: %w", s.explain(err))
	}
	return out, nil
}

// Hold gives a post to a member for a while, or renews it. It returns the term, which rises with every
// new holder, or 0 when another holds the post.
func (s *Store) Hold(ctx context.Context, post, member string, d time.Duration) (term int64, err error) {
	now := s.now()
	err = s.aside(ctx, func(t *tx) error {
		err := t.row(`INSERT INTO posts (post, holder, term, until) VALUES ($1, $2, 1, $3)
			ON CONFLICT (post) DO UPDATE SET holder = excluded.holder, until = excluded.until,
			term = posts.term + CASE WHEN posts.holder = excluded.holder THEN 0 ELSE 1 END
			WHERE posts.holder = excluded.holder OR posts.until <= $4 RETURNING term`,
			[]any{post, member, millis(now.Add(d)), millis(now)}, &term)
		if errors.Is(err, ErrNotFound) {
			return nil
		}
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("hold the post of %s: %w", post, err)
	}
	return term, nil
}

// Quit takes a member off the crew and frees its posts.
func (s *Store) Quit(ctx context.Context, member string) error {
	err := s.aside(ctx, func(t *tx) error {
		if _, err := t.exec(`DELETE FROM crew WHERE name = $1`, member); err != nil {
			return err
		}
		_, err := t.exec(`UPDATE posts SET until = 0 WHERE holder = $1`, member)
		return err
	})
	if err != nil {
		return fmt.Errorf("quit: %w", err)
	}
	return nil
}

// Skew returns how far the clock of this process is ahead of the database's, give or take half the time
// of the question; 0 where they are the same clock.
func (s *Store) Skew(ctx context.Context) (time.Duration, error) {
	if s.dialect.clock == "" {
		return 0, nil
	}
	var theirs int64
	before := s.now()
	if err := oneRow(s.read.QueryRowContext(ctx, `SELECT `+s.dialect.clock), &theirs); err != nil {
		return 0, fmt.Errorf("the database's clock: %w", s.explain(err))
	}
	after := s.now()
	return before.Add(after.Sub(before) / 2).Sub(time.UnixMilli(theirs)).Round(time.Millisecond), nil
}

// Writable returns an error that says why nothing can be written, if that is so. It changes nothing.
func (s *Store) Writable(ctx context.Context) error {
	undo := errors.New("undo")
	err := s.aside(ctx, func(t *tx) error {
		if _, err := t.exec(`DELETE FROM crew WHERE name = ''`); err != nil {
			return err
		}
		return undo
	})
	if errors.Is(err, undo) {
		return nil
	}
	return err
}

// Listen calls heard when another process, or this one, issued a bulletin or published a document, until
// ctx ends or the connection does. Databases that announce nothing return at once: what is new is found by
// looking.
func (s *Store) Listen(ctx context.Context, heard func()) error {
	if s.dialect.listen == nil {
		return nil
	}
	return s.dialect.listen(ctx, s.where, heard)
}

// ShelfVersion returns a number that changes when a document is published.
func (s *Store) ShelfVersion(ctx context.Context) (v int64, err error) {
	return v, oneRow(s.read.QueryRowContext(ctx, `SELECT COUNT(*) FROM documents`), &v)
}
