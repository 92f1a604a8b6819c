package store

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"callbox/channels"
	"callbox/internal/dispatch"
	"callbox/internal/officials"
	"callbox/outages"
)

// Issue writes a bulletin with its texts and its audience, closes what it overtakes, and marks its draft
// as issued, in one transaction whose size does not depend on how many people it is for (promise 5).
// ErrStale means that the draft was issued or changed by another process, or that the outage has a
// bulletin of that number already. A renewal has no draft.
func (s *Store) Issue(ctx context.Context, b outages.Bulletin, texts Texts, draft *Draft, e officials.Entry) (id int64, err error) {
	data, err := pack(b)
	if err != nil {
		return 0, err
	}
	said, err := pack(texts)
	if err != nil {
		return 0, err
	}
	err = s.tx(ctx, func(t *tx) error {
		if draft != nil {
			n, err := t.exec(`UPDATE drafts SET state = 'issued', version = version + 1, changed = $1 WHERE id = $2 AND version = $3 AND state = 'approved'`,
				millis(s.now()), draft.ID, draft.Version)
			if err != nil {
				return err
			}
			if n == 0 {
				return ErrStale
			}
		}
		err := t.row(`INSERT INTO bulletins (outage, seq, mode, list, kind, issued, expires, data, texts)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) RETURNING id`, []any{b.Outage, b.Seq, b.Mode, listOf(b.Mode), b.Kind,
			millis(b.Issued), millis(b.Expires), data, said}, &id)
		if errors.Is(taken(err), ErrTaken) {
			return ErrStale
		}
		if err != nil {
			return err
		}
		scopes, err := t.saveScopes(id, b, texts)
		if err != nil {
			return err
		}
		if err := s.fileAudience(t, id, b, scopes); err != nil {
			return err
		}
		return t.audit(s.now(), e)
	})
	if err != nil {
		return 0, fmt.Errorf("issue bulletin %d of %s: %w", b.Seq, b.Outage, err)
	}
	return id, nil
}

// listOf is the list that a mode may reach.
func listOf(m outages.Mode) string {
	if m == outages.Drill {
		return "drill"
	}
	return "live"
}

// saveScopes writes whom the bulletin speaks to and returns it, each with whether it only hears an end.
func (t *tx) saveScopes(id int64, b outages.Bulletin, texts Texts) (map[string]bool, error) {
	scopes := map[string]bool{}
	for _, a := range b.Facts.Advice {
		scopes[string(a.Area.ID)] = b.Kind.Ends() || a.Change == outages.Ended
	}
	for _, c := range texts.Crowds {
		scopes[crowdScope(c.Areas)] = b.Kind.Ends()
	}
	for scope, ended := range scopes {
		if _, err := t.exec(`INSERT INTO scopes (bulletin, scope, ended) VALUES ($1, $2, $3)`, id, scope, ended); err != nil {
			return nil, err
		}
	}
	return scopes, nil
}

// hearer is an area set on a lane that a new bulletin speaks to.
type hearer struct {
	lane, set int64
	toldOnly  bool
	targeted  int64
}

// fileAudience writes one audience row for each lane and the totals of each area set on it, and closes
// these sets for the former bulletins of the outage: the newest wins (promise 6).
func (s *Store) fileAudience(t *tx, id int64, b outages.Bulletin, scopes map[string]bool) error {
	hearers, err := t.hearers(b, scopes)
	if err != nil {
		return fmt.Errorf("audience: %w", err)
	}
	if err := s.overtake(t, id, b, hearers); err != nil {
		return fmt.Errorf("overtake: %w", err)
	}
	var highWater int64
	if err := t.row(`SELECT COALESCE(MAX(id), 0) FROM addresses`, nil, &highWater); err != nil {
		return err
	}
	lanes := map[int64]bool{}
	for _, h := range hearers {
		if h.targeted == 0 {
			continue
		}
		if !lanes[h.lane] {
			lanes[h.lane] = true
			if _, err := t.exec(`INSERT INTO audiences (bulletin, lane, list, high_water, tests_only) VALUES ($1, $2, $3, $4, $5)`,
				id, h.lane, listOf(b.Mode), highWater, b.Mode == outages.Test); err != nil {
				return fmt.Errorf("audience: %w", err)
			}
		}
		if _, err := t.exec(`INSERT INTO totals (bulletin, lane, set_id, told_only, targeted, waiting) VALUES ($1, $2, $3, $4, $5, $5)`,
			id, h.lane, h.set, h.toldOnly, h.targeted); err != nil {
			return fmt.Errorf("totals: %w", err)
		}
	}
	return nil
}

// hearers chooses the area sets by their areas: sets are few where subscribers are many. The counts come
// from the roll, or, for an end, from the counts of those who were told.
func (t *tx) hearers(b outages.Bulletin, scopes map[string]bool) ([]hearer, error) {
	var out []hearer
	rows, err := t.QueryContext(t.ctx, `SELECT r.lane, r.set_id, l.channel, x.crowd, x.areas, r.active, r.tests, COALESCE(o.n, 0)
		FROM roll r JOIN lanes l ON l.id = r.lane JOIN sets x ON x.id = r.set_id
		LEFT JOIN told o ON o.outage = $1 AND o.lane = r.lane AND o.set_id = r.set_id
		WHERE l.list = $2 ORDER BY r.lane, r.set_id`, b.Outage, listOf(b.Mode))
	err = each(rows, err, func(r rowScanner) error {
		var h hearer
		var channel channels.Name
		var crowd bool
		var ids string
		var active, tests, told int64
		if err := r.Scan(&h.lane, &h.set, &channel, &crowd, &ids, &active, &tests, &told); err != nil {
			return err
		}
		if b.Kind == outages.Renewal && channel != channels.CAP {
			return nil
		}
		var speaks bool
		if speaks, h.toldOnly = heard(scopes, crowd, ids); !speaks {
			return nil
		}
		switch {
		case h.toldOnly:
			h.targeted = told
		case b.Mode == outages.Test:
			h.targeted = tests
		default:
			h.targeted = active
		}
		out = append(out, h)
		return nil
	})
	return out, err
}

// heard reports whether any of an area set is spoken to, and whether all of that is an end.
func heard(scopes map[string]bool, crowd bool, ids string) (yes, ended bool) {
	if crowd {
		ended, yes = scopes[crowdScope(ids)]
		return yes, ended
	}
	ended = true
	for id := range strings.SplitSeq(ids, ",") {
		if e, ok := scopes[id]; ok {
			yes, ended = true, ended && e
		}
	}
	return yes, yes && ended
}

// overtake closes the sets that a new bulletin speaks to for every former bulletin of the outage. What
// is on its way at this moment is settled when it comes back.
func (s *Store) overtake(t *tx, id int64, b outages.Bulletin, hearers []hearer) error {
	spoken := map[[2]int64]bool{}
	for _, h := range hearers {
		spoken[[2]int64{h.lane, h.set}] = true
	}
	var open []place
	rows, err := t.QueryContext(t.ctx, `SELECT o.bulletin, o.lane, o.set_id FROM totals o JOIN bulletins b ON b.id = o.bulletin
		WHERE b.outage = $1 AND b.id <> $2 AND o.closed = 0`, b.Outage, id)
	err = each(rows, err, func(r rowScanner) error {
		var p place
		err := r.Scan(&p.bulletin, &p.lane, &p.set)
		if spoken[[2]int64{p.lane, p.set}] {
			open = append(open, p)
		}
		return err
	})
	if err != nil {
		return err
	}
	for _, p := range open {
		if err := s.closeSet(t, p, dispatch.Overtaken); err != nil {
			return err
		}
	}
	if b.Kind == outages.Renewal {
		return nil
	}
	_, err = t.exec(`UPDATE bulletins SET superseded = $1, generation = generation + 1 WHERE outage = $2 AND id <> $3 AND superseded = 0`,
		millis(s.now()), b.Outage, id)
	return err
}

// closeSet gives what waits of one set of a bulletin its fate: what was never cut at once, retries that
// are pending too. Rows that a batch holds, or whose attempt began, keep waiting until they come back.
func (s *Store) closeSet(t *tx, p place, fate dispatch.Fate) error {
	var uncut int
	if err := t.row(`SELECT targeted - cut FROM totals WHERE bulletin = $1 AND lane = $2 AND set_id = $3`,
		[]any{p.bulletin, p.lane, p.set}, &uncut); err != nil {
		return err
	}
	if err := t.must(`UPDATE totals SET closed = $1, cut = targeted WHERE bulletin = $2 AND lane = $3 AND set_id = $4`,
		fate, p.bulletin, p.lane, p.set); err != nil {
		return err
	}
	if err := t.move(p, dispatch.Waiting, fate, uncut); err != nil {
		return err
	}
	// The plus signs keep the planner on the small index of retries.
	n, err := t.exec(`UPDATE deliveries SET fate = $1, at = $2, next_at = 0
		WHERE lane = $3 AND fate = 0 AND next_at <> 0 AND next_at > 0 AND +bulletin = $4 AND +set_id = $5
		AND COALESCE(receipt, '') NOT LIKE $6`, fate, millis(s.now()), p.lane, p.bulletin, p.set, inDoubt)
	if err != nil {
		return err
	}
	return t.move(p, dispatch.Waiting, fate, int(n))
}

// inDoubt is the receipt of a delivery whose attempt began and has not ended: see dispatch.Delivery.InDoubt.
const inDoubt = `%{"id":""}]`

// Stop ends the sending of every bulletin of an outage that still waits for somebody.
func (s *Store) Stop(ctx context.Context, outage string, e officials.Entry) error {
	return s.stop(ctx, outage, ``, e)
}

// StopButEnds is Stop before a retraction. It spares the words that 911 works again: a retraction does not
// speak to those areas, and whoever was told hears the end (promise 6).
func (s *Store) StopButEnds(ctx context.Context, outage string, e officials.Entry) error {
	return s.stop(ctx, outage, ` AND o.told_only = 0`, e)
}

func (s *Store) stop(ctx context.Context, outage, only string, e officials.Entry) error {
	return s.tx(ctx, func(t *tx) error {
		var open []place
		rows, err := t.QueryContext(t.ctx, `SELECT o.bulletin, o.lane, o.set_id FROM totals o JOIN bulletins b ON b.id = o.bulletin
			WHERE b.outage = $1 AND o.closed = 0`+only, outage)
		err = each(rows, err, func(r rowScanner) error {
			var p place
			err := r.Scan(&p.bulletin, &p.lane, &p.set)
			open = append(open, p)
			return err
		})
		if err != nil {
			return fmt.Errorf("stop: %w", err)
		}
		for _, p := range open {
			if err := s.closeSet(t, p, dispatch.Stopped); err != nil {
				return fmt.Errorf("stop: %w", err)
			}
		}
		n, err := t.exec(`UPDATE bulletins SET stopped = $1, generation = generation + 1 WHERE outage = $2 AND stopped = 0`, millis(s.now()), outage)
		if err != nil {
			return fmt.Errorf("stop: %w", err)
		}
		if n == 0 { // stopped before, or there is nothing to stop
			var bulletins int
			err := t.row(`SELECT COUNT(*) FROM bulletins WHERE outage = $1`, []any{outage}, &bulletins)
			if err == nil && bulletins == 0 {
				err = ErrNotFound
			}
			if err != nil {
				return fmt.Errorf("stop: %w", err)
			}
		}
		return t.audit(s.now(), e)
	})
}
