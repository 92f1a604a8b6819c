package templates

import (
	"fmt"
	"slices"
	"sync"
	"time"

	"callbox/areas"
	"callbox/outages"
)

// Ranks of clauses: the higher, the sooner a clause is dropped to fit a budget.
const (
	rankTest      Rank = iota + 1 // do not test
	rankWay                       // ways after the first
	rankOnly                      // who is not affected
	rankSymptom                   // what a caller hears
	rankMore                      // other services, what to stop doing
	rankUnchanged                 // nothing new
	rankCause                     // why
)

// Render words a draft with the built-in wordings: see [Wordings.Render].
func Render(d outages.Draft, r Reader) ([]Text, error) {
	w, err := builtIn()
	if err != nil {
		return nil, err
	}
	return w.Render(d, r)
}

// Render words a draft for a reader: one text for each of the reader's languages, in their order. It
// returns none when the draft does not speak to any of the reader's areas, and an error when a language
// has no wording or the speaker's time zone is not known. The same input always gives the same texts.
func (w *Wordings) Render(d outages.Draft, r Reader) ([]Text, error) {
	var list []outages.Advice
	for _, a := range d.Facts.Advice {
		if r.hears(a) {
			list = append(list, a)
		}
	}
	if len(list) == 0 {
		return nil, nil
	}
	zone, err := zoneOf(d.Facts.Speaker.Zone)
	if err != nil {
		return nil, fmt.Errorf("word bulletin in time zone %q: %w", d.Facts.Speaker.Zone, err)
	}
	var texts []Text
	for _, lang := range r.Langs {
		p, ok := w.langs[lang]
		if !ok {
			return nil, fmt.Errorf("word bulletin: there is no wording in %q", lang)
		}
		v := &writer{phrases: p, lang: lang, kind: d.Declaration.Kind, said: d.Declaration, facts: d.Facts, zone: zone}
		switch d.Declaration.Mode {
		case outages.Drill:
			v.mark, v.note = p["mode.drill"], p["mode.drill_note"]
		case outages.Test:
			v.mark, v.note = p["mode.test"], p["mode.test_note"]
		}
		texts = append(texts, v.text(list, r.Crowd))
	}
	return texts, nil
}

// hears reports whether advice is for the reader.
func (r Reader) hears(a outages.Advice) bool {
	if slices.Contains(r.Areas, a.Area.ID) {
		return true
	}
	return r.Crowd && slices.ContainsFunc(a.Under, func(id areas.ID) bool { return slices.Contains(r.Areas, id) })
}

// writer words one draft in one language.
type writer struct {
	phrases
	lang       Lang
	mark, note string // the mode's word and its sentence; empty when live
	kind       outages.Kind
	said       outages.Declaration
	facts      outages.Facts
	zone       *time.Location
}

// text words a bulletin for the areas of some advice.
func (w *writer) text(list []outages.Advice, crowd bool) Text {
	t := Text{Lang: w.lang, Mark: w.mark, Opening: w.opening(), Closing: w.closing(), More: w.say("link.more"), Leave: w.say("link.leave")}
	groups := w.apart(list)
	if crowd {
		groups = w.together(list)
	}
	topic := situation(-1)
	for _, g := range groups {
		t.Parts = append(t.Parts, w.part(g))
		topic = max(topic, g.situation)
	}
	t.Grave = int(topic)
	t.Topic = w.marked(w.say("topic." + topicKeys[topic]))
	t.Title = w.say("topic.titled", "topic", t.Topic, "place", w.whereabouts(groups, topic))
	return t
}

// marked puts the mode's word first.
func (w *writer) marked(s string) string {
	if w.mark == "" || s == "" {
		return s
	}
	return w.mark + " " + s
}

// opening says who speaks, about what, where and since when.
func (w *writer) opening() []Clause {
	agency := w.facts.Speaker.Name
	var first string
	switch extent := w.extent(); {
	case w.kind == outages.Retract:
		key := map[string]string{outages.WrongArea: "wrong_area", outages.WrongNumber: "wrong_number"}[w.said.Reason]
		if key == "" {
			key = "sent_in_error"
		}
		first = w.say("opening."+key, "agency", agency, "time", w.clock(w.facts.Alerted))
	case w.kind == outages.AllClear:
		first = w.say("opening.all_clear", "agency", agency)
	case w.kind == outages.Alert && len(w.facts.Open) > 0:
		first = w.say("opening.alert", "agency", agency, "extent", extent, "time", w.zoned(w.facts.Began))
	case w.kind == outages.Alert:
		first = w.say("opening.notice", "agency", agency, "extent", extent)
	case len(w.facts.Open) > 0:
		first = w.say("opening.update", "agency", agency, "extent", extent, "time", w.zoned(w.facts.Began))
	default:
		first = w.say("opening.update_plain", "agency", agency, "extent", extent)
	}
	if w.mark == "" {
		return []Clause{{Text: first}}
	}
	return []Clause{{Text: w.mark + ". " + w.note}, {Text: first}}
}

// closing says who is not affected, not to test, when the next word comes, and why, if that is stated.
func (w *writer) closing() []Clause {
	var out []Clause
	if !w.kind.Ends() {
		if c, ok := w.only(); ok {
			out = append(out, c)
		}
	}
	out = append(out, Clause{w.say("closing.do_not_test"), rankTest})
	if next := w.said.NextUpdate; !next.IsZero() && !w.kind.Ends() {
		out = append(out, Clause{Text: w.say("closing.next", "time", w.clock(next))})
	}
	if c := w.said.Cause; c != nil && c.Text != "" {
		out = append(out, Clause{w.say("closing.cause", "by", c.StatedBy, "text", trimStop(c.Text)), rankCause})
	}
	return out
}

// only says that other places are not affected.
func (w *writer) only() (Clause, bool) {
	if len(w.facts.Open) == 0 {
		return Clause{}, false
	}
	key := "closing.only_many"
	if len(w.facts.Open) == 1 && w.isWhole(w.facts.Open[0]) {
		key = "closing.only_one"
	}
	return Clause{w.say(key, "extent", w.extent()), rankOnly}, true
}

// clock and zoned word times in the speaker's zone, with a date when it is not that of the bulletin.
func (w *writer) clock(t time.Time) string { return w.phrases.clock(t, w.facts.At, w.zone) }
func (w *writer) zoned(t time.Time) string { return w.phrases.zoned(t, w.facts.At, w.zone) }

// zones remembers time zones by name, as reading one costs as much as wording a town.
var zones sync.Map

func zoneOf(name string) (*time.Location, error) {
	if z, ok := zones.Load(name); ok {
		return z.(*time.Location), nil
	}
	z, err := time.LoadLocation(name)
	if err == nil {
		zones.Store(name, z)
	}
	return z, err
}
