package outages

import (
	"fmt"
	"maps"
	"slices"

	"callbox/areas"
)

// lintNumbers says which areas have no number or way, which numbers were struck out, which are stale.
func (r *resolver) lintNumbers(f Facts) {
	var bare, catchall, quiet, stale []string
	struck := map[string][]string{}
	for _, a := range f.Advice {
		for _, s := range a.Struck {
			struck[s.Why] = append(struck[s.Why], a.Area.Name)
		}
		if !slices.ContainsFunc(a.of(Voice), func(c Condition) bool { return !c.over() }) {
			continue
		}
		switch {
		case len(a.Numbers) > 0:
		case !a.reachable():
			bare = append(bare, a.Area.Name)
		case slices.Contains(r.after.noNumber, a.Area.ID):
			catchall = append(catchall, a.Area.Name)
		default:
			quiet = append(quiet, a.Area.Name)
		}
		if slices.ContainsFunc(a.Numbers, func(n areas.Number) bool { return n.Expired(r.now) }) {
			stale = append(stale, a.Area.Name)
		}
	}
	if len(bare) > 0 {
		r.findings.block("no-number", "no_number",
			some(bare)+": no number and no way to get help is known; add a number, or acknowledge these areas and their readers are sent to the nearest station")
	}
	if len(catchall) > 0 {
		r.findings.warn("without-number", "", some(catchall)+": without a number, as acknowledged")
	}
	if len(quiet) > 0 {
		r.findings.warn("no-number-known", "", some(quiet)+": no number is known; readers are told the other ways only")
	}
	for _, why := range slices.Sorted(maps.Keys(struck)) {
		r.findings.warn("struck", "", some(struck[why])+": a number is left out, because "+why)
	}
	if len(stale) > 0 {
		r.findings.warn("unconfirmed", "", some(stale)+": people are told a number that nobody confirmed to answer within the last 180 days, because no better one is known; ring it now, or add one")
	}
	r.lintTexts(f)
	r.lintTrunks(f)
}

// lintTrunks warns where all numbers of an area would fail together.
func (r *resolver) lintTrunks(f Facts) {
	together := map[string][]string{}
	for _, a := range f.Advice {
		if len(a.Numbers) < 2 || a.Numbers[0].Carrier == "" {
			continue
		}
		shared := a.Numbers[0].Carrier
		if !slices.ContainsFunc(a.Numbers, func(n areas.Number) bool { return carrier(n.Carrier) != carrier(shared) }) {
			together[shared] = append(together[shared], a.Area.Name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(together)) {
		r.findings.warn("same-carrier", "", some(together[name])+": all numbers ride on "+name+" and would fail together")
	}
}

// selected reports whether an area is among those that the outage is about, be it only suspected.
func (r *resolver) selected(f Facts, id areas.ID) bool {
	return slices.ContainsFunc(f.Advice, func(a Advice) bool { return r.serves(id, &a) }) ||
		slices.ContainsFunc(r.after.standing, func(c Condition) bool { return r.book.Covers(c.Area, id) })
}

// lintDeclaredNumbers checks where the numbers belong that were declared for this outage.
func (r *resolver) lintDeclaredNumbers(f Facts) {
	for i, n := range r.d.Numbers {
		place := fmt.Sprintf("numbers[%d]", i)
		area, known := r.book.Area(n.Area)
		switch {
		case n.Area == "": // said already
		case !known:
			r.findings.block("unknown-area", place+".area", fmt.Sprintf("area %q is not known; import it or name one that is", n.Area))
		case !r.selected(f, n.Area):
			r.findings.block("number-elsewhere", place+".area", area.Name+" is not part of this: nobody would read the number; name an area that is")
		}
		if state := n.Tel.State(); known && state != "" && area.State != "" && state != area.State {
			r.findings.warn("other-state", place+".tel", fmt.Sprintf("the area code of %s is of %s, and %s lies in %s; check the digits",
				n.Tel.Local(), state, area.Name, area.State))
		}
	}
}
