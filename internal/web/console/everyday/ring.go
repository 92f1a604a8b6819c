package everyday

import (
	"net/http"
	"net/url"
	"slices"

	"callbox/areas"
	"callbox/internal/web/console/frame"
)

// callView is the next number of the work queue, with what to say.
type callView struct {
	numberLine // zero: nothing is to be rung
	Area, Path string
	Agency, Me string
	Left       string
	At         string
	Skip       string // the address of the number after this one; empty where it is the last
}

// showCall shows the next number that somebody should ring. The number in the address ("after") is passed over
// with those before it.
func showCall(c *frame.Call) error {
	due, err := c.Desk.Due(c.Context(), c.Actor)
	if err != nil {
		return err
	}
	v := callView{At: c.Path("/directory"), Agency: c.Actor.Agency.Name, Me: c.Actor.Official.Name}
	if i := slices.IndexFunc(due, func(n areas.Number) bool { return n.Key() == c.URL.Query().Get("after") }); i >= 0 {
		due = due[i+1:]
	}
	if len(due) == 0 {
		return c.Show(http.StatusOK, "everyday-ring", "Ring a number", v)
	}
	book, err := c.Desk.Book(c.Context())
	if err != nil {
		return err
	}
	n := due[0]
	area, _ := book.Area(n.Area)
	v.numberLine, v.Area, v.Path, v.Left = lineOf(c, book, n.Area, n), area.FullName(), areaPath(c, area.ID), counted(len(due), "number is", "numbers are")
	if len(due) > 1 {
		v.Skip = v.At + "/ring" + after(n)
	}
	return c.Show(http.StatusOK, "everyday-ring", "Ring a number", v)
}

// ring records whether somebody answered, and goes on to the next number, or to the update of an outage that
// tells people to call one that nobody answers.
func ring(c *frame.Call) error {
	n := named(c, areas.ID(c.PostFormValue("area")))
	var answered bool
	switch c.PostFormValue("answer") {
	case "yes":
		answered = true
	case "no":
	default:
		return frame.Fault{Status: http.StatusUnprocessableEntity, Text: "Say whether somebody answered: press one of the two buttons."}
	}
	n, err := c.Desk.ConfirmNumber(c.Context(), c.Actor, n, answered)
	if err != nil {
		return err
	}
	next := c.Path("/directory/ring")
	switch {
	case answered:
		c.Say(n.Tel.Local() + " answered. It counts as confirmed.")
		return c.See(next)
	case n.Silent():
		return silent(c, n, next+after(n))
	}
	c.Say(n.Tel.Local() + " did not answer. Ring once more later: a second call without an answer leaves it out.")
	return c.See(next + after(n))
}

// after is the query that passes over a number and those before it: one that just did not answer is not rung
// again at once.
func after(n areas.Number) string { return "?" + url.Values{"after": {n.Key()}}.Encode() }
