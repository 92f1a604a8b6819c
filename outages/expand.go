package outages

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"

	"callbox/areas"
)

// expander turns the rows of a file into a declaration.
type expander struct {
	Reading
	source   *ast.File // nil for JSON
	origin   []string  // the path of the row that made each condition
	problems Problems
}

func (x *expander) problem(place, text string) {
	line, column := locate(x.source, place)
	x.problems = append(x.problems, Problem{Place: place, Line: line, Column: column, Text: text})
}

func (x *expander) expand(f file) Declaration {
	d := Declaration{
		Kind: oneOf(x, "kind", f.Kind, Alert, Update, AllClear, Retract), Mode: x.mode(f.Mode),
		Began: x.time("began", f.Began), Restored: x.time("restored", f.Restored), NextUpdate: x.time("next_update", f.NextUpdate),
		Cause: f.Cause, FailedCarriers: f.FailedCarriers, AlertSuspected: f.AlertSuspected, Reason: f.Reason,
	}
	for i, r := range f.Conditions {
		d.Conditions = append(d.Conditions, x.row(fmt.Sprintf("conditions[%d]", i), r)...)
	}
	for i, r := range f.Numbers {
		d.Numbers = append(d.Numbers, x.number(fmt.Sprintf("numbers[%d]", i), r))
	}
	for i, r := range f.Ways {
		d.Ways = append(d.Ways, x.way(fmt.Sprintf("ways[%d]", i), r)...)
	}
	for i, text := range f.NotAnswering {
		d.NotAnswering = append(d.NotAnswering, x.tel(fmt.Sprintf("not_answering[%d]", i), text))
	}
	for i, name := range f.NoNumber {
		d.NoNumber = append(d.NoNumber, x.area(fmt.Sprintf("no_number[%d]", i), name))
	}
	for i, name := range f.Elsewhere {
		d.Elsewhere = append(d.Elsewhere, x.area(fmt.Sprintf("elsewhere[%d]", i), name))
	}
	if len(x.problems) == 0 {
		x.check(d)
	}
	return d
}

// check runs the rules that need nothing but the declaration, and leads their places back to the file.
func (x *expander) check(d Declaration) {
	for _, f := range d.check(time.Time{}, x.Now.UTC()) {
		if !f.Block {
			continue
		}
		place := f.Place
		var i int
		if _, err := fmt.Sscanf(place, "conditions[%d]", &i); err == nil && i < len(x.origin) {
			_, field, _ := strings.Cut(place, "]")
			place = x.origin[i]
			if field != "" {
				place = place[:strings.LastIndexByte(place, '.')] + field
			}
		}
		x.problem(place, f.Text)
	}
}

func (x *expander) mode(text string) Mode {
	if text == "" && x.Mode != "" {
		return x.Mode
	}
	m := oneOf(x, "mode", text, Live, Drill, Test)
	if m != "" && x.Mode != "" && m != x.Mode {
		x.problem("mode", fmt.Sprintf("the file says %s and the outage is %s; a mode never changes", m, x.Mode))
	}
	return m
}

// oneOf reads a word of a closed list.
func oneOf[T ~string](x *expander, place, text string, known ...T) T {
	if slices.Contains(known, T(text)) {
		return T(text)
	}
	names := make([]string, len(known))
	for i, k := range known {
		names[i] = string(k)
	}
	what := fmt.Sprintf("%q is not known", text)
	if text == "" {
		what = "it is missing"
	}
	x.problem(place, what+"; say "+strings.Join(names[:len(names)-1], ", ")+" or "+names[len(names)-1])
	return ""
}

func (x *expander) area(place, name string) areas.ID {
	if strings.TrimSpace(name) == "" {
		x.problem(place, "name an area; there is no default area")
		return ""
	}
	a, err := x.Areas.Find(name)
	if err != nil {
		x.problem(place, err.Error())
	}
	return a.ID
}

func (x *expander) tel(place, text string) areas.Tel {
	t, err := areas.ParseTel(text)
	if err != nil {
		x.problem(place, err.Error())
	}
	return t
}

// row makes the conditions of one row: its areas × its services, and for the service that is hit one
// condition for each hit.
func (x *expander) row(place string, r row) []Condition {
	var ids []areas.ID
	for i, name := range r.Area {
		at := place + ".area"
		if len(r.Area) > 1 {
			at = fmt.Sprintf("%s[%d]", at, i)
		}
		ids = append(ids, x.area(at, name))
	}
	if len(r.Area) == 0 {
		x.problem(place+".area", "name an area; there is no default area")
	}
	since := x.time(place+".since", r.Since)
	var confidence Confidence
	if r.Confidence != "" {
		confidence = oneOf(x, place+".confidence", r.Confidence, Suspected, ConfirmedByCentre, ConfirmedByCarrier)
	}
	var symptom Symptom
	if r.Symptom != "" {
		symptom = oneOf(x, place+".symptom", r.Symptom, RingsUnanswered, FastBusy, Recording, Silence, Drops)
	}
	states := x.states(place, r)
	hit := hitService(states)
	who := x.hits(place+".hit", r.Hit)
	if len(r.Hit)+len(symptom) > 0 && hit == "" {
		x.problem(place, "hit and symptom tell of calls or texts that fail, and in this row none do")
	}
	var out []Condition
	for _, id := range ids {
		for _, s := range states {
			c := Condition{Area: id, Service: s.service, State: s.state, Confidence: confidence}
			if s.state != Working {
				c.Since = since
			}
			list := []Hit{{}}
			if s.service == hit {
				list, c.Symptom = who, symptom
			}
			for _, c.Hit = range list {
				out = append(out, c)
				x.origin = append(x.origin, place+"."+string(s.service))
			}
		}
	}
	return out
}

type serviceState struct {
	service Service
	state   State
}

func (x *expander) states(place string, r row) []serviceState {
	var out []serviceState
	for _, column := range []struct {
		service Service
		text    string
	}{{Voice, r.Voice}, {Text, r.Text}, {Admin, r.Admin}, {Location, r.Location}} {
		if column.text != "" {
			state := oneOf(x, place+"."+string(column.service), column.text,
				Working, Intermittent, Delayed, Rerouted, Down, Restored, Watched)
			out = append(out, serviceState{column.service, state})
		}
	}
	if len(out) == 0 {
		x.problem(place, "say how voice, text, admin or location does there")
	}
	return out
}

// hitService is the service that hit and symptom of a row speak of: calls when they fail, else texts.
func hitService(states []serviceState) Service {
	for _, service := range []Service{Voice, Text} {
		for _, s := range states {
			if s.service == service && !s.state.Works() {
				return service
			}
		}
	}
	return ""
}

func (x *expander) hits(place string, rows hits) []Hit {
	out := make([]Hit, 0, len(rows))
	for i, r := range rows {
		at := place
		if len(rows) > 1 {
			at = fmt.Sprintf("%s[%d]", place, i)
		}
		var h Hit
		for _, l := range r.Lines {
			h.Lines = append(h.Lines, oneOf(x, at+".lines", l, Landline, VoIP, Wireless))
		}
		h.Carriers = r.Carriers
		if len(r.CarriersExcept) > 0 {
			if len(r.Carriers) > 0 {
				x.problem(at, "give the carriers that are hit, or those that are spared, not both")
			}
			h.Carriers, h.Except = r.CarriersExcept, true
		}
		if len(h.Lines)+len(h.Carriers) == 0 {
			x.problem(at, "say which lines or carriers are hit, or leave hit out when everybody is")
		}
		out = append(out, h)
	}
	if len(out) == 0 {
		return []Hit{{}}
	}
	return out
}

func (x *expander) number(place string, r numberRow) areas.Number {
	need := areas.All
	if r.For != "" {
		need = oneOf(x, place+".for", r.For, areas.All, areas.Police, areas.Fire, areas.Medical, areas.Relay)
	}
	return areas.Number{
		Area: x.area(place+".area", r.Area), Label: r.Label, For: need, Tel: x.tel(place+".tel", r.Tel), Carrier: r.Carrier,
		Hours: r.Hours, Only: r.Only, Temporary: true, Until: x.time(place+".until", r.Until),
	}
}

func (x *expander) way(place string, r wayRow) []areas.Way {
	kind := oneOf(x, place+".kind", r.Kind, areas.CallBack, areas.FireBox, areas.Station)
	var out []areas.Way
	for i, name := range r.Area {
		at := place + ".area"
		if len(r.Area) > 1 {
			at = fmt.Sprintf("%s[%d]", at, i)
		}
		out = append(out, areas.Way{Area: x.area(at, name), Kind: kind, Where: r.Where})
	}
	if len(out) == 0 {
		x.problem(place+".area", "name an area; there is no default area")
	}
	return out
}

// time reads a time; an empty one is the zero time.
func (x *expander) time(place, text string) time.Time {
	if text == "" {
		return time.Time{}
	}
	t, err := x.Time(text)
	if err != nil {
		x.problem(place, err.Error())
	}
	return t
}
