package declare

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"callbox/areas"
	"callbox/internal/web/console/account"
	"callbox/internal/web/console/frame"
	"callbox/outages"
)

// typedMost bounds a field, in characters.
const typedMost = 300

// maxGroups bounds how many matrices a form may have.
const maxGroups = 50

// form reads what was typed, and gathers what is wrong with it.
type form struct {
	url.Values
	at     outages.Reading
	book   *areas.Book
	errors frame.Errors
}

func (f *form) bad(field, text string) {
	f.errors = append(f.errors, frame.Error{Field: field, Text: account.Sentence(text)})
}

// text returns a field without its outer spaces.
func (f *form) text(name string) string {
	s := strings.TrimSpace(f.Get(name))
	if len([]rune(s)) > typedMost {
		f.bad(name, fmt.Sprintf("keep it below %d characters", typedMost))
		return ""
	}
	return s
}

// time reads a time; an empty field is the zero time. A field that still shows a known time means exactly
// that, with its seconds.
func (f *form) time(name string, known ...time.Time) time.Time {
	s := f.text(name)
	if s == "" {
		return time.Time{}
	}
	for _, t := range known {
		if s == f.clock(t) {
			return t
		}
	}
	t, err := f.at.Time(s)
	if err != nil {
		f.bad(name, err.Error())
	}
	return t
}

// clock prints a time as time reads it.
func (f *form) clock(t time.Time) string { return account.Clock(t, f.at.Now, f.at.Zone) }

// list reads words separated by commas.
func (f *form) list(name string) []string {
	var out []string
	for word := range strings.SplitSeq(f.text(name), ",") {
		if word = strings.Join(strings.Fields(word), " "); word != "" {
			out = append(out, word)
		}
	}
	return out
}

// pick reads one of a closed list; what is not on it, which no page of ours sends, is an error.
func pick[T ~string](f *form, name string, known ...T) T {
	s := T(f.Get(name))
	if s != "" && !slices.Contains(known, s) {
		f.bad(name, fmt.Sprintf("%q is none of the choices", s))
		return ""
	}
	return s
}

// groups reads the matrices of the form. Stored are those of the draft, whose kept conditions stay as long as
// they are ticked.
func (f *form) groups(stored []Group) []Group {
	kept := map[string]outages.Condition{}
	var since []time.Time
	for _, g := range stored {
		since = append(since, g.Since)
		for _, c := range g.Kept {
			kept[key(c)] = c
		}
	}
	var out []Group
	for i := range maxGroups {
		name := func(field string) string { return fmt.Sprintf("g%d-%s", i, field) }
		if !f.Has(name("landline")) {
			break
		}
		g := Group{Calls: map[outages.Line]Calls{}, Others: map[outages.Service]outages.State{}, Since: f.time(name("since"), since...),
			Symptom:    pick(f, name("symptom"), symptoms...),
			Confidence: pick(f, name("confidence"), outages.Suspected, outages.ConfirmedByCentre, outages.ConfirmedByCarrier)}
		for _, id := range f.Values[name("area")] {
			g.Areas = append(g.Areas, areas.ID(id))
		}
		for _, l := range lines {
			n := name(string(l))
			c := Calls{State: pick(f, n, states...), Carriers: f.list(n + "-carriers"), Except: f.Has(n + "-except")}
			c.Except = c.Except && len(c.Carriers) > 0
			if c.State != "" || len(c.Carriers) > 0 {
				g.Calls[l] = c
			}
		}
		for _, s := range services[1:] {
			if state := pick(f, name(string(s)), states...); state != "" {
				g.Others[s] = state
			}
		}
		for _, k := range f.Values[name("kept")] {
			if c, ok := kept[k]; ok {
				g.Kept = append(g.Kept, c)
			}
		}
		if len(g.conditions()) == 0 && len(g.Areas) > 0 {
			f.bad(name("landline"), "say what fails or works in "+f.names(g.Areas))
		}
		out = append(out, g)
	}
	return out
}

// names lists areas by their names.
func (f *form) names(ids []areas.ID) string {
	var out []string
	for _, id := range ids[:min(len(ids), 5)] {
		a, ok := f.book.Area(id)
		if !ok {
			a.Name = short(string(id))
		}
		out = append(out, a.Name)
	}
	if more := len(ids) - len(out); more > 0 {
		out = append(out, fmt.Sprintf("%d more", more))
	}
	return strings.Join(out, ", ")
}

var symptoms = []outages.Symptom{outages.RingsUnanswered, outages.FastBusy, outages.Recording, outages.Silence, outages.Drops}

var states = []outages.State{outages.Down, outages.Intermittent, outages.Delayed, outages.Rerouted, outages.Working, outages.Restored, outages.Watched}
