package desk

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

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

// MayApprove reports whether the actor may be the second person for a draft that waits for one.
func (d *Desk) MayApprove(ctx context.Context, a officials.Actor, draft Draft) (bool, error) {
	if draft.State != store.DraftSubmitted || !a.May(officials.Approver, draft.Declaration.Mode) {
		return false, nil
	}
	o, err := d.Store.Outage(ctx, draft.Outage)
	if err != nil {
		return false, err
	}
	_, err = o.Issue(draft.Draft.Draft, outages.Approval{By: a.Name(), Hash: draft.Hash}, d.Now())
	return !errors.Is(err, outages.ErrSecondPerson), nil
}

// Wait is how long a draft has waited for a second person.
type Wait struct {
	Since time.Time
	Alone time.Time // from when on the actor may send it alone; zero: never
}

// Waits returns since when a submitted draft waits.
func (d *Desk) Waits(ctx context.Context, a officials.Actor, draft Draft) (Wait, error) {
	since, err := d.Store.DraftChanged(ctx, draft.ID)
	w := Wait{Since: since}
	if after, ok := a.Agency.Policy.Alone(); ok && draft.State == store.DraftSubmitted && a.May(officials.Approver, draft.Declaration.Mode) {
		w.Alone = since.Add(after)
	}
	return w, err
}

// Approvers returns the people of the actor's agency who may be the second person for a draft, by name.
func (d *Desk) Approvers(ctx context.Context, a officials.Actor, draft Draft) ([]officials.Official, error) {
	list, err := d.Store.Officials(ctx, a.Agency.ID)
	if err != nil {
		return nil, err
	}
	list = slices.DeleteFunc(list, func(o officials.Official) bool {
		return !slices.Contains(o.Roles, officials.Approver) || o.ID == draft.Submitter || slices.Contains(draft.Editors, o.ID)
	})
	slices.SortFunc(list, func(x, y officials.Official) int { return cmp.Compare(x.Name, y.Name) })
	return list, nil
}
