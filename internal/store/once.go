package store

import (
	"context"
	"errors"
	"time"
)

// onceKept is how long the result of a form that was sent is remembered.
const onceKept = 24 * time.Hour

// Once claims the value of a form for the one who sends it. For whoever comes later, first is false and
// result is where the first press led, empty while it is at work.
func (s *Store) Once(ctx context.Context, official, value string) (first bool, result string, err error) {
	err = s.tx(ctx, func(t *tx) error {
		if _, err := t.exec(`DELETE FROM once WHERE expires < $1`, millis(s.now())); err != nil {
			return err
		}
		n, err := t.exec(`INSERT INTO once (official, value, result, expires) VALUES ($1, $2, '', $3)
			ON CONFLICT (official, value) DO NOTHING`, official, value, millis(s.now().Add(onceKept)))
		if first = n == 1; first || err != nil {
			return err
		}
		return t.row(`SELECT result FROM once WHERE official = $1 AND value = $2`, []any{official, value}, &result)
	})
	return first, result, err
}

// OnceResult returns where the first press led, empty while it is at work, or ErrNotFound when it failed.
func (s *Store) OnceResult(ctx context.Context, official, value string) (result string, err error) {
	err = oneRow(s.read.QueryRowContext(ctx, `SELECT result FROM once WHERE official = $1 AND value = $2`, official, value), &result)
	return result, err
}

// Done writes where a form led. An empty result frees the value: nothing was done, and the form may be
// sent again.
func (s *Store) Done(ctx context.Context, official, value, result string) error {
	err := s.tx(ctx, func(t *tx) error {
		if result == "" {
			return t.must(`DELETE FROM once WHERE official = $1 AND value = $2`, official, value)
		}
		return t.must(`UPDATE once SET result = $1 WHERE official = $2 AND value = $3`, result, official, value)
	})
	if errors.Is(err, ErrNotFound) {
		return nil // forgotten meanwhile
	}
	return err
}
