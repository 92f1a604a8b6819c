package pages

import (
	"html/template"
	"regexp"
	"slices"
	"time"

	"callbox/areas"
	"callbox/internal/desk"
	"callbox/outages"
	"callbox/templates"
)

// notice is what an outage has to say to the readers of one area.
type notice struct {
	Page     string // path of the outage
	Title    string
	Lang     string // of the words; they exist in every language of the wordings
	Open     bool
	Overdue  *overdue
	Issued   string
	Agency   string
	Services []service
	Opening  []piece
	Parts    []part
	Closing  []piece
}

// overdue says that the promised word has not come. What was said last may still hold; that 911 works
// is never concluded from silence.
type overdue struct{ Since, Promised string }

// part is what a text says of one area.
type part struct {
	Name    string
	Clauses [][]piece
	Numbers []number
}

// number is a telephone number, as a link that dials.
type number struct {
	Local string `json:"local"`
	Label string `json:"label,omitempty"`
	Area  string `json:"area,omitempty"`
	// Link is the whole attribute: html/template lets no tel: pass. It is made of digits only.
	Link template.HTMLAttr `json:"-"`
}

var dialled = regexp.MustCompile(`^\+1[0-9]{10}$`)

func newNumber(n templates.Number) number {
	return number{Local: n.Local, Label: n.Label, Area: n.Area, Link: dial(n.Tel)}
}

// dial is the attribute of a link that dials.
func dial(t areas.Tel) template.HTMLAttr {
	if !dialled.MatchString(string(t)) {
		return ""
	}
	return template.HTMLAttr(`href="` + t.URI() + `"`)
}

func newPart(p templates.Part) part {
	out := part{Name: p.Name}
	for _, n := range p.Numbers {
		out.Numbers = append(out.Numbers, newNumber(n))
	}
	for _, c := range p.Clauses {
		out.Clauses = append(out.Clauses, pieces(c.Text, out.Numbers))
	}
	return out
}

// inLang returns the text in the language of the page, else in English, else in any.
func inLang(texts map[templates.Lang]templates.Text, lang string) templates.Text {
	for _, l := range []templates.Lang{templates.Lang(lang), templates.English} {
		if t, ok := texts[l]; ok {
			return t
		}
	}
	for _, t := range texts {
		return t
	}
	return templates.Text{}
}

// notice words what an outage has to say to the readers of an area.
func (v view) notice(n desk.Notice, area areas.ID) notice {
	text := inLang(n.Texts, v.Lang)
	zone := zoneOf(n.Bulletin.Facts.Speaker.Zone)
	out := notice{Page: "/outages/" + n.Outage, Title: text.Title, Lang: string(text.Lang), Open: n.Open,
		Issued: v.clock(n.Bulletin.Issued, zone), Agency: n.Bulletin.Facts.Speaker.Name,
		Opening: paragraph(text.Opening), Closing: paragraph(text.Closing)}
	if n.Open {
		out.Services = v.services(n.Bulletin.Facts, area)
	}
	if n.Overdue {
		out.Overdue = v.overdue(n.Bulletin, zone)
	}
	for _, p := range text.Parts {
		out.Parts = append(out.Parts, newPart(p))
	}
	return out
}

func (v view) overdue(b outages.Bulletin, zone *time.Location) *overdue {
	o := &overdue{Since: v.clock(b.Issued, zone)}
	if next := b.Declaration.NextUpdate; !next.IsZero() {
		o.Promised = v.clock(next, zone)
	}
	return o
}

// place is one area that a ZIP code may lie in.
type place struct {
	ID      areas.ID
	Name    string
	Served  bool // an agency here speaks for it
	Calm    bool // no outage is open there
	Notices []notice
}

// place gathers what a board says about an area: what is open first.
func (v view) place(b *desk.Board, id areas.ID) place {
	area, _ := b.Book.Area(id)
	agency := speaker(b, id)
	out := place{ID: id, Name: area.FullName(), Served: agency != nil, Calm: true}
	for _, n := range b.For(id, v.pages.Now()) {
		out.Notices = append(out.Notices, v.notice(n, id))
		out.Calm = out.Calm && !n.Open
	}
	slices.SortStableFunc(out.Notices, func(a, b notice) int {
		switch {
		case a.Open && !b.Open:
			return -1
		case b.Open && !a.Open:
			return 1
		}
		return 0
	})
	return out
}
