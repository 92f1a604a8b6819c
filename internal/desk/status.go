package desk

import (
	"context"
	"slices"

	"callbox/internal/officials"
	"callbox/internal/store"
	"callbox/outages"
)

// Status is where an outage stands, for its officials.
type Status struct {
	Outage  outages.Outage `json:"outage"`
	Figures []store.Figure `json:"figures"`
	Reasons []store.Reason `json:"reasons"`
	Drafts  []store.Draft  `json:"drafts"` // that wait
}

// Status returns an outage with its ledger.
func (d *Desk) Status(ctx context.Context, a officials.Actor, outage string) (Status, error) {
	o, err := d.outageFor(ctx, a, outage, outages.Declaration{})
	if err != nil {
		return Status{}, err
	}
	s := Status{Outage: o}
	if s.Figures, err = d.Store.Figures(ctx, outage, false); err != nil {
		return s, err
	}
	if s.Reasons, err = d.Store.Reasons(ctx, outage); err != nil {
		return s, err
	}
	drafts, err := d.Store.Drafts(ctx, a.Agency.ID)
	for _, draft := range drafts {
		if draft.Outage == outage {
			s.Drafts = append(s.Drafts, draft)
		}
	}
	return s, err
}

// Outages returns the outages of the actor's agency that have a bulletin, newest first; a machine sees
// those of its key's mode.
func (d *Desk) Outages(ctx context.Context, a officials.Actor, open bool) ([]outages.Outage, error) {
	return d.Store.Outages(ctx, store.Selection{Agency: a.Agency.ID, Mode: a.Mode, Open: open})
}

// Drafts returns the drafts of the actor's agency that are neither issued nor withdrawn; a machine sees
// those of its key's mode.
func (d *Desk) Drafts(ctx context.Context, a officials.Actor) ([]store.Draft, error) {
	drafts, err := d.Store.Drafts(ctx, a.Agency.ID)
	return slices.DeleteFunc(drafts, func(x store.Draft) bool { return a.Mode != "" && a.Mode != x.Declaration.Mode }), err
}
