package desk

import (
	"context"
	"slices"

	"callbox/areas"
	"callbox/internal/officials"
	"callbox/outages"
)

// Telling returns the open outages of the actor's agency whose newest word tells people to call a number.
func (d *Desk) Telling(ctx context.Context, a officials.Actor, n areas.Number) ([]outages.Outage, error) {
	open, err := d.Outages(ctx, a, true)
	return slices.DeleteFunc(open, func(o outages.Outage) bool { return !prints(o, n) }), err
}
