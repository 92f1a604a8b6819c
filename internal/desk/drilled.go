package desk

import (
	"context"
	"time"

	"callbox/internal/officials"
)

// DrillLasts is how long having taken part in a drill counts as practice.
const DrillLasts = 180 * 24 * time.Hour

// LastDrill returns when the actor last took part in a drill that was issued, within DrillLasts; else the
// zero time.
func (d *Desk) LastDrill(ctx context.Context, a officials.Actor) (time.Time, error) {
	return d.Store.LastDrill(ctx, a.Agency.ID, a.Name(), d.Now().Add(-DrillLasts))
}
