package console

import (
	"net/http"
	"strconv"
	"time"

	"callbox/internal/desk"
	"callbox/internal/web/console/frame"
)

// chooseView is the page on which an official chooses the live or the drill space.
type chooseView struct {
	Agency string
	Strong bool // they may enter the live space
	Closed bool // by policy, until they took part in a drill
	Drill  string
	Days   int // that a drill counts
}

func choose(c *frame.Call) error {
	drill, err := c.Desk.LastDrill(c.Context(), c.Actor)
	if err != nil {
		return err
	}
	v := chooseView{Agency: c.Actor.Agency.Name, Strong: c.Visit.How.Strong(), Days: int(desk.DrillLasts / (24 * time.Hour)),
		Closed: drill.IsZero() && c.Actor.Agency.DrillFirst}
	if !drill.IsZero() {
		v.Drill = ago(c.Now.Sub(drill))
	}
	return c.Show(http.StatusOK, "console-choose", "Choose a space", v)
}

// ago says how long ago something was, in days.
func ago(d time.Duration) string {
	switch days := int(d / (24 * time.Hour)); days {
	case 0:
		return "today"
	case 1:
		return "yesterday"
	default:
		return strconv.Itoa(days) + " days ago"
	}
}
