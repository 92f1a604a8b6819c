package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"callbox/internal/dispatch"
)

var _ dispatch.Ledger = (*Store)(nil)

// firstCuts are the sizes of the first batches of an audience on a lane, small so that the first phone
// rings at once; later ones have cutSize.
var firstCuts = [...]int{50, 100, 200, 500}

const (
	cutSize   = 1000
	retrySize = 200
)

// Lanes implements dispatch.Ledger.
func (s *Store) Lanes(ctx context.Context, now time.Time) ([]dispatch.Lane, error) {
	var out []dispatch.Lane
	rows, err := s.read.QueryContext(ctx, `SELECT l.id, l.list, l.channel, l.host, l.paused_until, l.broken FROM lanes l
		WHERE EXISTS (SELECT 1 FROM audiences u WHERE u.lane = l.id AND u.done = 0)
		OR EXISTS (SELECT 1 FROM batches b WHERE b.lane = l.id AND b.lease_until <= $1)
		OR EXISTS (SELECT 1 FROM deliveries d WHERE d.lane = l.id AND d.fate = 0 AND d.next_at <> 0 AND d.next_at > 0 AND d.next_at <= $1)
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
	err := s.together(ctx, lane, func(t *tx) error {
		l := &leasing{tx: t, store: s, lane: lane, owner: owner, now: now}
		tries := []func() (*dispatch.Batch, error){l.lapsed, l.retries, l.cut, l.lapsedOld}
		if s.leases.Add(1)%2 == 0 {
			tries[1], tries[2] = tries[2], tries[1]
		}
		for _, try := range tries {
			var err error
			if b, err = l.some(try); b != nil || err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("lease: %w", err)
	}
	return b, nil
}

// some tries until a batch has deliveries, or there is none of its sort any more: everything in one may
// have been closed since it was made.
func (l *leasing) some(try func() (*dispatch.Batch, error)) (*dispatch.Batch, error) {
	for {
		b, err := try()
		if b == nil || err != nil || len(b.Deliveries) > 0 {
			return b, err
		}
		if _, err := l.exec(`DELETE FROM batches WHERE id = $1`, b.ID); err != nil {
			return nil, err
		}
	}
}

// leasing is one call of Lease.
type leasing struct {
	*tx
	store *Store
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
	var last cursor
	err := l.row(`UPDATE batches SET owner = $1, fence = fence + 1, lease_until = $2,
		generation = (SELECT generation FROM bulletins WHERE bulletins.id = batches.bulletin)
		WHERE id = (SELECT id FROM batches WHERE lane = $3 AND lease_until <= $4 AND bulletin >= `+since+` ORDER BY bulletin DESC, id LIMIT 1)
		RETURNING id, fence, bulletin, generation, last_set, last_addr`, []any{l.owner, l.until(), l.lane, millis(l.now)},
		&b.ID, &b.Fence, &b.Bulletin, &b.Generation, &last.set, &last.addr)
	if err != nil {
		return none(nil, err)
	}
	return b, l.fill(b, last)
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
	err := l.row(`SELECT bulletin FROM deliveries WHERE lane = $1 AND fate = 0 AND next_at <> 0 AND next_at > 0 AND next_at <= $2 ORDER BY next_at LIMIT 1`,
		[]any{l.lane, millis(l.now)}, &b.Bulletin)
	if err != nil {
		return none(nil, err)
	}
	if err := l.insert(b, cursor{}); err != nil {
		return nil, err
	}
	_, err = l.exec(`UPDATE deliveries SET next_at = $1 WHERE (bulletin, lane, set_id, address) IN (
		SELECT bulletin, lane, set_id, address FROM deliveries
		WHERE lane = $2 AND fate = 0 AND next_at <> 0 AND next_at > 0 AND next_at <= $3 AND +bulletin = $4 ORDER BY next_at LIMIT $5)`,
		-b.ID, l.lane, millis(l.now), b.Bulletin, retrySize)
	if err != nil {
		return nil, err
	}
	return b, l.fill(b, cursor{})
}

// insert writes a batch that is leased to the owner.
func (l *leasing) insert(b *dispatch.Batch, last cursor) error {
	b.Fence = 1
	return l.row(`INSERT INTO batches (bulletin, lane, last_set, last_addr, generation, owner, fence, lease_until)
		VALUES ($1, $2, $3, $4, (SELECT generation FROM bulletins WHERE id = $1), $5, 1, $6) RETURNING id, generation`,
		[]any{b.Bulletin, l.lane, last.set, last.addr, l.owner, l.until()}, &b.ID, &b.Generation)
}

// put adds a delivery with its recipient to a batch.
func put(b *dispatch.Batch, d dispatch.Delivery, to dispatch.Recipient) {
	b.Deliveries, b.Recipients = append(b.Deliveries, d), append(b.Recipients, to)
}
