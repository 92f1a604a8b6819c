package pages

import (
	"net/http"
	"slices"
	"strconv"

	"callbox/areas"
	"callbox/internal/desk"
	"callbox/internal/web/answer"
	"callbox/outages"
)

// past is a list of outages: those of one year.
type past struct {
	Year   int
	Years  []int // all that have any, newest first
	Lines  []line
	Former int // how many of the year are not listed
}

// maxPast is how many outages of a year are listed.
const maxPast = 300

func (p *Pages) past(w http.ResponseWriter, r *http.Request) {
	e := p.current.Load()
	if e == nil {
		p.fail(w, r, errNotReady)
		return
	}
	v, asked := p.view(r, "past.title", nil), 0
	if text := r.PathValue("year"); text != "" {
		var err error
		if asked, err = strconv.Atoi(text); err != nil {
			p.notFound(w, r)
			return
		}
	}
	years, err := p.Desk.Years(r.Context(), outages.Live)
	if err != nil {
		p.fail(w, r, err)
		return
	}
	i := slices.IndexFunc(years, func(y desk.Year) bool { return y.Year == asked })
	if i < 0 && asked != 0 {
		p.notFound(w, r)
		return
	}
	p.answerFrom(e, w, r, "past "+v.Lang+" "+strconv.Itoa(asked), func() (*answer.Answer, error) { return p.makePast(r, v, years, max(i, 0)) })
}

// makePast lists the outages of a year, the newest year being that of /outages.
func (p *Pages) makePast(r *http.Request, v view, years []desk.Year, which int) (*answer.Answer, error) {
	var body past
	for _, y := range years {
		body.Years = append(body.Years, y.Year)
	}
	if len(years) > 0 {
		year := years[which]
		body.Year = year.Year
		for i, id := range year.Outages {
			if i == maxPast {
				body.Former = len(year.Outages) - maxPast
				break
			}
			o, err := p.Desk.Headline(r.Context(), id)
			if err != nil {
				return nil, err
			}
			body.Lines = append(body.Lines, v.line(o))
		}
	}
	v.Body = body
	return p.render("past", http.StatusOK, cacheBriefly, v)
}

// zips is the list of every ZIP code that this site reports on, for whoever cannot use the form: a host of
// plain files has no other way to one.
type zips struct{ Groups []zipGroup }

// zipGroup is the ZIP codes that begin alike.
type zipGroup struct {
	Begin string
	ZIPs  []areas.ZIP
}

func (p *Pages) zips(w http.ResponseWriter, r *http.Request) {
	e := p.current.Load()
	if e == nil {
		p.fail(w, r, errNotReady)
		return
	}
	v := p.view(r, "zips.title", nil)
	p.answerFrom(e, w, r, "zips "+v.Lang, func() (*answer.Answer, error) {
		var body zips
		for _, zip := range servedZIPs(e.board) {
			begin := string(zip[:3])
			if n := len(body.Groups); n == 0 || body.Groups[n-1].Begin != begin {
				body.Groups = append(body.Groups, zipGroup{Begin: begin})
			}
			g := &body.Groups[len(body.Groups)-1]
			g.ZIPs = append(g.ZIPs, zip)
		}
		v.Body = body
		return p.render("zips", http.StatusOK, cacheBriefly, v)
	})
}

// servedZIPs lists the ZIP codes that an agency here speaks for, sorted.
func servedZIPs(b *desk.Board) []areas.ZIP {
	var out []areas.ZIP
	for _, a := range b.Agencies {
		for _, id := range a.Jurisdiction {
			out = append(out, b.Book.Zips(id)...)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}
