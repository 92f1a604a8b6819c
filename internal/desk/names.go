package desk

import (
	"context"

	"callbox/internal/officials"
)

// Names returns the names of the people of the actor's agency by their IDs.
func (d *Desk) Names(ctx context.Context, a officials.Actor) (map[string]string, error) {
	list, err := d.Store.Officials(ctx, a.Agency.ID)
	if err != nil {
		return nil, err
	}
	out := map[string]string{}
	for _, o := range list {
		out[o.ID] = o.Name
	}
	return out, nil
}
