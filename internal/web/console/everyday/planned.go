package everyday

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"callbox/internal/desk"
	"callbox/internal/web/console/account"
	"callbox/internal/web/console/frame"
)

// plannedView is the drills that the public pages announce, and the form for another.
type plannedView struct {
	Planned          []planned
	Day, Hour, Lasts string // as typed
}

// planned is an announced drill of any agency.
type planned struct{ Text, Cancel string }

func plannedDrills(c *frame.Call) ([]planned, error) {
	list, err := c.Desk.AnnouncedDrills(c.Context())
	if err != nil {
		return nil, err
	}
	var out []planned
	for _, d := range list {
		p := planned{Text: fmt.Sprintf("%s: %s to %s.", d.Agency, d.Begins.In(c.Zone()).Format("Monday, January 2, 2006, 3:04 PM"), d.Ends.In(c.Zone()).Format("3:04 PM MST"))}
		if d.Agency == c.Actor.Agency.Name {
			p.Cancel = c.Path("/drills/planned/" + d.ID + "/cancel")
		}
		out = append(out, p)
	}
	return out, nil
}

// announce puts a planned drill on the public pages.
func announce(c *frame.Call) error {
	if led, err := toDrills(c, ""); led {
		return err
	}
	v := plannedView{Day: strings.TrimSpace(c.PostFormValue("day")), Hour: strings.TrimSpace(c.PostFormValue("hour")), Lasts: strings.TrimSpace(c.PostFormValue("lasts"))}
	var wrong frame.Errors
	begins, err := time.ParseInLocation("2006-01-02 15:04", v.Day+" "+v.Hour, c.Zone())
	if err != nil {
		wrong = append(wrong, frame.Error{Field: "day", Text: "Choose the day and the time at which it begins."})
	}
	minutes, err := strconv.Atoi(v.Lasts)
	if err != nil {
		wrong = append(wrong, frame.Error{Field: "lasts", Text: "Write whole minutes."})
	}
	if len(wrong) == 0 {
		_, err = c.Desk.AnnounceDrill(c.Context(), c.Actor, begins, time.Duration(minutes)*time.Minute)
		if blocked, ok := errors.AsType[*desk.Blocked](err); ok {
			for _, f := range blocked.Findings {
				field := map[string]string{"begins": "day", "lasts": "lasts"}[f.Place]
				wrong = append(wrong, frame.Error{Field: field, Text: account.Sentence(f.Text) + "."})
			}
		} else if err != nil {
			return err
		}
	}
	if len(wrong) > 0 {
		return drillsPage(c, http.StatusUnprocessableEntity, v, wrong)
	}
	c.Say("The public page on tests and drills announces it until it is over.")
	return c.See(c.Path("/drills"))
}

// cancel takes an announcement back.
func cancel(c *frame.Call) error {
	if led, err := toDrills(c, ""); led {
		return err
	}
	if err := c.Desk.CancelDrill(c.Context(), c.Actor, c.PathValue("id")); err != nil {
		return err
	}
	c.Say("The public page does not announce it any more.")
	return c.See(c.Path("/drills"))
}
