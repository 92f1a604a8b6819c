package store

import (
	"context"
	"slices"
	"time"

	"callbox/internal/officials"
)

// LastDrill returns when somebody last took part in a drill of their agency that was issued since a time:
// as its author, its submitter or its approver. The zero time says never.
func (s *Store) LastDrill(ctx context.Context, agency, official string, since time.Time) (time.Time, error) {
	drafts, err := s.drafts(ctx, `state = 'issued' AND changed >= $1 AND outage IN (SELECT id FROM outages WHERE agency = $2 AND mode = 'drill')
		ORDER BY changed DESC`, millis(since), agency)
	if err != nil {
		return time.Time{}, err
	}
	for _, d := range drafts {
		if d.Approval != nil && (d.Submitter == official || d.Approval.By == official || slices.Contains(d.Editors, official)) {
			return d.Approval.At, nil
		}
	}
	return time.Time{}, nil
}

// Present returns who of an agency is signed in to the console, by ID.
func (s *Store) Present(ctx context.Context, agency string) ([]string, error) {
	now := s.now()
	rows, err := s.read.QueryContext(ctx, `SELECT DISTINCT s.official FROM sessions s JOIN officials o ON o.id = s.official
		WHERE o.agency = $1 AND s.seen > $2 AND s.created > $3 ORDER BY s.official`,
		agency, millis(now.Add(-officials.SessionIdle)), millis(now.Add(-officials.SessionMost)))
	var out []string
	err = each(rows, err, func(r rowScanner) error {
		var id string
		err := r.Scan(&id)
		out = append(out, id)
		return err
	})
	return out, err
}
