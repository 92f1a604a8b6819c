package store

import (
	"time"

	"callbox/channels"
	"callbox/subscribers"
)

// standing returns an address that may still be written to one day: unconfirmed, active or paused. An ID
// that the address had before it moved leads to it too.
func (t *tx) standing(id int64) (address, error) {
	for {
		a, err := t.addressBy(`id = $1`, id)
		if err != nil {
			return address{}, err
		}
		switch a.state {
		case unconfirmed, active, paused:
			return a, nil
		}
		if err := t.row(`SELECT moved_to FROM addresses WHERE id = $1 AND moved_to <> 0`, []any{id}, &id); err != nil {
			return address{}, err
		}
	}
}

// replace puts a new row in the place of an address, as n says, and joins every open outage with it where
// it is active (promise 14). It may stand in other areas, on another lane, or in another state; with a
// destination it leads elsewhere too.
func (s *Store) replace(t *tx, a, n address, to *destination) (int64, error) {
	d := destination{}
	if to != nil {
		d = *to
	} else if err := t.row(`SELECT sealed, idx FROM addresses WHERE id = $1`, []any{a.id}, &d.sealed, &d.idx); err != nil {
		return 0, err
	}
	// First the old one: of one destination there is one row that stands.
	if err := s.retire(t, a, moved); err != nil {
		return 0, err
	}
	activate := n.state == active
	if activate {
		n.state = unconfirmed
	}
	err := t.row(`INSERT INTO addresses (subscriber, list, lane, set_id, state, tests, sealed, idx, changed, paused_until, seen, langs)
		SELECT a.subscriber, a.list, $1, $2, $3, $4, $5, $6, $7, a.paused_until, a.seen, p.langs
		FROM addresses a JOIN subscribers p ON p.id = a.subscriber WHERE a.id = $8 RETURNING id`,
		[]any{n.lane, n.set, n.state, n.tests, d.sealed, d.idx, millis(s.now()), a.id}, &n.id)
	if err != nil {
		return 0, err
	}
	if err := t.must(`UPDATE addresses SET moved_to = $1 WHERE id = $2`, n.id, a.id); err != nil {
		return 0, err
	}
	if activate {
		return n.id, s.activate(t, n)
	}
	return n.id, nil
}

// destination is where a message goes, as it is stored.
type destination struct{ sealed, idx []byte }

func (s *Store) destination(ch channels.Name, d subscribers.Destination) destination {
	return destination{s.sealer.Seal(d), s.sealer.Index(string(ch), d)}
}

// scrub forgets the places and the consent of a subscriber who has left by the last address, and by which
// destination a device of theirs could come back. The row stays as long as nameless rows of the ledger
// belong to it.
func (t *tx) scrub(subscriber int64) error {
	n, err := t.exec(`UPDATE subscribers SET places = '[]', consent_source = '', consent_at = 0 WHERE id = $1
		AND NOT EXISTS (SELECT 1 FROM addresses WHERE subscriber = $1 AND state IN (0, 1, 5))`, subscriber)
	if err == nil && n > 0 {
		_, err = t.exec(`UPDATE addresses SET idx = NULL WHERE subscriber = $1 AND state = 2`, subscriber)
	}
	return err
}

// forgetGone forgets the places of those whom the far side called gone a month ago: until then a device may
// come back.
func (t *tx) forgetGone(now time.Time) error {
	_, err := t.exec(`UPDATE subscribers SET places = '[]', consent_source = '', consent_at = 0 WHERE crowd = 0
		AND id IN (SELECT subscriber FROM addresses WHERE state = 2 AND changed < $1 AND idx IS NOT NULL)
		AND NOT EXISTS (SELECT 1 FROM addresses a WHERE a.subscriber = subscribers.id AND a.state IN (0, 1, 5))`, millis(now.AddDate(0, 0, -30)))
	return err
}
