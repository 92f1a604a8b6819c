package store

import (
	"fmt"
	"math"
	"slices"

	"callbox/internal/dispatch"
)

// uncut is what of an audience has no delivery yet.
type uncut struct {
	bulletin  int64
	outage    string
	expires   int64
	from      cursor // what was cut last
	highWater int64
	testsOnly bool
	size      int     // of the next cut
	others    []int64 // the outage's other bulletins on the lane
}

// cut makes the next deliveries of the newest bulletin that has some uncut.
func (l *leasing) cut() (*dispatch.Batch, error) {
	for {
		b := &dispatch.Batch{}
		u, err := l.nextUncut(&b.Lane)
		if err != nil {
			return none(nil, err)
		}
		if u.expires <= millis(l.now) {
			if err := l.expire(u); err != nil {
				return nil, err
			}
			continue
		}
		found, done, err := l.find(u)
		if err != nil {
			return nil, err
		}
		to := u.from
		if len(found) > 0 {
			to = found[len(found)-1].cursor
		}
		if _, err := l.exec(`UPDATE audiences SET cursor_set = $1, cursor_addr = $2, cuts = cuts + 1, done = $3 WHERE bulletin = $4 AND lane = $5`,
			to.set, to.addr, bit(done), u.bulletin, l.lane); err != nil {
			return nil, err
		}
		if found, err = l.withoutOwn(u, found); err != nil {
			return nil, err
		}
		if len(found) > 0 {
			b.Bulletin = u.bulletin
			return b, l.file(b, u.outage, found)
		}
	}
}

// nextUncut returns the newest audience of the lane that is not cut to its end, and the lane.
func (l *leasing) nextUncut(lane *dispatch.Lane) (uncut, error) {
	var u uncut
	var cuts int
	err := l.row(`SELECT u.bulletin, b.outage, b.expires, u.high_water, u.tests_only, u.cursor_set, u.cursor_addr, u.cuts,
		l.id, l.list, l.channel, l.host, l.broken
		FROM audiences u JOIN bulletins b ON b.id = u.bulletin JOIN lanes l ON l.id = u.lane
		WHERE u.lane = $1 AND u.done = 0 ORDER BY u.bulletin DESC LIMIT 1`,
		[]any{l.lane}, &u.bulletin, &u.outage, &u.expires, &u.highWater, &u.testsOnly, &u.from.set, &u.from.addr, &cuts,
		&lane.ID, &lane.List, &lane.Channel, &lane.Host, &lane.Broken)
	if err != nil {
		return u, err
	}
	u.size = cutSize
	if cuts < len(firstCuts) {
		u.size = firstCuts[cuts]
	}
	u.others, err = l.othersOn(u.outage, u.bulletin, l.lane)
	return u, err
}

// openSet is an area set of an audience that is still to be cut.
type openSet struct {
	id       int64
	toldOnly bool
}

// find reads the next readers of an audience; done says that there are no more.
func (l *leasing) find(u uncut) (found []reader, done bool, err error) {
	for at := u.from; ; {
		sets, err := l.openSets(u.bulletin, at.set, u.size)
		if err != nil || len(sets) == 0 {
			return found, true, err
		}
		for _, set := range sets {
			if set.id != at.set {
				at = cursor{set: set.id}
			}
			more, err := l.findIn(u, set, at.addr, u.size-len(found))
			found = append(found, more...)
			if err != nil || len(found) == u.size {
				return found, false, err
			}
		}
		at = cursor{set: at.set + 1}
	}
}

// openSets returns the next area sets of an audience, from one on.
func (l *leasing) openSets(bulletin, from int64, limit int) (out []openSet, err error) {
	rows, err := l.query(`SELECT set_id, told_only FROM totals WHERE bulletin = $1 AND lane = $2 AND set_id >= $3 AND closed = 0
		ORDER BY set_id LIMIT $4`, bulletin, l.lane, from, limit)
	err = each(rows, err, func(r rowScanner) error {
		var o openSet
		err := r.Scan(&o.id, &o.toldOnly)
		out = append(out, o)
		return err
	})
	return out, err
}

// findIn reads the next readers of one area set: of an end, those who were told.
func (l *leasing) findIn(u uncut, set openSet, after int64, limit int) (found []reader, err error) {
	for len(found) < limit {
		of := stretch{lane: l.lane, set: set.id, after: after, upTo: u.highWater, testsOnly: u.testsOnly, limit: limit - len(found)}
		page, err := l.readers(l.store, of)
		if err != nil || len(page) == 0 {
			return found, err
		}
		after = page[len(page)-1].addr
		all := len(page) < of.limit
		if set.toldOnly {
			told, err := l.told(u.others, l.lane, set.id, addressesOf(page))
			if err != nil {
				return nil, err
			}
			page = slices.DeleteFunc(page, func(r reader) bool { return !told[r.addr] })
		}
		if found = append(found, page...); all {
			break
		}
	}
	return found, nil
}

func addressesOf(readers []reader) []int64 {
	out := make([]int64, len(readers))
	for i, r := range readers {
		out[i] = r.addr
	}
	return out
}

// withoutOwn leaves those out who have a delivery already: they joined by themselves meanwhile.
func (l *leasing) withoutOwn(u uncut, found []reader) ([]reader, error) {
	if len(found) == 0 {
		return found, nil
	}
	own := map[cursor]bool{}
	from, to := found[0], found[len(found)-1]
	rows, err := l.query(`SELECT set_id, address FROM deliveries WHERE bulletin = $1 AND lane = $2
		AND (set_id, address) >= ($3, $4) AND (set_id, address) <= ($5, $6)`, u.bulletin, l.lane, from.set, from.addr, to.set, to.addr)
	err = each(rows, err, func(r rowScanner) error {
		var c cursor
		err := r.Scan(&c.set, &c.addr)
		own[c] = true
		return err
	})
	if len(own) == 0 {
		return found, err
	}
	return slices.DeleteFunc(found, func(r reader) bool { return own[r.cursor] }), err
}

// file writes readers on a sheet, with the batch that leases it.
func (l *leasing) file(b *dispatch.Batch, outage string, found []reader) error {
	s := &sheet{bulletin: b.Bulletin, lane: l.lane, entries: make([]entry, len(found))}
	b.Deliveries, b.Recipients = make([]dispatch.Delivery, len(found)), make([]dispatch.Recipient, len(found))
	counts := map[int64]int{}
	for i, r := range found {
		s.entries[i].cursor = r.cursor
		b.Deliveries[i] = dispatch.Delivery{Bulletin: b.Bulletin, Lane: l.lane, Set: r.set, Address: r.addr}
		b.Recipients[i] = r.to
		counts[r.set]++
	}
	if err := l.addSheet(s, millis(l.now)); err != nil {
		return fmt.Errorf("a new sheet: %w", err)
	}
	for set, n := range counts {
		if err := l.must(`UPDATE totals SET cut = cut + $1 WHERE bulletin = $2 AND lane = $3 AND set_id = $4`, n, b.Bulletin, l.lane, set); err != nil {
			return err
		}
	}
	if err := l.insert(b, s.last()); err != nil {
		return err
	}
	return l.earlier(b, outage)
}

// expire closes an audience whose bulletin's time is over.
func (l *leasing) expire(u uncut) error {
	sets, err := l.openSets(u.bulletin, 0, math.MaxInt32)
	if err != nil {
		return err
	}
	for _, set := range sets {
		if err := l.store.closeSet(l.tx, place{u.bulletin, l.lane, set.id}, dispatch.Expired); err != nil {
			return err
		}
	}
	_, err = l.exec(`UPDATE audiences SET done = 1 WHERE bulletin = $1 AND lane = $2`, u.bulletin, l.lane)
	return err
}
