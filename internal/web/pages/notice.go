package pages

import (
	"html/template"
	"regexp"
	"slices"
	"strings"
	"time"

	"callbox/areas"
	"callbox/internal/desk"
	"callbox/outages"
	"callbox/templates"
)

// notice is what an outage has to say to the readers of one area.
type notice struct {
	Outage  string // ID
	Title   string
	Lang    string // of the words; they exist in every language of the wordings
	Open    bool
	Overdue *overdue
	Issued  string
	Agency  string
	Opening string
	Parts   []part
	Closing string
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

// piece is a stretch of a sentence: words, or a telephone number that dials and does not break.
type piece struct {
	Text string
	Link template.HTMLAttr
}

// number is a telephone number, as a link that dials.
type number struct {
	Local, Label, Area string
	// Link is the whole attribute: html/template lets no tel: pass. It is made of digits only.
	Link template.HTMLAttr
}

var dialled = regexp.MustCompile(`^\+1[0-9]{10}$`)

func newNumber(n templates.Number) number {
	out := number{Local: n.Local, Label: n.Label, Area: n.Area}
	if dialled.MatchString(string(n.Tel)) {
		out.Link = template.HTMLAttr(`href="` + n.Tel.URI() + `"`)
	}
	return out
}

func newPart(p templates.Part) part {
	out := part{Name: p.Name}
	for _, n := range p.Numbers {
		out.Numbers = append(out.Numbers, newNumber(n))
	}
	for _, c := range p.Clauses {
		out.Clauses = append(out.Clauses, out.pieces(c.Text))
	}
	return out
}

// pieces takes a sentence apart at the numbers of its part.
func (p part) pieces(text string) []piece {
	var out []piece
	for text != "" {
		at, found := len(text), number{}
		for _, n := range p.Numbers {
			if i := strings.Index(text, n.Local); n.Local != "" && i >= 0 && i < at {
				at, found = i, n
			}
		}
		if at > 0 {
			out = append(out, piece{Text: text[:at]})
		}
		if found.Local == "" {
			break
		}
		out = append(out, piece{found.Local, found.Link})
		text = text[at+len(found.Local):]
	}
	return out
}

func paragraph(clauses []templates.Clause) string {
	var b strings.Builder
	for i, c := range clauses {
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(c.Text)
	}
	return b.String()
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

func (v view) notice(n desk.Notice) notice {
	text := inLang(n.Texts, v.Lang)
	zone := zoneOf(n.Bulletin.Facts.Speaker.Zone)
	out := notice{Outage: n.Outage, Title: text.Title, Lang: string(text.Lang), Open: n.Open,
		Issued: v.clock(n.Bulletin.Issued, zone), Agency: n.Bulletin.Facts.Speaker.Name,
		Opening: paragraph(text.Opening), Closing: paragraph(text.Closing)}
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
	Name    string
	Served  bool // an agency here speaks for it
	Calm    bool // no outage is open there
	Notices []notice
}

// place gathers what a board says about an area: what is open first.
func (v view) place(b *desk.Board, id areas.ID) place {
	area, _ := b.Book.Area(id)
	agency := speaker(b, id)
	out := place{Name: area.FullName(), Served: agency != nil, Calm: true}
	for _, n := range b.For(id, v.pages.Now()) {
		out.Notices = append(out.Notices, v.notice(n))
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
