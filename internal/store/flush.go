package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"callbox/internal/dispatch"
)

// Flush implements dispatch.Ledger.
func (s *Store) Flush(ctx context.Context, b *dispatch.Batch, settled []dispatch.Delivery, done bool, now time.Time) (superseded bool, err error) {
	err = s.together(ctx, b.Lane.ID, func(t *tx) error {
		f := &flushing{tx: t, store: s, batch: b, now: now, moves: map[placeFates]int{}, reached: map[int64][]int64{}}
		if err := f.renew(); err != nil {
			return err
		}
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
	generation int64
	closed     map[int64]dispatch.Fate // by area set: what waits there gets this fate
	sheet      *sheet                  // nil for retries
	moves      map[placeFates]int
	reached    map[int64][]int64 // by area set: the addresses that this flush says were told
	gone       []int64
}

type placeFates struct {
	set      int64
	from, to dispatch.Fate
}

func (f *flushing) place(set int64) place { return place{f.batch.Bulletin, f.batch.Lane.ID, set} }

// renew prolongs the lease, if it is still ours, and reads the sheet of the batch.
func (f *flushing) renew() error {
	var last cursor
	err := f.row(`UPDATE batches SET lease_until = $1 WHERE id = $2 AND fence = $3 RETURNING last_set, last_addr`,
		[]any{millis(f.now.Add(dispatch.LeaseFor)), f.batch.ID, f.batch.Fence}, &last.set, &last.addr)
	if errors.Is(err, ErrNotFound) {
		return dispatch.ErrFenced
	}
	if err == nil && last != (cursor{}) {
		f.sheet, err = f.sheetAt(f.batch.Bulletin, f.batch.Lane.ID, last)
	}
	return err
}

func (f *flushing) read() error {
	err := f.row(`SELECT outage, generation FROM bulletins WHERE id = $1`, []any{f.batch.Bulletin}, &f.outage, &f.generation)
	if err == nil && f.generation > 0 {
		f.closed, err = f.closedSets(f.batch.Bulletin, f.batch.Lane.ID)
	}
	return err
}

// settle writes what became of deliveries, and then what follows from that.
func (f *flushing) settle(settled []dispatch.Delivery) error {
	if len(settled) == 0 {
		return nil
	}
	rows := f.settleOnSheet(settled)
	if f.sheet != nil {
		if err := f.saveSheet(f.sheet, millis(f.now)); err != nil {
			return err
		}
	}
	for _, r := range rows {
		if err := f.writeRow(r); err != nil {
			return err
		}
	}
	for m, n := range f.moves {
		if err := f.move(f.place(m.set), m.from, m.to, n); err != nil {
			return err
		}
	}
	for set, addresses := range f.reached {
		if err := f.heard(set, addresses); err != nil {
			return err
		}
	}
	for _, address := range f.gone {
		a, err := f.addressBy(`id = $1`, address)
		if err != nil {
			return err
		}
		if err := f.store.retire(f.tx, a, gone); err != nil {
			return err
		}
	}
	return nil
}

// ownRow is a delivery that its row tells of.
type ownRow struct {
	dispatch.Delivery
	fresh bool // it stood on the sheet until now
}

// settleOnSheet settles the deliveries that a sheet can tell of, and returns the others.
func (f *flushing) settleOnSheet(settled []dispatch.Delivery) (rows []ownRow) {
	for _, d := range settled {
		if fate, ok := f.closed[d.Set]; ok && d.Fate == dispatch.Waiting {
			d.Fate, d.NextAt = fate, time.Time{}
		}
		e := f.sheet.find(cursor{d.Set, d.Address})
		switch {
		case e == nil || e.standing != waits:
			rows = append(rows, ownRow{d, false})
		case d.Fate == dispatch.Accepted && d.Attempts == 1 && d.Reason == "" && len(d.Receipt) == 0:
			e.standing = accepted
			f.note(d, dispatch.Waiting)
		default:
			e.standing = apart
			rows = append(rows, ownRow{d, true})
		}
	}
	return rows
}

// note keeps what follows from a new fate beyond its place in the ledger. A delivery that was waiting
// belongs to an address that is still on the roll: going off it settles what waits.
func (f *flushing) note(d dispatch.Delivery, was dispatch.Fate) {
	if was == d.Fate {
		return
	}
	f.moves[placeFates{d.Set, was, d.Fate}]++
	switch {
	case was != dispatch.Waiting:
	case d.Fate == dispatch.Gone:
		f.gone = append(f.gone, d.Address)
	case wasTold(d.Fate):
		f.reached[d.Set] = append(f.reached[d.Set], d.Address)
	}
}

func (f *flushing) writeRow(r ownRow) error {
	if r.fresh {
		f.note(r.Delivery, dispatch.Waiting)
		return f.addRow(r.Delivery, millis(f.now))
	}
	was, err := f.update(r.Delivery)
	if err == nil {
		f.note(r.Delivery, was)
	}
	return err
}

// update writes one row and returns the fate it had, or the new one when it stays as it is.
func (f *flushing) update(d dispatch.Delivery) (was dispatch.Fate, err error) {
	const set = `UPDATE deliveries SET fate = $1, attempts = $2, next_at = $3, at = $4, reason = $5, receipt = $6
		WHERE bulletin = $7 AND lane = $8 AND set_id = $9 AND address = $10`
	args, err := rowValues(d, millis(f.now))
	if err != nil {
		return 0, err
	}
	if n, err := f.exec(set+` AND fate = 0`, args...); err != nil || n == 1 {
		return dispatch.Waiting, err
	}
	// The reader left while the message was on its way. What the far side said is the truth; but a
	// message that is not there yet does not follow.
	was, _, err = f.fateOf(f.place(d.Set), d.Address)
	if err != nil || d.Fate == dispatch.Waiting || was != dispatch.Stopped && was != dispatch.Gone {
		return d.Fate, err
	}
	_, err = f.exec(set, args...)
	return was, err
}

// heard counts the addresses of an area set that had not heard of the outage before. Where the end was
// issued while this was on its way, they get the end too: whoever was told hears it (promise 6).
func (f *flushing) heard(set int64, addresses []int64) error {
	others, err := f.othersOn(f.outage, f.batch.Bulletin, f.batch.Lane.ID)
	if err != nil {
		return err
	}
	slices.Sort(addresses)
	before, err := f.told(others, f.batch.Lane.ID, set, addresses)
	if err != nil {
		return err
	}
	addresses = slices.DeleteFunc(addresses, func(a int64) bool { return before[a] })
	if len(addresses) == 0 {
		return nil
	}
	if err := f.toldAdd(f.outage, f.batch.Lane.ID, set, len(addresses)); err != nil || f.closed[set] == dispatch.Waiting {
		return err
	}
	end, err := f.endFor(set)
	if err != nil || end == nil {
		return err
	}
	for _, a := range addresses {
		if err := f.store.deliverNow(f.tx, end.id, end.list, address{id: a, lane: f.batch.Lane.ID, set: set}, true); err != nil {
			return err
		}
	}
	return nil
}

// endFor returns the bulletin after that of the batch which tells an area set that it is over; nil when
// the newest that speaks to it has more to say, and when none does.
func (f *flushing) endFor(set int64) (*issued, error) {
	later, err := f.later()
	if err != nil {
		return nil, err
	}
	for _, b := range later {
		yes, ended, err := f.speaks(b.id, set)
		if err != nil || yes && !ended {
			return nil, err
		}
		if yes {
			return &b, nil
		}
	}
	return nil, nil
}

// later returns the bulletins of the outage after that of the batch, newest first.
func (f *flushing) later() ([]issued, error) {
	var out []issued
	rows, err := f.query(`SELECT id, list FROM bulletins WHERE outage = $1 AND id > $2 AND kind <> 'renewal' ORDER BY id DESC`,
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
	if f.sheet.waiting() {
		_, err := f.exec(`UPDATE batches SET lease_until = 0 WHERE id = $1`, f.batch.ID)
		return err
	}
	if f.sheet == nil {
		if _, err := f.exec(`UPDATE deliveries SET next_at = $1 WHERE lane = $2 AND fate = 0 AND next_at <> 0 AND next_at = $3`,
			millis(f.now), f.batch.Lane.ID, -f.batch.ID); err != nil {
			return err
		}
	}
	_, err := f.exec(`DELETE FROM batches WHERE id = $1`, f.batch.ID)
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
