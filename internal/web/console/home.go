package console

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"callbox/internal/desk"
	"callbox/internal/officials"
	"callbox/internal/store"
	"callbox/internal/web/console/frame"
	"callbox/outages"
)

// homeView is the home page of a space. It answers three questions: is anything live, does something wait
// for me, could we send now?
type homeView struct {
	Drill   bool
	Checked string
	Outages []outageCard
	Waiting []waiting
	Checks  []desk.Check
	Ready   bool
	Drilled string // when the one who looks last took part in a drill; empty: not lately
	Declare string // where to declare; empty for who may not
}

// outageCard is an outage that is open.
type outageCard struct {
	Path, Where, Kind, Since, Next string
	Test, Late                     bool // a test; its promised update is overdue
}

// waiting is something that waits for the one who looks.
type waiting struct{ Path, Text string }

func home(c *frame.Call) error {
	v := homeView{Drill: c.Space == outages.Drill, Checked: c.Now.In(c.Zone()).Format("3:04:05\u00a0PM")}
	open, err := c.Desk.Outages(c.Context(), c.Actor, true)
	if err != nil {
		return err
	}
	book, err := c.Desk.Book(c.Context())
	if err != nil {
		return err
	}
	for _, o := range open {
		if (o.Mode == outages.Drill) != v.Drill {
			continue
		}
		var names []string
		for _, id := range o.Affected() {
			if a, ok := book.Area(id); ok {
				names = append(names, a.Name)
			}
		}
		v.Outages = append(v.Outages, card(c, o, names))
	}
	if v.Waiting, err = waits(c, v.Outages); err != nil {
		return err
	}
	if v.Checks, err = checks(c); err != nil {
		return err
	}
	drill, err := c.Desk.LastDrill(c.Context(), c.Actor)
	if err != nil {
		return err
	}
	if !drill.IsZero() {
		v.Drilled = ago(c.Now.Sub(drill))
	}
	v.Ready = !slices.ContainsFunc(v.Checks, func(x desk.Check) bool { return !x.OK })
	if c.Actor.May(officials.Drafter, c.Space) {
		v.Declare = c.Path("/declare")
	}
	title := "Live"
	if v.Drill {
		title = "Drills"
	}
	return c.Show(http.StatusOK, "console-home", title, v)
}

// placesShown is how many places a card names.
const placesShown = 4

func card(c *frame.Call, o outages.Outage, names []string) outageCard {
	last := newest(o)
	x := outageCard{Path: c.Path("/outages/" + o.ID), Kind: string(last.Kind), Since: c.When(o.Bulletins[0].Issued), Test: o.Mode == outages.Test}
	if len(names) > placesShown {
		names = append(names[:placesShown:placesShown], fmt.Sprintf("%d more", len(names)-placesShown))
	}
	x.Where = strings.Join(names, ", ")
	if due := last.Declaration.NextUpdate; !due.IsZero() {
		x.Next, x.Late = c.When(due), c.Now.After(due)
	}
	return x
}

// newest returns the newest bulletin that an official issued: renewals repeat it.
func newest(o outages.Outage) outages.Bulletin {
	for _, b := range slices.Backward(o.Bulletins) {
		if b.Kind != outages.Renewal {
			return b
		}
	}
	return o.Bulletins[0]
}

// waits lists what the one who looks has to do.
func waits(c *frame.Call, open []outageCard) ([]waiting, error) {
	var out []waiting
	drafts, err := c.Desk.Drafts(c.Context(), c.Actor)
	if err != nil {
		return nil, err
	}
	for _, d := range drafts {
		if text := toDo(c, d); text != "" {
			out = append(out, waiting{c.Path("/drafts/" + d.ID), text})
		}
	}
	for _, o := range open {
		if o.Late && c.Actor.May(officials.Drafter, c.Space) {
			out = append(out, waiting{o.Path, "An update was promised for " + o.Next + ": " + o.Where})
		}
	}
	if c.Actor.May(officials.Directory, "") {
		due, err := c.Desk.Due(c.Context(), c.Actor)
		if err != nil {
			return nil, err
		}
		if len(due) > 0 {
			out = append(out, waiting{c.Path("/directory"), fmt.Sprintf("%d numbers should be rung to see whether they answer", len(due))})
		}
	}
	list, err := c.Door.Recoveries(c.Context(), c.Actor)
	if err != nil {
		return nil, err
	}
	for _, r := range list {
		if r.By != c.Actor.Name() {
			out = append(out, waiting{"/console/recovery", "Somebody asks to be let in again: " + r.Official})
		}
	}
	return out, nil
}

// toDo says what a draft wants of the one who looks; empty where it wants nothing.
func toDo(c *frame.Call, d store.Draft) string {
	if (d.Declaration.Mode == outages.Drill) != (c.Space == outages.Drill) {
		return ""
	}
	what := "the " + string(d.Declaration.Kind) + " " + d.ID
	mine := d.Submitter == c.Actor.Name() || slices.Contains(d.Editors, c.Actor.Name())
	switch {
	case d.State == store.DraftSubmitted && !mine && c.Actor.May(officials.Approver, d.Declaration.Mode):
		return "Approve " + what
	case d.State == store.DraftSubmitted && mine:
		return "Waiting for a second person: " + what
	case d.State == store.DraftApproved:
		return "About to be sent: " + what
	case d.State == store.DraftOpen && mine:
		return "Go on with " + what
	}
	return ""
}

// checks are the readiness of the installation, as far as it concerns the agency, and of its people.
func checks(c *frame.Call) ([]desk.Check, error) {
	all, err := c.Desk.Readiness(c.Context())
	if err != nil {
		return nil, err
	}
	present, err := approversPresent(c)
	if err != nil {
		return nil, err
	}
	return append(all, present), nil
}

func approversPresent(c *frame.Call) (desk.Check, error) {
	here, err := c.Desk.Store.Present(c.Context(), c.Actor.Agency.ID)
	if err != nil {
		return desk.Check{}, err
	}
	people, err := c.Desk.Store.Officials(c.Context(), c.Actor.Agency.ID)
	if err != nil {
		return desk.Check{}, err
	}
	var names []string
	for _, o := range people {
		if o.ID != c.Actor.Name() && slices.Contains(o.Roles, officials.Approver) && slices.Contains(here, o.ID) {
			names = append(names, o.Name)
		}
	}
	x := desk.Check{What: "approvers", OK: true, Text: "signed in beside you: " + strings.Join(names, ", ")}
	if len(names) == 0 {
		x.Text = "nobody else who may approve is signed in; they are woken when a draft is submitted"
	}
	return x, nil
}
