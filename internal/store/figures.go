package store

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"callbox/areas"
	"callbox/channels"
	"callbox/internal/dispatch"
	"callbox/templates"
)

// Issued implements dispatch.Ledger.
func (s *Store) Issued(ctx context.Context, bulletin int64) (*dispatch.Issued, error) {
	var data, texts []byte
	err := oneRow(s.read.QueryRowContext(ctx, `SELECT data, texts FROM bulletins WHERE id = $1`, bulletin), &data, &texts)
	if err != nil {
		return nil, fmt.Errorf("bulletin %d: %w", bulletin, err)
	}
	out := &dispatch.Issued{ID: bulletin, Texts: map[areas.ID]map[templates.Lang]templates.Text{},
		Crowds: map[string]map[templates.Lang]templates.Text{}}
	var said Texts
	if err := unpack(data, &out.Bulletin); err != nil {
		return nil, fmt.Errorf("bulletin %d: %w", bulletin, err)
	}
	if err := unpack(texts, &said); err != nil {
		return nil, fmt.Errorf("texts of bulletin %d: %w", bulletin, err)
	}
	for _, text := range said.Areas {
		id := text.Parts[0].Areas[0]
		if out.Texts[id] == nil {
			out.Texts[id] = map[templates.Lang]templates.Text{}
		}
		out.Texts[id][text.Lang] = text
	}
	for _, c := range said.Crowds {
		out.Crowds[c.Areas] = map[templates.Lang]templates.Text{}
		for _, text := range c.Texts {
			out.Crowds[c.Areas][text.Lang] = text
		}
	}
	return out, nil
}

// Texts returns what a bulletin says, as it was approved.
func (s *Store) Texts(ctx context.Context, outage string, seq int) (texts Texts, err error) {
	var data []byte
	err = oneRow(s.read.QueryRowContext(ctx, `SELECT texts FROM bulletins WHERE outage = $1 AND seq = $2`, outage, seq), &data)
	if err != nil {
		return texts, err
	}
	return texts, unpack(data, &texts)
}

// Totals are the fates of one bulletin, added up. Targeted is their sum, exactly, at every instant.
type Totals struct {
	Targeted  int `json:"targeted"`
	Waiting   int `json:"waiting"`
	Accepted  int `json:"accepted"`
	Refused   int `json:"refused"`
	Gone      int `json:"gone"`
	Expired   int `json:"expired"`
	Overtaken int `json:"overtaken"`
	Stopped   int `json:"stopped"`
	Uncertain int `json:"uncertain"`
}

// Of returns the count of one fate.
func (t Totals) Of(f dispatch.Fate) int {
	return [...]int{t.Waiting, t.Accepted, t.Refused, t.Gone, t.Expired, t.Overtaken, t.Stopped, t.Uncertain}[f]
}

// Figure is the totals of one bulletin on one channel, of one area set where Areas is not empty.
type Figure struct {
	Seq     int           `json:"seq"`
	Channel channels.Name `json:"channel"`
	Areas   string        `json:"areas,omitempty"`
	Totals
}

// Figures returns the totals of an outage's bulletins by channel, or by channel and area set. Area sets
// overlap in their areas, never in their people.
func (s *Store) Figures(ctx context.Context, outage string, bySet bool) ([]Figure, error) {
	sets := `''`
	if bySet {
		sets = `x.areas`
	}
	var sums []string
	for _, c := range append([]string{"targeted"}, fateColumns[:]...) {
		sums = append(sums, "SUM(o."+c+")")
	}
	var out []Figure
	rows, err := s.read.QueryContext(ctx, `SELECT b.seq, l.channel, `+sets+` AS places, `+strings.Join(sums, ", ")+`
		FROM bulletins b JOIN totals o ON o.bulletin = b.id JOIN lanes l ON l.id = o.lane JOIN sets x ON x.id = o.set_id
		WHERE b.outage = $1 GROUP BY b.seq, l.channel, places ORDER BY b.seq, l.channel, places`, outage)
	err = each(rows, err, func(r rowScanner) error {
		var f Figure
		err := r.Scan(&f.Seq, &f.Channel, &f.Areas, &f.Targeted, &f.Waiting, &f.Accepted, &f.Refused, &f.Gone,
			&f.Expired, &f.Overtaken, &f.Stopped, &f.Uncertain)
		out = append(out, f)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("figures: %w", err)
	}
	return out, nil
}

// Reason is why deliveries of a bulletin on a channel have the fate they have, as the far side said it.
type Reason struct {
	Seq     int           `json:"seq"`
	Channel channels.Name `json:"channel"`
	Fate    dispatch.Fate `json:"fate"`
	Reason  string        `json:"reason"`
	Count   int           `json:"count"`
}

// Reasons returns the commonest reasons of an outage's deliveries, at most 100.
func (s *Store) Reasons(ctx context.Context, outage string) ([]Reason, error) {
	var out []Reason
	rows, err := s.read.QueryContext(ctx, `SELECT b.seq, l.channel, d.fate, d.reason, COUNT(*) AS n FROM bulletins b
		JOIN deliveries d ON d.bulletin = b.id JOIN lanes l ON l.id = d.lane
		WHERE b.outage = $1 AND d.reason IS NOT NULL GROUP BY b.seq, l.channel, d.fate, d.reason ORDER BY n DESC LIMIT 100`, outage)
	err = each(rows, err, func(r rowScanner) error {
		var x Reason
		err := r.Scan(&x.Seq, &x.Channel, &x.Fate, &x.Reason, &x.Count)
		out = append(out, x)
		return err
	})
	return out, err
}

// LaneState is a lane with what it has before it.
type LaneState struct {
	dispatch.Lane
	Waiting int
}

// LaneStates returns every lane.
func (s *Store) LaneStates(ctx context.Context) ([]LaneState, error) {
	var out []LaneState
	rows, err := s.read.QueryContext(ctx, `SELECT l.id, l.list, l.channel, l.host, l.paused_until, l.broken,
		COALESCE((SELECT SUM(o.waiting) FROM totals o WHERE o.lane = l.id), 0) FROM lanes l ORDER BY l.list, l.channel, l.host`)
	err = each(rows, err, func(r rowScanner) error {
		var l LaneState
		var paused int64
		err := r.Scan(&l.ID, &l.List, &l.Channel, &l.Host, &paused, &l.Broken, &l.Waiting)
		l.PausedUntil = fromMillis(paused)
		out = append(out, l)
		return err
	})
	return out, err
}

// Recipients counts the active addresses of each channel that hear of any of the scopes: how many people
// a draft would reach. Scopes are reader areas and area sets of outlets.
func (s *Store) Recipients(ctx context.Context, list string, tests bool, scopes map[string]bool) (map[channels.Name]int, error) {
	out := map[channels.Name]int{}
	rows, err := s.read.QueryContext(ctx, `SELECT l.channel, x.crowd, x.areas, r.active, r.tests FROM roll r
		JOIN lanes l ON l.id = r.lane JOIN sets x ON x.id = r.set_id WHERE l.list = $1`, list)
	err = each(rows, err, func(r rowScanner) error {
		var ch channels.Name
		var crowd bool
		var ids string
		var n, willing int
		if err := r.Scan(&ch, &crowd, &ids, &n, &willing); err != nil {
			return err
		}
		if tests {
			n = willing
		}
		if yes, _ := heard(scopes, crowd, ids); yes {
			out[ch] += n
		}
		return nil
	})
	return out, err
}

// Backlog returns when the oldest approved draft should have been released; zero when none is late.
func (s *Store) Backlog(ctx context.Context) (time.Time, error) {
	var ms int64
	err := oneRow(s.read.QueryRowContext(ctx, `SELECT COALESCE(MIN(release_at), 0) FROM drafts WHERE state = 'approved'`), &ms)
	return fromMillis(ms), err
}

// Plus adds two totals up.
func (t Totals) Plus(o Totals) Totals {
	return Totals{t.Targeted + o.Targeted, t.Waiting + o.Waiting, t.Accepted + o.Accepted, t.Refused + o.Refused, t.Gone + o.Gone,
		t.Expired + o.Expired, t.Overtaken + o.Overtaken, t.Stopped + o.Stopped, t.Uncertain + o.Uncertain}
}

// Parts counts what the far sides named in the receipts of an outage, by channel: posts, statuses,
// documents. Channels whose names are derived have none.
func (s *Store) Parts(ctx context.Context, outage string) (map[channels.Name]int, error) {
	out := map[channels.Name]int{}
	rows, err := s.read.QueryContext(ctx, `SELECT l.channel, d.receipt FROM bulletins b JOIN deliveries d ON d.bulletin = b.id JOIN lanes l ON l.id = d.lane
		WHERE b.outage = $1 AND d.receipt IS NOT NULL`, outage)
	err = each(rows, err, func(r rowScanner) error {
		var name channels.Name
		var data []byte
		if err := r.Scan(&name, &data); err != nil {
			return err
		}
		var receipt channels.Receipt
		err := json.Unmarshal(data, &receipt)
		out[name] += len(receipt)
		return err
	})
	return out, err
}
