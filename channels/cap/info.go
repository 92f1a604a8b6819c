package cap

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"callbox/outages"
	"callbox/templates"
)

// Budgets in characters: Google Public Alerts for the names, EAS for description and instruction
// together (IPAWS-OPEN Interface Design Guide 4.07).
const (
	maxEvent       = 34
	maxHeadline    = 139
	maxAreaDesc    = 49
	maxSource      = 30
	maxDescription = 600 // of maxProse
	maxProse       = 1800
)

// events name the event in each language; with a mode's word before it a shorter name is needed.
var events = map[string]struct{ full, short string }{
	"en-US": {"911 Telephone Outage Emergency", "911 Telephone Outage"},
	"es-US": {"Interrupción del servicio 911", "Interrupción del 911"},
}

func (f frame) info(g group, v voice, place Area) Info {
	mode, b := f.message.Mode, f.message.Bulletin
	cast := g.outlook.forecast()
	event := events[v.language].full
	if mode != outages.Live {
		event = events[v.language].short
	}
	place.Desc = marked(mode, v.language, f.areaDesc(g, v))
	info := Info{
		Language: v.language, Categories: []string{"Infra", "Safety"}, Event: marked(mode, v.language, event),
		ResponseTypes: cast.responses, Urgency: cast.urgency, Severity: cast.severity, Certainty: cast.certainty,
		EventCodes: []Value{{"SAME", "TOE"}},
		SenderName: marked(mode, v.language, b.Facts.Speaker.Name),
		Headline:   marked(mode, v.language, headline(g, v)),
		Web:        f.message.Page, Contact: clean(f.press.Contact), Areas: []Area{place},
	}
	if info.Contact == "" {
		info.Contact = f.alert.Sender
	}
	info.Description, info.Instruction = f.prose(v)
	return info
}

// headline is the part's own, or for several parts the title. Beside a document of what still fails, the
// title would speak of the failure: there those that work again tell their own, as many as fit.
func headline(g group, v voice) string {
	apart := g.outlook.over() && len(v.parts) < len(v.text.Parts)
	if len(v.parts) > 1 && !apart || v.parts[0].Headline == "" {
		return v.text.Title
	}
	out := v.parts[0].Headline
	for _, p := range v.parts[1:] {
		longer := strings.TrimSuffix(out, ".") + ". " + strings.TrimPrefix(p.Headline, v.text.Mark+" ")
		if utf8.RuneCountInString(longer) > maxHeadline {
			break
		}
		out = longer
	}
	return out
}

// areaDesc names the place in at most maxAreaDesc characters, with the mode's word: all parts, with
// their state where that fits, or the first and how many more.
func (f frame) areaDesc(g group, v voice) string {
	budget := maxAreaDesc - utf8.RuneCountInString(mark(f.message.Mode, v.language))
	var names []string
	for _, p := range v.parts {
		names = append(names, clean(p.Name))
	}
	var states []string
	for _, a := range g.areas {
		states = append(states, a.State)
	}
	slices.Sort(states)
	all := strings.Join(names, ", ")
	state := " (" + strings.Join(slices.Compact(states), ", ") + ")"
	first := fmt.Sprintf("%s +%d", g.areas[0].Name, len(g.areas)-1)
	for _, name := range []string{all + state, all, first + state, first} {
		if utf8.RuneCountInString(name) <= budget {
			return name
		}
	}
	return strings.Join(slices.Compact(states), ", ")
}

// prose words the description, what happened, and the instruction, what to do, so that both fit. Numbers
// that do not fit give way to the link where all of them are, and so do parts that are too many. What
// cannot be made to fit stays too long, and rule 7 says so before anybody approves it.
func (f frame) prose(v voice) (description, instruction string) {
	mode := f.message.Mode
	description, _, err := templates.Fit(v.text.Opening, maxDescription, utf8.RuneCountInString)
	if err != nil {
		description = joined(v.text.Opening)
	}
	if description == "" {
		description = fmt.Sprintf("%s: %s.", v.text.Topic, strings.Join(namesOf(v.parts), ", "))
	}
	description = marked(mode, v.language, description)
	link := templates.Clause{Text: v.text.More + ": " + f.message.Page}
	room := maxProse - utf8.RuneCountInString(description) - utf8.RuneCountInString(mark(mode, v.language))
	closing := append(slices.Clone(v.text.Closing), link)
	for _, body := range [][]templates.Clause{clausesOf(v, true), clausesOf(v, false), nil} {
		clauses := slices.Concat(body, closing)
		if instruction, _, err = templates.Fit(clauses, room, utf8.RuneCountInString); err == nil {
			break
		}
		instruction = joined(clauses)
	}
	return description, marked(mode, v.language, instruction)
}

func namesOf(parts []templates.Part) []string {
	var out []string
	for _, p := range parts {
		out = append(out, p.Name)
	}
	return out
}

// clausesOf returns what the parts say, with or without the sentences that hold numbers.
func clausesOf(v voice, withNumbers bool) []templates.Clause {
	var out []templates.Clause
	for _, p := range v.parts {
		for _, c := range p.Clauses {
			hasNumber := slices.ContainsFunc(p.Numbers, func(n templates.Number) bool { return strings.Contains(c.Text, n.Local) })
			if withNumbers || !hasNumber {
				out = append(out, c)
			}
		}
	}
	return out
}

func joined(clauses []templates.Clause) string {
	var out []string
	for _, c := range clauses {
		out = append(out, c.Text)
	}
	return strings.Join(out, " ")
}
