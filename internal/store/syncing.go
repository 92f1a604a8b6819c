package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"callbox/channels"
	"callbox/subscribers"
)

// seenEvery is how often it is written down that a browser is there: pages are opened often.
const seenEvery = time.Hour

// Refound is a device that says by which destination it was known and by which it can be reached now.
type Refound struct {
	Channel  channels.Name
	Was, Now subscribers.Destination
	Host     string // of Now
}

// Refind keeps a device on the roll whose browser gave it another destination; one that the far side
// called gone comes back with it. The device joins every open outage anew: what was sent to where it was
// may not have come. Where nothing changed, it is noted that the device is there. ErrNotFound means that
// the device is not on the roll and has to sign up.
func (s *Store) Refind(ctx context.Context, f Refound) error {
	was := s.sealer.Index(string(f.Channel), f.Was)
	same := string(was) == string(s.sealer.Index(string(f.Channel), f.Now))
	if same { // as at nearly every visit: then the roll is only read
		var seen int64
		err := oneRow(s.read.QueryRowContext(ctx, `SELECT seen FROM addresses WHERE idx = $1 AND state IN (0, 1, 5) ORDER BY id DESC LIMIT 1`, was), &seen)
		if err != nil || s.now().Sub(fromMillis(seen)) < seenEvery {
			return err
		}
	}
	err := s.tx(ctx, func(t *tx) error {
		if same {
			_, err := t.exec(`UPDATE addresses SET seen = $1 WHERE idx = $2 AND state IN (0, 1, 5)`, millis(s.now()), was)
			return err
		}
		a, err := t.addressBy(`idx = $1 AND state IN (0, 1, 5) ORDER BY id DESC LIMIT 1`, was)
		if errors.Is(err, ErrNotFound) {
			a, err = t.addressBy(`idx = $1 AND state = 2 ORDER BY id DESC LIMIT 1`, was)
		}
		if err != nil {
			return err
		}
		return s.refind(t, a, f)
	})
	if err != nil {
		return fmt.Errorf("find a device again: %w", err)
	}
	return nil
}

// refind puts a device at its new destination.
func (s *Store) refind(t *tx, a address, f Refound) error {
	to := s.destination(f.Channel, f.Now)
	_, err := t.addressBy(`idx = $1 AND state IN (0, 1, 5) ORDER BY id LIMIT 1`, to.idx)
	if err == nil { // it has signed up by itself meanwhile
		return s.retire(t, a, left)
	}
	if !errors.Is(err, ErrNotFound) {
		return err
	}
	var list string
	if err := t.row(`SELECT list FROM addresses WHERE id = $1`, []any{a.id}, &list); err != nil {
		return err
	}
	n := a
	if n.lane, err = t.lane(list, f.Channel, f.Host); err != nil {
		return err
	}
	if a.state == gone {
		n.state = active
		// The places are those of the sign-up now; the row is as old as its end.
		if err := t.row(`SELECT set_id, tests FROM subscribers WHERE id = $1`, []any{a.subscriber}, &n.set, &n.tests); err != nil {
			return err
		}
	}
	id, err := s.replace(t, a, n, &to)
	if err != nil {
		return err
	}
	return t.must(`UPDATE addresses SET seen = $1 WHERE id = $2`, millis(s.now()), id)
}

// Adopt makes a device, wherever it stands, one of a resident's: it hears of their places from now on.
func (s *Store) Adopt(ctx context.Context, subscriber int64, f Refound) error {
	err := s.tx(ctx, func(t *tx) error {
		to := s.destination(f.Channel, f.Now)
		var set int64
		var list string
		var tests bool
		if err := t.row(`SELECT set_id, list, tests FROM subscribers WHERE id = $1 AND crowd = 0`, []any{subscriber}, &set, &list, &tests); err != nil {
			return err
		}
		lane, err := t.lane(list, f.Channel, f.Host)
		if err != nil {
			return err
		}
		old, err := t.addressBy(`idx = $1 AND lane = $2 AND state IN (0, 1, 5)`, to.idx, lane)
		switch {
		case err == nil && old.subscriber == subscriber && old.state == active:
			return nil
		case err == nil:
			if err := s.retire(t, old, left); err != nil {
				return err
			}
			if err := t.scrub(old.subscriber); err != nil {
				return err
			}
		case !errors.Is(err, ErrNotFound):
			return err
		}
		a := address{subscriber: subscriber, lane: lane, set: set, tests: tests}
		now := millis(s.now())
		err = t.row(`INSERT INTO addresses (subscriber, list, lane, set_id, state, tests, sealed, idx, changed, seen, langs)
			SELECT $1, $2, $3, $4, 0, $5, $6, $7, $8, $8, langs FROM subscribers WHERE id = $1 RETURNING id`,
			[]any{subscriber, list, lane, set, tests, to.sealed, to.idx, now}, &a.id)
		if err != nil {
			return err
		}
		return s.activate(t, a)
	})
	if err != nil {
		return fmt.Errorf("add a device: %w", err)
	}
	return nil
}

// DeviceAt returns a device that stands, by what is known of its destination; or ErrNotFound.
func (s *Store) DeviceAt(ctx context.Context, ch channels.Name, d subscribers.Destination) (subscribers.Address, error) {
	a := subscribers.Address{Channel: string(ch)}
	var sealed []byte
	var state int
	err := oneRow(s.read.QueryRowContext(ctx, `SELECT subscriber, id, state, sealed FROM addresses WHERE idx = $1 AND state IN (0, 1, 5)
		ORDER BY id DESC LIMIT 1`, s.sealer.Index(string(ch), d)), &a.Subscriber, &a.ID, &state, &sealed)
	if err != nil {
		return a, fmt.Errorf("device: %w", err)
	}
	a.State = states[state]
	if a.Destination, err = s.sealer.Open(sealed); err != nil {
		return a, fmt.Errorf("device: address %d: %w", a.ID, err)
	}
	return a, nil
}
