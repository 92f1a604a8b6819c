package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"callbox/channels"
	"callbox/internal/dispatch"
	"callbox/templates"
)

var _ dispatch.Ledger = (*Store)(nil)

// firstCuts are the sizes of the first batches of an audience on a lane, small so that the first phone
// rings at once; later ones have cutSize.
var firstCuts = [...]int{50, 100, 200}

const (
	cutSize   = 500
	retrySize = 200
)

// Lanes implements dispatch.Ledger.
func (s *Store) Lanes(ctx context.Context, now time.Time) ([]dispatch.Lane, error) {
	var out []dispatch.Lane
	rows, err := s.read.QueryContext(ctx, `SELECT l.id, l.list, l.channel, l.host, l.paused_until, l.broken FROM lanes l
		WHERE EXISTS (SELECT 1 FROM audiences u WHERE u.lane = l.id AND u.done = 0)
		OR EXISTS (SELECT 1 FROM batches b WHERE b.lane = l.id AND b.lease_until <= $1)
		OR EXISTS (SELECT 1 FROM deliveries d WHERE d.lane = l.id AND d.fate = 0 AND d.next_at > 0 AND d.next_at <= $1)
		ORDER BY COALESCE((SELECT MAX(u.bulletin) FROM audiences u WHERE u.lane = l.id AND u.done = 0), 0) DESC, l.id`, millis(now))
	err = each(rows, err, func(r rowScanner) error {
		l, err := scanLane(r)
		out = append(out, l)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("lanes: %w", err)
	}
	return out, nil
}

func scanLane(r rowScanner) (l dispatch.Lane, err error) {
	var paused int64
	err = r.Scan(&l.ID, &l.List, &l.Channel, &l.Host, &paused, &l.Broken)
	l.PausedUntil = fromMillis(paused)
	return l, err
}

// Lease implements dispatch.Ledger. What is left of a batch comes first, unless a newer bulletin has
// somebody uncut: then that does. Retries that are due and the cutting of fresh deliveries take turns, so
// that neither holds up the other.
func (s *Store) Lease(ctx context.Context, lane int64, owner string, now time.Time) (*dispatch.Batch, error) {
	var b *dispatch.Batch
	err := s.tx(ctx, func(t *tx) error {
		l := &leasing{tx: t, lane: lane, owner: owner, now: now}
		tries := []func() (*dispatch.Batch, error){l.lapsed, l.retries, l.cut, l.lapsedOld}
		if s.leases.Add(1)%2 == 0 {
			tries[1], tries[2] = tries[2], tries[1]
		}
		for _, try := range tries {
			for {
				var err error
				b, err = try()
				if err != nil {
					return err
				}
				if b == nil {
					break // nothing of this sort
				}
				if err := s.fill(t, b, now); err != nil {
					return err
				}
				if len(b.Deliveries) > 0 {
					return nil
				}
				// Everything in it was closed meanwhile: look for the next one.
				if _, err := t.exec(`DELETE FROM batches WHERE id = $1`, b.ID); err != nil {
					return err
				}
			}
		}
		b = nil
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("lease: %w", err)
	}
	return b, nil
}

// leasing is one call of Lease.
type leasing struct {
	*tx
	lane  int64
	owner string
	now   time.Time
}

func (l *leasing) until() int64 { return millis(l.now.Add(dispatch.LeaseFor)) }

// lapsed takes over a batch whose owner let the lease run out, of the newest bulletin that is being cut
// or of a later one.
func (l *leasing) lapsed() (*dispatch.Batch, error) {
	return l.takeOver(`COALESCE((SELECT MAX(bulletin) FROM audiences WHERE lane = $3 AND done = 0), 0)`)
}

// lapsedOld takes over a batch of any bulletin.
func (l *leasing) lapsedOld() (*dispatch.Batch, error) { return l.takeOver(`0`) }

func (l *leasing) takeOver(since string) (*dispatch.Batch, error) {
	b := &dispatch.Batch{}
	err := l.row(`UPDATE batches SET owner = $1, fence = fence + 1, lease_until = $2,
		generation = (SELECT generation FROM bulletins WHERE bulletins.id = batches.bulletin)
		WHERE id = (SELECT id FROM batches WHERE lane = $3 AND lease_until <= $4 AND bulletin >= `+since+` ORDER BY bulletin DESC, id LIMIT 1)
		RETURNING id, fence, bulletin, generation`, []any{l.owner, l.until(), l.lane, millis(l.now)}, &b.ID, &b.Fence, &b.Bulletin, &b.Generation)
	return none(b, err)
}

// none turns ErrNotFound into no batch.
func none(b *dispatch.Batch, err error) (*dispatch.Batch, error) {
	if errors.Is(err, ErrNotFound) {
		return nil, nil
	}
	return b, err
}

// retries makes a batch of the deliveries of one bulletin that are due again.
func (l *leasing) retries() (*dispatch.Batch, error) {
	b := &dispatch.Batch{}
	err := l.row(`SELECT bulletin FROM deliveries WHERE lane = $1 AND fate = 0 AND next_at > 0 AND next_at <= $2 ORDER BY next_at LIMIT 1`,
		[]any{l.lane, millis(l.now)}, &b.Bulletin)
	if err != nil {
		return none(nil, err)
	}
	if err := l.insert(b, true, cursor{}, cursor{}); err != nil {
		return nil, err
	}
	_, err = l.exec(`UPDATE deliveries SET next_at = -$1 WHERE (bulletin, lane, set_id, address) IN (
		SELECT bulletin, lane, set_id, address FROM deliveries
		WHERE lane = $2 AND fate = 0 AND next_at > 0 AND next_at <= $3 AND +bulletin = $4 ORDER BY next_at LIMIT $5)`,
		b.ID, l.lane, millis(l.now), b.Bulletin, retrySize)
	return b, err
}

// cursor is a place in the order of an audience: area sets, and addresses within each.
type cursor struct{ set, addr int64 }

// cut makes the next deliveries of the newest bulletin that has some uncut.
func (l *leasing) cut() (*dispatch.Batch, error) {
	b := &dispatch.Batch{}
	var from cursor
	var highWater, cuts int64
	var testsOnly bool
	var outage string
	err := l.row(`SELECT u.bulletin, b.outage, u.high_water, u.tests_only, u.cursor_set, u.cursor_addr, u.cuts
		FROM audiences u JOIN bulletins b ON b.id = u.bulletin WHERE u.lane = $1 AND u.done = 0 ORDER BY u.bulletin DESC LIMIT 1`,
		[]any{l.lane}, &b.Bulletin, &outage, &highWater, &testsOnly, &from.set, &from.addr, &cuts)
	if err != nil {
		return none(nil, err)
	}
	size := cutSize
	if cuts < int64(len(firstCuts)) {
		size = firstCuts[cuts]
	}
	found, err := l.uncut(b.Bulletin, outage, from, highWater, testsOnly, size)
	if err != nil {
		return nil, err
	}
	to := from
	if len(found) > 0 {
		to = found[len(found)-1]
	}
	if _, err := l.exec(`UPDATE audiences SET cursor_set = $1, cursor_addr = $2, cuts = cuts + 1, done = $3 WHERE bulletin = $4 AND lane = $5`,
		to.set, to.addr, len(found) < size, b.Bulletin, l.lane); err != nil {
		return nil, err
	}
	if err := l.insert(b, false, from, to); err != nil {
		return nil, err
	}
	return b, l.write(b.Bulletin, found)
}

// uncut finds the next addresses of an audience, in order.
func (l *leasing) uncut(bulletin int64, outage string, from cursor, highWater int64, testsOnly bool, size int) ([]cursor, error) {
	var found []cursor
	rows, err := l.QueryContext(l.ctx, `SELECT o.set_id, a.id FROM totals o JOIN addresses a ON a.lane = o.lane AND a.set_id = o.set_id
		WHERE o.bulletin = $1 AND o.lane = $2 AND o.closed = 0 AND (o.set_id, a.id) > ($3, $4) AND o.set_id >= $3
		AND a.state = 1 AND a.id <= $5 AND (a.tests = 1 OR $6 = 0)
		AND (o.told_only = 0 OR EXISTS (SELECT 1 FROM bulletins b CROSS JOIN deliveries d
			WHERE b.outage = $7 AND d.bulletin = b.id AND d.lane = o.lane AND d.set_id = o.set_id AND d.address = a.id AND d.fate IN (1, 7)))
		ORDER BY o.set_id, a.id LIMIT $8`, bulletin, l.lane, from.set, from.addr, highWater, testsOnly, outage, size)
	err = each(rows, err, func(r rowScanner) error {
		var c cursor
		err := r.Scan(&c.set, &c.addr)
		found = append(found, c)
		return err
	})
	return found, err
}

// write makes the delivery rows. An address that has one already joined by itself meanwhile.
func (l *leasing) write(bulletin int64, found []cursor) error {
	if len(found) == 0 {
		return nil
	}
	ins, err := l.PrepareContext(l.ctx, `INSERT INTO deliveries (bulletin, lane, set_id, address) VALUES ($1, $2, $3, $4)
		ON CONFLICT (bulletin, lane, set_id, address) DO NOTHING`)
	if err != nil {
		return err
	}
	defer ins.Close()
	made := map[int64]int64{}
	for _, c := range found {
		r, err := ins.ExecContext(l.ctx, bulletin, l.lane, c.set, c.addr)
		if err != nil {
			return err
		}
		n, err := r.RowsAffected()
		if err != nil {
			return err
		}
		made[c.set] += n
	}
	for set, n := range made {
		if err := l.must(`UPDATE totals SET cut = cut + $1 WHERE bulletin = $2 AND lane = $3 AND set_id = $4`, n, bulletin, l.lane, set); err != nil {
			return err
		}
	}
	return nil
}

func (l *leasing) insert(b *dispatch.Batch, retry bool, from, to cursor) error {
	b.Fence = 1
	return l.row(`INSERT INTO batches (bulletin, lane, retry, from_set, from_addr, to_set, to_addr, generation, owner, fence, lease_until)
		VALUES ($1, $2, $3, $4, $5, $6, $7, (SELECT generation FROM bulletins WHERE id = $1), $8, 1, $9) RETURNING id, generation`,
		[]any{b.Bulletin, l.lane, retry, from.set, from.addr, to.set, to.addr, l.owner, l.until()}, &b.ID, &b.Generation)
}

// held selects the deliveries of a batch that wait, with whatever their recipients need.
const held = `SELECT d.set_id, d.address, d.attempts, d.receipt, a.state, a.sealed, p.langs, p.crowd, x.areas, o.closed
	FROM batches b
	CROSS JOIN deliveries d ON d.bulletin = b.bulletin AND d.lane = b.lane
	CROSS JOIN addresses a ON a.id = d.address
	CROSS JOIN subscribers p ON p.id = a.subscriber
	CROSS JOIN sets x ON x.id = d.set_id
	CROSS JOIN totals o ON o.bulletin = d.bulletin AND o.lane = d.lane AND o.set_id = d.set_id
	WHERE b.id = $1 AND d.fate = 0 AND `

// A fresh batch is a range of keys, a retry batch the rows that carry its number.
const (
	heldFresh = held + `d.next_at = 0 AND d.set_id >= b.from_set AND d.set_id <= b.to_set
		AND (d.set_id, d.address) > (b.from_set, b.from_addr) AND (d.set_id, d.address) <= (b.to_set, b.to_addr)`
	heldRetry = held + `d.lane = $2 AND d.next_at = -$1`
)

// fill reads the deliveries of a batch. Those that were closed, or whose address or time has gone, are
// settled here and not leased.
func (s *Store) fill(t *tx, b *dispatch.Batch, now time.Time) error {
	var retry bool
	var expires int64
	var outage string
	err := t.row(`SELECT l.id, l.list, l.channel, l.host, l.broken, b.retry, x.expires, x.outage FROM batches b
		JOIN lanes l ON l.id = b.lane JOIN bulletins x ON x.id = b.bulletin WHERE b.id = $1`, []any{b.ID},
		&b.Lane.ID, &b.Lane.List, &b.Lane.Channel, &b.Lane.Host, &b.Lane.Broken, &retry, &expires, &outage)
	if err != nil {
		return err
	}
	query, args := heldFresh, []any{b.ID}
	if retry {
		query, args = heldRetry, []any{b.ID, b.Lane.ID}
	}
	var settle []dispatch.Delivery
	rows, err := t.QueryContext(t.ctx, query, args...)
	err = each(rows, err, func(r rowScanner) error {
		d := dispatch.Delivery{Bulletin: b.Bulletin, Lane: b.Lane.ID}
		var who dispatch.Recipient
		var state, closed int
		var receipt, sealed []byte
		var langs, ids string
		if err := r.Scan(&d.Set, &d.Address, &d.Attempts, &receipt, &state, &sealed, &langs, &who.Crowd, &ids, &closed); err != nil {
			return err
		}
		if receipt != nil {
			if err := json.Unmarshal(receipt, &d.Receipt); err != nil {
				return fmt.Errorf("receipt of address %d: %w", d.Address, err)
			}
		}
		switch {
		case d.InDoubt(): // whatever came after, it may have arrived
		case closed != 0:
			d.Fate = dispatch.Fate(closed)
		case expires <= millis(now):
			d.Fate = dispatch.Expired
		case state != active:
			d.Fate = dispatch.Stopped
		}
		if d.Fate != dispatch.Waiting {
			settle = append(settle, d)
			return nil
		}
		dest, err := s.sealer.Open(sealed)
		if err != nil {
			return fmt.Errorf("address %d: %w", d.Address, err)
		}
		who.Destination, who.Areas = dest.Reveal(), splitAreas(ids)
		for lang := range strings.SplitSeq(langs, ",") {
			who.Langs = append(who.Langs, templates.Lang(lang))
		}
		b.Deliveries, b.Recipients = append(b.Deliveries, d), append(b.Recipients, who)
		return nil
	})
	if err != nil {
		return fmt.Errorf("read batch: %w", err)
	}
	for _, d := range settle {
		if err := t.settleRow(place{d.Bulletin, d.Lane, d.Set}, d.Address, d.Fate, millis(now)); err != nil {
			return err
		}
	}
	return s.earlier(t, b, outage)
}

// earlier gives outlets the receipts of the outage's former bulletins.
func (s *Store) earlier(t *tx, b *dispatch.Batch, outage string) error {
	for i := range b.Recipients {
		if !b.Recipients[i].Crowd {
			continue
		}
		d := b.Deliveries[i]
		rows, err := t.QueryContext(t.ctx, `SELECT d.receipt FROM bulletins b CROSS JOIN deliveries d ON d.bulletin = b.id
			WHERE b.outage = $1 AND b.id < $2 AND d.lane = $3 AND d.set_id = $4 AND d.address = $5 AND d.receipt IS NOT NULL ORDER BY b.seq`,
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
