// Package approve is the screens of the second person: what a draft would do, the word that sends it, and the
// short while in which that word can be taken back.
package approve

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"strings"

	"callbox/internal/desk"
	"callbox/internal/officials"
	"callbox/internal/web/console/account"
	"callbox/internal/web/console/frame"
	"callbox/internal/web/console/words"
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
	return frame.Room{
		Templates: templates,
		Routes: []frame.Route{
			{Pattern: "GET " + draft + "/approve", Do: show},
			{Pattern: "POST " + draft + "/approve", Do: approve},
			{Pattern: "POST " + draft + "/return", Role: officials.Approver, Do: giveBack((*desk.Desk).Return)},
			{Pattern: "POST " + draft + "/reject", Role: officials.Approver, Do: giveBack((*desk.Desk).Reject)},
			{Pattern: "GET " + draft + "/window", Do: window},
			{Pattern: "POST " + draft + "/undo", Role: officials.Approver, Do: undo},
		},
	}
}

// view is the screen on which a draft is approved.
type view struct {
	Errors    frame.Errors
	Draft     desk.Draft
	Path      string
	Live      bool
	Where     string
	Submitter string
	Editors   string
	Since     string
	Lines     []account.Line
	Changes   []account.Change // since the last bulletin
	First     bool             // there is no bulletin yet
	Words     words.View
	Warn      outages.Findings
	Effect    Effect
	Touch     frame.Touch
	Purpose   string // of the touch; empty where none is asked
	Seen      string // the account of the draft, to compare with what is there later
}

func load(c *frame.Call) (desk.Draft, error) {
	d, err := c.Desk.Draft(c.Context(), c.Actor, c.PathValue("id"))
	if err == nil && d.Declaration.Mode != c.Space {
		err = desk.ErrNotFound
	}
	return d, err
}

func path(c *frame.Call, d desk.Draft) string { return c.Path("/drafts/" + d.ID) }

// show leads whoever may not approve to where the draft is: there is no control for them (promise 4).
func show(c *frame.Call) error {
	d, err := load(c)
	if err != nil {
		return err
	}
	may, err := c.Desk.MayApprove(c.Context(), c.Actor, d)
	if err != nil {
		return err
	}
	if !may {
		return c.See(path(c, d))
	}
	return page(c, d, nil)
}

func page(c *frame.Call, d desk.Draft, wrong frame.Errors) error {
	v := view{Errors: wrong, Draft: d, Path: path(c, d), Live: c.Space == outages.Live, Where: account.Places(d.Facts.Scope)}
	names, err := c.Desk.Names(c.Context(), c.Actor)
	if err != nil {
		return err
	}
	v.Submitter, v.Editors = name(names, d.Submitter), editors(names, d)
	wait, err := c.Desk.Waits(c.Context(), c.Actor, d)
	if err != nil {
		return err
	}
	v.Since = c.When(wait.Since)
	lines := account.Of(d.Draft.Draft, c.Now)
	v.Lines, v.Seen = account.Gather(lines), account.Keep(lines)
	if err := v.compare(c, d); err != nil {
		return err
	}
	reach, err := c.Desk.Reach(c.Context(), c.Actor, d)
	if err != nil {
		return err
	}
	v.Effect = effect(d, reach)
	list, findings := c.Desk.Shown(c.Context(), d)
	v.Words = words.Of(c, d, list)
	for _, f := range findings {
		if !f.Block {
			v.Warn = append(v.Warn, f)
		}
	}
	if v.Live {
		v.Purpose = purpose(d)
		if v.Touch, err = c.Touch(v.Purpose); err != nil {
			return err
		}
	}
	status := http.StatusOK
	if len(wrong) > 0 {
		status = http.StatusUnprocessableEntity
	}
	return c.Show(status, "approve-draft", "Approve", v)
}

// purpose is what a passkey is touched for: this draft with these words, and nothing else.
func purpose(d desk.Draft) string { return "approve:" + d.Hash }

// compare says what the draft changes for those who were told something before.
func (v *view) compare(c *frame.Call, d desk.Draft) error {
	o, err := c.Desk.Posted(c.Context(), d.Outage)
	if errors.Is(err, desk.ErrNotFound) {
		v.First = true
		return nil
	}
	if err != nil {
		return err
	}
	clock := c.When
	before := account.Areas(account.Told(o.Outage), clock)
	v.Changes = account.Changes(before, account.Areas(d.Facts.Advice, clock))
	v.Changes = kept(v.Changes)
	return nil
}

// kept leaves out areas that a bulletin does not speak to: nothing changes for them.
func kept(list []account.Change) []account.Change {
	var out []account.Change
	for _, x := range list {
		if x.After != "" {
			out = append(out, x)
		}
	}
	return out
}

func name(names map[string]string, id string) string {
	if names[id] != "" {
		return names[id]
	}
	return id
}

// editors names those who wrote the draft, without the submitter.
func editors(names map[string]string, d desk.Draft) string {
	var out []string
	for _, id := range d.Editors {
		if id != d.Submitter {
			out = append(out, name(names, id))
		}
	}
	return strings.Join(out, ", ")
}

// Effect says what approving does, with the exact count, so that a drill never reads like the real thing.
type Effect struct {
	Sentence string // what the approver says by ticking
	Button   string
}

func effect(d desk.Draft, r desk.Reach) Effect {
	kind := strings.ReplaceAll(string(d.Declaration.Kind), "-", " ")
	where := account.Places(d.Facts.Scope)
	if d.Declaration.Mode == outages.Drill {
		return Effect{fmt.Sprintf("This is a drill. It goes only to %s.", count(r.People, "drill contact")),
			fmt.Sprintf("Send drill to %s", count(r.People, "drill contact"))}
	}
	return Effect{fmt.Sprintf("I have read this. It goes now to %s in %s.", account.People(r.People), count(r.ZIPs, "ZIP code")),
		fmt.Sprintf("Send live %s to %s in %s (%s)", kind, count(r.People, "subscriber"), where, count(r.ZIPs, "ZIP"))}
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return account.Count(n) + " " + what + "s"
}
