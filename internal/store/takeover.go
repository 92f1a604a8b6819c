package store

import (
	"encoding/json"
	"fmt"

	"callbox/channels"
	"callbox/internal/dispatch"
)

// bulletinNow is what decides whether a delivery may still be made.
type bulletinNow struct {
	outage  string
	expired bool
	closed  map[int64]dispatch.Fate // by area set
}

// fate is what becomes of a delivery that waits: Waiting when it may be made.
func (b bulletinNow) fate(set int64) dispatch.Fate {
	if fate, ok := b.closed[set]; ok {
		return fate
	}
	if b.expired {
		return dispatch.Expired
	}
	return dispatch.Waiting
}

// fill reads the deliveries of a batch: what waits on its sheet, or the retries that carry its number.
// Those that were closed, or whose address or time has gone, are settled here and not leased.
func (l *leasing) fill(b *dispatch.Batch, last cursor) error {
	now, err := l.readNow(b)
	if err != nil {
		return err
	}
	if last == (cursor{}) {
		err = l.fillRetries(b, now)
	} else {
		err = l.fillSheet(b, now, last)
	}
	if err != nil {
		return fmt.Errorf("read batch %d: %w", b.ID, err)
	}
	return l.earlier(b, now.outage)
}

func (l *leasing) readNow(b *dispatch.Batch) (bulletinNow, error) {
	var now bulletinNow
	var expires int64
	err := l.row(`SELECT l.id, l.list, l.channel, l.host, l.broken, x.expires, x.outage FROM lanes l CROSS JOIN bulletins x
		WHERE l.id = $1 AND x.id = $2`, []any{l.lane, b.Bulletin},
		&b.Lane.ID, &b.Lane.List, &b.Lane.Channel, &b.Lane.Host, &b.Lane.Broken, &expires, &now.outage)
	if err != nil {
		return now, err
	}
	now.expired = expires <= millis(l.now)
	now.closed, err = l.closedSets(b.Bulletin, l.lane)
	return now, err
}

// closedSets returns the area sets that nothing more is sent to, with the fate of what waits there.
func (t *tx) closedSets(bulletin, lane int64) (map[int64]dispatch.Fate, error) {
	out := map[int64]dispatch.Fate{}
	rows, err := t.query(`SELECT set_id, closed FROM totals WHERE bulletin = $1 AND lane = $2 AND closed <> 0`, bulletin, lane)
	err = each(rows, err, func(r rowScanner) error {
		var set int64
		var fate dispatch.Fate
		err := r.Scan(&set, &fate)
		out[set] = fate
		return err
	})
	return out, err
}

// fillSheet reads what waits on a sheet.
func (l *leasing) fillSheet(b *dispatch.Batch, now bulletinNow, last cursor) error {
	s, err := l.sheetAt(b.Bulletin, l.lane, last)
	if err != nil {
		return err
	}
	settled := map[placeFates]int{}
	for rest := s.entries; len(rest) > 0; {
		n := 1
		for n < len(rest) && rest[n].set == rest[0].set {
			n++
		}
		set := rest[:n]
		rest = rest[n:]
		to, err := l.recipients(now, set)
		if err != nil {
			return err
		}
		for i := range set {
			e := &set[i]
			if e.standing != waits {
				continue
			}
			d := dispatch.Delivery{Bulletin: b.Bulletin, Lane: l.lane, Set: e.set, Address: e.addr, Fate: now.fate(e.set)}
			if who, ok := to[e.addr]; ok {
				put(b, d, who)
				continue
			}
			if d.Fate == dispatch.Waiting {
				d.Fate = dispatch.Stopped
			}
			e.standing = apart
			settled[placeFates{d.Set, dispatch.Waiting, d.Fate}]++
			if err := l.addRow(d, millis(l.now)); err != nil {
				return err
			}
		}
	}
	if len(settled) == 0 {
		return nil
	}
	if err := l.saveSheet(s, millis(l.now)); err != nil {
		return err
	}
	for m, n := range settled {
		if err := l.move(place{b.Bulletin, l.lane, m.set}, m.from, m.to, n); err != nil {
			return err
		}
	}
	return nil
}

// recipients finds those of one area set on a sheet; nobody when nothing more is sent to it.
func (l *leasing) recipients(now bulletinNow, entries []entry) (map[int64]dispatch.Recipient, error) {
	out := map[int64]dispatch.Recipient{}
	first, last := entries[0], entries[len(entries)-1]
	if now.fate(first.set) != dispatch.Waiting {
		return out, nil
	}
	for after := first.addr - 1; after < last.addr; {
		page, err := l.readers(l.store, stretch{lane: l.lane, set: first.set, after: after, upTo: last.addr, limit: cutSize})
		if err != nil || len(page) == 0 {
			return out, err
		}
		for _, r := range page {
			out[r.addr] = r.to
		}
		after = page[len(page)-1].addr
	}
	return out, nil
}

// fillRetries reads the rows that carry the number of the batch. As everywhere, the plain next_at <> 0 is
// what lets SQLite use the small index of retries instead of reading every row.
func (l *leasing) fillRetries(b *dispatch.Batch, now bulletinNow) error {
	var settle []dispatch.Delivery
	langs := languages{}
	rows, err := l.query(`SELECT d.set_id, d.address, d.attempts, d.receipt, a.state, a.langs, a.sealed, x.crowd, x.areas
		FROM deliveries d CROSS JOIN addresses a CROSS JOIN sets x WHERE a.id = d.address AND x.id = d.set_id
		AND d.lane = $1 AND d.fate = 0 AND d.next_at <> 0 AND d.next_at = $2`, l.lane, -b.ID)
	err = each(rows, err, func(r rowScanner) error {
		d := dispatch.Delivery{Bulletin: b.Bulletin, Lane: l.lane}
		var state int
		var set areaSet
		var ids string
		var receipt, spoken, sealed []byte
		if err := r.Scan(&d.Set, &d.Address, &d.Attempts, &receipt, &state, &spoken, &sealed, &set.crowd, &ids); err != nil {
			return err
		}
		if receipt != nil {
			if err := json.Unmarshal(receipt, &d.Receipt); err != nil {
				return fmt.Errorf("receipt of address %d: %w", d.Address, err)
			}
		}
		if d.InDoubt() { // it may have arrived, whatever came after, and is not sent
			put(b, d, dispatch.Recipient{})
			return nil
		}
		if d.Fate = now.fate(d.Set); d.Fate == dispatch.Waiting && state != active {
			d.Fate = dispatch.Stopped
		}
		if d.Fate != dispatch.Waiting {
			settle = append(settle, d)
			return nil
		}
		set.areas = splitAreas(ids)
		to, err := l.store.recipient(set, langs.of(spoken), sealed)
		if err != nil {
			return fmt.Errorf("address %d: %w", d.Address, err)
		}
		put(b, d, to)
		return nil
	})
	if err != nil {
		return err
	}
	for _, d := range settle {
		if err := l.settleRow(place{d.Bulletin, d.Lane, d.Set}, d.Address, d.Fate, millis(l.now)); err != nil {
			return err
		}
	}
	return nil
}

// earlier gives outlets the receipts of the outage's former bulletins.
func (l *leasing) earlier(b *dispatch.Batch, outage string) error {
	for i := range b.Recipients {
		if !b.Recipients[i].Crowd {
			continue
		}
		d := b.Deliveries[i]
		rows, err := l.query(`SELECT d.receipt FROM bulletins b CROSS JOIN deliveries d WHERE d.bulletin = b.id
			AND b.outage = $1 AND b.id < $2 AND d.lane = $3 AND d.set_id = $4 AND d.address = $5 AND d.receipt IS NOT NULL ORDER BY b.seq`,
			outage, b.Bulletin, d.Lane, d.Set, d.Address)
		err = each(rows, err, func(r rowScanner) error {
			receipt, err := scanJSON[channels.Receipt](r)
			b.Recipients[i].Earlier = append(b.Recipients[i].Earlier, receipt)
			return err
		})
		if err != nil {
			return fmt.Errorf("former receipts: %w", err)
		}
	}
	return nil
}
