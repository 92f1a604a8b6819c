package everyday

import (
	"html/template"
	"net/http"
	"strings"

	"callbox/areas"
	"callbox/internal/officials"
	"callbox/internal/web/console/account"
	"callbox/internal/web/console/frame"
)

// The directory names at most so many areas at once; a search finds the rest.
const (
	missingShown = 60
	rowsShown    = 200
)

// directoryView is how complete the directory is, area by area.
type directoryView struct {
	Score   int
	Counted []string // what the score is made of, in sentences
	Missing []areaLink
	Map     template.HTML
	More    string // how many areas without a number are not named
	Query   string
	Rows    []standing
	Hidden  string // how many areas the table leaves out
	Due     string // how many numbers should be rung; empty for who may not, or where none should
	Edit    bool
	At      string
}

// areaLink leads to the page of an area.
type areaLink struct{ Path, Name, Hint string }

// standing is how well the directory serves one area, in words.
type standing struct {
	areaLink
	Score, Numbers                  int
	Always, Confirmed, Needs, Apart string
}

func showDirectory(c *frame.Call) error {
	coverage, err := c.Desk.Coverage(c.Context(), c.Actor)
	if err != nil {
		return err
	}
	book, err := c.Desk.Book(c.Context())
	if err != nil {
		return err
	}
	n := account.Count
	v := directoryView{Score: coverage.Score, At: c.Path("/directory"), Query: strings.TrimSpace(c.URL.Query().Get("q")),
		Edit: c.Actor.May(officials.Directory, ""), Counted: []string{
			n(coverage.With) + " of " + n(coverage.Areas) + " areas have a number that may be printed.",
			n(coverage.Always) + " of " + n(coverage.ZIPs) + " ZIP codes have a number around the clock, wherever in them one lives."}}
	if coverage.Expired > 0 {
		v.Counted = append(v.Counted, "In "+counted(coverage.Expired, "area", "areas")+
			" every number has expired: nobody confirmed one to answer for 180 days, and it is printed for want of a better one. Ring these first.")
	}
	for _, a := range coverage.Missing[:min(len(coverage.Missing), missingShown)] {
		v.Missing = append(v.Missing, areaLink{areaPath(c, a.ID), a.FullName(), counted(len(book.Zips(a.ID)), "ZIP code", "ZIP codes")})
	}
	if more := len(coverage.Missing) - len(v.Missing); more > 0 {
		v.More = n(more)
	}
	if v.Map, err = coverageMap(c, book, coverage); err != nil {
		return err
	}
	hidden := 0
	for _, s := range coverage.Standings {
		a, _ := book.Area(s.Area)
		if !strings.Contains(strings.ToLower(a.FullName()), strings.ToLower(v.Query)) {
			continue
		}
		if len(v.Rows) == rowsShown {
			hidden++
			continue
		}
		v.Rows = append(v.Rows, standingOf(c, a, s))
	}
	if hidden > 0 {
		v.Hidden = n(hidden)
	}
	if v.Edit {
		due, err := c.Desk.Due(c.Context(), c.Actor)
		if err != nil {
			return err
		}
		if len(due) > 0 {
			v.Due = counted(len(due), "number", "numbers")
		}
	}
	return c.Show(http.StatusOK, "everyday-directory", "Directory", v)
}

func standingOf(c *frame.Call, a areas.Area, s areas.Standing) standing {
	return standing{areaLink{areaPath(c, a.ID), a.FullName(), ""}, s.Score, s.Numbers, yes(s.Always), yes(s.Confirmed), yes(s.Needs), yes(s.Apart)}
}

func yes(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

func areaPath(c *frame.Call, id areas.ID) string { return c.Path("/directory/areas/" + string(id)) }

func counted(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return account.Count(n) + " " + many
}
