package outages

import (
	"fmt"
	"strings"
	"time"

	"callbox/areas"
)

// Stage says whether a carrier's notice is its first word of an outage, a later one, or the last.
type Stage string

// The stages of a notice (47 CFR 4.9(h)).
const (
	Initial   Stage = "initial"
	Continued Stage = "update"
	Final     Stage = "final"
)

// Notice is what a carrier tells a 911 centre of an outage of its network: the contents that 47 CFR 4.9(h)
// asks for. It opens a draft for officials to look into, and sends nothing.
type Notice struct {
	NoticeID
	Contact  Contact    `json:"contact"`
	Stage    Stage      `json:"stage"`
	Began    time.Time  `json:"began"`
	Lines    []Line     `json:"lines,omitempty"` // the kinds of communication affected; none means all
	Effect   []Effect   `json:"effect"`          // what the carrier expects of calls and texts to 911
	Own      bool       `json:"own,omitempty"`   // only the carrier's own customers are hit
	Extent   []areas.ID `json:"extent"`          // as far as the carrier knows
	Cause    string     `json:"cause,omitempty"`
	Estimate time.Time  `json:"estimate,omitzero"` // when the carrier expects to be done
	Restored time.Time  `json:"restored,omitzero"` // of a final notice
}

// NoticeID tells the outages of all carriers apart.
type NoticeID struct {
	Provider string `json:"provider"` // whose network fails
	ID       string `json:"id"`       // the provider's own name for its outage
}

// Contact is where a provider answers questions. It is kept with the draft and never published.
type Contact struct {
	Name  string `json:"name"`
	Tel   string `json:"tel"`
	Email string `json:"email"`
}

// Effect is how a carrier expects a service to do.
type Effect struct {
	Service Service `json:"service"`
	State   State   `json:"state"`
}

// Declaration proposes what an official may state after a notice: everything in it is only suspected, so
// that nothing is told to anybody before a person confirms it, and no update is promised in the agency's
// name. The areas are those of the notice that the agency speaks for.
func (n Notice) Declaration(kind Kind, m Mode, own []areas.ID) Declaration {
	d := Declaration{Kind: kind, Mode: m, Notice: &n.NoticeID}
	if kind == Alert {
		d.Began = n.Began
	}
	if n.Cause != "" {
		d.Cause = &Cause{Text: n.Cause, StatedBy: n.Provider}
	}
	for _, id := range own {
		for _, e := range n.Effect {
			d.Conditions = append(d.Conditions, n.condition(id, e))
		}
	}
	if n.Stage != Final && n.wires() {
		d.FailedCarriers = []string{n.Provider}
	}
	return d
}

func (n Notice) condition(id areas.ID, e Effect) Condition {
	c := Condition{Area: id, Service: e.Service, State: e.State, Confidence: Suspected}
	switch {
	case e.State.Works():
	case n.Stage == Final:
		c.State, c.Since = Restored, n.Restored
	default:
		c.Since = n.Began
		if e.Service == Voice || e.Service == Text {
			c.Hit.Lines = n.Lines
			if n.Own {
				c.Hit.Carriers = []string{n.Provider}
			}
		}
	}
	return c
}

// wires reports whether ten-digit numbers that ride on the provider's network fail with it.
func (n Notice) wires() bool {
	down := false
	for _, e := range n.Effect {
		down = down || e.Service == Voice && e.State == Down
	}
	for _, l := range n.Lines {
		if l != Wireless {
			return down
		}
	}
	return down && len(n.Lines) == 0
}

// noticeFile is the shape of a notice as carriers write it.
type noticeFile struct {
	ID            string  `json:"id"`
	Contact       Contact `json:"contact"`
	Provider      string  `json:"provider"`
	Stage         string  `json:"stage"`
	Began         string  `json:"began"`
	Affected      words   `json:"affected"`
	CustomersOnly bool    `json:"customers_only"`
	Effect        struct {
		Voice    string `json:"voice"`
		Text     string `json:"text"`
		Admin    string `json:"admin"`
		Location string `json:"location"`
	} `json:"effect"`
	Extent   words  `json:"extent"`
	Cause    string `json:"cause"`
	Estimate string `json:"restoration_estimate"`
	Restored string `json:"restored"`
}

// ParseNotice reads a carrier's notice in YAML, or the same shape in JSON. It is as strict as
// [ParseDeclaration], and its times need a date and a zone. The error is [Problems], all that were found
// at once. See testdata/notice.yaml for the form.
func ParseNotice(data []byte, r Reading) (Notice, error) {
	var f noticeFile
	source, problems := decode(data, &f)
	if len(problems) > 0 {
		return Notice{}, problems
	}
	x := expander{Reading: r, source: source}
	n := x.notice(f)
	if len(x.problems) > 0 {
		return Notice{}, x.problems
	}
	return n, nil
}

func (x *expander) notice(f noticeFile) Notice {
	n := Notice{
		NoticeID: NoticeID{Provider: strings.TrimSpace(f.Provider), ID: strings.TrimSpace(f.ID)}, Contact: f.Contact,
		Stage: oneOf(x, "stage", f.Stage, Initial, Continued, Final), Began: x.stamp("began", f.Began), Own: f.CustomersOnly,
		Cause: f.Cause, Estimate: x.stamp("restoration_estimate", f.Estimate), Restored: x.stamp("restored", f.Restored),
	}
	x.need("id", n.ID, "give the provider's own identifier of this outage, so that its later notices are known by it")
	x.need("provider", n.Provider, "say whose network fails")
	x.need("contact", f.Contact.Tel+f.Contact.Email, "give a telephone number or an address at which the provider answers questions")
	x.need("began", f.Began, "say since when, with the zone")
	for _, l := range f.Affected {
		n.Lines = append(n.Lines, oneOf(x, "affected", l, Landline, VoIP, Wireless))
	}
	for _, s := range x.states("effect", row{Voice: f.Effect.Voice, Text: f.Effect.Text, Admin: f.Effect.Admin, Location: f.Effect.Location}) {
		n.Effect = append(n.Effect, Effect{s.service, s.state})
	}
	for i, name := range f.Extent {
		n.Extent = append(n.Extent, x.area(fmt.Sprintf("extent[%d]", i), name))
	}
	if len(f.Extent) == 0 {
		x.problem("extent", "name the areas, as far as they are known; there is no default area")
	}
	x.noticeTimes(n)
	return n
}

func (x *expander) noticeTimes(n Notice) {
	switch {
	case n.Began.After(x.Now):
		x.problem("began", "an outage cannot begin in the future; check the date and the zone")
	case n.Stage == Final && n.Restored.IsZero():
		x.problem("restored", "a final notice says since when everything works")
	case n.Stage != Final && !n.Restored.IsZero():
		x.problem("restored", "only a final notice says since when everything works")
	case !n.Restored.IsZero() && (n.Restored.Before(n.Began) || n.Restored.After(x.Now)):
		x.problem("restored", "it is restored after it began, and not in the future")
	case !n.Estimate.IsZero() && n.Estimate.Before(n.Began):
		x.problem("restoration_estimate", "it cannot be restored before it began")
	}
}

func (x *expander) need(place, text, remedy string) {
	if strings.TrimSpace(text) == "" {
		x.problem(place, "it is missing; "+remedy)
	}
}

// stamp reads a time that has its date and zone: a carrier's clock need not be the agency's.
func (x *expander) stamp(place, text string) time.Time {
	if text == "" {
		return time.Time{}
	}
	for _, form := range zonedForms {
		if t, err := time.Parse(form, text); err == nil {
			return t.UTC()
		}
	}
	x.problem(place, fmt.Sprintf("%q has no date or zone; write 2024-10-22T13:30-04:00", text))
	return time.Time{}
}
