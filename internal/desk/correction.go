package desk

import (
	"context"

	"callbox/internal/officials"
	"callbox/outages"
)

// Told returns how many active addresses were told anything of an outage: whom its end is for.
func (d *Desk) Told(ctx context.Context, a officials.Actor, outage string) (int, error) {
	if _, err := d.outageFor(ctx, a, outage, outages.Declaration{}); err != nil {
		return 0, err
	}
	counts, err := d.Store.Told(ctx, outage)
	people, _ := split(counts)
	return people, err
}

// Correction words what Retract would tell, without stopping or telling anything. Whoever may retract may
// read it.
func (d *Desk) Correction(ctx context.Context, a officials.Actor, outage, reason string) (Draft, error) {
	o, err := d.outageFor(ctx, a, outage, outages.Declaration{})
	if err != nil {
		return Draft{}, err
	}
	one := a
	if a.Person() && a.May(officials.Approver, o.Mode) {
		one.Scopes = []officials.Role{officials.Drafter}
	}
	return d.Lint(ctx, one, outage, outages.Declaration{Kind: outages.Retract, Mode: o.Mode, Reason: reason})
}
