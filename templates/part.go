package templates

import (
	"slices"

	"callbox/areas"
	"callbox/outages"
)

// listMax is how many numbers a post for many areas lists; more stand behind its link.
const listMax = 12

// part words the advice of a group.
func (w *writer) part(g group) Part {
	p := Part{Name: w.cover(g, w.name)}
	for _, a := range g.list {
		p.Areas = append(p.Areas, a.Area.ID)
	}
	p.Numbers = w.numbers(g)
	p.Clauses = w.clauses(g, p.Numbers)
	w.shorten(&p, g)
	return p
}

// numbers lists the numbers of a group, none when they are too many to list.
func (w *writer) numbers(g group) []Number {
	var out []Number
	for _, a := range g.list {
		for _, n := range a.Numbers {
			out = append(out, Number{Label: w.label(n), Local: n.Tel.Local(), Tel: n.Tel, Area: w.name(a.Area)})
		}
	}
	if len(g.list) > 1 && len(out) > listMax {
		return nil
	}
	return out
}

// label names what a number is for.
func (w *writer) label(n areas.Number) string {
	need := w.say("number." + string(n.For))
	if n.For == areas.Relay {
		need = "TTY"
	}
	if n.Label == "" {
		return need
	}
	if need == "" {
		return n.Label
	}
	return w.say("number.named", "need", need, "label", n.Label)
}

// clauses words a group in reading order: how 911 does there, then what to do.
func (w *writer) clauses(g group, numbers []Number) []Clause {
	a := g.list[0]
	area := w.cover(g, w.the)
	s := speech{w: w, area: area, advice: a}
	switch g.situation {
	case mistaken:
		s.add(Keep, "voice.retracted", "area", area)
		return s.out
	case again, mended:
		s.recovery()
	case here:
		s.works()
		s.elsewhere(Keep)
		if len(w.facts.Elsewhere) == 0 && len(w.facts.Open) > 0 {
			s.add(rankOnly, "say.here", "extent", w.extent())
		}
	case lines, location, texts:
		s.works()
	default:
		s.trouble()
	}
	s.others()
	s.ways()
	s.numbers(g, numbers)
	s.footnotes(g)
	return s.out
}

// speech collects the clauses of one part.
type speech struct {
	w      *writer
	area   string
	advice outages.Advice
	out    []Clause
}

func (s *speech) add(rank Rank, key string, values ...string) {
	s.out = append(s.out, Clause{upper(s.w.say(key, values...)), rank})
}

// since words when a condition began, unless the opening has said it already.
func (s *speech) since(c outages.Condition) string {
	if c.Since.IsZero() || c.Since.Equal(s.w.facts.Began) && !c.State.Works() {
		return ""
	}
	return s.w.say("say.since", "time", s.w.clock(c.Since))
}

// of returns the conditions of a service.
func (s *speech) of(service outages.Service) []outages.Condition {
	var out []outages.Condition
	for _, c := range s.advice.Standing {
		if c.Service == service {
			out = append(out, c)
		}
	}
	return out
}

// works says that calls to 911 work.
func (s *speech) works() {
	s.add(Keep, "voice.working", "area", s.area)
	s.add(Keep, "say.call911")
}

// elsewhere says for whom the alerts are that do not concern these readers.
func (s *speech) elsewhere(rank Rank) {
	var names []string
	for _, a := range s.w.facts.Elsewhere {
		names = append(names, s.w.the(a))
	}
	if len(names) > 0 {
		s.add(rank, "say.here", "extent", s.w.and(names))
	}
}

// recovery says that 911 works again, or what else does.
func (s *speech) recovery() {
	voice := s.of(outages.Voice)
	back := slices.IndexFunc(voice, func(c outages.Condition) bool {
		return c.State == outages.Restored || c.State == outages.Watched
	})
	if back < 0 {
		s.works()
		return
	}
	c := voice[back]
	s.add(Keep, "voice."+string(c.State), "area", s.area, "since", s.since(c))
	s.add(Keep, "say.use911")
	s.add(Keep, "say.missed")
	if c.State == outages.Restored && s.w.kind != outages.Alert {
		s.add(rankMore, "say.stop_using")
	}
}

// trouble says which calls fail and how, one sentence for each state, symptom and time.
func (s *speech) trouble() {
	var said []outages.Condition
	for _, c := range s.of(outages.Voice) {
		alike := func(o outages.Condition) bool {
			return o.State == c.State && o.Symptom == c.Symptom && o.Confidence == c.Confidence && o.Since.Equal(c.Since)
		}
		if c.State.Works() || slices.ContainsFunc(said, alike) {
			continue
		}
		said = append(said, c)
		var hits []outages.Hit
		for _, o := range s.of(outages.Voice) {
			if alike(o) {
				hits = append(hits, o.Hit)
			}
		}
		key := "voice." + string(c.State)
		if c.Confidence == outages.Suspected {
			key = "voice.suspected"
		}
		s.add(Keep, key, "area", s.area, "who", s.w.who(hits), "since", s.since(c))
		if c.Symptom != "" {
			s.add(rankSymptom, "symptom."+string(c.Symptom))
		}
		switch {
		case c.State == outages.Intermittent, c.Confidence == outages.Suspected:
			s.add(Keep, "say.try911")
		case c.State == outages.Delayed:
			s.add(Keep, "say.stay")
		case c.State == outages.Rerouted:
			s.add(Keep, "say.town_first")
		}
	}
}

// others says how texts, routine lines and caller location do.
func (s *speech) others() {
	calls := slices.ContainsFunc(s.of(outages.Voice), func(c outages.Condition) bool { return !c.State.Works() })
	rank := Keep // what fails besides calls matters less
	if calls {
		rank = rankMore
	}
	for _, c := range s.advice.Standing {
		since := s.since(c)
		switch c.Service {
		case outages.Text:
			s.texting(c, since, calls)
		case outages.Admin:
			switch {
			case c.State == outages.Restored && !calls:
				s.add(rank, "admin.restored", "area", s.area, "since", since)
			case c.State == outages.Down:
				s.add(rank, "admin.down", "area", s.area, "since", since)
			case !c.State.Works():
				s.add(rank, "admin.unsteady", "area", s.area, "since", since)
			}
		case outages.Location:
			switch {
			case c.State == outages.Restored:
				s.add(rank, "location.restored", "area", s.area, "since", since)
			case !c.State.Works():
				s.add(Keep, "location.fails", "area", s.area, "since", since)
				s.add(Keep, "say.address_first")
			}
		}
	}
}

func (s *speech) texting(c outages.Condition, since string, calls bool) {
	voiceBack := slices.ContainsFunc(s.of(outages.Voice), func(c outages.Condition) bool { return c.State == outages.Restored })
	switch {
	case c.State == outages.Restored && !calls && !voiceBack:
		s.add(Keep, "text.restored", "area", s.area, "since", since)
	case c.State == outages.Down && calls:
		s.add(rankWay, "text.down")
	case c.State == outages.Down:
		s.add(Keep, "text.down_alone", "area", s.area, "since", since)
	case !c.State.Works():
		s.add(rankWay, "text."+string(c.State))
	}
}
