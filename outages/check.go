package outages

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"callbox/areas"
)

// check holds a declaration against the outage and itself. Places are paths into the declaration.
func check(o Outage, d Declaration, now time.Time) Findings {
	var f Findings
	f.order(o, d)
	began := time.Time{}
	if o.Open() {
		began = recall(o).began
	}
	return append(f, d.check(began, now)...)
}

// check holds a declaration against itself; began is what former bulletins of the outage said.
func (d Declaration) check(began, now time.Time) Findings {
	var f Findings
	if !d.Began.IsZero() {
		began = d.Began
	}
	f.times(d, began, now)
	f.sinces(d, began, now)
	for i, c := range d.Conditions {
		f.contradictions(d.Conditions[:i], c, fmt.Sprintf("conditions[%d]", i))
	}
	for i, n := range d.Numbers {
		f.number(d, n, fmt.Sprintf("numbers[%d]", i))
	}
	if c := d.Cause; c != nil && (strings.TrimSpace(c.StatedBy) == "" || strings.TrimSpace(c.Text) == "") {
		f.block("cause", "cause", "a cause is told only with who states it: give text and stated_by, or leave it out")
	}
	switch {
	case d.Kind == Alert && len(d.Conditions) == 0:
		f.block("no-area", "conditions", "an alert names at least one area and what fails there")
	case d.Kind == Retract && !slices.Contains(Reasons, d.Reason):
		f.block("reason", "reason", "a retraction gives its reason: "+strings.Join(Reasons, ", "))
	case d.Kind == Retract && d.Reason == WrongNumber:
		f.warn("retract-number", "reason", "a retraction says that 911 works; if it does not, issue an update with the right number instead")
	}
	if len(d.Elsewhere) > 0 && (d.Kind.Ends() || !d.neighbour()) {
		f.block("elsewhere", "elsewhere", "elsewhere is for a notice that 911 works here: leave it out where 911 fails or failed")
	}
	if d.Kind == Retract && len(d.Conditions) > 0 {
		f.block("conditions", "conditions", "a retraction says that 911 works; it has no conditions")
	}
	return f
}

// neighbour reports whether a declaration only says that 911 works, because alerts for others were seen.
func (d Declaration) neighbour() bool {
	return len(d.Elsewhere) > 0 && !slices.ContainsFunc(d.Conditions, func(c Condition) bool { return !c.State.Works() })
}

// order checks the kind and the mode.
func (f *Findings) order(o Outage, d Declaration) {
	if d.Mode != o.Mode {
		f.block("mode", "mode", fmt.Sprintf("the outage is %s and the bulletin is %s; a mode never changes", o.Mode, d.Mode))
	}
	switch {
	case d.Kind == Alert && o.Open():
		f.block("kind", "kind", "the outage was announced already: issue an update")
	case d.Kind != Alert && len(o.Bulletins) == 0:
		f.block("kind", "kind", "the first bulletin of an outage is an alert")
	case len(o.Bulletins) > 0 && !o.Open():
		f.block("kind", "kind", "the outage has ended: declare a new one")
	}
	if !slices.Contains([]Kind{Alert, Update, AllClear, Retract}, d.Kind) {
		f.block("kind", "kind", "the kind is alert, update, all-clear or retract")
	}
}

// times checks when the outage began and when the next update comes.
func (f *Findings) times(d Declaration, began, now time.Time) {
	switch {
	case began.IsZero() && d.Kind == Alert && !d.neighbour():
		f.block("no-start", "began", "say since when, even if only roughly: residents must know what the message is about")
	case began.After(now):
		f.block("began", "began", "an outage cannot begin in the future; check the date")
	}
	switch {
	case d.Kind.Ends():
	case d.NextUpdate.IsZero():
		f.block("no-next-update", "next_update", "promise a time for the next update")
	case !d.NextUpdate.After(now):
		f.block("next-update", "next_update", "the next update is promised for a time that has passed")
	case d.NextUpdate.After(now.Add(LifetimeMax)):
		f.block("next-update", "next_update", "the next update is promised for more than a day from now")
	}
}

// sinces checks since when states hold, against the beginning and now.
func (f *Findings) sinces(d Declaration, began, now time.Time) {
	past := func(place string, t time.Time) {
		switch {
		case t.IsZero():
		case !began.IsZero() && t.Before(began):
			f.block("restored", place, "it cannot be restored before it began")
		case t.After(now):
			f.block("restored", place, "it cannot be restored in the future")
		}
	}
	if d.Kind == AllClear {
		past("restored", d.Restored)
	} else if !d.Restored.IsZero() {
		f.block("restored", "restored", "only an all-clear says since when everything works; for one area give its state and since")
	}
	for i, c := range d.Conditions {
		place := fmt.Sprintf("conditions[%d].since", i)
		if c.State == Restored || c.State == Watched {
			past(place, c.Since)
		} else if c.Since.After(now) {
			f.block("since", place, "a state cannot begin in the future")
		}
	}
}

// contradictions compares a condition with those before it of the same area and service.
func (f *Findings) contradictions(before []Condition, c Condition, place string) {
	for _, other := range before {
		if other.Area != c.Area || other.Service != c.Service || other.State == c.State || !overlap(other.Hit, c.Hit) {
			continue
		}
		f.block("contradiction", place, fmt.Sprintf("%s is %s and %s for the same phones in one area; say which",
			c.Service, other.State, c.State))
		return
	}
}

// overlap reports whether some phone is hit by both.
func overlap(a, b Hit) bool {
	if len(a.Lines) > 0 && len(b.Lines) > 0 && !slices.ContainsFunc(a.Lines, func(l Line) bool { return slices.Contains(b.Lines, l) }) {
		return false
	}
	if len(a.Carriers) == 0 || len(b.Carriers) == 0 || a.Except && b.Except {
		return true
	}
	if a.Except {
		a, b = b, a
	}
	return slices.ContainsFunc(a.Carriers, func(name string) bool {
		return named(b.Carriers, name) != b.Except
	})
}

func (f *Findings) number(d Declaration, n areas.Number, place string) {
	switch {
	case emergency(n.Tel):
		f.block("number-911", place+".tel", areas.ErrShortCode.Error())
	default:
		if _, err := areas.ParseTel(string(n.Tel)); err != nil {
			f.block("number", place+".tel", err.Error())
		}
	}
	if n.Area == "" {
		f.block("no-area", place+".area", "a number answers for one area; name it")
	}
	if !n.Until.IsZero() && !d.NextUpdate.IsZero() && n.Until.Before(d.NextUpdate) {
		f.block("number-until", place+".until",
			"the number ends before the next update is promised; promise the update earlier, or leave the end out and it ends with the outage")
	}
}
