package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"callbox/internal/officials"
)

// Attempt counts an attempt to sign in as a failure of each of those who made it, before it is judged, so
// that many at once gain nothing. Where one of them has to wait it counts nothing and returns until when.
func (s *Store) Attempt(ctx context.Context, who [][]byte) (again time.Time, err error) {
	now := s.now()
	err = s.tx(ctx, func(t *tx) error {
		if _, err := t.exec(`DELETE FROM attempts WHERE again < $1`, millis(now.Add(-attemptsKept))); err != nil {
			return err
		}
		failures := make([]int, len(who))
		for i, w := range who {
			var until int64
			err := t.row(`SELECT failures, again FROM attempts WHERE who = $1`, []any{w}, &failures[i], &until)
			if err != nil && !errors.Is(err, ErrNotFound) {
				return err
			}
			if at := fromMillis(until); at.After(now) && at.After(again) {
				again = at
			}
		}
		if !again.IsZero() {
			return nil
		}
		for i, w := range who {
			if _, err := t.exec(`INSERT INTO attempts (who, failures, again) VALUES ($1, $2, $3)
				ON CONFLICT (who) DO UPDATE SET failures = excluded.failures, again = excluded.again`,
				w, failures[i]+1, millis(now.Add(officials.Wait(failures[i]+1)))); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return again, fmt.Errorf("count an attempt to sign in: %w", err)
	}
	return again, nil
}

// attemptsKept is how long failures are remembered after the wait that they brought.
const attemptsKept = time.Hour

// Forgive takes back what Attempt counted: all of it for the account, one for the network, where others
// may still be guessing.
func (s *Store) Forgive(ctx context.Context, account, network []byte) error {
	return s.tx(ctx, func(t *tx) error {
		_, err := t.exec(`DELETE FROM attempts WHERE who = $1`, account)
		if err == nil {
			_, err = t.exec(`UPDATE attempts SET failures = failures - 1, again = $1 WHERE who = $2 AND failures > 0`, millis(s.now()), network)
		}
		return err
	})
}
