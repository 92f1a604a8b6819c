package outages

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"callbox/areas"
)

// Resolve turns a declaration into facts: what each reader area is told, with its own numbers and ways.
// The outage may be new and without bulletins; its Speaker says who speaks and where it may. The
// findings are those of the rules on facts; while one of them blocks the facts must not be submitted.
func Resolve(o Outage, d Declaration, b *areas.Book, now time.Time) (Facts, Findings) {
	now = now.UTC().Truncate(time.Second)
	before := recall(o)
	r := resolver{speaker: o.Speaker, d: d, book: b, now: now, before: before, after: recall(o)}
	r.findings = check(o, d, now)
	r.d.Conditions = r.permitted(d.Conditions)
	r.after.add(r.d)

	f := Facts{Speaker: o.Speaker, At: now, Began: r.after.began, Alerted: before.alerted}
	switch d.Kind {
	case AllClear, Retract:
		f.Advice = r.ends()
	default:
		f.Advice = r.advise()
	}
	r.scope(&f)
	f.Elsewhere = r.elsewhere()
	r.lint(f)
	return f, r.findings
}

// resolver holds what one call of Resolve works on.
type resolver struct {
	speaker       Speaker
	d             Declaration // with the conditions the speaker may state
	book          *areas.Book
	now           time.Time
	before, after *memory
	findings      Findings
}

// permitted keeps the conditions whose area is known and within the speaker's jurisdiction (promise 1).
func (r *resolver) permitted(cs []Condition) []Condition {
	var ok []Condition
	for i, c := range cs {
		place := fmt.Sprintf("conditions[%d].area", i)
		a, known := r.book.Area(c.Area)
		switch {
		case c.Area == "":
			r.findings.block("no-area", place, "a condition needs an area; there is no default area")
		case !known:
			r.findings.block("unknown-area", place, fmt.Sprintf("area %q is not known; import it or name one that is", c.Area))
		case !r.mayspeak(c.Area):
			r.findings.block("foreign-area", place,
				fmt.Sprintf("%s lies outside the jurisdiction of %s; an agency speaks only for its own areas", a.Name, r.speaker.Name))
		default:
			ok = append(ok, c)
		}
	}
	return ok
}

func (r *resolver) mayspeak(id areas.ID) bool {
	return slices.ContainsFunc(r.speaker.Jurisdiction, func(own areas.ID) bool { return r.book.Covers(own, id) })
}

// chain returns an area and those it lies within, nearest first.
func (r *resolver) chain(id areas.ID) []areas.ID {
	var ids []areas.ID
	for a, ok := r.book.Area(id); ok; a, ok = r.book.Area(a.Within) {
		ids = append(ids, a.ID)
	}
	return ids
}

// readers returns the reader areas of a declared area; an area without any stands for itself.
func (r *resolver) readers(id areas.ID) []areas.ID {
	if ids := r.book.Readers(id); len(ids) > 0 {
		return ids
	}
	return []areas.ID{id}
}

// confirmed reports whether a condition is told to residents.
func (r *resolver) confirmed(c Condition) bool {
	return c.Confidence != Suspected || r.after.suspected
}

// advise gives every reader area that the standing conditions cover its advice, and repeats the last
// word to those that wait for the end and are covered no more, because the areas themselves changed.
func (r *resolver) advise() []Advice {
	targets := map[areas.ID]bool{}
	for _, c := range r.after.standing {
		if r.confirmed(c) {
			for _, id := range r.readers(c.Area) {
				targets[id] = true
			}
		}
	}
	for id, a := range r.before.told {
		if a.Open() {
			targets[id] = true
		}
	}
	var out []Advice
	for id := range targets {
		if a, ok := r.advice(id); ok {
			out = append(out, a)
		}
	}
	return byID(out)
}

func byID(list []Advice) []Advice {
	slices.SortFunc(list, func(a, b Advice) int { return cmp.Compare(a.Area.ID, b.Area.ID) })
	return list
}

// advice works out what one reader area is told, and whether it is spoken to at all.
func (r *resolver) advice(id areas.ID) (Advice, bool) {
	last, told := r.before.told[id]
	area, _ := r.book.Area(id)
	chain := r.chain(id)
	a := Advice{Area: area, Standing: r.covering(chain)}
	if len(chain) > 1 {
		a.Under = chain[1:]
	}
	if len(a.Standing) == 0 {
		last.Change = Unchanged
		return last, told
	}
	r.help(&a)
	change, speak := r.change(a, last, told)
	a.Change = change
	return a, speak
}

// covering returns the standing conditions for a reader area: for each service those of the nearest
// declared area.
func (r *resolver) covering(chain []areas.ID) []Condition {
	nearest := map[Service]int{}
	for _, c := range r.after.standing {
		at := slices.Index(chain, c.Area)
		if at < 0 || !r.confirmed(c) {
			continue
		}
		if best, ok := nearest[c.Service]; !ok || at < best {
			nearest[c.Service] = at
		}
	}
	var out []Condition
	for _, c := range r.after.standing {
		if at, ok := nearest[c.Service]; ok && chain[at] == c.Area && r.confirmed(c) {
			out = append(out, c)
		}
	}
	order := []Service{Voice, Text, Admin, Location}
	slices.SortStableFunc(out, func(a, b Condition) int {
		return cmp.Compare(slices.Index(order, a.Service), slices.Index(order, b.Service))
	})
	return out
}

// change compares an area's advice with the last word to it. Nobody is in two groups: an area is new,
// changed, unchanged or restored, and one that heard the end is not spoken to again.
func (r *resolver) change(a, last Advice, told bool) (Change, bool) {
	waits := told && last.Open()
	switch {
	case a.Open() && !waits:
		return New, true
	case a.Open() && a.sameAs(last):
		return Unchanged, true
	case a.Open():
		return Changed, true
	case waits:
		return Ended, true
	case told || !r.stated(a):
		return "", false
	case slices.ContainsFunc(a.Standing, func(c Condition) bool { return c.State == Restored }):
		return Ended, true
	}
	return New, true // it works, and the agency says so for the first time
}

// stated reports whether this declaration itself speaks of an area.
func (r *resolver) stated(a Advice) bool {
	return slices.ContainsFunc(r.d.Conditions, func(c Condition) bool {
		return c.Area == a.Area.ID || slices.Contains(a.Under, c.Area)
	})
}

// sameAs reports whether two pieces of advice tell a resident the same.
func (a Advice) sameAs(b Advice) bool {
	return slices.EqualFunc(a.Standing, b.Standing, Condition.same) &&
		slices.EqualFunc(a.Numbers, b.Numbers, func(m, n areas.Number) bool { return m.Tel == n.Tel && m.For == n.For }) &&
		slices.Equal(a.Ways, b.Ways)
}

// ends speaks to everybody who waits for the end, whatever became of the areas since. A retraction also
// speaks to those who were only told that 911 works.
func (r *resolver) ends() []Advice {
	var out []Advice
	for _, a := range r.before.told {
		takenBack := r.d.Kind == Retract && a.Change == New
		if !a.Open() && !takenBack {
			continue
		}
		a.Change, a.Numbers, a.Struck, a.Ways = Ended, nil, nil, nil
		a.Standing = restored(a.Standing, r.d.Restored)
		if r.d.Kind == Retract {
			a.Standing = nil
		}
		out = append(out, a)
	}
	return byID(out)
}

// elsewhere finds the areas that alerts for others are about. None of them may hold a reader of this.
func (r *resolver) elsewhere() []areas.Area {
	var out []areas.Area
	for i, id := range r.d.Elsewhere {
		place := fmt.Sprintf("elsewhere[%d]", i)
		a, known := r.book.Area(id)
		ours := slices.ContainsFunc(r.d.Conditions, func(c Condition) bool {
			return r.book.Covers(id, c.Area) || r.book.Covers(c.Area, id)
		})
		switch {
		case !known:
			r.findings.block("unknown-area", place, fmt.Sprintf("area %q is not known; import it or name one that is", id))
		case ours:
			r.findings.block("elsewhere", place, a.Name+" is not elsewhere: readers of this live there; name the areas that the alerts are for")
		default:
			out = append(out, a)
		}
	}
	return out
}

// scope fills in which areas the outage is about and where 911 still fails.
func (r *resolver) scope(f *Facts) {
	for _, id := range r.after.declared {
		if a, ok := r.book.Area(id); ok {
			f.Scope = append(f.Scope, a)
		}
	}
	rank := []areas.Kind{areas.State, areas.County, areas.Subdivision, areas.District}
	slices.SortFunc(f.Scope, func(a, b areas.Area) int {
		return cmp.Or(cmp.Compare(slices.Index(rank, a.ID.Kind()), slices.Index(rank, b.ID.Kind())), cmp.Compare(a.ID, b.ID))
	})
	for _, a := range f.Scope {
		if r.whole(a.ID) {
			f.Whole = append(f.Whole, a)
		}
		if spoken(f.Advice, r.readers(a.ID)) {
			f.Full = append(f.Full, a)
		}
		if r.fails(a.ID) && !slices.ContainsFunc(f.Open, func(o areas.Area) bool { return r.book.Covers(o.ID, a.ID) }) {
			f.Open = append(f.Open, a)
		}
		chain := r.chain(a.ID)
		state, ok := r.book.Area(chain[len(chain)-1])
		if ok && state.ID.Kind() == areas.State && !slices.ContainsFunc(f.States, func(s areas.Area) bool { return s.ID == state.ID }) {
			f.States = append(f.States, state)
		}
	}
}

// spoken reports whether there is advice for all of some areas; both are sorted.
func spoken(list []Advice, ids []areas.ID) bool {
	return !slices.ContainsFunc(ids, func(id areas.ID) bool {
		_, ok := slices.BinarySearchFunc(list, id, func(a Advice, id areas.ID) int { return cmp.Compare(a.Area.ID, id) })
		return !ok
	})
}

// fails reports whether calls or texts to 911 fail in a declared area as it was last stated.
func (r *resolver) fails(id areas.ID) bool {
	return slices.ContainsFunc(r.after.standing, func(c Condition) bool {
		return c.Area == id && (c.Service == Voice || c.Service == Text) && !c.State.Works()
	})
}

// whole reports whether 911 is confirmed to fail in every part of an area: in each of its reader areas.
func (r *resolver) whole(id areas.ID) bool {
	for _, reader := range r.readers(id) {
		if !r.sure(reader) {
			return false
		}
	}
	return true
}

// sure reports whether 911 is confirmed to fail in a reader area, be it for some phones only.
func (r *resolver) sure(reader areas.ID) bool {
	return slices.ContainsFunc(r.covering(r.chain(reader)), func(c Condition) bool {
		return c.Confidence != Suspected && (c.Service == Voice || c.Service == Text) && !c.State.Works()
	})
}

// carrier folds the name of a carrier for comparing.
func carrier(name string) string { return strings.ToLower(strings.Join(strings.Fields(name), " ")) }
