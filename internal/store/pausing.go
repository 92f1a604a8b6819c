package store

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Pause takes every active address of a resident off the roll until a time; what waits for them is
// stopped. A paused address keeps its destination and places, and comes back as a new row, so that what
// was issued meanwhile is not cut for it (docs/decisions/0014-residents.md).
func (s *Store) Pause(ctx context.Context, subscriber int64, until time.Time) error {
	return s.tx(ctx, func(t *tx) error {
		standing, err := t.addressesOf(subscriber)
		for _, a := range standing {
			if err == nil && a.state != unconfirmed {
				err = s.pause(t, a, until)
			}
		}
		return err
	})
}

// PauseOne is Pause for one address, by an ID that it has or had. Whoever is not on the roll any more
// needs no pause: that is no error.
func (s *Store) PauseOne(ctx context.Context, address int64, until time.Time) error {
	return s.tx(ctx, func(t *tx) error {
		a, err := t.standing(address)
		if errors.Is(err, ErrNotFound) || err == nil && a.state == unconfirmed {
			return nil
		}
		if err != nil {
			return err
		}
		return s.pause(t, a, until)
	})
}

func (s *Store) pause(t *tx, a address, until time.Time) error {
	if a.state == active {
		if err := s.settleOpen(t, a, stoppedFate); err != nil {
			return err
		}
		if err := t.rollAdd(a, -1); err != nil {
			return err
		}
	}
	return t.must(`UPDATE addresses SET state = 5, changed = $1, paused_until = $2 WHERE id = $3`, millis(s.now()), millis(until), a.id)
}

// Resume puts every paused address of a resident on the roll again. It joins every open outage in the
// same transaction (promise 14).
func (s *Store) Resume(ctx context.Context, subscriber int64) error {
	return s.tx(ctx, func(t *tx) error {
		standing, err := t.addressesOf(subscriber)
		for _, a := range standing {
			if err == nil && a.state == paused {
				err = s.resume(t, a)
			}
		}
		return err
	})
}

func (s *Store) resume(t *tx, a address) error {
	n := a
	n.state = active
	_, err := s.replace(t, a, n, nil)
	return err
}

// resumeMost bounds one transaction of ResumeDue.
const resumeMost = 500

// ResumeDue resumes every address whose pause is over, and returns how many.
func (s *Store) ResumeDue(ctx context.Context) (resumed int, err error) {
	for more := true; more; {
		n := 0
		err := s.tx(ctx, func(t *tx) error {
			var due []address
			rows, err := t.QueryContext(t.ctx, `SELECT id, subscriber, lane, set_id, state, tests FROM addresses
				WHERE state = 5 AND paused_until <= $1 ORDER BY id LIMIT $2`, millis(s.now()), resumeMost)
			err = each(rows, err, func(r rowScanner) error {
				var a address
				err := r.Scan(&a.id, &a.subscriber, &a.lane, &a.set, &a.state, &a.tests)
				due = append(due, a)
				return err
			})
			for _, a := range due {
				if err == nil {
					err = s.resume(t, a)
				}
			}
			n = len(due)
			return err
		})
		if err != nil {
			return resumed, fmt.Errorf("end pauses: %w", err)
		}
		resumed, more = resumed+n, n == resumeMost
	}
	return resumed, nil
}
