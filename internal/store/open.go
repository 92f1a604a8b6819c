package store

import (
	"errors"
	"fmt"
	"strings"

	"callbox/internal/dispatch"
)

// The fates as columns of totals, in the order of their values.
var fateColumns = [...]string{"waiting", "accepted", "refused", "gone", "expired", "overtaken", "stopped", "uncertain"}

const (
	goneFate    = dispatch.Gone
	stoppedFate = dispatch.Stopped
)

func wasTold(f dispatch.Fate) bool { return f == dispatch.Accepted || f == dispatch.Uncertain }

// place is the row of totals that a delivery counts in.
type place struct{ bulletin, lane, set int64 }

// move moves n deliveries from one fate to another.
func (t *tx) move(p place, from, to dispatch.Fate, n int) error {
	if from == to || n == 0 {
		return nil
	}
	return t.must(fmt.Sprintf(`UPDATE totals SET %[1]s = %[1]s - $1, %[2]s = %[2]s + $1 WHERE bulletin = $2 AND lane = $3 AND set_id = $4`,
		fateColumns[from], fateColumns[to]), n, p.bulletin, p.lane, p.set)
}

// speaks reports whether a bulletin speaks to an area set, and whether it only has the end to say there.
func (t *tx) speaks(bulletin, set int64) (yes, ended bool, err error) {
	var crowd bool
	var ids string
	if err := t.row(`SELECT crowd, areas FROM sets WHERE id = $1`, []any{set}, &crowd, &ids); err != nil {
		return false, false, err
	}
	scopes := []string{crowdScope(ids)}
	if !crowd {
		scopes = strings.Split(ids, ",")
	}
	ended = true
	for _, scope := range scopes {
		var e bool
		err := t.row(`SELECT ended FROM scopes WHERE bulletin = $1 AND scope = $2`, []any{bulletin, scope}, &e)
		if errors.Is(err, ErrNotFound) {
			continue
		}
		if err != nil {
			return false, false, err
		}
		yes, ended = true, ended && e
	}
	return yes, yes && ended, nil
}

func crowdScope(areas string) string { return "crowd:" + areas }

// joinOpen tells an address that just became active of every open outage in its areas (promise 14):
// the newest bulletin, unless all it has to say there is that the outage is over.
func (s *Store) joinOpen(t *tx, a address) error {
	var found []issued
	rows, err := t.QueryContext(t.ctx, `SELECT b.id, b.list FROM bulletins b JOIN lanes l ON l.list = b.list
		WHERE l.id = $1 AND b.expires > $2 AND b.superseded = 0 AND b.stopped = 0
		AND b.kind NOT IN ('all-clear', 'retract', 'renewal') AND (b.mode <> 'test' OR $3) ORDER BY b.id`,
		a.lane, millis(s.now()), a.tests)
	err = each(rows, err, func(r rowScanner) error {
		var o issued
		err := r.Scan(&o.id, &o.list)
		found = append(found, o)
		return err
	})
	if err != nil {
		return fmt.Errorf("open outages: %w", err)
	}
	for _, o := range found {
		yes, ended, err := t.speaks(o.id, a.set)
		if err != nil {
			return err
		}
		if yes && !ended {
			if err := s.deliverNow(t, o.id, o.list, a, false); err != nil {
				return err
			}
		}
	}
	return nil
}

// deliverNow adds one delivery that is due at once, outside the cutting of the audience. Where nobody of
// the area set was in the audience yet, toldOnly keeps the cutting to those who were told.
func (s *Store) deliverNow(t *tx, bulletin int64, list string, a address, toldOnly bool) error {
	if _, err := t.exec(`INSERT INTO audiences (bulletin, lane, list, high_water, tests_only, done) VALUES ($1, $2, $3, 0, 0, 1)
		ON CONFLICT (bulletin, lane) DO NOTHING`, bulletin, a.lane, list); err != nil {
		return err
	}
	if _, err := t.exec(`INSERT INTO totals (bulletin, lane, set_id, told_only, targeted, waiting) VALUES ($1, $2, $3, $4, 0, 0)
		ON CONFLICT (bulletin, lane, set_id) DO NOTHING`, bulletin, a.lane, a.set, toldOnly); err != nil {
		return err
	}
	if _, _, err := t.fateOf(place{bulletin, a.lane, a.set}, a.id); !errors.Is(err, ErrNotFound) {
		return err // it has one, or that cannot be known
	}
	if err := t.addRow(dispatch.Delivery{Bulletin: bulletin, Lane: a.lane, Set: a.set, Address: a.id}, millis(s.now())); err != nil {
		return err
	}
	return t.must(`UPDATE totals SET targeted = targeted + 1, waiting = waiting + 1, cut = cut + 1
		WHERE bulletin = $1 AND lane = $2 AND set_id = $3`, bulletin, a.lane, a.set)
}

// settleOpen gives a fate to whatever still waits for an address that goes off the roll: rows that wait,
// and its place in audiences that are not cut yet. It also takes the address out of the counts of those
// who were told.
func (s *Store) settleOpen(t *tx, a address, fate dispatch.Fate) error {
	type standing struct {
		id, highWater, cursorSet, cursorAddr int64
		outage                               string
		testsOnly, done, toldOnly            bool
		closed                               int
	}
	var open []standing
	rows, err := t.QueryContext(t.ctx, `SELECT b.id, b.outage, u.high_water, u.cursor_set, u.cursor_addr, u.tests_only, u.done, o.told_only, o.closed
		FROM bulletins b JOIN audiences u ON u.bulletin = b.id JOIN totals o ON o.bulletin = b.id AND o.lane = u.lane
		WHERE u.lane = $2 AND o.set_id = $3 AND b.outage IN (SELECT outage FROM bulletins GROUP BY outage
			HAVING MAX(expires) > $1 OR SUM(CASE WHEN kind IN ('all-clear', 'retract') THEN 1 ELSE 0 END) = 0)
		ORDER BY b.id`, millis(s.now()), a.lane, a.set)
	err = each(rows, err, func(r rowScanner) error {
		var o standing
		err := r.Scan(&o.id, &o.outage, &o.highWater, &o.cursorSet, &o.cursorAddr, &o.testsOnly, &o.done, &o.toldOnly, &o.closed)
		open = append(open, o)
		return err
	})
	if err != nil {
		return fmt.Errorf("open audiences: %w", err)
	}
	told := map[string]bool{}
	for _, o := range open {
		at := place{o.id, a.lane, a.set}
		was, _, err := t.fateOf(at, a.id)
		switch {
		case err == nil && was == dispatch.Waiting:
			if err := t.setApart(at, a.id, millis(s.now())); err != nil {
				return err
			}
			if err := t.settleRow(at, a.id, fate, millis(s.now())); err != nil {
				return err
			}
		case err == nil:
			told[o.outage] = told[o.outage] || wasTold(was)
		case !errors.Is(err, ErrNotFound):
			return err
		default:
			ahead := a.set > o.cursorSet || a.set == o.cursorSet && a.id > o.cursorAddr
			uncut := !o.done && o.closed == 0 && ahead && a.id <= o.highWater && (a.tests || !o.testsOnly)
			if !uncut || o.toldOnly && !told[o.outage] {
				continue
			}
			if err := t.addRow(dispatch.Delivery{Bulletin: o.id, Lane: a.lane, Set: a.set, Address: a.id, Fate: fate}, millis(s.now())); err != nil {
				return err
			}
			if err := t.must(`UPDATE totals SET cut = cut + 1 WHERE bulletin = $1 AND lane = $2 AND set_id = $3`,
				o.id, a.lane, a.set); err != nil {
				return err
			}
			if err := t.move(at, dispatch.Waiting, fate, 1); err != nil {
				return err
			}
		}
	}
	for outage, yes := range told {
		if yes {
			if err := t.toldAdd(outage, a.lane, a.set, -1); err != nil {
				return err
			}
		}
	}
	return nil
}

// settleRow gives a waiting row its fate.
func (t *tx) settleRow(at place, address int64, fate dispatch.Fate, now int64) error {
	if err := t.must(`UPDATE deliveries SET fate = $1, at = $2, next_at = 0 WHERE bulletin = $3 AND lane = $4 AND set_id = $5 AND address = $6 AND fate = 0`,
		fate, now, at.bulletin, at.lane, at.set, address); err != nil {
		return err
	}
	return t.move(at, dispatch.Waiting, fate, 1)
}

// toldAdd counts active addresses that were told of an outage, in or out.
func (t *tx) toldAdd(outage string, lane, set int64, d int) error {
	if d > 0 {
		if _, err := t.exec(`INSERT INTO told (outage, lane, set_id, n) VALUES ($1, $2, $3, 0) ON CONFLICT (outage, lane, set_id) DO NOTHING`,
			outage, lane, set); err != nil {
			return err
		}
	}
	return t.must(`UPDATE told SET n = n + $1 WHERE outage = $2 AND lane = $3 AND set_id = $4`, d, outage, lane, set)
}
