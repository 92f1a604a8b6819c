package declare

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"time"

	"callbox/areas"
	"callbox/outages"
)

// lines are the kinds of telephone, in the order in which conditions name them.
var lines = []outages.Line{outages.Landline, outages.VoIP, outages.Wireless}

// services are those that conditions are about, in the order in which they are stated.
var services = []outages.Service{outages.Voice, outages.Text, outages.Admin, outages.Location}

// Calls is how calls to 911 from one kind of telephone do.
type Calls struct {
	State    outages.State // empty: not known
	Carriers []string      // only those of their customers; none means everybody's
	Except   bool          // of everybody but their customers
}

// Group is a number of areas in which the same services do the same: what one matrix of the form shows.
type Group struct {
	Areas      []areas.ID // none while nobody said where
	Calls      map[outages.Line]Calls
	Others     map[outages.Service]outages.State // text, routine lines, caller location; absent: not known
	Symptom    outages.Symptom                   // of failing calls
	Confidence outages.Confidence
	Since      time.Time // when what fails began, where it is known
	// Kept are conditions that the matrix has no cell for. They stay as they are.
	Kept []outages.Condition
}

// Fails reports whether something in the group does not work.
func (g Group) Fails() bool {
	return slices.ContainsFunc(g.conditions(), func(c outages.Condition) bool { return !c.State.Works() })
}

// Conditions returns what groups state, area by area. While nobody said where, the area is empty: the draft
// is kept, and a rule blocks it.
func Conditions(groups []Group) []outages.Condition {
	var out []outages.Condition
	for _, g := range groups {
		ids := g.Areas
		if len(ids) == 0 {
			ids = []areas.ID{""}
		}
		said := g.conditions()
		for _, id := range ids {
			for _, c := range said {
				c.Area = id
				out = append(out, c)
			}
		}
	}
	return out
}

// conditions returns what a group states of any of its areas.
func (g Group) conditions() []outages.Condition {
	out := g.calls()
	for _, s := range services[1:] {
		if state := g.Others[s]; state != "" {
			out = append(out, outages.Condition{Service: s, State: state})
		}
	}
	for i := range out {
		out[i].Confidence = g.Confidence
		if out[i].State != outages.Working {
			out[i].Since = g.Since
		}
		if out[i].Service == outages.Voice && !out[i].State.Works() {
			out[i].Symptom = g.Symptom
		}
	}
	return canonical(append(out, g.Kept...))
}

// calls returns the conditions on calls. Telephones of which nothing is known count as intermittent as soon
// as anything is said of others, so that nobody is told to call from them; those that work are told of by
// leaving them out, unless all do.
func (g Group) calls() []outages.Condition {
	said := slices.ContainsFunc(lines, func(l outages.Line) bool { return g.Calls[l].State != "" })
	if !said {
		return nil
	}
	var out []outages.Condition
	for _, l := range lines {
		calls := g.Calls[l]
		calls.State = cmp.Or(calls.State, outages.Intermittent)
		c := outages.Condition{Service: outages.Voice, State: calls.State,
			Hit: outages.Hit{Carriers: calls.Carriers, Except: calls.Except && len(calls.Carriers) > 0}}
		if calls.State == outages.Working {
			c.Hit = outages.Hit{}
		}
		i := slices.IndexFunc(out, func(o outages.Condition) bool { o.Hit.Lines = nil; return key(o) == key(c) })
		if i < 0 {
			i, out = len(out), append(out, c)
		}
		out[i].Hit.Lines = append(out[i].Hit.Lines, l)
	}
	if len(out) > 1 || len(g.keptCalls()) > 0 {
		out = slices.DeleteFunc(out, func(c outages.Condition) bool { return c.State == outages.Working })
	}
	return out
}

// keptCalls are the conditions on calls that the matrix has no cell for.
func (g Group) keptCalls() []outages.Condition {
	return slices.DeleteFunc(slices.Clone(g.Kept), func(c outages.Condition) bool { return c.Service != outages.Voice })
}

// Groups reads conditions back as the form shows them: areas with the same conditions are one group, in the
// order in which they are first named. It is the inverse of Conditions but for the order.
func Groups(cs []outages.Condition) []Group {
	var ids []areas.ID
	of := map[areas.ID][]outages.Condition{}
	for _, c := range cs {
		if _, ok := of[c.Area]; !ok {
			ids = append(ids, c.Area)
		}
		id := c.Area
		c.Area = ""
		of[id] = append(of[id], c)
	}
	var out []Group
	at := map[string]int{}
	for _, id := range ids {
		said := canonical(of[id])
		i, known := at[keys(said)]
		if !known {
			i = len(out)
			at[keys(said)], out = i, append(out, group(said))
		}
		if id != "" {
			out[i].Areas = append(out[i].Areas, id)
		}
	}
	return out
}

// group shows the conditions of one area as a matrix; what has no cell is kept.
func group(said []outages.Condition) Group {
	g := Group{Calls: map[outages.Line]Calls{}, Others: map[outages.Service]outages.State{}}
	for _, c := range said {
		g.Confidence = cmp.Or(g.Confidence, c.Confidence)
		g.Symptom = cmp.Or(g.Symptom, c.Symptom)
		if g.Since.IsZero() {
			g.Since = c.Since
		}
	}
	for _, c := range said {
		if !g.take(c) {
			g.Kept = append(g.Kept, c)
		}
	}
	if len(g.Calls) > 0 {
		for _, l := range lines { // what nobody says fails works
			if _, ok := g.Calls[l]; !ok {
				g.Calls[l] = Calls{State: outages.Working}
			}
		}
	}
	if keys(g.conditions()) != keys(said) { // the matrix would say something else
		return Group{Calls: map[outages.Line]Calls{}, Others: map[outages.Service]outages.State{}, Kept: said}
	}
	return g
}

// take puts a condition into its cells, and reports whether they were there and free.
func (g *Group) take(c outages.Condition) bool {
	if c.Confidence != g.Confidence {
		return false
	}
	if c.Service != outages.Voice {
		if g.Others[c.Service] != "" || c.Symptom != "" || key(c) != key(outages.Condition{Service: c.Service, State: c.State,
			Confidence: c.Confidence, Since: c.Since}) {
			return false
		}
		g.Others[c.Service] = c.State
		return true
	}
	hit := c.Hit.Lines
	if len(hit) == 0 {
		hit = lines
	}
	for _, l := range hit {
		if _, taken := g.Calls[l]; taken {
			return false
		}
	}
	for _, l := range hit {
		g.Calls[l] = Calls{State: c.State, Carriers: c.Hit.Carriers, Except: c.Hit.Except}
	}
	return true
}

// canonical puts the conditions of one area in order. Every kind of telephone named is none named.
func canonical(cs []outages.Condition) []outages.Condition {
	out := slices.Clone(cs)
	for i, c := range out {
		out[i].Hit.Lines = slices.DeleteFunc(slices.Clone(lines), func(l outages.Line) bool { return !slices.Contains(c.Hit.Lines, l) })
		if len(out[i].Hit.Lines) == 0 || len(out[i].Hit.Lines) == len(lines) {
			out[i].Hit.Lines = nil
		}
		if len(c.Hit.Carriers) == 0 {
			out[i].Hit.Carriers, out[i].Hit.Except = nil, false
		}
		if c.Confidence == outages.ConfirmedByCentre { // which is what none means
			out[i].Confidence = ""
		}
	}
	slices.SortStableFunc(out, func(a, b outages.Condition) int {
		return cmp.Or(cmp.Compare(slices.Index(services, a.Service), slices.Index(services, b.Service)), cmp.Compare(key(a), key(b)))
	})
	return slices.CompactFunc(out, func(a, b outages.Condition) bool { return key(a) == key(b) })
}

// key tells conditions apart.
func key(c outages.Condition) string {
	return fmt.Sprintf("%q %q %q %q %t %q %q %d", c.Service, c.State, c.Hit.Lines, c.Hit.Carriers, c.Hit.Except, c.Symptom, c.Confidence, c.Since.UnixNano())
}

func keys(cs []outages.Condition) string {
	var all string
	for _, c := range cs {
		all += key(c) + "\n"
	}
	return all
}

// sameConditions reports whether the same is said of each area, in whatever order.
func sameConditions(a, b []outages.Condition) bool {
	of := func(cs []outages.Condition) map[areas.ID]string {
		by := map[areas.ID][]outages.Condition{}
		for _, c := range cs {
			id := c.Area
			c.Area = ""
			by[id] = append(by[id], c)
		}
		out := map[areas.ID]string{}
		for id, list := range by {
			out[id] = keys(canonical(list))
		}
		return out
	}
	return maps.Equal(of(a), of(b))
}
