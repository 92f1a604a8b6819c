package office

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"callbox/areas"
	"callbox/internal/desk"
	"callbox/internal/officials"
	"callbox/internal/store"
	"callbox/internal/web/console/frame"
)

// rights say for people what a role allows.
var rights = []struct {
	Role officials.Role
	Text string
}{
	{officials.Viewer, "See everything but addresses"}, {officials.Drafter, "Declare and submit"},
	{officials.Approver, "Approve, stop and retract"}, {officials.Directory, "Edit the directory"},
	{officials.Wording, "Edit wordings"}, {officials.Auditor, "Read the audit trail"}, {officials.Admin, "Administer people, keys and settings"},
}

// person is an official as the list shows them.
type person struct {
	Name, ID, Path, Rights, Areas, Call, Factors string
	Left                                         bool
}

func people(c *frame.Call) error {
	list, err := c.Desk.People(c.Context(), c.Actor)
	if err != nil {
		return err
	}
	view := struct {
		People []person
		New    string
	}{}
	if c.Actor.May(officials.Admin, "") {
		view.New = c.Path("/office/people/new")
	}
	for _, o := range list {
		p := person{Name: o.Name, ID: o.ID, Rights: may(o.Roles), Areas: "all", Call: "with the last", Left: len(o.Roles) == 0}
		if view.New != "" {
			p.Path = c.Path("/office/people/" + o.ID)
		}
		if len(o.Areas) > 0 {
			p.Areas = listed(o.Areas)
		}
		if o.OnCall > 0 {
			p.Call = strconv.Itoa(o.OnCall)
		}
		f, err := c.Desk.Store.Factors(c.Context(), o.ID)
		if err != nil {
			return err
		}
		p.Factors = counted(len(f.Passkeys), "passkey", "passkeys")
		if f.Code {
			p.Factors += " and codes"
		}
		view.People = append(view.People, p)
	}
	return c.Show(http.StatusOK, "office-people", "People", view)
}

func may(roles []officials.Role) string {
	var out []string
	for _, r := range rights {
		if slices.Contains(roles, r.Role) {
			out = append(out, strings.ToLower(r.Text[:1])+r.Text[1:])
		}
	}
	if len(out) == 0 {
		return "nothing: they left"
	}
	return strings.Join(out, "; ")
}

// personView is the form of one official.
type personView struct {
	officials.Official
	New    bool
	Choice []choice
	Areas  string // as typed
	Few    bool   // few approvers would be left; asks for a confirmation
	Errors frame.Errors
}

type choice struct {
	Value, Text string
	Chosen      bool
}

func (v *personView) choose() {
	v.Choice = nil
	for _, r := range rights {
		v.Choice = append(v.Choice, choice{string(r.Role), r.Text, slices.Contains(v.Roles, r.Role)})
	}
}

func personForm(c *frame.Call) error {
	v := personView{New: c.PathValue("id") == "new"}
	if !v.New {
		list, err := c.Desk.People(c.Context(), c.Actor)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(list, func(o officials.Official) bool { return o.ID == c.PathValue("id") })
		if i < 0 {
			return fmt.Errorf("official %q: %w", c.PathValue("id"), desk.ErrNotFound)
		}
		v.Official, v.Areas = list[i], listed(list[i].Areas)
	}
	return v.show(c, http.StatusOK)
}

func (v personView) show(c *frame.Call, status int) error {
	v.choose()
	title := v.Name
	if v.New {
		title = "Somebody new"
	}
	return c.Show(status, "office-person", title, v)
}

// savePerson changes an official. What reaches the public waits for a second administrator.
func savePerson(c *frame.Call) error {
	v := personView{New: c.PathValue("id") == "new", Areas: c.PostFormValue("areas")}
	v.Official = officials.Official{ID: c.PathValue("id"), Name: strings.TrimSpace(c.PostFormValue("name")), Email: strings.TrimSpace(c.PostFormValue("email"))}
	if v.New {
		v.ID = strings.TrimSpace(c.PostFormValue("id"))
	}
	for _, r := range c.PostForm["role"] {
		v.Roles = append(v.Roles, officials.Role(r))
	}
	var err error
	if call := strings.TrimSpace(c.PostFormValue("call")); call != "" {
		if v.OnCall, err = strconv.Atoi(call); err != nil {
			v.Errors = append(v.Errors, frame.Error{Field: "call", Text: "Write a whole number, or leave it empty."})
		}
	}
	if v.Official.Areas, err = areasNamed(c, v.Areas); err != nil {
		v.Errors = append(v.Errors, frame.Error{Field: "areas", Text: err.Error()})
	}
	if len(v.Errors) > 0 {
		return v.show(c, http.StatusUnprocessableEntity)
	}
	return v.save(c)
}

func (v personView) save(c *frame.Call) error {
	p, err := c.Desk.SavePerson(c.Context(), c.Actor, v.Official, c.PostFormValue("few") != "")
	if errors.Is(err, desk.ErrFewApprovers) {
		v.Few = true
		v.Errors = frame.Errors{{Field: "few", Text: sentence(err)}}
		return v.show(c, http.StatusUnprocessableEntity)
	}
	if err != nil && !errors.Is(err, desk.ErrDenied) && !errors.Is(err, store.ErrTaken) {
		v.Errors = faults(err)
		return v.show(c, http.StatusUnprocessableEntity)
	}
	if err != nil {
		return err
	}
	if p != nil {
		c.Say("Another administrator has to agree before it takes effect.")
		return c.See(c.Path("/office/proposals"))
	}
	c.Say("Saved.")
	return c.See(c.Path("/office/people"))
}

// areasNamed finds areas by ID or name, one on each line.
func areasNamed(c *frame.Call, text string) ([]areas.ID, error) {
	book, err := c.Desk.Book(c.Context())
	if err != nil {
		return nil, err
	}
	var out []areas.ID
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		area, err := book.Find(line)
		if err != nil {
			return nil, err
		}
		out = append(out, area.ID)
	}
	return out, nil
}

func listed(ids []areas.ID) string {
	var out []string
	for _, id := range ids {
		out = append(out, string(id))
	}
	return strings.Join(out, "\n")
}

// faults turns an error that names its fields ("name: is empty") into what a form shows.
func faults(err error) frame.Errors {
	var out frame.Errors
	for line := range strings.Lines(err.Error()) {
		field, text, named := strings.Cut(strings.TrimSpace(line), ": ")
		if !named || strings.ContainsRune(field, ' ') {
			field, text = "", line
		}
		out = append(out, frame.Error{Field: field, Text: strings.ToUpper(text[:1]) + text[1:] + "."})
	}
	return out
}

// sentence begins an error with a capital and ends it with a full stop.
func sentence(err error) string {
	s := err.Error()
	return strings.ToUpper(s[:1]) + s[1:] + "."
}

func counted(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.Itoa(n) + " " + many
}
