package store

import (
	"context"
	"fmt"
	"time"

	"callbox/internal/officials"
)

// PlannedDrill is a drill that an agency announces on the public pages.
type PlannedDrill struct {
	ID     string
	Agency string
	Begins time.Time
	Ends   time.Time
}

// PlanDrill writes an announcement.
func (s *Store) PlanDrill(ctx context.Context, p PlannedDrill, e officials.Entry) error {
	return s.tx(ctx, func(t *tx) error {
		if err := t.turnPage(); err != nil {
			return err
		}
		if _, err := t.exec(`INSERT INTO planned_drills (id, agency, begins, ends) VALUES ($1, $2, $3, $4)`,
			p.ID, p.Agency, millis(p.Begins), millis(p.Ends)); err != nil {
			return fmt.Errorf("plan drill: %w", taken(err))
		}
		return t.audit(s.now(), e)
	})
}

// CancelDrill takes an announcement of an agency back, or returns ErrNotFound.
func (s *Store) CancelDrill(ctx context.Context, agency, id string, e officials.Entry) error {
	return s.tx(ctx, func(t *tx) error {
		if err := t.turnPage(); err != nil {
			return err
		}
		n, err := t.exec(`DELETE FROM planned_drills WHERE agency = $1 AND id = $2`, agency, id)
		if err != nil {
			return fmt.Errorf("cancel drill: %w", err)
		}
		if n == 0 {
			return ErrNotFound
		}
		return t.audit(s.now(), e)
	})
}

// PlannedDrills returns the announced drills of every agency that end after a moment, the next first.
func (s *Store) PlannedDrills(ctx context.Context, after time.Time) ([]PlannedDrill, error) {
	var out []PlannedDrill
	rows, err := s.read.QueryContext(ctx, `SELECT id, agency, begins, ends FROM planned_drills WHERE ends > $1 ORDER BY begins, id`, millis(after))
	err = each(rows, err, func(r rowScanner) error {
		var p PlannedDrill
		var begins, ends int64
		err := r.Scan(&p.ID, &p.Agency, &begins, &ends)
		p.Begins, p.Ends = fromMillis(begins), fromMillis(ends)
		out = append(out, p)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("planned drills: %w", err)
	}
	return out, nil
}
