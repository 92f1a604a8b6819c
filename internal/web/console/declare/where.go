package declare

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"callbox/areas"
	"callbox/internal/desk"
	"callbox/internal/store"
	"callbox/internal/web/console/account"
	"callbox/internal/web/console/areamap"
	"callbox/internal/web/console/frame"
)

// whereView is the screen of where it fails.
type whereView struct {
	Errors   frame.Errors
	Steps    []step
	Action   string
	Version  int64
	Chosen   []chosenGroup
	Reach    string
	ReachAt  string
	Sets     []store.AreaSet
	SetName  string
	ZIPs     string
	Refused  []pasted
	Good     int // of the pasted ZIP codes
	Query    string
	Found    []offer
	In       string // the area whose parts are listed; empty: the jurisdiction
	InName   string
	Parts    []offer
	Map      *areamap.Map
	Into     []named // groups that new areas may join, where there are several
	Searched bool
}

// chosenGroup is the areas of one group.
type chosenGroup struct {
	What  string
	Areas []named
}

// offer is an area that may be chosen.
type offer struct {
	ID, Name string
	Chosen   bool
	Readers  int    // how many areas of readers it holds
	Open     string // where its parts are listed; empty where there are none
}

func showWhere(c *frame.Call) error {
	d, done, err := editable(c)
	if err != nil || done {
		return err
	}
	f, err := newForm(c)
	if err != nil {
		return err
	}
	groups := Groups(d.Declaration.Conditions)
	if !stated(groups) {
		return c.See(at(c, d, what))
	}
	return f.wherePage(c, d, groups, nil)
}

// wherePage shows the screen. What was pasted and not taken stands under the field.
func (f *form) wherePage(c *frame.Call, d desk.Draft, groups []Group, zips []pasted) error {
	p := f.places(c)
	sets, err := c.Desk.AreaSets(c.Context(), c.Actor)
	if err != nil {
		return err
	}
	q := c.URL.Query()
	v := whereView{Errors: f.errors, Steps: steps(c, &d, where), Action: at(c, d, where), Version: d.Version, ReachAt: c.Path("/reach"),
		Sets: sets, SetName: f.Get("set_name"), ZIPs: f.Get("zips"), Query: cmp.Or(f.Get("q"), q.Get("q")), In: cmp.Or(f.Get("in"), q.Get("in"))}
	var chosen []areas.ID
	for i, g := range groups {
		chosen = append(chosen, g.Areas...)
		v.Chosen = append(v.Chosen, chosenGroup{What: f.inShort(g), Areas: f.byName(g.Areas)})
		if len(groups) > 1 {
			v.Into = append(v.Into, named{ID: strconv.Itoa(i), Name: f.inShort(g)})
		}
	}
	for _, z := range zips {
		if z.Problem != "" {
			v.Refused = append(v.Refused, z)
		} else {
			v.Good++
		}
	}
	offers := func(list []areas.Area) []offer { return p.offers(list, chosen, v.Action) }
	v.Found, v.Searched = offers(p.search(v.Query)), v.Query != ""
	if p.may(areas.ID(v.In)) {
		v.InName = p.name(areas.ID(v.In))
	} else {
		v.In = ""
	}
	v.Parts, v.Map = offers(p.within(areas.ID(v.In))), p.draw(chosen)
	if v.Reach, err = f.reach(c, chosen); err != nil {
		return err
	}
	status := http.StatusOK
	if len(f.errors) > 0 {
		status = http.StatusUnprocessableEntity
	}
	return c.Show(status, "declare-where", "Declare: where", v)
}

func (f *form) places(c *frame.Call) places { return newPlaces(f.book, c.Actor.Areas()) }

// inShort says what a group states in one line.
func (f *form) inShort(g Group) string {
	var out string
	for i, x := range g.conditions() {
		if i > 0 {
			out += "; "
		}
		out += account.Condition(x, f.clock)
	}
	return out
}

func (f *form) byName(ids []areas.ID) []named {
	var out []named
	for _, id := range ids {
		out = append(out, named{ID: string(id), Name: f.names([]areas.ID{id}), Chosen: true})
	}
	slices.SortFunc(out, func(a, b named) int { return cmp.Compare(a.Name, b.Name) })
	return out
}

// offers are areas as the list shows them.
func (p places) offers(list []areas.Area, chosen []areas.ID, page string) []offer {
	var out []offer
	for _, a := range list {
		o := offer{ID: string(a.ID), Name: a.FullName(), Chosen: p.book.Inside(chosen, a.ID), Readers: len(p.book.Readers(a.ID))}
		if len(p.within(a.ID)) > 0 {
			o.Open = page + "?in=" + url.QueryEscape(string(a.ID)) + "#parts"
		}
		out = append(out, o)
	}
	return out
}

func saveWhere(c *frame.Call) error {
	d, done, err := editable(c)
	if err != nil || done {
		return err
	}
	f, err := newForm(c)
	if err != nil {
		return err
	}
	groups := Groups(d.Declaration.Conditions)
	if !stated(groups) {
		return c.See(at(c, d, what))
	}
	p := f.places(c)
	chosen, zips, err := f.chosen(c, p)
	if err != nil {
		return err
	}
	into, _ := strconv.Atoi(f.Get("into")) // nothing stands for the first
	groups = p.choose(groups, chosen, into)
	if f.Get("do") == "continue" && len(chosen) == 0 && len(f.errors) == 0 {
		f.bad("zips", "choose at least one area: there is no default area")
	}
	if f.Get("do") == "save-set" && len(f.errors) == 0 {
		if err := f.saveSet(c, chosen); err != nil {
			return err
		}
	}
	if len(f.errors) > 0 {
		return f.wherePage(c, d, groups, zips)
	}
	decl := d.Declaration
	decl.Conditions = Conditions(groups)
	return save(c, d, decl, f.after())
}

// chosen reads every area that the form names: by box, by set and by ZIP code.
func (f *form) chosen(c *frame.Call, p places) ([]areas.ID, []pasted, error) {
	var ids []areas.ID
	for _, id := range f.Values["area"] {
		f.ours(c, areas.ID(id), "chosen")
		ids = append(ids, areas.ID(id))
	}
	if name := f.Get("set"); name != "" {
		sets := []Group{{}}
		if err := f.useSet(c, name, sets); err != nil {
			return nil, nil, err
		}
		ids = append(ids, sets[0].Areas...)
	}
	zips := readZIPs(f.Get("zips"), p.book, p.jurisdiction)
	refused := 0
	for _, z := range zips {
		ids = append(ids, z.Areas...)
		if z.Problem != "" {
			refused++
		}
	}
	if refused > 0 && f.Get("do") != "good" {
		f.bad("zips", refusals(zips, refused))
	}
	return p.tidy(ids), zips, nil
}

// refusals says which ZIP codes were not taken; the first is told in full.
func refusals(zips []pasted, n int) string {
	first := zips[slices.IndexFunc(zips, func(z pasted) bool { return z.Problem != "" })]
	s := fmt.Sprintf("line %d: %s %s", first.Line, short(first.Text), first.Problem)
	if n > 1 {
		s += fmt.Sprintf(" (and %d more, listed below)", n-1)
	}
	return s
}

// short cuts a text that somebody pasted.
func short(s string) string {
	if r := []rune(s); len(r) > 20 {
		return string(r[:20]) + "…"
	}
	return s
}

// saveSet keeps the chosen areas under a name.
func (f *form) saveSet(c *frame.Call, chosen []areas.ID) error {
	if len(chosen) == 0 {
		f.bad("zips", "choose the areas of the set first")
		return nil
	}
	err := c.Desk.SaveAreaSet(c.Context(), c.Actor, store.AreaSet{Name: f.Get("set_name"), Areas: chosen})
	if b, ok := errors.AsType[*desk.Blocked](err); ok {
		f.bad("set_name", b.Findings[0].Text)
		return nil
	}
	if err == nil {
		c.Say("The set was saved.")
	}
	return err
}

// after returns where a press of a button leads.
func (f *form) after() string {
	if f.Get("do") == "continue" {
		return help
	}
	q := url.Values{}
	for _, name := range []string{"q", "in"} {
		if s := f.Get(name); s != "" {
			q.Set(name, s)
		}
	}
	if len(q) == 0 {
		return where
	}
	return where + "?" + q.Encode()
}

// reach says whom areas hold, in a sentence.
func (f *form) reach(c *frame.Call, chosen []areas.ID) (string, error) {
	r, err := c.Desk.ReachOf(c.Context(), c.Actor, c.Space, chosen)
	if err != nil {
		return "", err
	}
	who := "subscribers"
	if c.Space == "drill" {
		who = "drill contacts"
	}
	return fmt.Sprintf("%s of %s areas, %s ZIP codes, %s %s.", account.Count(r.Areas), account.Count(r.AllAreas), account.Count(r.ZIPs), account.Count(r.People), who), nil
}

// showReach answers area.js with the sentence for the boxes that are ticked.
func showReach(c *frame.Call) error {
	f, err := newForm(c)
	if err != nil {
		return err
	}
	var chosen []areas.ID
	for _, id := range c.URL.Query()["area"] {
		chosen = append(chosen, areas.ID(id))
	}
	text, err := f.reach(c, chosen)
	if err != nil {
		return err
	}
	return c.JSON(map[string]string{"text": text})
}
