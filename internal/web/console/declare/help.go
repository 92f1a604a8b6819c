package declare

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"callbox/areas"
	"callbox/internal/desk"
	"callbox/internal/web/console/account"
	"callbox/internal/web/console/frame"
	"callbox/outages"
)

// staleAfter is when a confirmation is so old that the official is asked to ring.
const staleAfter = 180 * 24 * time.Hour

// helpView is the screen of what people can do.
type helpView struct {
	Errors    frame.Errors
	Steps     []step
	Action    string
	Version   int64
	Alert     bool // it says since when
	Zone      string
	Began     string
	Next      string
	Areas     []helped
	Silent    []named // numbers found not to be answered, here or before
	Numbers   []numberRow
	Ways      []wayRow
	Places    []named // areas that a number or way may be for
	Failed    string
	Cause     outages.Cause
	Suspected bool // some area is only suspected
	Told      bool // suspected areas are told too
}

// helped is one area with what its people are told to do.
type helped struct {
	ID, Name     string
	Numbers      []shown
	Struck       []shown
	Ways         []string
	Bare         bool // there is no number and no way
	Acknowledged bool
}

// shown is a number as the official judges it.
type shown struct {
	Tel, What, Confirmed string
	Stale                bool
	Why                  string // it is not printed
}

type numberRow struct {
	N                 int
	Tel, Label, Hours string
	Areas, Needs      []named
	Only              bool
}

type wayRow struct {
	N            int
	Where        string
	Areas, Kinds []named
}

func showHelp(c *frame.Call) error {
	d, done, err := editable(c)
	if err != nil || done {
		return err
	}
	f, err := newForm(c)
	if err != nil {
		return err
	}
	if first := next(d.Declaration); first == what || first == where {
		return c.See(at(c, d, first))
	}
	return f.helpPage(c, d)
}

// helpPage shows the screen for a draft, with what was typed where something was.
func (f *form) helpPage(c *frame.Call, d desk.Draft) error {
	decl := d.Declaration
	v := helpView{Errors: f.errors, Steps: steps(c, &d, help), Action: at(c, d, help), Version: d.Version, Alert: decl.Kind == outages.Alert,
		Zone: c.Now.In(c.Zone()).Format("MST"), Began: f.or("began", f.clock(decl.Began)), Next: f.or("next", f.clock(decl.NextUpdate)),
		Failed: f.or("failed", strings.Join(decl.FailedCarriers, ", ")), Told: decl.AlertSuspected}
	if !decl.NextUpdate.After(c.Now) { // none is promised, or the draft lay too long
		v.Next = f.or("next", f.clock(c.Now.Add(updateAfter)))
	}
	if decl.Cause != nil {
		v.Cause = *decl.Cause
	}
	v.Cause.Text, v.Cause.StatedBy = f.or("cause", v.Cause.Text), f.or("cause_by", v.Cause.StatedBy)
	v.Suspected = slices.ContainsFunc(decl.Conditions, func(x outages.Condition) bool { return x.Confidence == outages.Suspected })
	v.Places = f.readers(d)
	silent := f.typedOr("silent", tels(decl.NotAnswering))
	bare := f.typedOr("nonumber", ids(decl.NoNumber))
	for _, a := range d.Facts.Advice {
		v.Areas = append(v.Areas, f.helped(a, bare))
		for _, n := range a.Numbers {
			if !slices.ContainsFunc(v.Silent, func(x named) bool { return x.ID == string(n.Tel) }) {
				v.Silent = append(v.Silent, named{string(n.Tel), n.Tel.Local() + " (" + a.Area.Name + ")", slices.Contains(silent, string(n.Tel))})
			}
		}
	}
	for _, tel := range silent {
		if !slices.ContainsFunc(v.Silent, func(x named) bool { return x.ID == tel }) {
			v.Silent = append(v.Silent, named{tel, areas.Tel(tel).Local(), true})
		}
	}
	v.Numbers, v.Ways = f.numberRows(decl.Numbers, v.Places), f.wayRows(decl.Ways, v.Places)
	status := http.StatusOK
	if len(f.errors) > 0 {
		status = http.StatusUnprocessableEntity
	}
	return c.Show(status, "declare-help", "Declare: what people can do", v)
}

// or returns what was typed into a field, or what stands there.
func (f *form) or(name, stands string) string {
	if f.Has(name) {
		return f.Get(name)
	}
	return stands
}

// typedOr returns the boxes that were ticked, or, where the form was not sent, those that stand ticked.
func (f *form) typedOr(name string, stand []string) []string {
	if f.Has("version") {
		return f.Values[name]
	}
	return stand
}

func tels(list []areas.Tel) []string { return texts(list) }
func ids(list []areas.ID) []string   { return texts(list) }

func texts[T ~string](list []T) []string {
	var out []string
	for _, x := range list {
		out = append(out, string(x))
	}
	return out
}

// helped is the advice of an area as the screen shows it.
func (f *form) helped(a outages.Advice, acknowledged []string) helped {
	h := helped{ID: string(a.Area.ID), Name: a.Area.FullName(), Acknowledged: slices.Contains(acknowledged, string(a.Area.ID))}
	for _, n := range a.Numbers {
		h.Numbers = append(h.Numbers, f.shown(n))
	}
	for _, s := range a.Struck {
		x := f.shown(s.Number)
		x.Why = s.Why
		h.Struck = append(h.Struck, x)
	}
	reachable := false
	for _, w := range a.Ways {
		h.Ways = append(h.Ways, account.Way(w))
		reachable = reachable || w.Kind != areas.CallBack && (w.Kind != areas.Station || w.Where != "")
	}
	fails := slices.ContainsFunc(a.Standing, func(c outages.Condition) bool { return c.Service == outages.Voice && !c.State.Works() })
	h.Bare = fails && len(h.Numbers) == 0 && (!reachable || h.Acknowledged)
	return h
}

func (f *form) shown(n areas.Number) shown {
	s := shown{Tel: n.Tel.Local(), What: n.Label}
	if s.What == "" {
		s.What = account.Need(n.For)
	}
	switch {
	case n.Temporary:
		s.Confirmed = "for this outage only"
	case n.ConfirmedAt.IsZero():
		s.Confirmed, s.Stale = "never confirmed to answer: ring it", true
	default:
		s.Confirmed = "confirmed " + account.Age(f.at.Now.Sub(n.ConfirmedAt))
		s.Stale = f.at.Now.Sub(n.ConfirmedAt) > staleAfter
	}
	return s
}

// readers are the areas that a number or way may be declared for: those stated, and those of readers.
func (f *form) readers(d desk.Draft) []named {
	var all []areas.ID
	for _, c := range d.Declaration.Conditions {
		all = append(all, c.Area)
	}
	for _, a := range d.Facts.Advice {
		all = append(all, a.Area.ID)
	}
	slices.Sort(all)
	out := f.byName(slices.Compact(all))
	for i := range out {
		out[i].Chosen = false
	}
	return out
}

func (f *form) numberRows(list []areas.Number, places []named) []numberRow {
	var out []numberRow
	for i := range max(len(list), f.count("n%d-tel")) + 1 {
		var n areas.Number
		if i < len(list) {
			n = list[i]
		}
		name := func(field string) string { return fmt.Sprintf("n%d-%s", i, field) }
		need := areas.Need(f.or(name("for"), string(n.For)))
		out = append(out, numberRow{N: i, Tel: f.or(name("tel"), n.Tel.Local()), Label: f.or(name("label"), n.Label), Hours: f.or(name("hours"), n.Hours),
			Areas: marked(places, f.or(name("area"), string(n.Area))), Only: n.Only || f.Has(name("only")),
			Needs: choose(need, []areas.Need{areas.All, areas.Police, areas.Fire, areas.Medical, areas.Relay}, account.Need)})
	}
	return out
}

func (f *form) wayRows(list []areas.Way, places []named) []wayRow {
	var out []wayRow
	for i := range max(len(list), f.count("w%d-kind")) + 1 {
		var w areas.Way
		if i < len(list) {
			w = list[i]
		}
		name := func(field string) string { return fmt.Sprintf("w%d-%s", i, field) }
		kind := areas.WayKind(f.or(name("kind"), string(w.Kind)))
		out = append(out, wayRow{N: i, Where: f.or(name("where"), w.Where), Areas: marked(places, f.or(name("area"), string(w.Area))),
			Kinds: choose(kind, wayKinds, func(k areas.WayKind) string { return account.Way(areas.Way{Kind: k}) })})
	}
	return out
}

var wayKinds = []areas.WayKind{areas.CallBack, areas.FireBox, areas.Station}

// count says how many rows of a kind were sent.
func (f *form) count(pattern string) int {
	n := 0
	for f.Has(fmt.Sprintf(pattern, n)) && n < maxGroups {
		n++
	}
	return n
}

// marked marks the chosen one of some places.
func marked(places []named, id string) []named {
	out := slices.Clone(places)
	for i := range out {
		out[i].Chosen = out[i].ID == id
	}
	return out
}
