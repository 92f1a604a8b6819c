package store

import (
	"context"
	"fmt"
	"time"

	"callbox/internal/officials"
)

// Drill is a drill after a ready-made plan.
type Drill struct {
	Outage  string
	Agency  string
	Plan    string
	Step    int // of the plan, from 0
	Started time.Time
}

// StartDrill writes that an outage of mode drill follows a plan.
func (s *Store) StartDrill(ctx context.Context, d Drill, e officials.Entry) error {
	return s.tx(ctx, func(t *tx) error {
		if _, err := t.exec(`INSERT INTO drills (outage, agency, plan, step, started) VALUES ($1, $2, $3, $4, $5)`,
			d.Outage, d.Agency, d.Plan, d.Step, millis(s.now())); err != nil {
			return fmt.Errorf("start drill: %w", taken(err))
		}
		return t.audit(s.now(), e)
	})
}

// StepDrill moves a drill on from a step; ErrStale says that somebody else did.
func (s *Store) StepDrill(ctx context.Context, outage string, from int, e officials.Entry) error {
	return s.tx(ctx, func(t *tx) error {
		n, err := t.exec(`UPDATE drills SET step = step + 1 WHERE outage = $1 AND step = $2`, outage, from)
		if err != nil {
			return fmt.Errorf("next step: %w", err)
		}
		if n == 0 {
			return ErrStale
		}
		return t.audit(s.now(), e)
	})
}

// Drill returns the drill that an outage is, or ErrNotFound.
func (s *Store) Drill(ctx context.Context, outage string) (Drill, error) {
	d := Drill{Outage: outage}
	var started int64
	err := oneRow(s.read.QueryRowContext(ctx, `SELECT agency, plan, step, started FROM drills WHERE outage = $1`, outage),
		&d.Agency, &d.Plan, &d.Step, &started)
	d.Started = fromMillis(started)
	return d, err
}

// Drills returns the planned drills of an agency, newest first.
func (s *Store) Drills(ctx context.Context, agency string) ([]Drill, error) {
	var out []Drill
	rows, err := s.read.QueryContext(ctx, `SELECT outage, agency, plan, step, started FROM drills WHERE agency = $1 ORDER BY started DESC, outage`, agency)
	err = each(rows, err, func(r rowScanner) error {
		var d Drill
		var started int64
		err := r.Scan(&d.Outage, &d.Agency, &d.Plan, &d.Step, &started)
		d.Started = fromMillis(started)
		out = append(out, d)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("drills: %w", err)
	}
	return out, nil
}
