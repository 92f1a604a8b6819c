package office

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"callbox/internal/desk"
	"callbox/internal/officials"
	"callbox/internal/store"
	"callbox/internal/web/console/frame"
	"callbox/outages"
)

// settingsView is the form of an agency's settings.
type settingsView struct {
	officials.Agency
	Areas  string // the jurisdiction, as typed
	Undo   string // in seconds, as typed
	Alone  string // minutes until one person may send alone, as typed
	Drafts []string
	Errors frame.Errors
}

func settingsForm(c *frame.Call) error {
	a := c.Actor.Agency
	v := settingsView{Agency: a, Areas: listed(a.Jurisdiction), Undo: strconv.Itoa(int(a.Undo.Seconds())), Alone: strconv.Itoa(a.Policy.BreakGlassAfter)}
	return v.show(c, http.StatusOK)
}

func (v settingsView) show(c *frame.Call, status int) error {
	return c.Show(status, "office-settings", "Settings", v)
}

// saveSettings proposes settings; another administrator sees field by field what would change.
func saveSettings(c *frame.Call) error {
	field := func(name string) string { return strings.TrimSpace(c.PostFormValue(name)) }
	v := settingsView{Agency: c.Actor.Agency, Areas: field("jurisdiction"), Undo: field("undo"), Alone: field("alone")}
	v.Name, v.Short, v.Agency.Zone = field("name"), field("short"), field("zone")
	v.Policy.TwoPeople, v.Policy.BreakGlass = field("two_people") != "", field("break_glass") != ""
	v.DrillFirst, v.Statistics = field("drill_first") != "", field("statistics") != ""
	seconds, err := strconv.Atoi(v.Undo)
	if err != nil {
		v.Errors = append(v.Errors, frame.Error{Field: "undo", Text: "Write whole seconds, 0 to 30."})
	}
	v.Agency.Undo = time.Duration(seconds) * time.Second
	if v.Policy.BreakGlassAfter, err = strconv.Atoi(v.Alone); err != nil || v.Policy.BreakGlassAfter < -1 {
		v.Errors = append(v.Errors, frame.Error{Field: "alone", Text: "Write whole minutes: 0 stands for five, -1 for none."})
	}
	if v.Jurisdiction, err = areasNamed(c, v.Areas); err != nil {
		v.Errors = append(v.Errors, frame.Error{Field: "jurisdiction", Text: sentence(err)})
	}
	if v.Drafts, err = cutOff(c, v.Agency); err != nil {
		return err
	}
	if len(v.Drafts) > 0 && field("cut") == "" {
		v.Errors = append(v.Errors, frame.Error{Field: "cut", Text: "Open drafts speak for areas that would be lost; confirm that you mean it."})
	}
	if len(v.Errors) > 0 {
		return v.show(c, http.StatusUnprocessableEntity)
	}
	_, err = c.Desk.ProposeSettings(c.Context(), c.Actor, v.Agency)
	switch {
	case errors.Is(err, desk.ErrConflict):
		v.Errors = frame.Errors{{Text: "Nothing would change."}}
		return v.show(c, http.StatusUnprocessableEntity)
	case err != nil && !errors.Is(err, desk.ErrDenied):
		v.Errors = faults(err)
		return v.show(c, http.StatusUnprocessableEntity)
	case err != nil:
		return err
	}
	c.Say("Another administrator has to agree before it takes effect.")
	return c.See(c.Path("/office/proposals"))
}

// cutOff lists the open drafts that speak for areas which the agency would lose.
func cutOff(c *frame.Call, to officials.Agency) ([]string, error) {
	book, err := c.Desk.Book(c.Context())
	if err != nil {
		return nil, err
	}
	drafts, err := c.Desk.Drafts(c.Context(), c.Actor)
	if err != nil {
		return nil, err
	}
	var out []string
	for _, d := range drafts {
		i := slices.IndexFunc(d.Declaration.Conditions, func(x outages.Condition) bool { return !book.Inside(to.Jurisdiction, x.Area) })
		if d.State != store.DraftWithdrawn && i >= 0 {
			area, _ := book.Area(d.Declaration.Conditions[i].Area)
			out = append(out, fmt.Sprintf("Draft %s speaks for %s.", d.ID, area.FullName()))
		}
	}
	return out, nil
}
