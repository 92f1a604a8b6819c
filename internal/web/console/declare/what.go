package declare

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"callbox/areas"
	"callbox/internal/desk"
	"callbox/internal/store"
	"callbox/internal/web/console/account"
	"callbox/internal/web/console/frame"
	"callbox/outages"
)

// updateAfter is when the next update is promised, unless somebody says otherwise.
const updateAfter = 20 * time.Minute

// whatView is the screen of what fails.
type whatView struct {
	Errors  frame.Errors
	Steps   []step
	Action  string
	Version int64
	Groups  []matrix
	Apart   []named // areas that may be stated separately
	Sets    []store.AreaSet
	Set     string
	Begun   []begun // drafts that somebody left, to go on with
	Notice  *outages.Notice
}

// named is an area or another thing to choose, by its name.
type named struct {
	ID, Name string
	Chosen   bool
}

// begun is a draft in the list of those to go on with.
type begun struct{ Path, Text string }

// matrix is one group as it is shown.
type matrix struct {
	N          int
	Areas      []named
	Rows       []row
	Symptom    []named
	Confidence []named
	Since      string
	Kept       []named
	More       bool // something stands under "more"
}

// row is one kind of telephone, or one service.
type row struct {
	ID, Name string
	Options  []named
	Calls    bool // it has carriers
	Carriers string
	Except   bool
}

func showNew(c *frame.Call) error {
	f, err := newForm(c)
	if err != nil {
		return err
	}
	return newPage(c, f, []Group{{}}, http.StatusOK)
}

// newForm is the form of a request, read as the actor's agency means it.
func newForm(c *frame.Call) (*form, error) {
	book, err := c.Desk.Book(c.Context())
	if err != nil {
		return nil, err
	}
	return &form{Values: c.PostForm, at: outages.Reading{Zone: c.Zone(), Now: c.Now}, book: book}, nil
}

func newPage(c *frame.Call, f *form, groups []Group, status int) error {
	sets, err := c.Desk.AreaSets(c.Context(), c.Actor)
	if err != nil {
		return err
	}
	begun, err := goOn(c)
	if err != nil {
		return err
	}
	if len(groups) == 0 {
		groups = []Group{{}}
	}
	v := whatView{Errors: f.errors, Steps: steps(c, nil, what), Action: c.Path("/declare"), Sets: sets, Set: f.Get("set"), Begun: begun, Groups: f.matrices(groups)}
	return c.Show(status, "declare-what", "Declare: what fails", v)
}

// goOn lists the open drafts of the space.
func goOn(c *frame.Call) ([]begun, error) {
	drafts, err := c.Desk.Drafts(c.Context(), c.Actor)
	if err != nil {
		return nil, err
	}
	names, err := c.Desk.Names(c.Context(), c.Actor)
	if err != nil {
		return nil, err
	}
	var out []begun
	for _, d := range drafts {
		if d.State != store.DraftOpen || d.Declaration.Mode != c.Space {
			continue
		}
		text := fmt.Sprintf("%s of %s, begun by %s", d.Declaration.Kind, d.Outage, who(names, d.Editors...))
		if d.Notice != nil {
			text += fmt.Sprintf(", from notice %s of %s", d.Notice.ID, d.Notice.Provider)
		}
		out = append(out, begun{c.Path("/drafts/" + d.ID), text})
	}
	return out, nil
}

// who names people by their IDs; one who is not known any more keeps the ID.
func who(names map[string]string, ids ...string) string {
	var out []string
	for _, id := range ids {
		if names[id] != "" {
			id = names[id]
		}
		out = append(out, id)
	}
	return strings.Join(out, ", ")
}

// saveNew opens the draft of a new outage.
func saveNew(c *frame.Call) error {
	f, err := newForm(c)
	if err != nil {
		return err
	}
	groups := f.groups(nil)
	if len(groups) > 1 { // areas differ only once there are areas
		groups = groups[:1]
	}
	f.mustFail(groups)
	f.onlyOurs(c, groups, "g0-landline")
	if name := f.Get("set"); name != "" {
		if err := f.useSet(c, name, groups); err != nil {
			return err
		}
	}
	if len(f.errors) > 0 {
		return newPage(c, f, groups, http.StatusUnprocessableEntity)
	}
	decl := outages.Declaration{Kind: outages.Alert, Mode: c.Space, Conditions: Conditions(groups),
		NextUpdate: c.Now.UTC().Truncate(time.Minute).Add(updateAfter)}
	d, err := c.Desk.Declare(c.Context(), c.Actor, "", decl)
	if err != nil {
		return err
	}
	return c.See(at(c, d, next(decl)))
}

// mustFail wants something that fails.
func (f *form) mustFail(groups []Group) {
	if len(f.errors) == 0 && !slices.ContainsFunc(groups, Group.Fails) {
		f.bad("g0-wireless", "say what fails: at least one kind of telephone or one service")
	}
}

// useSet gives the first group the areas of a saved set.
func (f *form) useSet(c *frame.Call, name string, groups []Group) error {
	sets, err := c.Desk.AreaSets(c.Context(), c.Actor)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(sets, func(s store.AreaSet) bool { return s.Name == name })
	if i < 0 || len(groups) == 0 {
		f.bad("", "there is no such set any more; choose another")
		return nil
	}
	groups[0].Areas = sets[i].Areas
	return nil
}

func showWhat(c *frame.Call) error {
	d, done, err := editable(c)
	if err != nil || done {
		return err
	}
	f, err := newForm(c)
	if err != nil {
		return err
	}
	groups := Groups(d.Declaration.Conditions)
	if apart := c.URL.Query()["apart"]; len(apart) > 0 {
		groups = setApart(groups, apart)
	}
	return f.whatPage(c, d, groups, http.StatusOK)
}

func (f *form) whatPage(c *frame.Call, d desk.Draft, groups []Group, status int) error {
	if len(groups) == 0 {
		groups = []Group{{}}
	}
	v := whatView{Errors: f.errors, Steps: steps(c, &d, what), Action: at(c, d, what), Version: d.Version, Groups: f.matrices(groups), Notice: d.Notice}
	for _, m := range v.Groups {
		v.Apart = append(v.Apart, m.Areas...)
	}
	if len(v.Apart) < 2 {
		v.Apart = nil
	}
	return c.Show(status, "declare-what", "Declare: what fails", v)
}

// setApart makes a group of its own of some areas, which begins with what was said of the first of them.
func setApart(groups []Group, apart []string) []Group {
	var moved Group
	for i, g := range groups {
		in := func(id areas.ID) bool { return slices.Contains(apart, string(id)) }
		taken := slices.DeleteFunc(slices.Clone(g.Areas), func(id areas.ID) bool { return !in(id) })
		if len(taken) == 0 {
			continue
		}
		if len(moved.Areas) == 0 {
			moved = g
			moved.Areas = nil
		}
		moved.Areas = append(moved.Areas, taken...)
		groups[i].Areas = slices.DeleteFunc(slices.Clone(g.Areas), in)
	}
	groups = slices.DeleteFunc(groups, func(g Group) bool { return len(g.Areas) == 0 })
	if len(moved.Areas) > 0 {
		groups = append(groups, moved)
	}
	return groups
}

func saveWhat(c *frame.Call) error {
	d, done, err := editable(c)
	if err != nil || done {
		return err
	}
	f, err := newForm(c)
	if err != nil {
		return err
	}
	groups := f.groups(Groups(d.Declaration.Conditions))
	if d.Declaration.Kind == outages.Alert {
		f.mustFail(groups)
	}
	if len(f.errors) == 0 {
		if f.onlyOurs(c, groups, "g0-landline"); len(f.errors) == 0 && len(groups) > 1 && nowhere(groups) {
			f.bad("g0-landline", "say first where it fails; then areas may differ")
		}
	}
	if len(f.errors) > 0 {
		return f.whatPage(c, d, groups, http.StatusUnprocessableEntity)
	}
	decl := d.Declaration
	decl.Conditions = Conditions(groups)
	return save(c, d, decl, where)
}

// onlyOurs refuses areas that are not known, or not of the jurisdiction (promise 1).
func (f *form) onlyOurs(c *frame.Call, groups []Group, field string) {
	for _, g := range groups {
		for _, id := range g.Areas {
			f.ours(c, id, field)
		}
	}
}

func (f *form) ours(c *frame.Call, id areas.ID, field string) {
	if !f.book.Inside(c.Actor.Areas(), id) {
		f.bad(field, fmt.Sprintf("%q is none of your areas: everybody speaks only for their own", short(string(id))))
	}
}

// matrices are groups as they are shown.
func (f *form) matrices(groups []Group) []matrix {
	var out []matrix
	for i, g := range groups {
		name := func(field string) string { return fmt.Sprintf("g%d-%s", i, field) }
		m := matrix{N: i, Since: f.clock(g.Since)}
		if f.Has(name("since")) {
			m.Since = f.Get(name("since"))
		}
		for _, id := range g.Areas {
			m.Areas = append(m.Areas, named{ID: string(id), Name: f.names([]areas.ID{id})})
		}
		for _, l := range []outages.Line{outages.Wireless, outages.Landline, outages.VoIP} {
			calls := g.Calls[l]
			m.Rows = append(m.Rows, row{ID: name(string(l)), Name: "Calls from " + account.Phones(l), Calls: true,
				Carriers: strings.Join(calls.Carriers, ", "), Except: calls.Except, Options: choices(calls.State, account.State)})
		}
		for _, s := range services[1:] {
			m.Rows = append(m.Rows, row{ID: name(string(s)), Name: serviceNames[s], Options: choices(g.Others[s], account.State)})
		}
		m.Symptom = choose(g.Symptom, symptoms, func(s outages.Symptom) string { return strings.ReplaceAll(string(s), "-", " ") })
		m.Confidence = choose(g.Confidence, []outages.Confidence{"", outages.ConfirmedByCarrier, outages.Suspected}, func(c outages.Confidence) string { return confidences[c] })
		m.More = m.Since != "" || g.Symptom != "" || g.Confidence != ""
		for _, k := range g.Kept {
			m.Kept = append(m.Kept, named{key(k), account.Condition(k, f.clock), true})
		}
		out = append(out, m)
	}
	return out
}

var serviceNames = map[outages.Service]string{outages.Text: "Texts to 911", outages.Admin: "Routine (ten-digit) lines", outages.Location: "Callers' number and location"}

var confidences = map[outages.Confidence]string{"": "Confirmed by the 911 center", outages.ConfirmedByCarrier: "Confirmed by the carrier",
	outages.Suspected: "Suspected: nobody is told yet"}

// choices are the states to choose from; those of a restoration only where one stands.
func choices(chosen outages.State, say func(outages.State) string) []named {
	list := states[:5]
	if chosen == outages.Restored || chosen == outages.Watched {
		list = states
	}
	return choose(chosen, list, say)
}

func choose[T ~string](chosen T, list []T, say func(T) string) []named {
	var out []named
	for _, x := range list {
		out = append(out, named{string(x), say(x), x == chosen})
	}
	return out
}
