package desk

import (
	"context"
	"fmt"
	"slices"
	"time"

	"callbox/areas"
	"callbox/internal/officials"
	"callbox/internal/store"
	"callbox/outages"
)

// nextWord is when an update that the desk prepares promises the next one.
const nextWord = 20 * time.Minute

// FlagNumber takes a number that does not answer out of the directory's use at once, and drafts an update
// for every open outage of the agency whose newest word still prints it. Nothing is sent by it. One
// person may: a number that is not printed harms nobody.
func (d *Desk) FlagNumber(ctx context.Context, a officials.Actor, n areas.Number) ([]Draft, error) {
	for !n.Silent() {
		var err error
		if n, err = d.ConfirmNumber(ctx, a, n, false); err != nil {
			return nil, err
		}
	}
	open, err := d.Outages(ctx, a, true)
	if err != nil {
		return nil, err
	}
	waiting, err := d.Drafts(ctx, a)
	if err != nil {
		return nil, err
	}
	var out []Draft
	for _, o := range open {
		struckAlready := slices.ContainsFunc(waiting, func(x store.Draft) bool {
			return x.Outage == o.ID && slices.Contains(x.Declaration.NotAnswering, n.Tel)
		})
		if struckAlready || !prints(o, n) || !a.May(officials.Drafter, o.Mode) {
			continue
		}
		draft, err := d.Declare(ctx, a, o.ID, outages.Declaration{Kind: outages.Update, Mode: o.Mode,
			NextUpdate: d.Now().UTC().Add(nextWord).Truncate(time.Minute), NotAnswering: []areas.Tel{n.Tel}})
		if err != nil {
			return out, fmt.Errorf("update of outage %s: %w", o.ID, err)
		}
		out = append(out, draft)
	}
	return out, nil
}

// prints reports whether the last word to an area of an outage has a number.
func prints(o outages.Outage, n areas.Number) bool {
	last := map[areas.ID]outages.Advice{}
	for _, b := range o.Bulletins {
		for _, advice := range b.Facts.Advice {
			last[advice.Area.ID] = advice
		}
	}
	for _, advice := range last {
		if slices.ContainsFunc(advice.Numbers, func(x areas.Number) bool { return x.Tel == n.Tel }) {
			return true
		}
	}
	return false
}
