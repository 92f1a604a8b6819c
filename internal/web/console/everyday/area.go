package everyday

import (
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"strings"

	"callbox/areas"
	"callbox/internal/desk"
	"callbox/internal/officials"
	"callbox/internal/web/console/account"
	"callbox/internal/web/console/frame"
	"callbox/outages"
)

// areaView is what the directory says of one area, and what was done to it.
type areaView struct {
	Name, At, Standing string
	ZIPs               string
	Numbers            []numberLine
	Ways               []string
	History            []happened
	Of                 string // the number whose history it is; empty: of all
	Edit               bool
}

// numberLine is a number as officials read it, with the fields that name it in a form.
type numberLine struct {
	areas.Number
	What  string
	URI   template.URL // to ring it, made of digits only
	Notes []string
	From  string // the area that it is inherited from
	Told  bool   // an open outage tells people to call it
	// Update is where to draft the update of such an outage in which an expired number is judged anew.
	Update string
	Path   string // its history
}

// happened is a line of the history.
type happened struct{ When, Text string }

func showArea(c *frame.Call) error {
	book, area, err := areaOf(c)
	if err != nil {
		return err
	}
	s := book.Standing(area.ID, c.Now, desk.ConfirmEvery)
	v := areaView{Name: area.FullName(), At: areaPath(c, area.ID), Edit: c.Actor.May(officials.Directory, ""),
		Standing: fmt.Sprintf("Score %d of 100, with %s that may be printed.", s.Score, counted(s.Numbers, "number", "numbers"))}
	if s.Expired > 0 {
		v.Standing += fmt.Sprintf(" %d of them only for want of a better one: expired.", s.Expired)
	}
	var zips []string
	for _, z := range book.Zips(area.ID) {
		zips = append(zips, string(z))
	}
	v.ZIPs = strings.Join(zips, " ")
	for _, n := range book.Numbers(area.ID) {
		l := lineOf(c, book, area.ID, n)
		telling, err := c.Desk.Telling(c.Context(), c.Actor, n)
		if err != nil {
			return err
		}
		if l.Told = len(telling) > 0; l.Told && n.Expired(c.Now) && c.Actor.May(officials.Drafter, telling[0].Mode) {
			l.Update = updatePath(telling[0])
		}
		v.Numbers = append(v.Numbers, l)
	}
	for _, w := range book.Ways(area.ID) {
		v.Ways = append(v.Ways, account.Sentence(account.Way(w)))
	}
	of := areas.Number{Area: area.ID, Tel: areas.Tel(c.URL.Query().Get("tel"))}
	if of.Tel != "" {
		v.Of = of.Tel.Local()
	}
	if v.History, err = history(c, of); err != nil {
		return err
	}
	return c.Show(http.StatusOK, "everyday-area", "Directory: "+v.Name, v)
}

// updatePath is where an update of an outage is written.
func updatePath(o outages.Outage) string {
	return "/console/" + string(spaceOf(o.Mode)) + "/outages/" + o.ID + "/update"
}

// spaceOf is the space that what has a mode belongs to: tests are told to live addresses.
func spaceOf(m outages.Mode) outages.Mode {
	if m == outages.Drill {
		return outages.Drill
	}
	return outages.Live
}

// areaOf returns the area that a call names, of the agency's own.
func areaOf(c *frame.Call) (*areas.Book, areas.Area, error) {
	book, err := c.Desk.Book(c.Context())
	if err != nil {
		return nil, areas.Area{}, err
	}
	area, ok := book.Area(areas.ID(c.PathValue("area")))
	if !ok || !book.Inside(c.Actor.Agency.Jurisdiction, area.ID) {
		return nil, area, fmt.Errorf("area %q: %w", c.PathValue("area"), desk.ErrNotFound)
	}
	return book, area, nil
}

func lineOf(c *frame.Call, book *areas.Book, at areas.ID, n areas.Number) numberLine {
	l := numberLine{Number: n, What: account.Need(n.For), URI: template.URL(n.Tel.URI()), Notes: notes(c, n),
		Path: areaPath(c, n.Area) + "?" + url.Values{"tel": {string(n.Tel)}}.Encode() + "#history"}
	if n.Label != "" {
		l.What = n.Label + " (" + l.What + ")"
	}
	if n.Area != at {
		holder, _ := book.Area(n.Area)
		l.From = holder.FullName()
	}
	return l
}

// notes say what somebody who thinks of printing a number should know.
func notes(c *frame.Call, n areas.Number) []string {
	var out []string
	switch {
	case n.Silent():
		out = append(out, "Does not answer: left out of every new message until somebody answers.")
	case n.Unanswered > 0:
		out = append(out, "The last call was not answered. A second one leaves it out.")
	}
	switch {
	case n.ConfirmedAt.IsZero():
		out = append(out, "Never confirmed by a call.")
	case n.Expired(c.Now):
		out = append(out, "Answered "+account.Age(c.Now.Sub(n.ConfirmedAt))+"; "+n.ConfirmedBy+" rang.")
	case n.Due(c.Now, desk.ConfirmEvery):
		out = append(out, "Answered "+account.Age(c.Now.Sub(n.ConfirmedAt))+", which is too long ago; "+n.ConfirmedBy+" rang.")
	default:
		out = append(out, "Answered "+account.Age(c.Now.Sub(n.ConfirmedAt))+"; "+n.ConfirmedBy+" rang.")
	}
	if n.Expired(c.Now) && !n.Silent() {
		out = append(out, "Expired, for want of a call: left out of new messages where another number serves, and printed last where none does.")
	}
	if n.Hours != "" {
		out = append(out, "Staffed "+n.Hours+".")
	}
	if n.Admin {
		out = append(out, "A routine line: it fails when those do.")
	}
	if n.Carrier != "" {
		out = append(out, "Rides on "+n.Carrier+".")
	}
	if n.Only {
		out = append(out, "For real emergencies only.")
	}
	return out
}

// deeds say what an entry of the audit trail did to a number.
var deeds = map[string]string{"number.add": "added", "number.change": "changed", "number.remove": "removed", "number.confirm": "rang"}

// history tells what was done to the numbers of an area, newest first.
func history(c *frame.Call, n areas.Number) ([]happened, error) {
	entries, err := c.Desk.NumberHistory(c.Context(), c.Actor, n)
	if err != nil {
		return nil, err
	}
	names, err := c.Desk.Names(c.Context(), c.Actor)
	if err != nil {
		return nil, err
	}
	out := make([]happened, len(entries))
	for i, e := range entries {
		who := names[e.Actor]
		if who == "" {
			who = e.Actor
		}
		what := deeds[e.Action]
		if what == "" {
			what = strings.TrimPrefix(e.Action, "number.")
		}
		text := who + " " + what + " " + numberNamed(e.Object)
		if e.Detail != "" {
			text += ": " + e.Detail
		}
		out[len(out)-1-i] = happened{c.When(e.At), account.Sentence(text) + "."}
	}
	return out, nil
}

// numberNamed says the number of a key such as [areas.Number.Key] makes: "860-555-0101 (police)".
func numberNamed(key string) string {
	parts := strings.Fields(key)
	if len(parts) != 3 {
		return key
	}
	return areas.Tel(parts[2]).Local() + " (" + account.Need(areas.Need(parts[1])) + ")"
}
