package desk

import (
	"context"
	"time"

	"callbox/internal/officials"
	"callbox/internal/store"
	"callbox/outages"
)

// Rehearsal is how fast the last drill of an agency went.
type Rehearsal struct {
	At   time.Time     // its release
	Took time.Duration // until nine of ten had its first bulletin; zero without a drill that came so far
}

// Rehearsed returns how fast the last drill of the actor's agency went.
func (d *Desk) Rehearsed(ctx context.Context, a officials.Actor) (Rehearsal, error) {
	drills, err := d.Store.Outages(ctx, store.Selection{Agency: a.Agency.ID, Mode: outages.Drill, Since: d.Now().AddDate(-1, 0, 0)})
	if err != nil {
		return Rehearsal{}, err
	}
	for _, o := range drills {
		first := o.Bulletins[0]
		steps, err := d.Store.Pace(ctx, o.ID, first.Seq)
		if err != nil {
			return Rehearsal{}, err
		}
		if m := milestones(points(steps, first.Issued))[1]; !m.At.IsZero() {
			return Rehearsal{first.Issued, m.At.Sub(first.Issued)}, nil
		}
	}
	return Rehearsal{}, nil
}
