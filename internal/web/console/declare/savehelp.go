package declare

import (
	"fmt"

	"callbox/areas"
	"callbox/internal/desk"
	"callbox/internal/web/console/frame"
	"callbox/outages"
)

func saveHelp(c *frame.Call) error {
	d, done, err := editable(c)
	if err != nil || done {
		return err
	}
	f, err := newForm(c)
	if err != nil {
		return err
	}
	decl := f.help(d.Declaration)
	if more := f.Get("do") == "more"; !more && len(f.errors) == 0 {
		if err := f.mustHelp(c, d, decl); err != nil {
			return err
		}
	}
	if len(f.errors) > 0 {
		return f.helpPage(c, d)
	}
	if f.Get("do") == "more" {
		return save(c, d, decl, help)
	}
	return save(c, d, decl, preview)
}

// mustHelp wants a number, a way or a word for every area.
func (f *form) mustHelp(c *frame.Call, d desk.Draft, decl outages.Declaration) error {
	linted, err := c.Desk.Lint(c.Context(), c.Actor, d.Outage, decl)
	if err != nil {
		return err
	}
	for _, x := range linted.Findings {
		if x.Rule == "no-number" {
			f.bad("nonumber", x.Text)
		}
	}
	return nil
}

// help reads the screen into a declaration.
func (f *form) help(decl outages.Declaration) outages.Declaration {
	now := f.at.Now.UTC()
	if f.Has("began") {
		decl.Began = f.time("began", decl.Began)
		if decl.Began.After(now) {
			f.bad("began", "an outage cannot begin in the future; write the date too if it was another day")
		}
		if decl.Began.IsZero() && f.errors.On("began") == "" {
			f.bad("began", "say since when, even if only roughly")
		}
	}
	was := decl.NextUpdate
	decl.NextUpdate = f.time("next", was)
	switch {
	case f.errors.On("next") != "":
	case decl.NextUpdate.IsZero():
		f.bad("next", "promise a time for the next update")
	case !decl.NextUpdate.After(now):
		f.bad("next", "this time has passed; promise a later one")
	case decl.NextUpdate.After(now.Add(outages.LifetimeMax)):
		f.bad("next", "promise the next update within a day")
	}
	decl.Numbers, decl.Ways = f.numbers(decl.Numbers), f.ways()
	decl.FailedCarriers = f.list("failed")
	decl.AlertSuspected = f.Has("suspected")
	decl.Cause = nil
	if text, by := f.text("cause"), f.text("cause_by"); text != "" || by != "" {
		decl.Cause = &outages.Cause{Text: text, StatedBy: by}
		if text == "" || by == "" {
			f.bad("cause", "a cause is told only with who states it: give both, or neither")
		}
	}
	decl.NotAnswering, decl.NoNumber = nil, nil
	for _, s := range f.Values["silent"] {
		if tel, err := areas.ParseTel(s); err == nil {
			decl.NotAnswering = append(decl.NotAnswering, tel)
		}
	}
	for _, s := range f.Values["nonumber"] {
		if a, ok := f.book.Area(areas.ID(s)); ok {
			decl.NoNumber = append(decl.NoNumber, a.ID)
		}
	}
	return decl
}

// numbers reads the rows of temporary numbers; an empty row is none.
func (f *form) numbers(were []areas.Number) []areas.Number {
	var out []areas.Number
	for i := range f.count("n%d-tel") {
		name := func(field string) string { return fmt.Sprintf("n%d-%s", i, field) }
		text := f.text(name("tel"))
		if text == "" {
			continue
		}
		var n areas.Number
		if i < len(were) {
			n = were[i] // with what the screen does not show
		}
		tel, err := areas.ParseTel(text)
		if err != nil {
			f.bad(name("tel"), err.Error())
		}
		n.Tel, n.Temporary, n.Area = tel, true, areas.ID(f.Get(name("area")))
		n.Label, n.Hours, n.Only = f.text(name("label")), f.text(name("hours")), f.Has(name("only"))
		n.For = pick(f, name("for"), areas.Needs...)
		if n.For == "" {
			n.For = areas.All
		}
		if n.Area == "" {
			f.bad(name("area"), "say which area the number answers for")
		}
		out = append(out, n)
	}
	return out
}

func (f *form) ways() []areas.Way {
	var out []areas.Way
	for i := range f.count("w%d-kind") {
		name := func(field string) string { return fmt.Sprintf("w%d-%s", i, field) }
		w := areas.Way{Kind: pick(f, name("kind"), wayKinds...), Area: areas.ID(f.Get(name("area"))), Where: f.text(name("where"))}
		if w.Kind == "" {
			continue
		}
		if w.Area == "" {
			f.bad(name("area"), "say where this way to get help is")
		}
		out = append(out, w)
	}
	return out
}
