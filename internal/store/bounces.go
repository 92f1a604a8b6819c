package store

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"callbox/internal/dispatch"
)

// Bounce is what the far side said of a delivery after it had accepted it.
type Bounce struct {
	Outage  string // in any case: mail servers change it
	Seq     int
	Address int64
	Fate    dispatch.Fate // Gone or Refused
	Reason  string
}

// ErrUnsettled says that a delivery is still on its way, as far as the ledger knows.
var ErrUnsettled = errors.New("what came of the delivery is not written yet")

// Bounce moves an accepted delivery to the fate that the far side tells now, and the totals with it; an
// address that is gone is retired, wherever it has moved since. ErrNotFound means that there is no such
// delivery, or that it was not accepted: then nothing changes. ErrUnsettled means that it may yet have been:
// a bounce can be faster than the ledger, which learns in batches what was accepted.
func (s *Store) Bounce(ctx context.Context, b Bounce) error {
	err := s.tx(ctx, func(t *tx) error {
		var at place
		var outage string
		if err := t.row(`SELECT id, outage FROM bulletins WHERE LOWER(outage) = $1 AND seq = $2`, []any{strings.ToLower(b.Outage), b.Seq},
			&at.bulletin, &outage); err != nil {
			return err
		}
		a, err := t.addressBy(`id = $1`, b.Address)
		if err != nil {
			return err
		}
		at.lane, at.set = a.lane, a.set
		was, _, err := t.fateOf(at, a.id)
		if err != nil {
			return err
		}
		if was == dispatch.Waiting {
			return ErrUnsettled
		}
		if !wasTold(was) {
			return ErrNotFound
		}
		if b.Fate == dispatch.Gone {
			err = s.retireStanding(t, a.id)
		} else if a.state == active {
			err = t.untell(outage, at, a.id)
		}
		if err != nil {
			return err
		}
		now := millis(s.now())
		if err := t.setApart(at, a.id, now); err != nil {
			return err
		}
		if err := t.must(`UPDATE deliveries SET fate = $1, at = $2, reason = $3, next_at = 0
			WHERE bulletin = $4 AND lane = $5 AND set_id = $6 AND address = $7`, b.Fate, now, b.Reason, at.bulletin, at.lane, at.set, a.id); err != nil {
			return err
		}
		return t.move(at, was, b.Fate, 1)
	})
	if err != nil {
		return fmt.Errorf("a bounce of bulletin %d of %q: %w", b.Seq, b.Outage, err)
	}
	return nil
}

// retireStanding retires what stands of an address that the far side calls gone, if anything does.
func (s *Store) retireStanding(t *tx, id int64) error {
	a, err := t.standing(id)
	if err == nil {
		err = s.retire(t, a, gone)
	}
	return unlessMissing(err)
}

func unlessMissing(err error) error {
	if errors.Is(err, ErrNotFound) {
		return nil
	}
	return err
}

// untell takes an address out of those who were told of an outage, unless another bulletin told it.
func (t *tx) untell(outage string, at place, address int64) error {
	others, err := t.othersOn(outage, at.bulletin, at.lane)
	if err != nil {
		return err
	}
	told, err := t.told(others, at.lane, at.set, []int64{address})
	if err != nil || told[address] {
		return err
	}
	return t.toldAdd(outage, at.lane, at.set, -1)
}
