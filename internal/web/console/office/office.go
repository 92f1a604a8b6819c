// Package office is the pages of the console on which an agency looks after itself: its people and keys,
// what waits for a second person, its settings, the audit trail, and whether it could send now.
package office

import (
	"embed"
	"io/fs"
	"net/http"
	"slices"

	"callbox/internal/desk"
	"callbox/internal/officials"
	"callbox/internal/store"
	"callbox/internal/web/console/frame"
)

//go:embed templates
var templateFiles embed.FS

// Room returns the pages for the console.
func Room() (frame.Room, error) {
	templates, err := fs.Sub(templateFiles, "templates")
	if err != nil {
		return frame.Room{}, err
	}
	const base = "/console/{space}/office"
	return frame.Room{
		Templates: templates,
		Menu:      []frame.Link{{Path: "/office", Text: "Office"}},
		Routes: []frame.Route{
			{Pattern: "GET " + base, Do: index},
			{Pattern: "GET " + base + "/ready", Do: ready},
			{Pattern: "GET " + base + "/people", Do: people},
			{Pattern: "GET " + base + "/people/{id}", Role: officials.Admin, Do: personForm},
			{Pattern: "POST " + base + "/people/{id}", Role: officials.Admin, Do: savePerson},
			{Pattern: "GET " + base + "/keys", Role: officials.Admin, Do: keys},
			{Pattern: "POST " + base + "/keys", Role: officials.Admin, Do: addKey},
			{Pattern: "POST " + base + "/keys/revoke", Role: officials.Admin, Do: revokeKey},
			{Pattern: "GET " + base + "/proposals", Do: proposals},
			{Pattern: "POST " + base + "/proposals/{id}/accept", Do: accept},
			{Pattern: "POST " + base + "/proposals/{id}/refuse", Do: refuse},
			{Pattern: "GET " + base + "/settings", Role: officials.Admin, Do: settingsForm},
			{Pattern: "POST " + base + "/settings", Role: officials.Admin, Do: saveSettings},
			{Pattern: "GET " + base + "/audit", Do: audit},
			{Pattern: "GET " + base + "/audit.jsonl", Do: auditFile},
		},
	}, nil
}

// entry is a page of the office, as its index lists it.
type entry struct{ Path, Text, Hint string }

func index(c *frame.Call) error {
	waits, err := c.Desk.Proposals(c.Context(), c.Actor)
	if err != nil {
		return err
	}
	list := []entry{{c.Path("/office/ready"), "Could we send now?", "Every channel, the people, the directory, the record, and what to do about what is red."},
		{c.Path("/office/people"), "People", "Who may do what, for which areas, and who is called first."}}
	if len(waits) > 0 || decides(c.Actor) {
		list = append(list, entry{c.Path("/office/proposals"), "What waits for a second person", counted(len(waits), "proposal", "proposals")})
	}
	list = append(list, everyday(c)...)
	if c.Actor.May(officials.Admin, "") {
		list = append(list, entry{c.Path("/office/keys"), "Keys of machines", "They propose; people approve."},
			entry{c.Path("/office/settings"), "Settings", "Name, time zone, areas, and how many people it takes."})
	}
	if c.Actor.May(officials.Admin, "") || c.Actor.May(officials.Auditor, "") {
		list = append(list, entry{c.Path("/office/audit"), "Audit trail", "Who did what and when, and whether it is as it was written."})
	}
	return c.Show(http.StatusOK, "office-index", "Office", list)
}

// everyday lists the pages beside the office for the days without an outage.
func everyday(c *frame.Call) []entry {
	list := []entry{{"/console/drill/drills", "Drills", "Outages that happened, to practise with, and how the drills so far went."}}
	if c.Actor.May(officials.Wording, "") {
		list = append(list, entry{c.Path("/wordings"), "Wordings", "Every phrase in every language, and which translations are stale."})
	}
	if c.Actor.May(officials.Viewer, c.Space) || c.Actor.May(officials.Admin, c.Space) {
		list = append(list, entry{c.Path("/subscribers"), "Subscribers", "How many follow which area, without a name or an address."})
	}
	return list
}

// decides reports whether somebody may decide proposals of any kind.
func decides(a officials.Actor) bool {
	return slices.ContainsFunc([]officials.Role{officials.Admin, officials.Wording, officials.Directory}, func(r officials.Role) bool { return a.May(r, "") })
}

func ready(c *frame.Call) error {
	checks, err := c.Desk.Readiness(c.Context())
	if err != nil {
		return err
	}
	view := struct {
		Ready  bool
		Checks []desk.Check
	}{!slices.ContainsFunc(checks, func(x desk.Check) bool { return !x.OK }), checks}
	return c.Show(http.StatusOK, "office-ready", "Could we send now?", view)
}

// proposal is a proposal as a page shows it.
type proposal struct {
	store.Proposal
	Kind, By, When string
	Mine           bool
	At             string // where it is decided
}

// kinds say for people what a proposal is about.
var kinds = map[string]string{"official": "Rights", "key": "A machine's key", "agency": "Settings", "wording": "Wordings", "numbers": "The directory"}

func proposals(c *frame.Call) error {
	list, err := c.Desk.Proposals(c.Context(), c.Actor)
	if err != nil {
		return err
	}
	names, err := c.Desk.Names(c.Context(), c.Actor)
	if err != nil {
		return err
	}
	var view []proposal
	for _, p := range list {
		by := names[p.Proposer]
		if by == "" {
			by = p.Proposer
		}
		view = append(view, proposal{p, kinds[p.Kind], by, c.When(p.At), p.Proposer == c.Actor.Name(), c.Path("/office/proposals/" + p.ID)})
	}
	return c.Show(http.StatusOK, "office-proposals", "What waits for a second person", view)
}

// accept makes a proposal of somebody else take effect.
func accept(c *frame.Call) error {
	if _, err := c.Desk.Accept(c.Context(), c.Actor, c.PathValue("id")); err != nil {
		return err
	}
	c.Say("It has taken effect.")
	return c.See(c.Path("/office/proposals"))
}

func refuse(c *frame.Call) error {
	if _, err := c.Desk.Refuse(c.Context(), c.Actor, c.PathValue("id"), c.PostFormValue("reason")); err != nil {
		return err
	}
	c.Say("It is closed, and nothing changed.")
	return c.See(c.Path("/office/proposals"))
}
