package desk

import (
	"context"
	"fmt"

	"callbox/internal/officials"
	"callbox/internal/store"
	"callbox/outages"
)

// touched refuses the live approval of somebody who has a passkey and did not touch it: a personal key may
// lie in a file. Who has no passkey approves by the key, so that an installation works without a console;
// and a retraction, which one person may send, does not wait for a passkey.
func (d *Desk) touched(ctx context.Context, a officials.Actor, draft store.Draft) error {
	if a.Touched || draft.Declaration.Mode != outages.Live || draft.Declaration.Kind == outages.Retract {
		return nil
	}
	f, err := d.Store.Factors(ctx, a.Name())
	if err != nil {
		return err
	}
	if len(f.Passkeys) > 0 {
		return fmt.Errorf("%w: you have a passkey, so live bulletins are approved with it: open /console/live/drafts/%s in the console", ErrDenied, draft.ID)
	}
	return nil
}
