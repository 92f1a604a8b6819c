package watch

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"callbox/areas"
	"callbox/internal/desk"
	"callbox/internal/web/console/account"
	"callbox/internal/web/console/frame"
	"callbox/outages"
)

// review is what a declaration would change, and who would be told what.
type review struct {
	Changes  []changeRow
	Groups   []groupRow
	Findings outages.Findings
	Fields   []frame.Field
}

type changeRow struct{ Where, Now, After string }

type groupRow struct{ Name, Title, Areas, People string }

// groupTitles name the groups for officials.
var groupTitles = map[outages.Change]string{outages.Ended: "Restored", outages.New: "New", outages.Changed: "Still out, otherwise than before",
	outages.Unchanged: "Still out, unchanged"}

// page is what every form of a change shows.
type page struct {
	head
	Waits  []link
	Review *review
	Since  field
	Next   field
}

// changing is a call that prepares the next bulletin of an outage.
type changing struct {
	*frame.Call
	*form
	outage outages.Outage
	book   *areas.Book
	page   page
}

func change(c *frame.Call) (*changing, error) {
	o, err := open(c)
	if err != nil {
		return nil, err
	}
	s, err := c.Desk.Status(c.Context(), c.Actor, o.ID)
	if err != nil {
		return nil, err
	}
	book, err := c.Desk.Book(c.Context())
	if err != nil {
		return nil, err
	}
	x := &changing{Call: c, form: newForm(c), outage: o, book: book}
	x.page = page{head: headOf(c, o), Waits: drafts(c, s.Drafts)}
	return x, nil
}

// done fills in what is known only after the form was read.
func (x *changing) done() page {
	p := x.page
	p.Errors, p.Since, p.Next = x.form.errors, x.since(), x.next(x.Call)
	return p
}

// draft writes a declaration as a draft, and leads to its preview.
func (x *changing) draft(decl outages.Declaration) error {
	d, err := x.Desk.Declare(x.Context(), x.Actor, x.outage.ID, decl)
	if err != nil {
		return err
	}
	return x.See(x.Path("/drafts/" + d.ID + "/preview"))
}

// compare shows what a declaration would change; nothing is stored.
func (x *changing) compare(decl outages.Declaration) error {
	d, err := x.Desk.Lint(x.Context(), x.Actor, x.outage.ID, decl)
	if err != nil {
		return err
	}
	groups, err := x.Desk.Groups(x.Context(), d)
	if err != nil {
		return err
	}
	r := &review{Findings: d.Findings, Fields: x.fields()}
	for _, ch := range desk.Changes(x.outage, decl) {
		area, _ := x.book.Area(ch.Area)
		r.Changes = append(r.Changes, changeRow{area.FullName() + ": " + account.Service(ch.Service), x.says(ch.Now), x.says(ch.After)})
	}
	for _, n := range decl.NotAnswering {
		r.Changes = append(r.Changes, changeRow{n.Local(), "told to people", "struck out"})
	}
	for _, g := range groups {
		r.Groups = append(r.Groups, groupRow{string(g.Change), groupTitles[g.Change], areaNames(g.Areas),
			account.People(g.People) + " signed up there."})
	}
	x.page.Review = r
	return nil
}

// says prints the conditions of one cell.
func (x *changing) says(list []outages.Condition) string {
	var out []string
	for _, c := range list {
		out = append(out, account.Condition(c, clock(x.Call)))
	}
	if len(out) == 0 {
		return "not stated"
	}
	return strings.Join(out, "; ")
}

func areaNames(list []areas.Area) string {
	var out []string
	for _, a := range list {
		out = append(out, a.FullName())
	}
	if len(out) > 12 {
		return strings.Join(out[:12], "; ") + " and " + account.Count(len(out)-12) + " more"
	}
	return strings.Join(out, "; ")
}

// status is that of a form that is shown again.
func (x *changing) status() int {
	if len(x.form.errors) > 0 {
		return http.StatusUnprocessableEntity
	}
	return http.StatusOK
}

// option is one choice of a field.
type option struct {
	Value, Text string
	Chosen      bool
}

func updateForm(c *frame.Call) error {
	x, err := change(c)
	if err != nil {
		return err
	}
	return x.showUpdate()
}

// update compares, and on the second press writes the draft.
func update(c *frame.Call) error {
	x, err := change(c)
	if err != nil {
		return err
	}
	decl := x.form.update(x.outage)
	if len(x.form.errors) > 0 {
		return x.showUpdate()
	}
	if x.values.Get("go") == "draft" {
		return x.draft(decl)
	}
	if err := x.compare(decl); err != nil {
		return err
	}
	return x.showUpdate()
}

func (x *changing) showUpdate() error {
	type row struct {
		ID, Where, Service, Now string
		Options                 []option
	}
	view := struct {
		page
		Rows   []row
		Silent []option
	}{page: x.done()}
	for _, s := range stated(x.outage) {
		area, _ := x.book.Area(s.Area)
		r := row{ID: cellID(s.Cell), Where: area.FullName(), Service: account.Service(s.Service), Now: x.says(s.standing),
			Options: []option{{"", "no change", false}}}
		for _, to := range states {
			r.Options = append(r.Options, option{string(to), account.State(to), x.values.Get(r.ID) == string(to)})
		}
		view.Rows = append(view.Rows, r)
	}
	for _, n := range numbers(x.outage) {
		view.Silent = append(view.Silent, option{string(n.Tel), account.Number(n), slices.Contains(x.values["silent"], string(n.Tel))})
	}
	return x.Show(x.status(), "watch-update", "Update", view)
}

func restoreForm(c *frame.Call) error {
	x, err := change(c)
	if err != nil {
		return err
	}
	return x.showRestore(false)
}

// restore compares, and on the second press writes the draft. Where everything was ticked it offers the
// all-clear.
func restore(c *frame.Call) error {
	x, err := change(c)
	if err != nil {
		return err
	}
	r := x.restoration(x.outage)
	if len(x.form.errors) > 0 {
		return x.showRestore(false)
	}
	decl := r.Declaration(x.outage.Mode)
	if x.values.Get("go") == "draft" {
		return x.draft(decl)
	}
	if err := x.compare(decl); err != nil {
		return err
	}
	failing, _ := desk.Failing(x.outage)
	return x.showRestore(len(r.Cells) == len(failing) && !r.Watched)
}

func (x *changing) showRestore(all bool) error {
	view := struct {
		page
		Cells   cells
		Watched bool
		All     bool
		Clear   string
	}{page: x.done(), Cells: x.cells(x.Call, x.outage, x.book), Watched: x.values.Get("watched") == "yes", All: all,
		Clear: x.page.At + "/clear?" + url.Values{"cell": x.values["cell"], sinceField: x.values[sinceField]}.Encode()}
	view.Cells.Legend, view.Cells.Hint = "What works again", "What you do not tick still fails."
	return x.Show(x.status(), "watch-restore", "Partial restoration", view)
}

func clearForm(c *frame.Call) error {
	x, err := change(c)
	if err != nil {
		return err
	}
	return x.showClear()
}

// clearAll writes the draft of the all-clear, unless something still fails.
func clearAll(c *frame.Call) error {
	x, err := change(c)
	if err != nil {
		return err
	}
	since := x.time(sinceField)
	if len(x.form.errors) > 0 {
		return x.showClear()
	}
	d, err := x.Desk.Clear(x.Context(), x.Actor, x.outage.ID, x.ticked(x.outage), since)
	if blocked, ok := errors.AsType[*desk.Blocked](err); ok {
		for _, f := range blocked.Findings {
			x.wrong("c-"+strings.ReplaceAll(f.Place, ".", "-"), f.Text)
		}
		return x.showClear()
	}
	if err != nil {
		return err
	}
	return x.See(x.Path("/drafts/" + d.ID + "/preview"))
}

func (x *changing) showClear() error {
	view := struct {
		page
		Cells   cells
		Partial string
	}{page: x.done(), Cells: x.cells(x.Call, x.outage, x.book)}
	view.Partial = x.page.At + "/restore?" + url.Values{"cell": x.values["cell"]}.Encode()
	view.Cells.Legend, view.Cells.Hint = "Confirm that each of these works again", "Tick what you know. While one of them fails there is no all-clear."
	view.Since.Label = "Since when everything works"
	return x.Show(x.status(), "watch-clear", "All clear", view)
}
