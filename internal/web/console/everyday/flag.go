package everyday

import (
	"fmt"
	"slices"

	"callbox/areas"
	"callbox/internal/desk"
	"callbox/internal/web/console/frame"
)

// flag takes a number that does not answer out of use.
func flag(c *frame.Call) error {
	book, area, err := areaOf(c)
	if err != nil {
		return err
	}
	numbers := book.Numbers(area.ID)
	i := slices.IndexFunc(numbers, func(n areas.Number) bool { return n.Key() == named(c, area.ID).Key() })
	if i < 0 {
		return fmt.Errorf("the number of area %s: %w", area.ID, desk.ErrNotFound)
	}
	return silent(c, numbers[i], areaPath(c, area.ID))
}

// named reads which number a form is about.
func named(c *frame.Call, area areas.ID) areas.Number {
	return areas.Number{Area: area, Tel: areas.Tel(c.PostFormValue("tel")), For: areas.Need(c.PostFormValue("for"))}
}

// silent takes a number out of use, and leads to the update that an open outage needs by it; where none does,
// on.
func silent(c *frame.Call, n areas.Number, on string) error {
	telling, err := c.Desk.Telling(c.Context(), c.Actor, n)
	if err != nil {
		return err
	}
	drafts, err := c.Desk.FlagNumber(c.Context(), c.Actor, n)
	if err != nil {
		return err
	}
	said := n.Tel.Local() + " is left out of every new message until somebody answers it again. "
	switch {
	case len(telling) == 0:
		c.Say(said + "No open outage tells people to call it.")
		return c.See(on)
	case len(drafts) == 0:
		c.Say(said + "People are told to call it now: an update that takes it back waits already, or somebody who may declare has to write it.")
		return c.See(on)
	case len(drafts) == 1:
		c.Say(said + "People are told to call it now: this update takes it back. Nothing is sent before it is approved.")
	default:
		c.Say(said + fmt.Sprintf("People are told to call it in %d outages: this is the first update that takes it back, the others wait on the home page.", len(drafts)))
	}
	return c.See("/console/" + string(spaceOf(drafts[0].Declaration.Mode)) + "/drafts/" + drafts[0].ID + "/preview")
}
