package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"callbox/channels"
	"callbox/internal/dispatch"
	"callbox/subscribers"
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
	err := s.together(ctx, func(t *tx) error {
		l := &leasing{tx: t, store: s, lane: lane, owner: owner, now: now}
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
	err := l.row(`UPDATE batches SET owner = $1, fence = fence + 1, lease_until = $2,
		generation = (SELECT generation FROM bulletins WHERE bulletins.id = batches.bulletin)
		WHERE id = (SELECT id FROM batches WHERE lane = $3 AND lease_until <= $4 AND bulletin >= `+since+` ORDER BY bulletin DESC, id LIMIT 1)
		RETURNING id, fence, bulletin, generation`, []any{l.owner, l.until(), l.lane, millis(l.now)}, &b.ID, &b.Fence, &b.Bulletin, &b.Generation)
	if err != nil {
		return none(nil, err)
	}
	return b, l.store.fill(l.tx, b, l.now)
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
	if err := l.insert(b, true, cursor{}, cursor{}); err != nil {
		return nil, err
	}
	_, err = l.exec(`UPDATE deliveries SET next_at = -$1 WHERE (bulletin, lane, set_id, address) IN (
		SELECT bulletin, lane, set_id, address FROM deliveries
		WHERE lane = $2 AND fate = 0 AND next_at <> 0 AND next_at > 0 AND next_at <= $3 AND +bulletin = $4 ORDER BY next_at LIMIT $5)`,
		b.ID, l.lane, millis(l.now), b.Bulletin, retrySize)
	if err != nil {
		return nil, err
	}
	return b, l.store.fill(l.tx, b, l.now)
}

// cursor is a place in the order of an audience: area sets, and addresses within each.
type cursor struct{ set, addr int64 }

// cut makes the next deliveries of the newest bulletin that has some uncut, and reads them in the same go.
func (l *leasing) cut() (*dispatch.Batch, error) {
	b := &dispatch.Batch{}
	var u uncut
	var cuts int64
	err := l.row(`SELECT u.bulletin, b.outage, b.expires, u.high_water, u.tests_only, u.cursor_set, u.cursor_addr, u.cuts,
		l.id, l.list, l.channel, l.host, l.broken
		FROM audiences u JOIN bulletins b ON b.id = u.bulletin JOIN lanes l ON l.id = u.lane
		WHERE u.lane = $1 AND u.done = 0 ORDER BY u.bulletin DESC LIMIT 1`,
		[]any{l.lane}, &b.Bulletin, &u.outage, &u.expires, &u.highWater, &u.testsOnly, &u.from.set, &u.from.addr, &cuts,
		&b.Lane.ID, &b.Lane.List, &b.Lane.Channel, &b.Lane.Host, &b.Lane.Broken)
	if err != nil {
		return none(nil, err)
	}
	u.size = cutSize
	if cuts < int64(len(firstCuts)) {
		u.size = firstCuts[cuts]
	}
	if err := l.find(b, u); err != nil {
		return nil, err
	}
	found := b.Deliveries
	to := u.from
	if len(found) > 0 {
		to = cursor{found[len(found)-1].Set, found[len(found)-1].Address}
	}
	if _, err := l.exec(`UPDATE audiences SET cursor_set = $1, cursor_addr = $2, cuts = cuts + 1, done = $3 WHERE bulletin = $4 AND lane = $5`,
		to.set, to.addr, len(found) < u.size, b.Bulletin, l.lane); err != nil {
		return nil, err
	}
	if err := l.insert(b, false, u.from, to); err != nil {
		return nil, err
	}
	all, err := l.write(b.Bulletin, found)
	if err != nil {
		return nil, err
	}
	if !all || u.expires <= millis(l.now) {
		b.Deliveries, b.Recipients = nil, nil
		return b, l.store.fill(l.tx, b, l.now) // leaves those out that are not ours, and settles what expired
	}
	return b, l.store.earlier(l.tx, b, u.outage)
}

// uncut is what of an audience is to be cut next.
type uncut struct {
	outage    string
	expires   int64
	from      cursor
	highWater int64
	testsOnly bool
	size      int
}

// find reads the next addresses of an audience, in order, with whatever their recipients need.
func (l *leasing) find(b *dispatch.Batch, u uncut) error {
	var last reader
	rows, err := l.QueryContext(l.ctx, `SELECT o.set_id, a.id, a.sealed, p.langs, p.crowd, x.areas
		FROM totals o CROSS JOIN sets x ON x.id = o.set_id
		CROSS JOIN addresses a ON a.lane = o.lane AND a.set_id = o.set_id CROSS JOIN subscribers p ON p.id = a.subscriber
		WHERE o.bulletin = $1 AND o.lane = $2 AND o.closed = 0 AND o.set_id >= $3
		AND a.state = 1 AND a.id > CASE o.set_id WHEN $3 THEN $4 ELSE 0 END AND a.id <= $5 AND ($6 = 0 OR a.tests = 1)
		AND (o.told_only = 0 OR EXISTS (SELECT 1 FROM bulletins b CROSS JOIN deliveries d
			WHERE b.outage = $7 AND d.bulletin = b.id AND d.lane = o.lane AND d.set_id = o.set_id AND d.address = a.id AND d.fate IN (1, 7)))
		ORDER BY o.set_id, a.id LIMIT $8`, b.Bulletin, l.lane, u.from.set, u.from.addr, u.highWater, u.testsOnly, u.outage, u.size)
	err = each(rows, err, func(r rowScanner) error {
		d := dispatch.Delivery{Bulletin: b.Bulletin, Lane: l.lane}
		var sealed sql.RawBytes
		var langs, ids sql.RawBytes
		var crowd bool
		if err := r.Scan(&d.Set, &d.Address, &sealed, &langs, &crowd, &ids); err != nil {
			return err
		}
		who, err := last.recipient(l.store.sealer, sealed, langs, ids)
		if err != nil {
			return fmt.Errorf("address %d: %w", d.Address, err)
		}
		who.Crowd = crowd
		b.Deliveries, b.Recipients = append(b.Deliveries, d), append(b.Recipients, who)
		return nil
	})
	if err != nil {
		return fmt.Errorf("audience: %w", err)
	}
	return nil
}

// reader keeps the languages and areas of the recipient before: of one area set, the next has the same
// areas and mostly the same languages, and may share them.
type reader struct {
	langs, ids string
	who        dispatch.Recipient
}

func (r *reader) recipient(s *subscribers.Sealer, sealed, langs, ids []byte) (dispatch.Recipient, error) {
	dest, err := s.Open(sealed)
	if err != nil {
		return dispatch.Recipient{}, err
	}
	if r.ids != string(ids) {
		r.ids = string(ids)
		r.who.Areas = splitAreas(r.ids)
	}
	if r.langs != string(langs) {
		r.langs, r.who.Langs = string(langs), nil
		for lang := range strings.SplitSeq(r.langs, ",") {
			r.who.Langs = append(r.who.Langs, templates.Lang(lang))
		}
	}
	who := r.who
	who.Destination = dest.Reveal()
	return who, nil
}

// write makes the delivery rows, the rows of an area set in one statement. An address that has one joined
// by itself meanwhile: then not all were made.
func (l *leasing) write(bulletin int64, found []dispatch.Delivery) (all bool, err error) {
	all = true
	for len(found) > 0 {
		set := found[0].Set
		n := 1
		for n < len(found) && found[n].Set == set {
			n++
		}
		made, err := l.exec(`INSERT INTO deliveries (bulletin, lane, set_id, address) SELECT $1, $2, $3, value FROM json_each($4) WHERE true
			ON CONFLICT (bulletin, lane, set_id, address) DO NOTHING`, bulletin, l.lane, set, addressList(found[:n]))
		if err != nil {
			return false, err
		}
		all = all && made == int64(n)
		if err := l.must(`UPDATE totals SET cut = cut + $1 WHERE bulletin = $2 AND lane = $3 AND set_id = $4`, made, bulletin, l.lane, set); err != nil {
			return false, err
		}
		found = found[n:]
	}
	return all, nil
}

// addressList is how a statement takes many addresses: as a JSON array.
func addressList(ds []dispatch.Delivery) string {
	list := make([]byte, 0, 8*len(ds)+2)
	list = append(list, '[')
	for i, d := range ds {
		if i > 0 {
			list = append(list, ',')
		}
		list = strconv.AppendInt(list, d.Address, 10)
	}
	return string(append(list, ']'))
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

// A fresh batch is a range of keys, a retry batch the rows that carry its number. As everywhere, the
// plain next_at <> 0 is what lets SQLite use the small index of retries instead of reading every delivery.
const (
	heldFresh = held + `d.next_at = 0 AND (d.set_id, d.address) > ($2, $3) AND (d.set_id, d.address) <= ($4, $5)`
	heldRetry = held + `d.lane = $2 AND d.next_at <> 0 AND d.next_at = -$1`
)

// fill reads the deliveries of a batch. Those that were closed, or whose address or time has gone, are
// settled here and not leased.
func (s *Store) fill(t *tx, b *dispatch.Batch, now time.Time) error {
	var retry bool
	var from, to cursor
	var expires int64
	var outage string
	err := t.row(`SELECT l.id, l.list, l.channel, l.host, l.broken, b.retry, b.from_set, b.from_addr, b.to_set, b.to_addr, x.expires, x.outage FROM batches b
		JOIN lanes l ON l.id = b.lane JOIN bulletins x ON x.id = b.bulletin WHERE b.id = $1`, []any{b.ID},
		&b.Lane.ID, &b.Lane.List, &b.Lane.Channel, &b.Lane.Host, &b.Lane.Broken, &retry, &from.set, &from.addr, &to.set, &to.addr, &expires, &outage)
	if err != nil {
		return err
	}
	query, args := heldFresh, []any{b.ID, from.set, from.addr, to.set, to.addr}
	if retry {
		query, args = heldRetry, []any{b.ID, b.Lane.ID}
	}
	var settle []dispatch.Delivery
	var last reader
	rows, err := t.QueryContext(t.ctx, query, args...)
	err = each(rows, err, func(r rowScanner) error {
		d := dispatch.Delivery{Bulletin: b.Bulletin, Lane: b.Lane.ID}
		var state, closed int
		var crowd bool
		var receipt, sealed, langs, ids []byte
		if err := r.Scan(&d.Set, &d.Address, &d.Attempts, &receipt, &state, &sealed, &langs, &crowd, &ids, &closed); err != nil {
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
		who, err := last.recipient(s.sealer, sealed, langs, ids)
		if err != nil {
			return fmt.Errorf("address %d: %w", d.Address, err)
		}
		who.Crowd = crowd
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
