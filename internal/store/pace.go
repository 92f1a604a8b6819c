package store

import (
	"context"
	"fmt"
	"time"

	"callbox/channels"
)

// Step is how far a bulletin had come on a channel at a moment.
type Step struct {
	Seq      int           `json:"seq"`
	Channel  channels.Name `json:"channel"`
	At       time.Time     `json:"at"`
	Targeted int           `json:"targeted"`
	Accepted int           `json:"accepted"`
	Waiting  int           `json:"waiting"`
}

// Note writes steps of an outage. Processes that note the same moment write it once.
func (s *Store) Note(ctx context.Context, outage string, steps []Step) error {
	return s.tx(ctx, func(t *tx) error {
		for _, x := range steps {
			var bulletin int64
			if err := t.row(`SELECT id FROM bulletins WHERE outage = $1 AND seq = $2`, []any{outage, x.Seq}, &bulletin); err != nil {
				return fmt.Errorf("note the pace: %w", err)
			}
			if _, err := t.exec(`INSERT INTO pace (bulletin, channel, at, targeted, accepted, waiting) VALUES ($1, $2, $3, $4, $5, $6)
				ON CONFLICT (bulletin, channel, at) DO NOTHING`, bulletin, x.Channel, millis(x.At), x.Targeted, x.Accepted, x.Waiting); err != nil {
				return fmt.Errorf("note the pace: %w", err)
			}
		}
		return nil
	})
}

// Pace returns the steps of one bulletin, oldest first.
func (s *Store) Pace(ctx context.Context, outage string, seq int) ([]Step, error) {
	var out []Step
	rows, err := s.read.QueryContext(ctx, `SELECT b.seq, p.channel, p.at, p.targeted, p.accepted, p.waiting
		FROM bulletins b JOIN pace p ON p.bulletin = b.id WHERE b.outage = $1 AND b.seq = $2 ORDER BY p.at, p.channel`, outage, seq)
	err = each(rows, err, func(r rowScanner) error {
		var x Step
		var at int64
		err := r.Scan(&x.Seq, &x.Channel, &at, &x.Targeted, &x.Accepted, &x.Waiting)
		x.At = fromMillis(at)
		out = append(out, x)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("pace: %w", err)
	}
	return out, nil
}

// Sending returns the outages of which a bulletin that is heard, no renewal, has not expired.
func (s *Store) Sending(ctx context.Context) ([]string, error) {
	var out []string
	rows, err := s.read.QueryContext(ctx, `SELECT DISTINCT outage FROM bulletins WHERE expires > $1 AND kind <> 'renewal' ORDER BY outage`, millis(s.now()))
	err = each(rows, err, func(r rowScanner) error {
		var id string
		err := r.Scan(&id)
		out = append(out, id)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("outages that are sent: %w", err)
	}
	return out, nil
}
