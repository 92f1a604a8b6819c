package desk

import (
	"context"
	"errors"

	"callbox/internal/officials"
	"callbox/internal/store"
	"callbox/outages"
)

// permitAlone asks the policy about an approval without a second person.
func (d *Desk) permitAlone(ctx context.Context, o outages.Outage, draft store.Draft, area string) error {
	book, err := d.Book(ctx)
	if err != nil {
		return err
	}
	waits, err := d.Store.DraftChanged(ctx, draft.ID)
	if err != nil {
		return err
	}
	return o.PermitAlone(draft.Draft, outages.BreakGlass{Waits: waits, Now: d.Now(), Area: area}, book)
}

// noted writes a refusal of somebody who may not into the audit trail, and passes the error on.
func (d *Desk) noted(ctx context.Context, a officials.Actor, action, object string, err error) error {
	if !errors.Is(err, ErrDenied) && !errors.Is(err, outages.ErrSecondPerson) {
		return err
	}
	return errors.Join(err, d.Store.Record(ctx, entry(a, action+".refused", object, err.Error())))
}
