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
	"callbox/subscribers"
)

// Letter is something to be written to one resident outside the ledger. It is put down in the
// transaction that calls for it, and written later: nobody who asks waits for a mail server, and an
// answer takes as long for an address that is known as for one that is not.
type Letter struct {
	Kind    string
	Address int64
	Asked   time.Time
	// What stands in the roll about the address now. A letter to nobody has no State.
	State       subscribers.State
	Channel     channels.Name
	List        subscribers.List
	Destination subscribers.Destination
	Langs       []string
	Places      []areas.Place
}

// letterLease is how long a letter is with who claimed it, and when one that failed is tried again.
const letterLease = 2 * time.Minute

// lettersADay is how many letters of a kind an address gets within a day: whoever has a stranger's mailbox
// filled gets no further, on however many machines.
const lettersADay = 3

// Ask puts letters of a kind down, to be written at once, and returns how many wait to be written now.
// Asked again before it was written, a letter is written once; a fourth within a day is not put down.
// Address 0 is nobody: what is put down is as much work, and is never written.
func (s *Store) Ask(ctx context.Context, kind string, addresses ...int64) (waiting int, err error) {
	err = s.tx(ctx, func(t *tx) error {
		waiting = 0
		for _, id := range addresses {
			waits, err := t.ask(kind, id, s.now())
			if err != nil {
				return err
			}
			if waits {
				waiting++
			}
		}
		return nil
	})
	return waiting, err
}

// ask writes the row in any case, so that it takes as long when nothing is put down.
func (t *tx) ask(kind string, address int64, now time.Time) (waits bool, err error) {
	var due int64
	err = t.row(`INSERT INTO letters (kind, address, due, asked, since, times) VALUES ($1, $2, $3, $3, $3, 1)
		ON CONFLICT (kind, address) DO UPDATE SET
		due   = CASE WHEN letters.due > 0 OR letters.since > $4 AND letters.times >= $5 THEN letters.due ELSE excluded.due END,
		asked = CASE WHEN letters.due > 0 OR letters.since > $4 AND letters.times >= $5 THEN letters.asked ELSE excluded.asked END,
		times = CASE WHEN letters.due > 0 THEN letters.times WHEN letters.since <= $4 THEN 1 ELSE letters.times + 1 END,
		since = CASE WHEN letters.due = 0 AND letters.since <= $4 THEN excluded.since ELSE letters.since END
		RETURNING due`, []any{kind, address, millis(now), millis(now.AddDate(0, 0, -1)), lettersADay}, &due)
	if err != nil {
		return false, fmt.Errorf("put a letter down: %w", err)
	}
	return due > 0, nil
}

// AskOwners puts a letter of a kind down to the mail addresses of everybody whose device the far side has
// called gone since a time, once for each device that is gone.
func (s *Store) AskOwners(ctx context.Context, kind string, since time.Time) error {
	return s.tx(ctx, func(t *tx) error {
		now := millis(s.now())
		// One that was asked for after the device went needs no other.
		_, err := t.exec(`INSERT INTO letters (kind, address, due, asked)
			SELECT $1, m.id, $2, $2 FROM addresses d JOIN lanes dl ON dl.id = d.lane JOIN addresses m ON m.subscriber = d.subscriber
			JOIN lanes ml ON ml.id = m.lane
			WHERE d.state = 2 AND d.changed > $3 AND dl.channel = 'push' AND m.state = 1 AND ml.channel = 'email'
			AND NOT EXISTS (SELECT 1 FROM letters l WHERE l.kind = $1 AND l.address = m.id AND l.asked >= d.changed)
			GROUP BY m.id
			ON CONFLICT (kind, address) DO UPDATE SET due = excluded.due, asked = excluded.asked`, kind, now, millis(since))
		if err != nil {
			return fmt.Errorf("letters about devices: %w", err)
		}
		return nil
	})
}

// ClaimLetters takes at most n letters that are due and were asked for before a time, and keeps them from
// others for two minutes. Those that nobody writes by then are claimed again.
func (s *Store) ClaimLetters(ctx context.Context, askedBefore time.Time, n int) ([]Letter, error) {
	var out []Letter
	err := s.tx(ctx, func(t *tx) error {
		now := s.now()
		rows, err := t.QueryContext(t.ctx, `UPDATE letters SET due = $1 WHERE due > 0 AND due <= $2 AND (kind, address) IN
			(SELECT kind, address FROM letters WHERE due > 0 AND due <= $2 AND asked <= $3 ORDER BY due LIMIT $4)
			RETURNING kind, address, asked`, millis(now.Add(letterLease)), millis(now), millis(askedBefore), n)
		err = each(rows, err, func(r rowScanner) error {
			var l Letter
			var asked int64
			err := r.Scan(&l.Kind, &l.Address, &asked)
			l.Asked = fromMillis(asked)
			out = append(out, l)
			return err
		})
		for i := range out {
			if err == nil {
				err = s.addressee(t, &out[i])
			}
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("letters: %w", err)
	}
	return out, nil
}

// LettersDue reports whether any letter waits to be written.
func (s *Store) LettersDue(ctx context.Context) (bool, error) {
	var due bool
	err := oneRow(s.read.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM letters WHERE due > 0 AND due <= $1)`, millis(s.now())), &due)
	return due, err
}

// addressee reads what stands in the roll about the address of a letter.
func (s *Store) addressee(t *tx, l *Letter) error {
	a, err := t.standing(l.Address)
	if errors.Is(err, ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	var sealed, places []byte
	var langs string
	err = t.row(`SELECT c.channel, c.list, a.sealed, p.langs, p.places FROM addresses a JOIN lanes c ON c.id = a.lane
		JOIN subscribers p ON p.id = a.subscriber WHERE a.id = $1`, []any{a.id}, &l.Channel, &l.List, &sealed, &langs, &places)
	if err != nil {
		return err
	}
	l.State, l.Langs = states[a.state], strings.Split(langs, ",")
	if l.Destination, err = s.sealer.Open(sealed); err != nil {
		return fmt.Errorf("address %d: %w", a.id, err)
	}
	return json.Unmarshal(places, &l.Places)
}

// Written notes that a letter was written, or that it never will be.
func (s *Store) Written(ctx context.Context, letters ...Letter) error {
	return s.tx(ctx, func(t *tx) error {
		for _, l := range letters {
			if _, err := t.exec(`UPDATE letters SET due = 0 WHERE kind = $1 AND address = $2`, l.Kind, l.Address); err != nil {
				return fmt.Errorf("letter: %w", err)
			}
		}
		return nil
	})
}

// forgetLetters forgets letters that were asked for long ago, or whose address is no more.
func (t *tx) forgetLetters(now time.Time) error {
	_, err := t.exec(`DELETE FROM letters WHERE asked < $1 OR address <> 0 AND NOT EXISTS (SELECT 1 FROM addresses a WHERE a.id = letters.address)`,
		millis(now.AddDate(0, 0, -30)))
	return err
}

// states are the states of an address as stored.
var states = map[int]subscribers.State{unconfirmed: subscribers.Unconfirmed, active: subscribers.Active, gone: subscribers.Gone,
	left: subscribers.Left, moved: subscribers.Left, paused: subscribers.Paused}
