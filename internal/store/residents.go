package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"callbox/areas"
	"callbox/channels"
	"callbox/internal/dispatch"
	"callbox/subscribers"
)

// Resident is everything that is held about one sign-up.
type Resident struct {
	subscribers.Subscriber
	Created   time.Time
	Addresses []ResidentAddress // those that stand, and devices that are gone; oldest first
}

// ResidentAddress is one way to reach a resident.
type ResidentAddress struct {
	subscribers.Address           // Destination is empty for a device that is gone
	Changed             time.Time // of the state
	PausedUntil         time.Time // zero unless paused
	Seen                time.Time // when the browser of a device last said that it is there; zero for never
}

// Stands reports whether any address of the resident may still be written to one day.
func (r Resident) Stands() bool {
	for _, a := range r.Addresses {
		if a.State != subscribers.Gone {
			return true
		}
	}
	return false
}

// SignUp is Enrol with a letter to the address in the same transaction; an address that is active by the
// way it came, a device, gets none and was seen now.
func (s *Store) SignUp(ctx context.Context, r Registration, letter string) (Enrolled, error) {
	var e Enrolled
	err := s.tx(ctx, func(t *tx) error {
		var err error
		if e, err = s.enrol(t, r); err != nil {
			return err
		}
		if r.Active {
			return t.must(`UPDATE addresses SET seen = $1 WHERE id = $2`, millis(s.now()), e.Address)
		}
		_, err = t.ask(letter, e.Address, s.now())
		return err
	})
	if err != nil {
		return e, fmt.Errorf("sign up: %w", err)
	}
	return e, nil
}

// AskAt puts a letter down to whoever is reached at a destination: to its active or paused addresses, on
// both lists, or else to nobody, so that it takes as long.
func (s *Store) AskAt(ctx context.Context, ch channels.Name, d subscribers.Destination, letter string) error {
	idx := s.sealer.Index(string(ch), d)
	return s.tx(ctx, func(t *tx) error {
		var ids []int64
		// The plain IN is what lets SQLite use the index.
		rows, err := t.QueryContext(t.ctx, `SELECT id FROM addresses WHERE idx = $1 AND state IN (0, 1, 5) AND state <> 0 ORDER BY id`, idx)
		err = each(rows, err, func(r rowScanner) error {
			var id int64
			err := r.Scan(&id)
			ids = append(ids, id)
			return err
		})
		if len(ids) == 0 {
			ids = append(ids, 0)
		}
		for _, id := range ids {
			if err == nil {
				_, err = t.ask(letter, id, s.now())
			}
		}
		return err
	})
}

// SubscriberAt returns the subscriber that an address belongs to, by an ID that it has or had; ErrNotFound
// when it is not on the roll any more.
func (s *Store) SubscriberAt(ctx context.Context, address int64) (id int64, err error) {
	err = s.tx(ctx, func(t *tx) error {
		a, err := t.standing(address)
		id = a.subscriber
		return err
	})
	return id, err
}

// Resident returns everything that is held about a subscriber, or ErrNotFound when nobody can be reached
// there any more.
func (s *Store) Resident(ctx context.Context, id int64) (Resident, error) {
	r := Resident{}
	var langs string
	var places []byte
	var consent, created int64
	err := oneRow(s.read.QueryRowContext(ctx, `SELECT id, list, langs, places, tests, consent_source, consent_at, created FROM subscribers
		WHERE id = $1 AND crowd = 0`, id), &r.ID, &r.List, &langs, &places, &r.WantsTests, &r.Consent.Source, &consent, &created)
	if err != nil {
		return r, fmt.Errorf("resident: %w", err)
	}
	r.Langs, r.Consent.At, r.Created = strings.Split(langs, ","), fromMillis(consent), fromMillis(created)
	if err := json.Unmarshal(places, &r.Places); err != nil {
		return r, fmt.Errorf("resident: %w", err)
	}
	rows, err := s.read.QueryContext(ctx, `SELECT a.id, a.state, a.sealed, l.channel, a.changed, a.paused_until, a.seen
		FROM addresses a JOIN lanes l ON l.id = a.lane
		WHERE a.subscriber = $1 AND (a.state IN (0, 1, 5) OR a.state = 2 AND l.channel = 'push') ORDER BY a.id`, id)
	err = each(rows, err, func(row rowScanner) error {
		a := ResidentAddress{}
		var state int
		var sealed []byte
		var changed, until, seen int64
		if err := row.Scan(&a.ID, &state, &sealed, &a.Channel, &changed, &until, &seen); err != nil {
			return err
		}
		a.Subscriber, a.State, a.Changed, a.Seen = id, states[state], fromMillis(changed), fromMillis(seen)
		if state == paused {
			a.PausedUntil = fromMillis(until)
		}
		var err error
		if sealed != nil {
			a.Destination, err = s.sealer.Open(sealed)
		}
		r.Addresses = append(r.Addresses, a)
		return err
	})
	if err == nil && !r.Stands() {
		err = ErrNotFound
	}
	if err != nil {
		return r, fmt.Errorf("resident: %w", err)
	}
	return r, nil
}

// Wish is what a resident wants to hear: of which places, and in which languages.
type Wish struct {
	Langs  []string
	Places []areas.Place
	Areas  []areas.ID // the reader areas of the places
	Tests  bool
}

// Move gives every address of a resident other places and languages. Those that are active and come to
// hear of other areas leave every audience that is not yet cut, and join every open outage as they are
// now (promise 14; docs/decisions/0004-moving.md).
func (s *Store) Move(ctx context.Context, subscriber int64, w Wish) error {
	places, err := placesJSON(Registration{Places: w.Places})
	if err != nil {
		return err
	}
	return s.tx(ctx, func(t *tx) error {
		set, err := t.set(false, w.Areas)
		if err != nil {
			return err
		}
		if err := t.must(`UPDATE subscribers SET langs = $1, places = $2, set_id = $3, tests = $4 WHERE id = $5`,
			strings.Join(w.Langs, ","), places, set, w.Tests, subscriber); err != nil {
			return err
		}
		if err := t.copyLangs(subscriber); err != nil {
			return err
		}
		standing, err := t.addressesOf(subscriber)
		for _, a := range standing {
			n := a
			n.set, n.tests = set, w.Tests
			if err == nil && n != a {
				_, err = s.replace(t, a, n, nil)
			}
		}
		return err
	})
}

// addressesOf returns the addresses of a subscriber that stand.
func (t *tx) addressesOf(subscriber int64) (out []address, err error) {
	rows, err := t.QueryContext(t.ctx, `SELECT id, subscriber, lane, set_id, state, tests FROM addresses
		WHERE subscriber = $1 AND state IN (0, 1, 5) ORDER BY id`, subscriber)
	err = each(rows, err, func(r rowScanner) error {
		var a address
		err := r.Scan(&a.id, &a.subscriber, &a.lane, &a.set, &a.state, &a.tests)
		out = append(out, a)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("addresses: %w", err)
	}
	return out, nil
}

// Remove takes one address of a resident off the roll for good, or forgets a device that is gone.
func (s *Store) Remove(ctx context.Context, subscriber, id int64) error {
	return s.tx(ctx, func(t *tx) error {
		a, err := t.addressBy(`id = $1 AND subscriber = $2 AND state IN (0, 1, 2, 5)`, id, subscriber)
		if err != nil {
			return fmt.Errorf("remove an address: %w", err)
		}
		if err := s.retire(t, a, left); err != nil {
			return err
		}
		return t.scrub(subscriber)
	})
}

// Erase takes every address of a resident off the roll and forgets everything but the nameless rows of
// the ledger, and for 30 days the index by which an old list that is imported again is told from consent.
func (s *Store) Erase(ctx context.Context, subscriber int64) error {
	return s.tx(ctx, func(t *tx) error {
		standing, err := t.addressesOf(subscriber)
		for _, a := range standing {
			if err == nil {
				err = s.retire(t, a, left)
			}
		}
		if err == nil {
			err = t.scrub(subscriber)
		}
		return err
	})
}

// Result is what became of one bulletin to one resident.
type Result struct {
	Outage  string
	Seq     int
	Channel channels.Name
	Fate    dispatch.Fate
	At      time.Time
}

// Results returns what the ledger still holds about deliveries to a resident, newest bulletin first.
func (s *Store) Results(ctx context.Context, subscriber int64) ([]Result, error) {
	var out []Result
	err := s.looking(ctx, func(t *tx) error {
		type part struct {
			Result
			at      place
			address int64
		}
		var parts []part
		rows, err := t.query(`SELECT b.outage, b.seq, l.channel, b.id, a.lane, a.set_id, a.id FROM addresses a JOIN lanes l ON l.id = a.lane
			CROSS JOIN bulletins b JOIN totals o ON o.bulletin = b.id AND o.lane = a.lane AND o.set_id = a.set_id
			WHERE a.subscriber = $1 ORDER BY b.id DESC, a.id`, subscriber)
		err = each(rows, err, func(r rowScanner) error {
			var p part
			err := r.Scan(&p.Outage, &p.Seq, &p.Channel, &p.at.bulletin, &p.at.lane, &p.at.set, &p.address)
			parts = append(parts, p)
			return err
		})
		if err != nil {
			return err
		}
		for _, p := range parts {
			p.Fate, p.At, err = t.fateOf(p.at, p.address)
			if errors.Is(err, ErrNotFound) {
				continue // issued before or after their time on the roll
			}
			if err != nil {
				return err
			}
			out = append(out, p.Result)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("results of a resident: %w", err)
	}
	return out, nil
}
