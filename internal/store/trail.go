package store

import (
	"context"

	"callbox/internal/trail"
)

// Trail implements [trail.Source]: the stored entries as they are, which Audit verifies and this does not.
func (s *Store) Trail(ctx context.Context, after int64, f func(trail.Line) error) error {
	rows, err := s.read.QueryContext(ctx, `SELECT seq, data, hash FROM audit WHERE seq > $1 ORDER BY seq`, after)
	return each(rows, err, func(r rowScanner) error {
		var l trail.Line
		var text []byte
		if err := r.Scan(&l.Seq, &text, &l.Hash); err != nil {
			return err
		}
		l.Text = text
		return f(l)
	})
}
