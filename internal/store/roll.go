package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"callbox/areas"
	"callbox/channels"
	"callbox/subscribers"
)

// The states of an address as stored.
const (
	unconfirmed = 0
	active      = 1
	gone        = 2
	left        = 3
	moved       = 4
	paused      = 5
)

// Registration is one address to put on the roll.
type Registration struct {
	List        subscribers.List
	Crowd       bool // an outlet
	Langs       []string
	Places      []areas.Place // of a resident
	Areas       []areas.ID    // the reader areas of the places, or the areas that an outlet names
	Tests       bool
	Consent     subscribers.Consent
	Channel     channels.Name
	Host        string // for channels of many far sides: which; it is the lane, in clear
	Destination subscribers.Destination
	Active      bool // confirmed by the way it came: a push subscription, an import with consent
	Imported    bool // from a list: it does not bring back who left after the consent it names
	// PausedUntil takes a new address that is not Active over as one that is paused.
	PausedUntil time.Time
}

// Enrolled is what became of a registration.
type Enrolled struct {
	Address int64 // 0 when Left
	Known   bool  // the address was active or paused before
	Left    bool  // its owner left after the consent of the import
}

// Enrol puts addresses on the roll, all in one transaction. A destination that waits for its
// confirmation takes over the new places and languages. An active one takes them over only from a
// registration that is itself active: nobody else may change what a stranger hears. Whoever becomes
// active, or comes to live in other areas, while an outage is open gets the delivery of its newest
// bulletin in the same transaction (promise 14).
func (s *Store) Enrol(ctx context.Context, rs ...Registration) ([]Enrolled, error) {
	out := make([]Enrolled, len(rs))
	err := s.tx(ctx, func(t *tx) error {
		for i, r := range rs {
			var err error
			if out[i], err = s.enrol(t, r); err != nil {
				return fmt.Errorf("enrol: %w", err)
			}
		}
		return nil
	})
	return out, err
}

func (s *Store) enrol(t *tx, r Registration) (Enrolled, error) {
	if len(r.Areas) == 0 {
		return Enrolled{}, errors.New("no areas")
	}
	lane, err := t.lane(string(r.List), r.Channel, r.Host)
	if err != nil {
		return Enrolled{}, err
	}
	set, err := t.set(r.Crowd, r.Areas)
	if err != nil {
		return Enrolled{}, err
	}
	idx := s.sealer.Index(string(r.Channel), r.Destination)
	old, err := t.addressBy(`lane = $1 AND idx = $2 AND state IN (0, 1, 5)`, lane, idx)
	switch {
	case errors.Is(err, ErrNotFound) && r.Imported && t.left(lane, idx, r.Consent.At):
		return Enrolled{Left: true}, nil
	case errors.Is(err, ErrNotFound):
		return s.enrolNew(t, r, address{lane: lane, set: set, tests: r.Tests}, idx)
	case err != nil:
		return Enrolled{}, err
	case old.state != unconfirmed && !r.Active, old.state == paused && r.Imported:
		return Enrolled{Address: old.id, Known: true}, nil
	case old.state != unconfirmed:
		if r.Crowd {
			// Two agencies share a feed: what the one adds does not take away what the other did.
			var before string
			if err := t.row(`SELECT areas FROM sets WHERE id = $1`, []any{old.set}, &before); err != nil {
				return Enrolled{}, err
			}
			r.Areas = append(splitAreas(before), r.Areas...)
		}
		id, err := s.refile(t, old, r.Langs, r.Places, r.Areas)
		return Enrolled{Address: id, Known: true}, err
	}
	places, err := placesJSON(r)
	if err != nil {
		return Enrolled{}, err
	}
	if err := t.must(`UPDATE subscribers SET langs = $1, places = $2, set_id = $3, tests = $4 WHERE id = $5`,
		strings.Join(r.Langs, ","), places, set, r.Tests, old.subscriber); err != nil {
		return Enrolled{}, err
	}
	if err := t.must(`UPDATE addresses SET set_id = $1, tests = $2, langs = $3, changed = $4 WHERE id = $5`,
		set, r.Tests, strings.Join(r.Langs, ","), millis(s.now()), old.id); err != nil {
		return Enrolled{}, err
	}
	if r.Active {
		old.set, old.tests = set, r.Tests
		err = s.activate(t, old)
	}
	return Enrolled{Address: old.id}, err
}

// left reports whether the owner of a destination left after a consent.
func (t *tx) left(lane int64, idx []byte, consent time.Time) bool {
	_, err := t.addressBy(`lane = $1 AND idx = $2 AND state = 3 AND changed >= $3 LIMIT 1`, lane, idx, millis(consent))
	return err == nil
}

func placesJSON(r Registration) (string, error) {
	var v any = r.Places
	if r.Crowd {
		v = r.Areas
	}
	b, err := json.Marshal(v)
	return string(b), err
}

func (s *Store) enrolNew(t *tx, r Registration, a address, idx []byte) (Enrolled, error) {
	places, err := placesJSON(r)
	if err != nil {
		return Enrolled{}, err
	}
	now := millis(s.now())
	err = t.row(`INSERT INTO subscribers (list, crowd, langs, places, tests, set_id, consent_source, consent_at, created)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) RETURNING id`, []any{r.List, r.Crowd, strings.Join(r.Langs, ","), places,
		r.Tests, a.set, r.Consent.Source, millis(r.Consent.At), now}, &a.subscriber)
	if err != nil {
		return Enrolled{}, err
	}
	err = t.row(`INSERT INTO addresses (subscriber, list, lane, set_id, state, tests, langs, sealed, idx, changed)
		VALUES ($1, $2, $3, $4, 0, $5, $6, $7, $8, $9) RETURNING id`,
		[]any{a.subscriber, r.List, a.lane, a.set, r.Tests, strings.Join(r.Langs, ","), s.sealer.Seal(r.Destination), idx, now}, &a.id)
	switch {
	case err != nil:
	case r.Active:
		err = s.activate(t, a)
	case !r.PausedUntil.IsZero():
		err = s.pause(t, a, r.PausedUntil)
	}
	return Enrolled{Address: a.id}, err
}

// address is a row of the table.
type address struct {
	id, subscriber, lane, set int64
	state                     int
	tests                     bool
}

func (t *tx) addressBy(where string, args ...any) (a address, err error) {
	err = t.row(`SELECT id, subscriber, lane, set_id, state, tests FROM addresses WHERE `+where, args,
		&a.id, &a.subscriber, &a.lane, &a.set, &a.state, &a.tests)
	return a, err
}

// Confirm makes an address active; confirming twice is the same as once. ErrNotFound means that it
// was never there, or was taken off again.
func (s *Store) Confirm(ctx context.Context, id int64) error {
	return s.tx(ctx, func(t *tx) error {
		a, err := t.standing(id)
		if err != nil || a.state != unconfirmed {
			return err
		}
		if err := t.must(`UPDATE subscribers SET consent_source = CASE consent_source WHEN '' THEN 'web' ELSE consent_source END,
			consent_at = $1 WHERE id = $2`, millis(s.now()), a.subscriber); err != nil {
			return err
		}
		return s.activate(t, a)
	})
}

func (s *Store) activate(t *tx, a address) error {
	if err := t.must(`UPDATE addresses SET state = 1, changed = $1 WHERE id = $2`, millis(s.now()), a.id); err != nil {
		return err
	}
	if err := t.rollAdd(a, 1); err != nil {
		return err
	}
	return s.joinOpen(t, a)
}

// Leave takes an address off the roll: what waits for it is stopped and its destination erased. The
// nameless rows of the ledger stay, and for 30 days the index of the destination, so that an old list
// imported again does not bring it back. Leaving twice, or as nobody, is no error.
func (s *Store) Leave(ctx context.Context, id int64) error {
	return s.tx(ctx, func(t *tx) error {
		// A link in an old mail may name the address as it was before it moved to other places.
		a, err := t.standing(id)
		if errors.Is(err, ErrNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := s.retire(t, a, left); err != nil {
			return err
		}
		return t.scrub(a.subscriber)
	})
}

// retire takes an address off the roll for good.
func (s *Store) retire(t *tx, a address, state int) error {
	if a.state == active {
		fate := stoppedFate
		if state == gone {
			fate = goneFate
		}
		if err := s.settleOpen(t, a, fate); err != nil {
			return err
		}
		if err := t.rollAdd(a, -1); err != nil {
			return err
		}
	}
	return t.must(`UPDATE addresses SET state = $1, changed = $2, sealed = NULL WHERE id = $3`, state, millis(s.now()), a.id)
}

// Refile gives an active address other places and languages; it returns the new ID of the address. The
// address as it was leaves every audience that is not yet cut, and as it is joins every open outage.
func (s *Store) Refile(ctx context.Context, id int64, langs []string, places []areas.Place, ids []areas.ID) (int64, error) {
	err := s.tx(ctx, func(t *tx) error {
		a, err := t.addressBy(`id = $1 AND state = 1`, id)
		if err == nil {
			id, err = s.refile(t, a, langs, places, ids)
		}
		return err
	})
	return id, err
}

func (s *Store) refile(t *tx, a address, langs []string, places []areas.Place, ids []areas.ID) (int64, error) {
	var crowd bool
	if err := t.row(`SELECT crowd FROM subscribers WHERE id = $1`, []any{a.subscriber}, &crowd); err != nil {
		return 0, err
	}
	set, err := t.set(crowd, ids)
	if err != nil {
		return 0, err
	}
	js, err := placesJSON(Registration{Crowd: crowd, Places: places, Areas: ids})
	if err != nil {
		return 0, err
	}
	if err := t.must(`UPDATE subscribers SET langs = $1, places = $2, set_id = $3 WHERE id = $4`,
		strings.Join(langs, ","), js, set, a.subscriber); err != nil {
		return 0, err
	}
	if set == a.set && a.state == active {
		return a.id, t.copyLangs(a.subscriber)
	}
	n := a
	n.set, n.state = set, active
	return s.replace(t, a, n, nil)
}

// RefileAll files every resident anew under the areas that their places resolve to now, and returns how
// many moved. It is for the moment after an import of areas.
func (s *Store) RefileAll(ctx context.Context, resolve func([]areas.Place) []areas.ID) (changed int, err error) {
	type person struct {
		address
		langs  string
		places []areas.Place
		areas  string
	}
	for after, more := int64(0), true; more; {
		var page []person
		rows, err := s.read.QueryContext(ctx, `SELECT a.id, a.subscriber, a.lane, a.set_id, a.tests, p.langs, p.places, x.areas
			FROM addresses a JOIN subscribers p ON p.id = a.subscriber JOIN sets x ON x.id = a.set_id
			WHERE a.id > $1 AND a.state = 1 AND p.crowd = 0 ORDER BY a.id LIMIT 1000`, after)
		err = each(rows, err, func(r rowScanner) error {
			p := person{address: address{state: active}}
			var places []byte
			if err := r.Scan(&p.id, &p.subscriber, &p.lane, &p.set, &p.tests, &p.langs, &places, &p.areas); err != nil {
				return err
			}
			after = p.id
			page = append(page, p)
			return json.Unmarshal(places, &page[len(page)-1].places)
		})
		if err != nil {
			return changed, fmt.Errorf("file subscribers anew: %w", err)
		}
		more = len(page) == 1000
		err = s.tx(ctx, func(t *tx) error {
			for _, p := range page {
				ids := resolve(p.places)
				if len(ids) == 0 || joinAreas(ids) == p.areas {
					continue
				}
				changed++
				if _, err := s.refile(t, p.address, strings.Split(p.langs, ","), p.places, ids); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return changed, fmt.Errorf("file subscribers anew: %w", err)
		}
	}
	return changed, nil
}

// lane returns the ID of a lane and makes it when it is new.
func (t *tx) lane(list string, ch channels.Name, host string) (id int64, err error) {
	err = t.row(`SELECT id FROM lanes WHERE list = $1 AND channel = $2 AND host = $3`, []any{list, ch, host}, &id)
	if errors.Is(err, ErrNotFound) {
		err = t.row(`INSERT INTO lanes (list, channel, host) VALUES ($1, $2, $3) RETURNING id`, []any{list, ch, host}, &id)
	}
	return id, err
}

// set returns the ID of an area set and makes it when it is new.
func (t *tx) set(crowd bool, ids []areas.ID) (id int64, err error) {
	key := joinAreas(ids)
	err = t.row(`SELECT id FROM sets WHERE crowd = $1 AND areas = $2`, []any{crowd, key}, &id)
	if errors.Is(err, ErrNotFound) {
		err = t.row(`INSERT INTO sets (crowd, areas) VALUES ($1, $2) RETURNING id`, []any{crowd, key}, &id)
	}
	return id, err
}

// joinAreas is how a set of areas is written: sorted, each once, joined with commas.
func joinAreas(ids []areas.ID) string {
	ids = slices.Compact(slices.Sorted(slices.Values(ids)))
	text := make([]string, len(ids))
	for i, id := range ids {
		text[i] = string(id)
	}
	return strings.Join(text, ",")
}

func splitAreas(text string) []areas.ID {
	var ids []areas.ID
	for f := range strings.SplitSeq(text, ",") {
		ids = append(ids, areas.ID(f))
	}
	return ids
}

// rollAdd counts an active address in or out.
func (t *tx) rollAdd(a address, d int) error {
	tests := 0
	if a.tests {
		tests = d
	}
	if d > 0 {
		if _, err := t.exec(`INSERT INTO roll (lane, set_id, active, tests) VALUES ($1, $2, 0, 0) ON CONFLICT (lane, set_id) DO NOTHING`,
			a.lane, a.set); err != nil {
			return err
		}
	}
	return t.must(`UPDATE roll SET active = active + $1, tests = tests + $2 WHERE lane = $3 AND set_id = $4`, d, tests, a.lane, a.set)
}
