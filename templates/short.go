package templates

import (
	"strings"
	"unicode/utf8"

	"callbox/areas"
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
	place := w.inState(g, p.Name)
	p.Brief = w.fitted(w.brief(p, g), briefMax, utf8.RuneCountInString)
	p.Headline = w.fitted(w.headline(p, g, place), headlineMax, utf8.RuneCountInString)
	p.Short = GSM7(w.fitted(w.phone(p, g, place), shortMax, gsmLen))
	p.Long = GSM7(w.fitted(w.phoneLong(p, g, place), longMax, gsmLen))
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

func gsmLen(s string) int { return utf8.RuneCountInString(GSM7(s)) }

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
	case here, mistaken:
		return upper(w.say("brief.works", "place", place))
	case outage:
		return upper(w.say("brief.outage", "place", place))
	}
	return upper(w.say("brief.state", "topic", w.say("topic."+topicKeys[g.situation]), "place", place))
}

// brief is the part as a notification says it, below a title that has the topic and the place.
func (w *writer) brief(p *Part, g group) []Clause {
	if g.situation < unsteady {
		return []Clause{{Text: w.state(g, p.Name)}}
	}
	out := w.actions(p, g, len(p.Numbers))
	if len(out) == 0 {
		return []Clause{{Text: w.state(g, p.Name)}}
	}
	return append([]Clause{{Text: upper(p.Name) + ":"}}, out...)
}

// actions are what to do, short: the first is never dropped, nor is a number.
func (w *writer) actions(p *Part, g group, most int) []Clause {
	a := g.list[0]
	var out []Clause
	add := func(rank Rank, text string) {
		if len(out) == 0 {
			rank = Keep
		}
		out = append(out, Clause{text, rank})
	}
	s := speech{w: w, advice: a}
	s.ways()
	phones := 0
	for _, way := range a.Ways {
		switch way.Kind {
		case areas.Mobile, areas.LandlineCall, areas.VoIPCall, areas.OtherCarrier:
			phones++
		}
	}
	ways := s.out
	if phones > 0 {
		add(Keep, ways[0].Text)
		ways = ways[1:]
	}
	if text := w.short(p, g, most); text != "" {
		key := "brief.numbers"
		if len(out) > 0 {
			key = "brief.also"
		}
		if text == w.say("brief.local") {
			add(Keep, text)
		} else {
			add(Keep, w.say(key, "numbers", text))
		}
	}
	for _, c := range ways {
		text := c.Text
		if text == w.say("way.text-911") {
			text = w.say("brief.text")
			if len(out) > 0 {
				text = w.say("brief.also_text")
			}
		}
		add(rankWay, text)
	}
	return out
}

// short lists the first numbers of a group; of several areas it says to call the local one.
func (w *writer) short(p *Part, g group, most int) string {
	if len(g.list[0].Numbers) == 0 {
		return ""
	}
	if len(g.list) > 1 {
		return w.say("brief.local")
	}
	var items []string
	for _, n := range p.Numbers[:min(most, len(p.Numbers))] {
		items = append(items, strings.TrimSpace(n.Label+" "+n.Local))
	}
	return w.or(items)
}

// headline is the CAP headline: the topic, the place with its state, and what to do if that fits.
func (w *writer) headline(p *Part, g group, place string) []Clause {
	out := []Clause{{Text: w.state(g, place)}}
	if g.situation < unsteady {
		return out
	}
	for _, c := range w.actions(p, g, 1) {
		c.Rank = rankWay
		out = append(out, c)
	}
	return out
}

// phone is the text of at most 90 characters: place, number or way; then who speaks.
func (w *writer) phone(p *Part, g group, place string) []Clause {
	out := []Clause{{w.say("brief.from", "agency", w.sender()), rankSymptom}, {Text: w.state(g, place)}}
	if g.situation >= unsteady {
		out = append(out, w.actions(p, g, 1)...)
	}
	if next := w.said.NextUpdate; !next.IsZero() && !w.kind.Ends() {
		out = append(out, Clause{w.say("brief.next", "time", w.clock(next)), rankCause})
	}
	return out
}

// phoneLong is the text of at most 360 characters with its link: source, place, time, what to do.
func (w *writer) phoneLong(p *Part, g group, place string) []Clause {
	out := []Clause{{w.say("brief.from", "agency", w.sender()), rankMore}, {Text: w.state(g, place)}}
	for i, c := range p.Clauses {
		if i == 0 && c.Rank == Keep && g.situation == again {
			continue // said by the state
		}
		out = append(out, c)
	}
	if w.kind.Ends() {
		return out
	}
	if c, ok := w.only(); ok {
		out = append(out, c)
	}
	out = append(out, Clause{w.say("closing.do_not_test"), rankTest})
	if next := w.said.NextUpdate; !next.IsZero() {
		out = append(out, Clause{Text: w.say("closing.next", "time", w.zoned(next))})
	}
	return out
}

// sender is the agency as short as it goes.
func (w *writer) sender() string {
	if s := w.facts.Speaker.Short; s != "" {
		return s
	}
	return w.facts.Speaker.Name
}
