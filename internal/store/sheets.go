package store

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"callbox/internal/dispatch"
)

// addSheet writes a new sheet.
func (t *tx) addSheet(s *sheet, now int64) error {
	last := s.last()
	_, err := t.exec(`INSERT INTO sheets (bulletin, lane, last_set, last_addr, at, entries) VALUES ($1, $2, $3, $4, $5, $6)`,
		s.bulletin, s.lane, last.set, last.addr, now, s.encode())
	return err
}

func (t *tx) saveSheet(s *sheet, now int64) error {
	last := s.last()
	return t.must(`UPDATE sheets SET entries = $1, at = $2 WHERE bulletin = $3 AND lane = $4 AND last_set = $5 AND last_addr = $6`,
		s.encode(), now, s.bulletin, s.lane, last.set, last.addr)
}

// sheetFrom returns the first sheet of a bulletin and lane that reaches a place in the order of the audience,
// or beyond; ErrNotFound when none does. Nobody else changes it until the transaction ends.
func (t *tx) sheetFrom(bulletin, lane int64, c cursor) (*sheet, error) {
	s := &sheet{bulletin: bulletin, lane: lane}
	var data []byte
	err := t.row(`SELECT entries, at FROM sheets WHERE bulletin = $1 AND lane = $2 AND (last_set, last_addr) >= ($3, $4)
		ORDER BY last_set, last_addr LIMIT 1`, []any{bulletin, lane, c.set, c.addr}, &data, &s.at)
	if err != nil {
		return nil, err
	}
	if s.entries, err = decodeEntries(data); err != nil {
		return nil, fmt.Errorf("bulletin %d, lane %d, set %d, address %d: %w", bulletin, lane, c.set, c.addr, err)
	}
	return s, nil
}

// sheetAt returns the sheet that ends at a place.
func (t *tx) sheetAt(bulletin, lane int64, last cursor) (*sheet, error) {
	s, err := t.sheetFrom(bulletin, lane, last)
	if err == nil && s.last() != last {
		err = ErrNotFound
	}
	return s, err
}

// fateOf returns how a delivery stands, and since when; ErrNotFound when there is none. What stands on a
// sheet is as old as the last change of that sheet.
func (t *tx) fateOf(at place, address int64) (fate dispatch.Fate, since time.Time, err error) {
	var ms int64
	err = t.row(`SELECT fate, at FROM deliveries WHERE bulletin = $1 AND lane = $2 AND set_id = $3 AND address = $4`,
		[]any{at.bulletin, at.lane, at.set, address}, &fate, &ms)
	if !errors.Is(err, ErrNotFound) {
		return fate, fromMillis(ms), err
	}
	s, err := t.sheetFrom(at.bulletin, at.lane, cursor{at.set, address})
	if err != nil {
		return 0, since, err
	}
	e := s.find(cursor{at.set, address})
	switch {
	case e == nil:
		return 0, since, ErrNotFound
	case e.standing == apart:
		return 0, since, fmt.Errorf("bulletin %d: address %d has no row: %w", at.bulletin, address, errSheet)
	case e.standing == accepted:
		return dispatch.Accepted, fromMillis(s.at), nil
	}
	return dispatch.Waiting, time.Time{}, nil
}

// setApart gives a delivery a row of its own, as it stands, if it has none: for what a sheet cannot say.
// ErrNotFound means that there is no such delivery.
func (t *tx) setApart(at place, address, now int64) error {
	s, err := t.sheetFrom(at.bulletin, at.lane, cursor{at.set, address})
	if err != nil && !errors.Is(err, ErrNotFound) {
		return err
	}
	e := s.find(cursor{at.set, address})
	if e == nil || e.standing == apart {
		_, _, err := t.fateOf(at, address)
		return err
	}
	fate, attempts := dispatch.Waiting, 0
	if e.standing == accepted {
		fate, attempts = dispatch.Accepted, 1
	}
	e.standing = apart
	was := s.at
	if err := t.saveSheet(s, was); err != nil {
		return err
	}
	return t.addRow(dispatch.Delivery{Bulletin: at.bulletin, Lane: at.lane, Set: at.set, Address: address, Fate: fate, Attempts: attempts}, cmp.Or(was, now))
}

// addRow writes a delivery that has no row yet.
func (t *tx) addRow(d dispatch.Delivery, now int64) error {
	args, err := rowValues(d, now)
	if err != nil {
		return err
	}
	_, err = t.exec(`INSERT INTO deliveries (fate, attempts, next_at, at, reason, receipt, bulletin, lane, set_id, address)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`, args...)
	return err
}

// rowValues are the columns of a delivery's row: fate, attempts, next_at, at, reason, receipt and its key.
func rowValues(d dispatch.Delivery, now int64) ([]any, error) {
	var reason, receipt any
	if d.Reason != "" {
		reason = d.Reason
	}
	if len(d.Receipt) > 0 {
		js, err := json.Marshal(d.Receipt)
		if err != nil {
			return nil, err
		}
		receipt = string(js)
	}
	var next int64
	if d.Fate == dispatch.Waiting {
		next = cmp.Or(millis(d.NextAt), now)
	}
	return []any{d.Fate, d.Attempts, next, now, reason, receipt, d.Bulletin, d.Lane, d.Set, d.Address}, nil
}

// told returns which addresses of an area set on a lane were told anything by bulletins. The addresses are
// in order, one at least.
func (t *tx) told(bulletins []int64, lane, set int64, addresses []int64) (map[int64]bool, error) {
	out := map[int64]bool{}
	from, to := addresses[0], addresses[len(addresses)-1]
	for _, id := range bulletins {
		rows, err := t.query(`SELECT address FROM deliveries WHERE bulletin = $1 AND lane = $2 AND set_id = $3
			AND address >= $4 AND address <= $5 AND fate IN (1, 7)`, id, lane, set, from, to)
		err = each(rows, err, func(r rowScanner) error {
			var address int64
			err := r.Scan(&address)
			out[address] = true
			return err
		})
		if err != nil {
			return nil, err
		}
		for c, end := (cursor{set, from}), (cursor{set, to}); c.compare(end) <= 0; c.addr++ {
			s, err := t.sheetFrom(id, lane, c)
			if errors.Is(err, ErrNotFound) {
				break
			}
			if err != nil {
				return nil, err
			}
			for _, e := range s.entries {
				if e.set == set && e.standing == accepted {
					out[e.addr] = true
				}
			}
			c = s.last()
		}
		if !slices.ContainsFunc(addresses, func(a int64) bool { return !out[a] }) {
			break
		}
	}
	return out, nil
}

// othersOn returns the bulletins of an outage with an audience on a lane, oldest first, apart from one.
func (t *tx) othersOn(outage string, bulletin, lane int64) (out []int64, err error) {
	rows, err := t.query(`SELECT b.id FROM bulletins b JOIN audiences u ON u.bulletin = b.id AND u.lane = $1
		WHERE b.outage = $2 AND b.id <> $3 ORDER BY b.id`, lane, outage, bulletin)
	err = each(rows, err, func(r rowScanner) error {
		var id int64
		err := r.Scan(&id)
		out = append(out, id)
		return err
	})
	return out, err
}
