package watch

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"callbox/areas"
	"callbox/internal/desk"
	"callbox/internal/officials"
	"callbox/internal/store"
	"callbox/internal/web/console/account"
	"callbox/internal/web/console/frame"
	"callbox/outages"
)

// link leads to a page.
type link struct {
	Path, Text string
	Here       bool
}

// head is what every page of an outage shows of it.
type head struct {
	ID, Title string
	At, Back  string // its own address
	Open      bool
	Drill     bool
	Errors    frame.Errors
}

func headOf(c *frame.Call, o outages.Outage) head {
	return head{ID: o.ID, Title: title(o), At: at(c, o.ID, ""), Back: at(c, o.ID, ""), Open: o.Open(), Drill: o.Mode == outages.Drill}
}

// title names an outage by its areas.
func title(o outages.Outage) string {
	if len(o.Bulletins) == 0 {
		return "outage " + o.ID
	}
	return places(o.Bulletins[len(o.Bulletins)-1].Facts.Scope)
}

// places names areas, the first three.
func places(list []areas.Area) string {
	var out []string
	for _, a := range list {
		out = append(out, a.FullName())
	}
	if len(out) > 3 {
		out = append(out[:3], fmt.Sprintf("%d more areas", len(list)-3))
	}
	return strings.Join(out, "; ")
}

// bulletin reads which bulletin a page is about; 0 is the newest.
func bulletin(c *frame.Call) (int, error) {
	text := c.FormValue("bulletin")
	if text == "" {
		return 0, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		return 0, fmt.Errorf("bulletin %q: %w", text, desk.ErrNotFound)
	}
	return n, nil
}

// delivery reads how the bulletin does that a call is about.
func delivery(c *frame.Call) (desk.Live, error) {
	if _, err := outage(c); err != nil {
		return desk.Live{}, err
	}
	seq, err := bulletin(c)
	if err != nil {
		return desk.Live{}, err
	}
	return c.Desk.Live(c.Context(), c.Actor, c.PathValue("id"), seq)
}

// live shows how a bulletin does, and leads to what comes next.
func (w *Watch) live(c *frame.Call) error {
	l, err := delivery(c)
	if err != nil {
		return err
	}
	o := l.Outage
	view := struct {
		head
		Live, MayAct, Drafter, Sending bool
		Stream, Query, Rehearsed, Now  string
		Patience                       int // milliseconds
		Figures                        figures
		Drafts, Bulletins              []link
	}{head: headOf(c, o), Live: l.Bulletin.Seq > 0, Drafter: c.Actor.May(officials.Drafter, o.Mode), Sending: l.People.Waiting > 0,
		Now: c.Now.UTC().Format(time.RFC3339), Patience: int(w.Patience.Milliseconds()), Drafts: drafts(c, l.Drafts)}
	view.MayAct = view.Drafter || c.Actor.May(officials.Approver, o.Mode)
	if q := c.URL.Query().Get("bulletin"); q != "" {
		view.Query = "?bulletin=" + strconv.Itoa(l.Bulletin.Seq)
	}
	view.Stream = view.At + "/stream" + view.Query
	if view.Live {
		if view.Figures, err = drawn(c.Context(), watched{c.Desk, c.Actor, o.ID, l.Bulletin.Seq, c.Zone()}, l); err != nil {
			return err
		}
		if view.Rehearsed, err = rehearsed(c); err != nil {
			return err
		}
	}
	for _, b := range o.Bulletins {
		if b.Kind != outages.Renewal {
			view.Bulletins = append(view.Bulletins, link{fmt.Sprintf("%s?bulletin=%d", view.At, b.Seq),
				fmt.Sprintf("%d: %s, %s", b.Seq, b.Kind, c.When(b.Issued)), b.Seq == l.Bulletin.Seq})
		}
	}
	return c.Show(http.StatusOK, "watch-live", "Delivery: "+view.Title, view)
}

// drafts leads to the drafts of an outage that wait.
func drafts(c *frame.Call, list []store.Draft) []link {
	var out []link
	for _, d := range list {
		step := "/preview"
		if d.State != store.DraftOpen {
			step = ""
		}
		out = append(out, link{Path: c.Path("/drafts/" + d.ID + step),
			Text: fmt.Sprintf("%s by %s, %s", d.Declaration.Kind, d.Editors[len(d.Editors)-1], state(d.State))})
	}
	return out
}

func state(s string) string {
	return map[string]string{store.DraftOpen: "not submitted", store.DraftSubmitted: "waits for a second person", store.DraftApproved: "is about to be sent"}[s]
}

// rehearsed tells how the last drill went, to compare with.
func rehearsed(c *frame.Call) (string, error) {
	r, err := c.Desk.Rehearsed(c.Context(), c.Actor)
	if err != nil || r.Took == 0 {
		return "", err
	}
	return fmt.Sprintf("In the last drill, %s, 90 %% had it %s after the release.", c.When(r.At), account.Took(r.Took)), nil
}

// notReached lists areas by how many there do not have the bulletin, to print.
func notReached(c *frame.Call) error {
	l, err := delivery(c)
	if err != nil {
		return err
	}
	view := struct {
		head
		Bulletin, Now string
		Areas         []areaRow
	}{head: headOf(c, l.Outage), Bulletin: bulletinText(l.Bulletin, c.Zone()), Now: c.When(c.Now)}
	missing := func(a desk.AreaLive) int { return a.Targeted - a.Accepted }
	slices.SortStableFunc(l.Areas, func(a, b desk.AreaLive) int { return missing(b) - missing(a) })
	for _, nobody := range []bool{true, false} { // where nobody signed up, nobody heard
		for _, a := range l.Areas {
			if (a.Targeted == 0) == nobody && (nobody || missing(a) > 0) {
				view.Areas = append(view.Areas, areaOf(a))
			}
		}
	}
	return c.Show(http.StatusOK, "watch-notreached", "Not reached: "+view.Title, view)
}

// list shows the outages of the space.
func list(c *frame.Call) error {
	all, err := c.Desk.Outages(c.Context(), c.Actor, false)
	if err != nil {
		return err
	}
	type item struct{ Path, Title, Text, Class string }
	view := struct{ Open, Past []item }{}
	for _, o := range all {
		if !here(c, o.Mode) {
			continue
		}
		last := newest(o)
		i := item{at(c, o.ID, ""), title(o), fmt.Sprintf("%s %d, %s", last.Kind, last.Seq, c.When(last.Issued)), "out"}
		if o.Mode == outages.Drill {
			i.Class = "drill"
		}
		if !o.Open() {
			view.Past = append(view.Past, i)
			continue
		}
		if next := last.Declaration.NextUpdate; !next.IsZero() {
			i.Text += ". Next update due " + c.When(next)
		}
		view.Open = append(view.Open, i)
	}
	return c.Show(http.StatusOK, "watch-list", "Outages", view)
}

// newest is the last bulletin that people heard.
func newest(o outages.Outage) outages.Bulletin {
	for _, b := range slices.Backward(o.Bulletins) {
		if b.Kind != outages.Renewal {
			return b
		}
	}
	return outages.Bulletin{}
}

// clock prints times of conditions as the rest of the console does.
func clock(c *frame.Call) func(time.Time) string {
	return func(t time.Time) string { return account.Clock(t, c.Now, c.Zone()) }
}
