package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"callbox/internal/dispatch"
	"callbox/outages"
)

// Flush implements dispatch.Ledger.
func (s *Store) Flush(ctx context.Context, b *dispatch.Batch, settled []dispatch.Delivery, done bool, now time.Time) (superseded bool, err error) {
	err = s.together(ctx, func(t *tx) error {
		n, err := t.exec(`UPDATE batches SET lease_until = $1 WHERE id = $2 AND fence = $3`,
			millis(now.Add(dispatch.LeaseFor)), b.ID, b.Fence)
		if err != nil {
			return err
		}
		if n == 0 {
			return dispatch.ErrFenced
		}
		f := &flushing{tx: t, store: s, batch: b, now: now, moves: map[placeFates]int{}, told: map[int64]int{}}
		if err := f.read(); err != nil {
			return err
		}
		superseded = f.generation > b.Generation
		if err := f.settle(settled); err != nil {
			return err
		}
		if done {
			return f.giveBack()
		}
		return nil
	})
	if err != nil {
		return false, fmt.Errorf("flush: %w", err)
	}
	return superseded, nil
}

// flushing is one call of Flush.
type flushing struct {
	*tx
	store *Store
	batch *dispatch.Batch
	now   time.Time

	outage     string
	kind       outages.Kind
	seq        int
	generation int64
	closed     map[int64]dispatch.Fate // by area set: what waits there gets this fate
	moves      map[placeFates]int
	told       map[int64]int // by area set: addresses told for the first time
}

type placeFates struct {
	set      int64
	from, to dispatch.Fate
}

func (f *flushing) read() error {
	err := f.row(`SELECT outage, kind, seq, generation FROM bulletins WHERE id = $1`, []any{f.batch.Bulletin},
		&f.outage, &f.kind, &f.seq, &f.generation)
	if err != nil || f.generation == 0 {
		return err
	}
	f.closed = map[int64]dispatch.Fate{}
	rows, err := f.QueryContext(f.ctx, `SELECT set_id, closed FROM totals WHERE bulletin = $1 AND lane = $2 AND closed <> 0`,
		f.batch.Bulletin, f.batch.Lane.ID)
	return each(rows, err, func(r rowScanner) error {
		var set int64
		var fate dispatch.Fate
		err := r.Scan(&set, &fate)
		f.closed[set] = fate
		return err
	})
}

func (f *flushing) settle(settled []dispatch.Delivery) error {
	many, others := f.alike(settled)
	for of, ds := range many {
		done, err := f.acceptMany(of, ds)
		if err != nil {
			return err
		}
		if !done {
			others = append(others, ds...)
		}
	}
	if err := f.settleEach(others); err != nil {
		return err
	}
	for m, n := range f.moves {
		if err := f.move(place{f.batch.Bulletin, f.batch.Lane.ID, m.set}, m.from, m.to, n); err != nil {
			return err
		}
	}
	for set, n := range f.told {
		if err := f.toldAdd(f.outage, f.batch.Lane.ID, set, n); err != nil {
			return err
		}
	}
	return nil
}

// settleEach writes deliveries row by row.
func (f *flushing) settleEach(settled []dispatch.Delivery) error {
	if len(settled) == 0 {
		return nil
	}
	upd, err := f.PrepareContext(f.ctx, `UPDATE deliveries SET fate = $1, attempts = $2, next_at = $3, at = $4, reason = $5, receipt = $6
		WHERE bulletin = $7 AND lane = $8 AND set_id = $9 AND address = $10 AND fate = 0`)
	if err != nil {
		return err
	}
	defer upd.Close()
	for _, d := range settled {
		if fate, ok := f.closed[d.Set]; ok && d.Fate == dispatch.Waiting {
			d.Fate, d.NextAt = fate, time.Time{}
		}
		was, err := f.update(upd, d)
		if err != nil {
			return err
		}
		if was == d.Fate {
			continue
		}
		f.moves[placeFates{d.Set, was, d.Fate}]++
		if was == dispatch.Waiting {
			if err := f.consequences(d); err != nil {
				return err
			}
		}
	}
	return nil
}

// update writes one row and returns the fate it had.
func (f *flushing) update(upd *sql.Stmt, d dispatch.Delivery) (was dispatch.Fate, err error) {
	var reason, receipt any
	if d.Reason != "" {
		reason = d.Reason
	}
	if len(d.Receipt) > 0 {
		js, err := json.Marshal(d.Receipt)
		if err != nil {
			return 0, err
		}
		receipt = string(js)
	}
	next := millis(d.NextAt)
	if d.Fate != dispatch.Waiting {
		next = 0
	} else if next == 0 {
		next = millis(f.now) // it was tried: from now on it is a retry, not part of a range
	}
	args := []any{d.Fate, d.Attempts, next, millis(f.now), reason, receipt, f.batch.Bulletin, f.batch.Lane.ID, d.Set, d.Address}
	r, err := upd.ExecContext(f.ctx, args...)
	if err != nil {
		return 0, err
	}
	if n, err := r.RowsAffected(); err != nil || n == 1 {
		return dispatch.Waiting, err
	}
	// The reader left while the message was on its way. What the far side said is the truth; but a
	// message that is not there yet does not follow.
	err = f.row(`SELECT fate FROM deliveries WHERE bulletin = $1 AND lane = $2 AND set_id = $3 AND address = $4`, args[6:], &was)
	if err != nil || d.Fate == dispatch.Waiting || was != dispatch.Stopped && was != dispatch.Gone {
		return d.Fate, err
	}
	_, err = f.exec(`UPDATE deliveries SET fate = $1, attempts = $2, next_at = $3, at = $4, reason = $5, receipt = $6
		WHERE bulletin = $7 AND lane = $8 AND set_id = $9 AND address = $10`, args...)
	return was, err
}

// consequences are what follows from a fate beyond its row. A row that was waiting belongs to an address
// that is still on the roll: going off it settles what waits.
func (f *flushing) consequences(d dispatch.Delivery) error {
	switch {
	case d.Fate == dispatch.Gone:
		a, err := f.addressBy(`id = $1`, d.Address)
		if err != nil {
			return err
		}
		return f.store.retire(f.tx, a, gone)
	case wasTold(d.Fate):
		return f.heardFirst(address{id: d.Address, lane: d.Lane, set: d.Set})
	}
	return nil
}

// heardFirst counts an address that had not heard of the outage before. Where the end was issued while
// this was on its way, the address gets the end too: whoever was told hears it (promise 6).
func (f *flushing) heardFirst(a address) error {
	if f.seq > 1 {
		var n int
		err := f.row(`SELECT COUNT(*) FROM bulletins b CROSS JOIN deliveries d WHERE b.outage = $1 AND d.bulletin = b.id AND b.id <> $2
			AND d.lane = $3 AND d.set_id = $4 AND d.address = $5 AND d.fate IN (1, 7)`,
			[]any{f.outage, f.batch.Bulletin, a.lane, a.set, a.id}, &n)
		if err != nil || n > 0 {
			return err
		}
	}
	f.told[a.set]++
	if f.closed[a.set] == dispatch.Waiting {
		return nil
	}
	later, err := f.later()
	if err != nil {
		return err
	}
	for _, b := range later {
		yes, ended, err := f.speaks(b.id, a.set)
		if err != nil {
			return err
		}
		if yes && ended {
			return f.store.deliverNow(f.tx, b.id, b.list, a, true)
		}
		if yes {
			return nil
		}
	}
	return nil
}

// later returns the bulletins of the outage after that of the batch, newest first.
func (f *flushing) later() ([]issued, error) {
	var out []issued
	rows, err := f.QueryContext(f.ctx, `SELECT id, list FROM bulletins WHERE outage = $1 AND id > $2 AND kind <> 'renewal' ORDER BY id DESC`,
		f.outage, f.batch.Bulletin)
	err = each(rows, err, func(r rowScanner) error {
		var b issued
		err := r.Scan(&b.id, &b.list)
		out = append(out, b)
		return err
	})
	return out, err
}

// issued is the row of a bulletin with its list.
type issued struct {
	id   int64
	list string
}

// giveBack ends the lease. What of the batch still waits is leased again, by anybody; what was closed
// meanwhile is settled when it is.
func (f *flushing) giveBack() error {
	b := f.batch
	var retry, left bool
	var from, to cursor
	err := f.row(`SELECT retry, from_set, from_addr, to_set, to_addr FROM batches WHERE id = $1`, []any{b.ID},
		&retry, &from.set, &from.addr, &to.set, &to.addr)
	if err != nil {
		return err
	}
	if retry {
		_, err = f.exec(`UPDATE deliveries SET next_at = $1 WHERE lane = $2 AND fate = 0 AND next_at <> 0 AND next_at = -$3`, millis(f.now), b.Lane.ID, b.ID)
	} else {
		err = f.row(`SELECT EXISTS (SELECT 1 FROM deliveries WHERE bulletin = $1 AND lane = $2 AND fate = 0 AND next_at = 0
			AND (set_id, address) > ($3, $4) AND (set_id, address) <= ($5, $6))`,
			[]any{b.Bulletin, b.Lane.ID, from.set, from.addr, to.set, to.addr}, &left)
	}
	if err != nil {
		return err
	}
	if left {
		_, err = f.exec(`UPDATE batches SET lease_until = 0 WHERE id = $1`, b.ID)
		return err
	}
	_, err = f.exec(`DELETE FROM batches WHERE id = $1`, b.ID)
	return err
}

// Superseded implements dispatch.Ledger.
func (s *Store) Superseded(ctx context.Context, b *dispatch.Batch) (bool, error) {
	var generation int64
	err := oneRow(s.read.QueryRowContext(ctx, `SELECT generation FROM bulletins WHERE id = $1`, b.Bulletin), &generation)
	return generation > b.Generation, err
}

// Halt implements dispatch.Ledger.
func (s *Store) Halt(ctx context.Context, lane int64, until time.Time, reason string) error {
	return s.tx(ctx, func(t *tx) error {
		return t.must(`UPDATE lanes SET paused_until = $1, broken = $2 WHERE id = $3`, millis(until), reason, lane)
	})
}
