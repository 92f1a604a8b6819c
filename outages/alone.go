package outages

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"callbox/areas"
)

// aloneAfter is how many minutes a draft waits for a second person where the policy does not say.
const aloneAfter = 5

// Alone returns how long a submitted draft waits for a second person before one person may send it alone,
// and whether the policy allows that at all.
func (p Policy) Alone() (after time.Duration, ok bool) {
	return max(time.Duration(cmp.Or(p.BreakGlassAfter, aloneAfter)), 0) * time.Minute, p.BreakGlass
}

// Alone refuses a draft that one person wants to send without a second: before its time, for all areas of
// the jurisdiction, or without having typed the name of an area that it is for. Waits is since when the draft
// waits for a second person. The errors are [ErrSecondPerson].
func (o Outage) Alone(d Draft, waits, now time.Time, typed string, b *areas.Book) error {
	after, ok := o.Policy.Alone()
	switch {
	case !ok:
		return fmt.Errorf("%w: the agency's policy lets nobody send alone", ErrSecondPerson)
	case now.Before(waits.Add(after)):
		return fmt.Errorf("%w: one person may send alone when %d minutes have passed without an approval", ErrSecondPerson, int(after/time.Minute))
	case everywhere(o.Speaker.Jurisdiction, d.Facts.Advice, b):
		return fmt.Errorf("%w: nobody sends alone to every area of the jurisdiction", ErrSecondPerson)
	case !slices.ContainsFunc(d.Facts.Scope, func(a areas.Area) bool { return sameName(a, typed) }):
		return fmt.Errorf("%w: type the name of an area that it is for", ErrSecondPerson)
	}
	return nil
}

// everywhere reports whether advice goes to every reader area of a jurisdiction that has several.
func everywhere(jurisdiction []areas.ID, list []Advice, b *areas.Book) bool {
	var all []areas.ID
	for _, j := range jurisdiction {
		all = append(all, b.Readers(j)...)
	}
	slices.Sort(all)
	all = slices.Compact(all)
	return len(all) > 1 && spoken(list, all)
}

func sameName(a areas.Area, typed string) bool {
	typed = strings.Join(strings.Fields(typed), " ")
	return strings.EqualFold(typed, a.Name) || strings.EqualFold(typed, a.FullName())
}
