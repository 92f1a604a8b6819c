package everyday

import (
	"fmt"
	"maps"
	"net/http"
	"slices"

	"callbox/areas"
	"callbox/internal/web/console/account"
	"callbox/internal/web/console/frame"
	"callbox/internal/web/console/words"
	"callbox/outages"
	"callbox/templates"
)

// overviewView is who has signed up, in numbers.
type overviewView struct {
	Who      string // "subscribers", "drill contacts"
	Total    string
	Nobody   bool
	Rest     []string // who does not count, and why
	Channels bars
	Langs    bars
	Months   columns
	Places   []placeRow
	Hidden   string
	PerPlace bool // residents are known of some area
	Shares   bool // there are public pages
}

// bars are counts with a bar each, the largest first.
type bars struct {
	Title, What, Of string // what is counted, by what
	Rows            []bar
}

type bar struct {
	Name, Count string
	Bar         int // of 100: the part of the largest
}

type placeRow struct {
	bar
	Path, Per, Share string // its page in the directory; for each 1,000 residents; the public page to share
}

func showSubscribers(c *frame.Call) error {
	o, err := c.Desk.Overview(c.Context(), c.Actor, c.Space)
	if err != nil {
		return err
	}
	v := overviewView{Who: "subscribers"}
	if c.Space == outages.Drill {
		v.Who = "drill contacts"
	}
	total := 0
	byChannel, byLang := map[string]int{}, map[string]int{}
	for name, n := range o.Channels {
		byChannel[words.Channel(name)] += n
		total += n
	}
	for lang, n := range o.Languages {
		byLang[words.Language(templates.Lang(lang))] += n
	}
	v.Total, v.Nobody = counted(total, "address hears", "addresses hear"), total == 0
	v.Rest = []string{counted(o.Unconfirmed, "address was", "addresses were") + " not confirmed yet, and hear nothing.",
		counted(o.Gone, "address does", "addresses do") + " not exist any more, by the word of their provider."}
	v.Channels, v.Langs = barsOf(bars{Title: "By channel", What: "Channel", Of: "Addresses"}, byChannel), barsOf(bars{Title: "By language", What: "Language", Of: "Sign-ups"}, byLang)
	var months []count
	for _, m := range o.Months {
		months = append(months, count{m.Month, m.New})
	}
	v.Months = columnsOf(months)
	most := 0
	for _, p := range o.Places {
		most = max(most, p.Addresses)
	}
	for _, p := range o.Places[:min(len(o.Places), rowsShown)] {
		row := placeRow{bar: barOf(p.Area.FullName(), p.Addresses, most), Path: areaPath(c, p.Area.ID), Per: "-", Share: share(c, p.Area.ID)}
		if p.PerThousand > 0 {
			row.Per, v.PerPlace = fmt.Sprintf("%.1f", p.PerThousand), true
		}
		v.Shares = v.Shares || row.Share != ""
		v.Places = append(v.Places, row)
	}
	if hidden := len(o.Places) - len(v.Places); hidden > 0 {
		v.Hidden = account.Count(hidden)
	}
	return c.Show(http.StatusOK, "everyday-subscribers", account.Sentence(v.Who), v)
}

// share is the public page of an area, where people sign up; empty where there are no pages.
func share(c *frame.Call, id areas.ID) string {
	if c.Desk.Place == nil || c.Space == outages.Drill {
		return ""
	}
	return c.Desk.Place(id)
}

type count struct {
	name string
	n    int
}

func barOf(name string, n, most int) bar { return bar{name, account.Count(n), n * 100 / max(most, 1)} }

// barsOf fills in bars, the longest first.
func barsOf(b bars, counts map[string]int) bars {
	var list []count
	for _, name := range slices.Sorted(maps.Keys(counts)) {
		list = append(list, count{name, counts[name]})
	}
	slices.SortStableFunc(list, func(a, b count) int { return b.n - a.n })
	for _, x := range list {
		b.Rows = append(b.Rows, barOf(x.name, x.n, list[0].n))
	}
	return b
}

// columns is a plot of counts over time, in the units of its SVG.
type columns struct {
	Path, Desc  string
	First, Last string // what stands under both ends
	Most        string
	Rows        []bar // the same as a table, newest first
}

// The field of the plot, and how many columns it has at most: the newest.
const (
	columnsWide, columnsHigh = 320, 100
	columnsMost              = 24
	columnWide               = 40 // at most
)

func columnsOf(list []count) columns {
	if len(list) == 0 {
		return columns{}
	}
	list = list[max(0, len(list)-columnsMost):]
	most := slices.MaxFunc(list, func(a, b count) int { return a.n - b.n })
	p := columns{First: list[0].name, Last: list[len(list)-1].name, Most: account.Count(most.n),
		Desc: fmt.Sprintf("Between %s and %s, at most %s in a month, in %s.", list[0].name, list[len(list)-1].name, account.Count(most.n), most.name)}
	step := min(columnsWide/len(list), columnWide)
	for i, x := range list {
		high := x.n * columnsHigh / max(most.n, 1)
		p.Path += fmt.Sprintf("M%d %dv%dh%dv%dz", i*step, columnsHigh, -high, max(step-2, 1), high)
		p.Rows = append(p.Rows, barOf(x.name, x.n, most.n))
	}
	slices.Reverse(p.Rows)
	return p
}
