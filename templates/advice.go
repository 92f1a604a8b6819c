package templates

import (
	"slices"
	"strings"

	"callbox/areas"
	"callbox/outages"
)

// who words whose calls are hit, with a blank before it; empty when everybody's are.
func (w *writer) who(hits []outages.Hit) string {
	var phones []string
	for _, h := range hits {
		if len(h.Lines) == 0 && len(h.Carriers) == 0 {
			return ""
		}
		var kinds []string
		for _, l := range h.Lines {
			kinds = append(kinds, w.say("phone."+string(l)))
		}
		if len(kinds) == 0 {
			kinds = []string{w.say("phone.any")}
		}
		words := w.and(kinds)
		switch {
		case len(h.Carriers) > 0 && h.Except:
			words = w.say("phone.except", "phones", words, "carriers", w.or(h.Carriers))
		case len(h.Carriers) > 0:
			words = w.say("phone.on", "phones", words, "carriers", w.and(h.Carriers))
		}
		phones = append(phones, words)
	}
	if len(phones) == 0 {
		return ""
	}
	return w.say("phone.from", "phones", w.and(phones))
}

// ways words the ways in their order. Until the first one is said nothing helps the reader, so that
// one is never dropped.
func (s *speech) ways() {
	kinds := map[areas.WayKind]bool{}
	for _, way := range s.advice.Ways {
		kinds[way.Kind] = true
	}
	hit, spared := s.advice.Carriers()
	rank := Keep
	for _, way := range s.advice.Ways {
		key := "way." + string(way.Kind)
		switch way.Kind {
		case areas.TextTo911:
			if s.watched() && len(s.advice.Numbers) > 0 {
				continue // the sentence on busy signals says it
			}
			s.add(rank, key)
		case areas.LandlineCall:
			if kinds[areas.OtherCarrier] && len(spared) == 0 {
				continue // said together with the other carrier
			}
			s.add(rank, key)
		case areas.OtherCarrier:
			switch {
			case len(spared) > 0:
				s.add(rank, "way.only-carrier", "carriers", s.w.or(spared))
			case kinds[areas.LandlineCall]:
				s.add(rank, "way.landline-other", "carriers", s.w.or(hit))
			default:
				s.add(rank, key, "carriers", s.w.or(hit))
			}
		case areas.FireBox, areas.Station:
			if way.Where != "" {
				s.add(rank, key+"-at", "where", trimStop(way.Where))
				break
			}
			s.add(rank, key)
		default:
			s.add(rank, key)
		}
		rank = rankWay
	}
}

func (s *speech) watched() bool {
	return slices.ContainsFunc(s.of(outages.Voice), func(c outages.Condition) bool { return c.State == outages.Watched })
}

// unsure reports whether calling 911 first is still right: no call is lost for certain.
func (s *speech) unsure() bool {
	failing := slices.DeleteFunc(s.of(outages.Voice), func(c outages.Condition) bool { return c.State.Works() })
	return len(failing) > 0 && !slices.ContainsFunc(failing, func(c outages.Condition) bool {
		return c.State == outages.Down && c.Confidence != outages.Suspected
	})
}

// numbers words the numbers and what to say first on the telephone.
func (s *speech) numbers(g group, shown []Number) {
	if len(s.advice.Numbers) == 0 {
		return
	}
	if len(g.list) > 1 {
		switch {
		case s.watched():
			s.add(Keep, "number.watched_area")
		case s.unsure():
			s.add(Keep, "number.if_area")
		}
	}
	switch {
	case len(shown) == 0:
		s.add(Keep, "number.local")
	case len(g.list) > 1:
		s.list(g)
	default:
		s.own()
	}
	if !slices.ContainsFunc(s.advice.Numbers, func(n areas.Number) bool { return n.For != areas.Relay }) {
		return
	}
	s.add(Keep, "say.where_first")
	if len(shown) == 0 {
		return
	}
	for _, a := range g.list {
		for _, n := range a.Numbers {
			if n.Only {
				s.add(Keep, "number.only", "number", Isolated(s.w.lang, n.Tel.Local()))
			}
		}
	}
}

// list words the numbers of several areas, each with its area.
func (s *speech) list(g group) {
	for _, a := range g.list {
		calls, relay := s.w.dial(a.Numbers)
		if calls != "" {
			s.add(Keep, "number.list", "area", s.w.name(a.Area), "numbers", calls)
		}
		if relay != "" {
			s.add(Keep, "number.relay", "area", s.w.the(a.Area), "numbers", relay)
		}
	}
}

// own words the numbers of a single area.
func (s *speech) own() {
	calls, relay := s.w.dial(s.advice.Numbers)
	texts := slices.ContainsFunc(s.advice.Ways, func(w areas.Way) bool { return w.Kind == areas.TextTo911 })
	switch {
	case calls == "":
	case s.watched() && texts:
		s.add(Keep, "number.watched_text", "numbers", calls)
	case s.watched():
		s.add(Keep, "number.watched", "numbers", calls)
	case s.unsure():
		s.add(Keep, "number.if", "area", s.area, "numbers", calls)
	case len(s.advice.Ways) > 0:
		s.add(Keep, "number.also", "area", s.area, "numbers", calls)
	default:
		s.add(Keep, "number.call", "area", s.area, "numbers", calls)
	}
	if relay != "" {
		s.add(Keep, "number.relay", "area", s.area, "numbers", relay)
	}
}

// dial words numbers to choose from, those of a relay apart.
func (w *writer) dial(list []areas.Number) (calls, relay string) {
	var voice, tty []string
	for _, n := range list {
		if n.For == areas.Relay {
			tty = append(tty, w.dialled(n))
			continue
		}
		voice = append(voice, w.item(n))
	}
	return w.or(voice), w.or(tty)
}

// item words one number as what to call: "police 860-555-0101".
func (w *writer) item(n areas.Number) string {
	values := []string{"who", w.say("item." + string(n.For)), "label", n.Label, "number", w.dialled(n)}
	key := "item.plain"
	switch {
	case n.Label != "" && n.For == areas.All:
		key = "item.named_all"
	case n.Label != "":
		key = "item.named"
	}
	return strings.TrimSpace(w.say(key, values...))
}

// dialled is a number with its hours.
func (w *writer) dialled(n areas.Number) string {
	local := Isolated(w.lang, n.Tel.Local())
	if n.Hours == "" {
		return local
	}
	return w.say("number.hours", "number", local, "hours", n.Hours)
}

// footnotes says what does not change what to do.
func (s *speech) footnotes(g group) {
	if s.advice.Change == outages.Unchanged && s.w.kind == outages.Update {
		s.add(rankUnchanged, "say.unchanged", "area", s.area)
	}
	larger, _ := s.w.larger(g)
	if n := len(g.list); n > namesMax && n <= listMax && s.out != nil && larger.ID == "" {
		var names []string
		for _, a := range g.list {
			names = append(names, s.w.name(a.Area))
		}
		s.add(rankMore, "say.applies", "places", s.w.and(names))
	}
}
