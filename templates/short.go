package templates

import (
	"strings"
	"unicode/utf8"

	"callbox/outages"
)

// Budgets of the short forms, in characters.
const (
	briefMax    = 150
	headlineMax = 139
	shortMax    = 90
	longMax     = 360 - LinkRoom
)

// shorten fills in the short forms of a part. A form that would lose its number, time or place stays
// empty.
func (w *writer) shorten(p *Part, g group) {
	place := w.inState(g, w.cover(g, w.the))
	p.Brief = w.fitted(w.brief(p, g), briefMax, utf8.RuneCountInString)
	p.Headline = w.fitted(w.headline(g, place), headlineMax, utf8.RuneCountInString)
	for _, bare := range []bool{false, true} {
		if p.Short == "" {
			p.Short = GSM7(w.fitted(w.phone(g, place, bare), shortMax, gsmLen))
		}
	}
	for _, most := range []int{max(len(p.Numbers), 1), 1} {
		if p.Long == "" {
			p.Long = GSM7(w.fitted(w.phoneLong(g, place, most), longMax, gsmLen))
		}
	}
}

// fitted joins clauses within a budget, the mode's word first.
func (w *writer) fitted(clauses []Clause, budget int, measure func(string) int) string {
	if w.mark != "" {
		clauses = append([]Clause{{Text: w.mark}}, clauses...)
	}
	s, _, err := Fit(clauses, budget, measure)
	if err != nil {
		return ""
	}
	return s
}

// gsmLen is how long a text is once folded.
func gsmLen(s string) int {
	if strings.ContainsAny(s, "…^\r") {
		return utf8.RuneCountInString(GSM7(s))
	}
	return utf8.RuneCountInString(s)
}

// state says in a few words how 911 does in a place.
func (w *writer) state(g group, place string) string {
	a := g.list[0]
	switch g.situation {
	case again:
		s := speech{w: w, advice: a}
		since := ""
		for _, c := range s.of(outages.Voice) {
			since = s.since(c)
		}
		return upper(w.say("brief.again", "place", place, "since", since))
	case lines, location, mended:
		return upper(w.say("brief."+topicKeys[g.situation], "place", place))
	case here, mistaken:
		return upper(w.say("brief.works", "place", place))
	case outage:
		return upper(w.say("brief.outage", "place", place))
	}
	return upper(w.say("brief.state", "topic", w.say("topic."+topicKeys[g.situation]), "place", place))
}

// brief is the part as a notification says it, below a title that has the topic and the place.
func (w *writer) brief(p *Part, g group) []Clause {
	actions := w.actions(g, manner{most: max(len(p.Numbers), 1)})
	if len(actions) == 0 {
		return append([]Clause{{Text: w.state(g, w.cover(g, w.the))}}, w.aside(g)...)
	}
	return append([]Clause{{Text: upper(p.Name) + ":"}}, actions...)
}

// headline is the CAP headline: the topic, the place with its state, and what to do if that fits.
func (w *writer) headline(g group, place string) []Clause {
	out := append([]Clause{{Text: w.state(g, place)}}, w.aside(g)...)
	for _, c := range w.actions(g, manner{most: 1}) {
		c.Rank = rankWay
		out = append(out, c)
	}
	return out
}

// aside says in a neighbour's notice for whom the alerts are, where there is room.
func (w *writer) aside(g group) []Clause {
	s := speech{w: w, advice: g.list[0]}
	if g.situation == here {
		s.elsewhere(rankMore)
	}
	return s.out
}

// phone is the text of at most 90 characters: the place and one number, or where there is none one way;
// then, while there is room, other ways, the next update and who speaks.
func (w *writer) phone(g group, place string, bare bool) []Clause {
	out := []Clause{{w.from(), rankSymptom}, {Text: w.state(g, place)}}
	if c, ok := w.call(g, manner{most: 1, bare: bare}, false); ok && g.situation >= unsteady {
		out = append(out, c)
	}
	for i, c := range w.actions(g, manner{}) {
		c.Rank = rankWay
		if i == 0 && len(out) == 2 {
			c.Rank = Keep
		}
		out = append(out, c)
	}
	if next := w.said.NextUpdate; !next.IsZero() && !w.kind.Ends() {
		out = append(out, Clause{w.say("brief.next", "time", w.clock(next)), rankCause})
	}
	return out
}

// phoneLong is the text of at most 360 characters with its link: source, place, time, what to do. It
// lists at most so many numbers.
func (w *writer) phoneLong(g group, place string, most int) []Clause {
	s := speech{w: w, area: place, advice: g.list[0]}
	from, test := rankMore, rankTest
	if w.facts.Speaker.Short != "" {
		from, test = rankTest, rankSymptom // 47 CFR 10.420 wants the source, and it takes little room
	}
	s.add(from, "brief.from", "agency", w.sender())
	switch {
	case g.situation == mistaken:
		s.add(Keep, "voice.retracted", "area", place)
	case g.situation <= again:
		s.recovery()
		s.out = append(s.out, w.aside(g)...)
	case g.situation < unsteady:
		s.works()
	default:
		s.trouble()
	}
	s.others()
	if s.watched() && len(g.list) == 1 && len(s.advice.Numbers) > 0 {
		s.own()
		s.add(Keep, "say.where_first")
	}
	s.out = append(s.out, w.actions(g, manner{most: most, whole: true})...)
	if w.kind.Ends() {
		return s.out
	}
	if c, ok := w.only(); ok {
		s.out = append(s.out, c)
	}
	s.add(test, "closing.do_not_test")
	if next := w.said.NextUpdate; !next.IsZero() {
		s.add(Keep, "closing.next", "time", w.zoned(next))
	}
	return s.out
}

func (w *writer) from() string { return w.say("brief.from", "agency", w.sender()) }

// sender is the agency as short as it goes.
func (w *writer) sender() string {
	if s := w.facts.Speaker.Short; s != "" {
		return s
	}
	return w.facts.Speaker.Name
}
