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

// BreakGlass is what one person brings who wants to send a draft alone.
type BreakGlass struct {
	Waits time.Time // since when the draft waits for a second person
	Now   time.Time
	Area  string // the name of an area that it is for, typed
}

// PermitAlone refuses a draft that one person wants to send without a second: before its time, for all areas
// of the jurisdiction, or without the name of an area that it is for. Its error is [ErrSecondPerson].
func (o Outage) PermitAlone(d Draft, w BreakGlass, b *areas.Book) error {
	after, ok := o.Policy.Alone()
	switch {
	case !ok:
		return fmt.Errorf("%w: the agency's policy lets nobody send alone", ErrSecondPerson)
	case w.Now.Before(w.Waits.Add(after)):
		return fmt.Errorf("%w: one person may send alone when %d minutes have passed without an approval", ErrSecondPerson, int(after/time.Minute))
	case everywhere(o.Speaker.Jurisdiction, d.Facts.Advice, b):
		return fmt.Errorf("%w: nobody sends alone to every area of the jurisdiction", ErrSecondPerson)
	case !slices.ContainsFunc(d.Facts.Scope, func(a areas.Area) bool { return sameName(a, w.Area) }):
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
