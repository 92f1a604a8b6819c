package watch

import (
	"net/url"
	"slices"
	"strings"
	"time"

	"callbox/areas"
	"callbox/internal/desk"
	"callbox/internal/web/console/account"
	"callbox/internal/web/console/frame"
	"callbox/outages"
)

// field is a text field of a form.
type field struct{ ID, Label, Hint, Value, Fault string }

// form is what an official typed, read against the outage.
type form struct {
	values  url.Values
	reading outages.Reading
	errors  frame.Errors
}

func newForm(c *frame.Call) *form {
	values := c.PostForm
	if values == nil {
		values = c.URL.Query() // prefilled by a link
	}
	return &form{values: values, reading: outages.Reading{Zone: c.Zone(), Now: c.Now}}
}

func (f *form) wrong(field, text string) {
	f.errors = append(f.errors, frame.Error{Field: field, Text: text})
}

// time reads a field that holds a time; empty is the zero time.
func (f *form) time(id string) time.Time {
	text := strings.TrimSpace(f.values.Get(id))
	if text == "" {
		return time.Time{}
	}
	t, err := f.reading.Time(text)
	if err != nil {
		f.wrong(id, err.Error())
	}
	return t
}

// text makes a field with what was typed, or with what is proposed.
func (f *form) text(id, label, hint, proposed string) field {
	x := field{ID: id, Label: label, Hint: hint, Value: proposed, Fault: f.errors.On(id)}
	if f.values.Has(id) {
		x.Value = f.values.Get(id)
	}
	return x
}

// The fields of the forms.
const (
	sinceField = "since"
	nextField  = "next_update"
)

func (f *form) since() field {
	return f.text(sinceField, "Since when", "Such as 1:15 PM. Leave it empty where it is not known.", "")
}

// updateAfter is the promise that is proposed.
const updateAfter = 20 * time.Minute

func (f *form) next(c *frame.Call) field {
	at := c.Now.Add(updateAfter).Truncate(5 * time.Minute)
	return f.text(nextField, "Next update at", "A promise to everybody who is told. Such as 2:30 PM.", clock(c)(at))
}

// cells are the failing cells of an outage, to tick.
type cells struct {
	Legend, Hint, Fault string
	Cells               []cell
}

type cell struct {
	Place, ID, Text, Fault string
	Ticked                 bool
}

// cells makes the check boxes of the failing cells.
func (f *form) cells(c *frame.Call, o outages.Outage, book *areas.Book) cells {
	out := cells{Fault: f.errors.On("cell")}
	list, standing := desk.Failing(o)
	for _, x := range list {
		area, _ := book.Area(x.Area)
		var says []string
		for _, s := range standing[x] {
			says = append(says, account.Condition(s, clock(c)))
		}
		out.Cells = append(out.Cells, cell{Place: x.Place(), ID: cellID(x), Text: area.FullName() + ": " + strings.Join(says, "; "),
			Ticked: slices.Contains(f.values["cell"], x.Place()), Fault: f.errors.On(cellID(x))})
	}
	return out
}

// cellID names a cell's control: dots would be read as classes in selectors.
func cellID(c desk.Cell) string { return "c-" + strings.ReplaceAll(c.Place(), ".", "-") }

// ticked returns the failing cells that were ticked; what does not fail any more is not among them.
func (f *form) ticked(o outages.Outage) []desk.Cell {
	list, _ := desk.Failing(o)
	return slices.DeleteFunc(list, func(x desk.Cell) bool { return !slices.Contains(f.values["cell"], x.Place()) })
}

// restoration reads the form of a partial restoration.
func (f *form) restoration(o outages.Outage) desk.Restoration {
	r := desk.Restoration{Cells: f.ticked(o), Watched: f.values.Get("watched") == "yes", Since: f.time(sinceField), NextUpdate: f.time(nextField)}
	if len(r.Cells) == 0 {
		f.wrong("cell", "Tick at least one thing that works again")
	}
	f.promised(r.NextUpdate)
	return r
}

// promised checks the time of the next update.
func (f *form) promised(t time.Time) {
	if t.IsZero() && f.errors.On(nextField) == "" {
		f.wrong(nextField, "Promise a time for the next update")
	}
}

// states are what an official may change a cell to.
var states = []outages.State{outages.Down, outages.Intermittent, outages.Delayed, outages.Rerouted, outages.Restored, outages.Watched}

// update reads the form of an update: only cells whose state was chosen anew are stated.
func (f *form) update(o outages.Outage) outages.Declaration {
	decl := outages.Declaration{Kind: outages.Update, Mode: o.Mode, NextUpdate: f.time(nextField)}
	f.promised(decl.NextUpdate)
	since := f.time(sinceField)
	for _, x := range stated(o) {
		to := outages.State(f.values.Get(cellID(x.Cell)))
		if to == "" {
			continue
		}
		if !slices.Contains(states, to) {
			f.wrong(cellID(x.Cell), "Choose one of the states")
			continue
		}
		decl.Conditions = append(decl.Conditions, become(x, to, since)...)
	}
	for _, tel := range f.values["silent"] {
		if slices.ContainsFunc(numbers(o), func(n areas.Number) bool { return string(n.Tel) == tel }) {
			decl.NotAnswering = append(decl.NotAnswering, areas.Tel(tel))
		}
	}
	return decl
}

// become gives a cell a new state. Whom it hits stays, unless it works again: then it does for everybody.
func become(x statedCell, to outages.State, since time.Time) []outages.Condition {
	if to.Works() {
		return []outages.Condition{{Area: x.Area, Service: x.Service, State: to, Since: since}}
	}
	var out []outages.Condition
	for _, c := range x.standing {
		c.State, c.Since = to, since
		out = append(out, c)
	}
	return out
}

// statedCell is a cell with everything that stands of it.
type statedCell struct {
	desk.Cell
	standing []outages.Condition
}

// stated returns every cell of an outage, also those that work, in the order they were last stated.
func stated(o outages.Outage) []statedCell {
	var out []statedCell
	for _, c := range o.Standing() {
		i := slices.IndexFunc(out, func(x statedCell) bool { return x.Area == c.Area && x.Service == c.Service })
		if i < 0 {
			i = len(out)
			out = append(out, statedCell{Cell: desk.Cell{Area: c.Area, Service: c.Service}})
		}
		out[i].standing = append(out[i].standing, c)
	}
	return out
}

// numbers are those that the newest word told, each once.
func numbers(o outages.Outage) []areas.Number {
	var out []areas.Number
	for _, a := range newest(o).Facts.Advice {
		for _, n := range a.Numbers {
			if !slices.ContainsFunc(out, func(x areas.Number) bool { return x.Tel == n.Tel }) {
				out = append(out, n)
			}
		}
	}
	return out
}

// fields are the form as hidden fields, to send it again from a page of its own.
func (f *form) fields() []frame.Field {
	var out []frame.Field
	for name, values := range f.values {
		for _, v := range values {
			if name != "go" && name != "once" {
				out = append(out, frame.Field{Name: name, Value: v})
			}
		}
	}
	slices.SortFunc(out, func(a, b frame.Field) int { return strings.Compare(a.Name+"\x00"+a.Value, b.Name+"\x00"+b.Value) })
	return out
}
