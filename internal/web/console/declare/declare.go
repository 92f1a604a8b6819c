// Package declare is the screens on which an official declares an outage: what fails, where, what people
// there can do, a preview of every word, and the wait for a second person.
//
// There is no form beside the draft: every screen reads the declaration of the draft and writes it back.
package declare

import (
	"embed"
	"io/fs"

	"callbox/internal/desk"
	"callbox/internal/officials"
	"callbox/internal/store"
	"callbox/internal/web/console/frame"
	"callbox/outages"
)

//go:embed all:templates
var files embed.FS

// Room returns the routes and templates of this part of the console.
func Room() frame.Room {
	templates, err := fs.Sub(files, "templates")
	if err != nil {
		panic(err) // the path is a constant
	}
	const draft = "/console/{space}/drafts/{id}"
	drafter := officials.Drafter
	return frame.Room{
		Templates: templates,
		Menu:      []frame.Link{{Path: "/declare", Text: "Declare", Role: drafter}},
		Routes: []frame.Route{
			{Pattern: "GET /console/{space}/declare", Role: drafter, Do: showNew},
			{Pattern: "POST /console/{space}/declare", Role: drafter, Do: saveNew},
			{Pattern: "GET " + draft + "/what", Role: drafter, Do: showWhat},
			{Pattern: "POST " + draft + "/what", Role: drafter, Do: saveWhat},
			{Pattern: "GET " + draft + "/where", Role: drafter, Do: showWhere},
			{Pattern: "POST " + draft + "/where", Role: drafter, Do: saveWhere},
			{Pattern: "GET /console/{space}/reach", Role: drafter, Do: showReach},
			{Pattern: "GET " + draft + "/help", Role: drafter, Do: showHelp},
			{Pattern: "POST " + draft + "/help", Role: drafter, Do: saveHelp},
			{Pattern: "GET " + draft + "/preview", Do: showPreview},
			{Pattern: "POST " + draft + "/to-me", Do: toMe},
			{Pattern: "POST " + draft + "/submit", Role: drafter, Do: submit},
			{Pattern: "GET " + draft, Do: showDraft},
			{Pattern: "POST " + draft + "/withdraw", Role: drafter, Do: withdraw},
			{Pattern: "POST " + draft + "/remind", Role: drafter, Do: remind},
			{Pattern: "POST " + draft + "/alone", Role: officials.Approver, Do: sendAlone},
		},
	}
}

// load reads the draft of the address, if it belongs to the space.
func load(c *frame.Call) (desk.Draft, error) {
	d, err := c.Desk.Draft(c.Context(), c.Actor, c.PathValue("id"))
	if err == nil && d.Declaration.Mode != c.Space {
		err = desk.ErrNotFound
	}
	return d, err
}

// editable reads the draft of the address for changing it. Where it is not open any more, done is true and the
// reader was led to where it is.
func editable(c *frame.Call) (d desk.Draft, done bool, err error) {
	d, err = load(c)
	if err == nil && d.State != store.DraftOpen {
		return d, true, c.See(at(c, d, ""))
	}
	return d, false, err
}

// at is the address of a screen of a draft; without a screen, of the draft as it is.
func at(c *frame.Call, d desk.Draft, screen string) string {
	p := c.Path("/drafts/" + d.ID)
	if screen != "" {
		p += "/" + screen
	}
	return p
}

// The screens of a draft, in their order.
const (
	what    = "what"
	where   = "where"
	help    = "help"
	preview = "preview"
)

// next returns the first screen that is not complete; of a complete declaration it is the preview.
func next(d outages.Declaration) string {
	groups := Groups(d.Conditions)
	switch {
	case d.Kind.Ends():
		return preview
	case d.Kind == outages.Alert && !stated(groups):
		return what
	case d.Kind == outages.Alert && nowhere(groups):
		return where
	case d.Kind == outages.Alert && d.Began.IsZero() && len(d.Elsewhere) == 0, d.NextUpdate.IsZero():
		return help
	}
	return preview
}

// stated reports whether groups say anything.
func stated(groups []Group) bool {
	for _, g := range groups {
		if len(g.conditions()) > 0 {
			return true
		}
	}
	return false
}

// nowhere reports whether something is stated of no area.
func nowhere(groups []Group) bool {
	for _, g := range groups {
		if len(g.Areas) == 0 {
			return true
		}
	}
	return len(groups) == 0
}

// step is an entry of the list of screens.
type step struct {
	Name, Path string
	Here, Done bool
}

// steps lists the screens of a draft. Those that end an outage have the preview alone.
func steps(c *frame.Call, d *desk.Draft, here string) []step {
	if d != nil && d.Declaration.Kind.Ends() {
		return nil
	}
	first, reached := what, false
	if d != nil {
		first = next(d.Declaration)
	}
	var out []step
	for _, s := range []struct{ screen, name string }{{what, "What fails"}, {where, "Where"}, {help, "What to do"}, {preview, "Preview"}} {
		reached = reached || s.screen == first
		x := step{Name: s.name, Here: s.screen == here, Done: !reached}
		if d != nil && (!reached || s.screen == first) {
			x.Path = at(c, *d, s.screen)
		}
		out = append(out, x)
	}
	return out
}
