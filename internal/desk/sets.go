package desk

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"callbox/areas"
	"callbox/internal/officials"
	"callbox/internal/store"
	"callbox/outages"
)

// setNameMax bounds the name of an area set, in characters.
const setNameMax = 60

// AreaSets returns the area sets that the actor's agency saved. Areas that are not known any more are left
// out.
func (d *Desk) AreaSets(ctx context.Context, a officials.Actor) ([]store.AreaSet, error) {
	sets, err := d.Store.AreaSets(ctx, a.Agency.ID)
	if err != nil {
		return nil, err
	}
	book, err := d.Book(ctx)
	if err != nil {
		return nil, err
	}
	for i := range sets {
		sets[i].Areas = slices.DeleteFunc(sets[i].Areas, func(id areas.ID) bool { return !book.Inside(a.Agency.Jurisdiction, id) })
	}
	return slices.DeleteFunc(sets, func(s store.AreaSet) bool { return len(s.Areas) == 0 }), nil
}

// SaveAreaSet keeps areas under a name, to declare an outage there quickly; without areas the set of that name
// is forgotten. What is wrong is a *Blocked.
func (d *Desk) SaveAreaSet(ctx context.Context, a officials.Actor, set store.AreaSet) error {
	if err := may(a, officials.Drafter, ""); err != nil {
		return err
	}
	set.Name = strings.Join(strings.Fields(set.Name), " ")
	if n := utf8.RuneCountInString(set.Name); n == 0 || n > setNameMax || outages.Hidden(set.Name) {
		return blocked("set-name", "set_name", fmt.Sprintf("name the set in at most %d plain characters", setNameMax))
	}
	book, err := d.Book(ctx)
	if err != nil {
		return err
	}
	for _, id := range set.Areas {
		if !book.Inside(a.Agency.Jurisdiction, id) {
			return blocked("foreign-area", "areas", fmt.Sprintf("area %q is not one of %s", id, a.Agency.Name))
		}
	}
	return d.Store.SaveAreaSet(ctx, a.Agency.ID, set, entry(a, "set.save", set.Name, fmt.Sprintf("%d areas", len(set.Areas))))
}

// blocked is the error of one thing to mend.
func blocked(rule, place, text string) *Blocked {
	return &Blocked{outages.Findings{{Rule: rule, Block: true, Place: place, Text: text}}}
}
