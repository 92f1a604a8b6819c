package templates

import (
	"slices"
	"strconv"
	"strings"

	"callbox/areas"
	"callbox/outages"
)

// namesMax is how many places a sentence names before it says "parts of" their states.
const namesMax = 3

// extent names where 911 fails, and where it failed when that is over: "Massachusetts", "parts of
// Connecticut". It never claims more than is confirmed.
func (w *writer) extent() string {
	places, ended := w.facts.Open, false
	if len(places) == 0 {
		places, ended = w.roots(), true
	}
	if len(places) > namesMax {
		return w.partsOfStates(places)
	}
	var names []string
	for _, a := range places {
		name := w.the(a)
		if !ended && !w.isWhole(a) {
			name = w.say("place.parts", "place", name)
		}
		names = append(names, name)
	}
	return w.and(names)
}

// roots are the declared areas that do not lie directly within another of them.
func (w *writer) roots() []areas.Area {
	return slices.DeleteFunc(slices.Clone(w.facts.Scope), func(a areas.Area) bool {
		return slices.ContainsFunc(w.facts.Scope, func(o areas.Area) bool { return o.ID == a.Within })
	})
}

func (w *writer) partsOfStates(places []areas.Area) string {
	var names []string
	for _, s := range w.facts.States {
		names = append(names, w.the(s))
	}
	if len(names) == 0 { // districts that lie in no state
		return w.say("place.more", "place", w.the(places[0]), "count", strconv.Itoa(len(places)-1))
	}
	return w.say("place.parts", "place", w.and(names))
}

func (w *writer) isWhole(a areas.Area) bool { return holds(w.facts.Whole, a) }
func (w *writer) isFull(a areas.Area) bool  { return holds(w.facts.Full, a) }

func holds(list []areas.Area, a areas.Area) bool {
	return slices.ContainsFunc(list, func(o areas.Area) bool { return o.ID == a.ID })
}

// whereabouts names the places of the groups that a topic is true of.
func (w *writer) whereabouts(groups []group, topic situation) string {
	var list []outages.Advice
	for _, g := range groups {
		if g.situation == topic {
			list = append(list, g.list...)
		}
	}
	return w.cover(group{topic, list}, w.name)
}

// cover names some areas in short: the larger area that they make up, all of them, or how many. A larger
// area is named only when all its readers are spoken to and, where 911 fails, it is confirmed in full.
func (w *writer) cover(g group, name func(areas.Area) string) string {
	if len(g.list) == 1 {
		return name(g.list[0].Area)
	}
	larger, most := w.larger(g)
	if larger.ID != "" {
		return name(larger)
	}
	if len(g.list) <= namesMax {
		var names []string
		for _, a := range g.list {
			names = append(names, name(a.Area))
		}
		return w.and(names)
	}
	if most.ID != "" {
		return w.say("place.rest", "place", w.the(most))
	}
	for _, s := range w.facts.States {
		if count(g.list, s.ID) == len(g.list) {
			return w.say("place.many", "count", strconv.Itoa(len(g.list)), "place", w.the(s))
		}
	}
	return w.say("place.more", "place", name(g.list[0].Area), "count", strconv.Itoa(len(g.list)-1))
}

// larger finds the declared area that a group makes up, or else the first of which it is the most. Both are
// zero where there is none.
func (w *writer) larger(g group) (all, most areas.Area) {
	for _, s := range w.facts.Scope {
		within := count(g.list, s.ID)
		if within != len(g.list) || !w.isFull(s) || g.situation >= texts && !w.isWhole(s) {
			continue
		}
		switch spoken := count(w.facts.Advice, s.ID); {
		case within == spoken:
			return s, areas.Area{}
		case within*2 > spoken && most.ID == "":
			most = s
		}
	}
	return areas.Area{}, most
}

// count is how many pieces of advice lie within an area.
func count(list []outages.Advice, id areas.ID) int {
	n := 0
	for _, a := range list {
		if a.Area.ID == id || slices.Contains(a.Under, id) {
			n++
		}
	}
	return n
}

// inState names a place with its state, for readers who may be elsewhere.
func (w *writer) inState(g group, place string) string {
	a := g.list[0].Area
	if len(g.list) > 1 || a.State == "" || a.ID.Kind() == areas.State {
		return place
	}
	return w.say("place.in_state", "place", place, "state", a.State)
}

func trimStop(s string) string { return strings.TrimRight(strings.TrimSpace(s), ".") }
