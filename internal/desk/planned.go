package desk

import (
	"context"
	"fmt"
	"time"

	"callbox/internal/officials"
	"callbox/internal/store"
	"callbox/outages"
)

// The bounds of an announced drill.
const (
	planAhead    = 366 * 24 * time.Hour
	plannedLeast = 15 * time.Minute
	plannedMost  = 12 * time.Hour
)

// Announced is a planned drill as the public pages tell of it.
type Announced struct {
	ID     string    `json:"id"`
	Agency string    `json:"agency"` // its name
	Zone   string    `json:"zone"`   // IANA time zone of its people
	Begins time.Time `json:"begins"`
	Ends   time.Time `json:"ends"`
}

// AnnounceDrill puts a drill of the actor's agency on the public pages until it is over. What they say is a
// fixed sentence, so that one person may. A *Blocked names the field that is wrong: "begins" or "lasts".
func (d *Desk) AnnounceDrill(ctx context.Context, a officials.Actor, begins time.Time, lasts time.Duration) (store.PlannedDrill, error) {
	if err := may(a, officials.Drafter, outages.Drill); err != nil {
		return store.PlannedDrill{}, err
	}
	var bad outages.Findings
	if in := begins.Sub(d.Now()); in <= 0 || in > planAhead {
		bad = append(bad, outages.Finding{Rule: "planned", Block: true, Place: "begins", Text: "say a time that is to come, within a year"})
	}
	if lasts < plannedLeast || lasts > plannedMost {
		bad = append(bad, outages.Finding{Rule: "planned", Block: true, Place: "lasts", Text: "say how long it lasts: 15 minutes to 12 hours"})
	}
	if len(bad) > 0 {
		return store.PlannedDrill{}, &Blocked{bad}
	}
	p := store.PlannedDrill{ID: token(8), Agency: a.Agency.ID, Begins: begins.UTC(), Ends: begins.Add(lasts).UTC()}
	return p, d.Store.PlanDrill(ctx, p, entry(a, "drill.announce", p.ID, p.Begins.Format(time.RFC3339)))
}

// CancelDrill takes the announcement of a drill of the actor's agency back.
func (d *Desk) CancelDrill(ctx context.Context, a officials.Actor, id string) error {
	if err := may(a, officials.Drafter, outages.Drill); err != nil {
		return err
	}
	if err := d.Store.CancelDrill(ctx, a.Agency.ID, id, entry(a, "drill.cancel", id, "")); err != nil {
		return fmt.Errorf("planned drill %q: %w", id, err)
	}
	return nil
}

// AnnouncedDrills returns the planned drills that are not over, of every agency; the next first. Anybody may
// read them.
func (d *Desk) AnnouncedDrills(ctx context.Context) ([]Announced, error) {
	list, err := d.Store.PlannedDrills(ctx, d.Now())
	if err != nil || len(list) == 0 {
		return nil, err
	}
	agencies, err := d.Store.Agencies(ctx)
	if err != nil {
		return nil, err
	}
	by := map[string]officials.Agency{}
	for _, a := range agencies {
		by[a.ID] = a
	}
	var out []Announced
	for _, p := range list {
		out = append(out, Announced{p.ID, by[p.Agency].Name, by[p.Agency].Zone, p.Begins, p.Ends})
	}
	return out, nil
}
