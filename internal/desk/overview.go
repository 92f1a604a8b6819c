package desk

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"callbox/areas"
	"callbox/internal/officials"
	"callbox/internal/store"
	"callbox/outages"
)

// Overview is who follows an agency's areas, without a name or an address.
type Overview struct {
	store.Overview
	Places []PlaceOverview `json:"places"` // areas of the jurisdiction, fewest subscribers for their people first
}

// PlaceOverview is how many follow one area.
type PlaceOverview struct {
	Area      areas.Area `json:"area"`
	Addresses int        `json:"addresses"`
	// PerThousand is addresses for each thousand residents; 0 where the agency's areas file does not say
	// how many live there.
	PerThousand float64 `json:"per_thousand,omitempty"`
}

// Overview counts the residents on the list of a mode.
func (d *Desk) Overview(ctx context.Context, a officials.Actor, m outages.Mode) (Overview, error) {
	if err := may(a, officials.Viewer, m); err != nil && !a.May(officials.Admin, m) {
		return Overview{}, err
	}
	counts, err := d.Store.Overview(ctx, listOf(m))
	if err != nil {
		return Overview{}, err
	}
	book, err := d.Book(ctx)
	if err != nil {
		return Overview{}, err
	}
	out := Overview{Overview: counts}
	own := map[areas.ID]bool{}
	for _, j := range a.Agency.Jurisdiction {
		for _, id := range book.Readers(j) {
			own[id] = true
		}
	}
	for _, id := range slices.Sorted(maps.Keys(own)) {
		area, _ := book.Area(id)
		p := PlaceOverview{Area: area, Addresses: counts.Areas[id]}
		if area.Residents > 0 {
			p.PerThousand = 1000 * float64(p.Addresses) / float64(area.Residents)
		}
		out.Places = append(out.Places, p)
	}
	slices.SortStableFunc(out.Places, func(x, y PlaceOverview) int {
		return cmp.Or(cmp.Compare(x.PerThousand, y.PerThousand), cmp.Compare(x.Addresses, y.Addresses))
	})
	return out, nil
}
