package templates

import (
	"slices"

	"callbox/areas"
)

// manner is how the actions of a group are worded where there is little room.
type manner struct {
	most  int  // how many numbers
	bare  bool // numbers without what they are for
	whole bool // with what to say first, and the numbers of a few areas one by one
}

// actions are what to do, short, when calls to 911 fail: another phone, numbers, other ways. The first is
// never dropped, nor are numbers.
func (w *writer) actions(g group, m manner) []Clause {
	if g.situation < unsteady {
		return nil
	}
	s := speech{w: w, advice: g.list[0]}
	s.ways()
	ways := s.out
	s.out = nil
	if len(ways) > 0 && slices.ContainsFunc(g.list[0].Ways, isPhone) {
		s.out, ways = append(s.out, Clause{Text: ways[0].Text}), ways[1:]
	}
	s.call(g, m)
	for _, c := range ways {
		c.Rank = rankWay
		if len(s.out) == 0 {
			c.Rank = Keep
		}
		if c.Text == w.say("way.text-911") {
			c.Text = w.say("brief.text")
			if len(s.out) > 0 {
				c.Text = w.say("brief.also_text")
			}
		}
		s.out = append(s.out, c)
	}
	return s.out
}

// isPhone reports whether a way is another telephone to call 911 from; such ways come first.
func isPhone(w areas.Way) bool {
	switch w.Kind {
	case areas.Mobile, areas.LandlineCall, areas.VoIPCall, areas.OtherCarrier:
		return true
	}
	return false
}

// call says to call the numbers of a group, and when whole what goes with them.
func (s *speech) call(g group, m manner) {
	c, ok := s.w.call(g, m, len(s.out) > 0)
	if !ok {
		return
	}
	if m.whole && m.most > 1 && len(g.list) > 1 {
		if s.unsure() {
			s.add(Keep, "number.if_area")
		}
		s.list(g)
	} else {
		s.out = append(s.out, c)
	}
	if !m.whole {
		return
	}
	s.add(Keep, "say.where_first")
	for _, n := range g.list[0].Numbers {
		if n.Only && len(g.list) == 1 {
			s.add(Keep, "number.only", "number", Isolated(s.w.lang, n.Tel.Local()))
		}
	}
}

// call says to call the first numbers of a group; where several areas have their own, the local one.
func (w *writer) call(g group, m manner, also bool) (Clause, bool) {
	var numbers []areas.Number
	for _, n := range g.list[0].Numbers {
		if n.For == areas.Relay || len(numbers) == m.most {
			continue
		}
		if m.bare {
			n.For, n.Label, n.Hours = areas.All, "", ""
		}
		numbers = append(numbers, n)
	}
	if len(numbers) == 0 {
		return Clause{}, false
	}
	s := speech{w: w, advice: g.list[0]}
	key := "brief.numbers"
	switch {
	case len(g.list) > 1 && s.unsure():
		return Clause{Text: w.say("brief.if_local")}, true
	case len(g.list) > 1:
		return Clause{Text: w.say("brief.local")}, true
	case s.unsure():
		key = "brief.if"
	case also:
		key = "brief.also"
	}
	items, _ := w.dial(numbers)
	return Clause{Text: w.say(key, "numbers", items)}, true
}
