package pages

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"callbox/areas"
	"callbox/internal/desk"
	"callbox/internal/officials"
	"callbox/internal/web/answer"
	"callbox/outages"
	"callbox/templates"
)

// home is the first page: the answer for a ZIP code, and what is open anywhere.
type home struct {
	ZIP     areas.ZIP
	Area    string // the full name, where an area was asked for
	Problem *wrongZIP
	Places  []place
	Served  []served // who reports here, for a place that nobody reports on
	AsOf    string
	Open    []line
	Ended   []line // not long ago
}

// wrongZIP says what is wrong with what was typed.
type wrongZIP struct {
	Text    string
	Suggest areas.ZIP // did you mean; may be empty
}

// served is whom this site reports for.
type served struct{ Agency, Areas string }

// line is an outage in a list.
type line struct {
	Title, Lang, Issued string
	Link                string
	Overdue             *overdue
}

// home answers at / and /?zip=06107, and at /zip/06107 with the same page: an address that a host of plain
// files can serve too.
func (p *Pages) home(w http.ResponseWriter, r *http.Request) {
	e := p.current.Load()
	if e == nil {
		p.fail(w, r, errNotReady)
		return
	}
	zip := zipOf(r.PathValue("zip"))
	if zip == "" && r.URL.RawQuery != "" {
		zip = zipOf(r.URL.Query().Get("zip"))
	}
	p.answerFrom(e, w, r, "home "+p.lang(r)+" "+zip, func() (*answer.Answer, error) {
		v := p.view(r, "home.title", nil)
		v.Path = "/"
		return p.makeHome(e, v, zip)
	})
}

// area answers for one area: the short address that fits into a phone alert.
func (p *Pages) area(w http.ResponseWriter, r *http.Request) {
	e := p.current.Load()
	if e == nil {
		p.fail(w, r, errNotReady)
		return
	}
	area, ok := e.board.Book.Area(areas.ID(r.PathValue("area")))
	if !ok {
		p.notFound(w, r)
		return
	}
	p.answerFrom(e, w, r, "area "+p.lang(r)+" "+string(area.ID), func() (*answer.Answer, error) {
		return p.makeArea(e, p.view(r, "home.title", nil), area)
	})
}

// answerFrom answers with a page of an edition, made when it is asked for first.
func (p *Pages) answerFrom(e *edition, w http.ResponseWriter, r *http.Request, key string, make func() (*answer.Answer, error)) {
	a, err := e.answer(key, p.Now(), make)
	if err != nil {
		p.fail(w, r, err)
		return
	}
	a.ServeHTTP(w, r)
}

func (p *Pages) makeArea(e *edition, v view, area areas.Area) (*answer.Answer, error) {
	zone := v.fill(e, "")
	if a := speaker(e.board, area.ID); a != nil {
		zone = zoneOf(a.Zone)
	}
	title, err := v.Say("home.title_area", "area", area.FullName())
	if err != nil {
		return nil, err
	}
	v.Title = title
	body := home{Area: area.FullName(), AsOf: v.clock(e.at, zone), Places: []place{v.place(e.board, area.ID)}}
	v.reporters(e, &body)
	v.lists(e, &body)
	v.Body = body
	return p.render("home", http.StatusOK, cacheBriefly, v)
}

// lists fills in the outages that are open, and those that ended not long ago.
func (v view) lists(e *edition, body *home) {
	for _, o := range e.board.Outages {
		if o.Open() {
			body.Open = append(body.Open, v.line(o))
		} else {
			body.Ended = append(body.Ended, v.line(o))
		}
	}
}

func (p *Pages) makeHome(e *edition, v view, zip string) (*answer.Answer, error) {
	zone := v.fill(e, zip)
	body := home{AsOf: v.clock(e.at, zone)}
	status := http.StatusOK
	if zip != "" {
		body.ZIP = areas.ZIP(zip)
		ids := e.board.Book.Candidates(body.ZIP)
		if len(ids) == 0 {
			problem, err := v.wrongZIP(e.board.Book, zip)
			if err != nil {
				return nil, err
			}
			body.Problem, v.Wrong, status = problem, true, http.StatusUnprocessableEntity
			v.Keep = url.Values{"zip": {zip}}
		} else {
			v.Path = "/zip/" + zip
		}
		for _, id := range ids {
			body.Places = append(body.Places, v.place(e.board, id))
		}
		v.reporters(e, &body)
		title, err := v.Say("home.title_zip", "zip", zip)
		if err != nil {
			return nil, err
		}
		v.Title = title
	}
	v.lists(e, &body)
	v.Body = body
	cache := cacheBriefly
	if status != http.StatusOK {
		cache = cacheNever
	}
	return p.render("home", status, cache, v)
}

// reporters fills in whom this site reports for, where it does not report on a place.
func (v view) reporters(e *edition, body *home) {
	if !slices.ContainsFunc(body.Places, func(p place) bool { return !p.Served }) {
		return
	}
	for _, a := range e.board.Agencies {
		var names []string
		for _, id := range a.Jurisdiction {
			area, _ := e.board.Book.Area(id)
			names = append(names, area.FullName())
		}
		body.Served = append(body.Served, served{a.Name, strings.Join(names, ", ")})
	}
}

// fill puts in what a page of an edition shows around its body, and returns the zone for its times.
func (v *view) fill(e *edition, zip string) *time.Location {
	zone := time.UTC
	if len(e.board.Agencies) > 0 {
		zone = zoneOf(e.board.Agencies[0].Zone)
	}
	for _, id := range e.board.Book.Candidates(areas.ZIP(zip)) {
		if a := speaker(e.board, id); a != nil {
			zone = zoneOf(a.Zone)
			break
		}
	}
	v.ZIP = zip
	v.Made, v.MadeAt = v.pages.phrases[v.Lang].dated(e.at, zone), e.at.UTC().Format(time.RFC3339)
	if e.staleAt(v.pages.Now()) {
		v.Stale = v.clock(e.at, zone)
	}
	return zone
}

// line shows an outage in a list.
func (v view) line(o desk.Posted) line {
	i := o.LastWord()
	b := o.Bulletins[i]
	zone := zoneOf(b.Facts.Speaker.Zone)
	s := v.summary(o.Texts[i].Areas)
	out := line{Title: s.Title, Lang: string(s.Lang), Issued: v.clock(b.Issued, zone), Link: v.Link(Path(o.ID, o.Mode))}
	if late(o.Outage, b, v.pages.Now()) {
		out.Overdue = v.overdue(b, zone)
	}
	return out
}

// maxJoined is how many areas' texts are joined for one page; more are counted.
const maxJoined = 60

// summary is a bulletin as one text for all its areas. Of very many it is that of the first ones, with
// a title that counts them.
func (v view) summary(texts []templates.Text) templates.Text {
	mine := slices.DeleteFunc(slices.Clone(texts), func(t templates.Text) bool { return string(t.Lang) != v.Lang })
	if len(mine) == 0 {
		mine = slices.DeleteFunc(slices.Clone(texts), func(t templates.Text) bool { return t.Lang != templates.English })
	}
	if len(mine) <= maxJoined {
		return templates.Join(mine)
	}
	slices.SortStableFunc(mine, func(a, b templates.Text) int { return b.Grave - a.Grave })
	out := templates.Join(mine[:maxJoined])
	out.Title = out.Topic + ": " + mine[0].Parts[0].Name + " +" + strconv.Itoa(len(mine)-1)
	out.Parts = nil
	for _, t := range mine {
		out.Parts = append(out.Parts, t.Parts...)
	}
	slices.SortStableFunc(out.Parts, func(a, b templates.Part) int { return strings.Compare(a.Name, b.Name) })
	return out
}

// late reports whether an open outage is without the word that was promised.
func late(o outages.Outage, b outages.Bulletin, now time.Time) bool {
	next := b.Declaration.NextUpdate
	return o.Open() && (now.After(b.Expires) || !next.IsZero() && now.After(next))
}

// wrongZIP says why a ZIP code finds nothing, and which one may have been meant.
func (v view) wrongZIP(book *areas.Book, zip string) (*wrongZIP, error) {
	if len(zip) != 5 || strings.Trim(zip, "0123456789") != "" {
		text, err := v.Say("zip.form")
		return &wrongZIP{Text: text}, err
	}
	near := book.Suggest(areas.ZIP(zip))
	if near == "" {
		text, err := v.Say("zip.unknown", "zip", zip)
		return &wrongZIP{Text: text}, err
	}
	area, _ := book.Area(book.Candidates(near)[0])
	text, err := v.Say("zip.suggest", "zip", zip, "near", string(near), "area", area.FullName())
	return &wrongZIP{Text: text, Suggest: near}, err
}

// maxZIP is how much of a wrong ZIP code is shown again, in characters.
const maxZIP = 20

// zipOf reads a ZIP code as people type it: with spaces around, or with the four digits behind it.
func zipOf(s string) string {
	s = strings.TrimSpace(typed(s))
	if before, after, ok := strings.Cut(s, "-"); ok && len(after) == 4 && strings.Trim(after, "0123456789") == "" {
		s = before
	}
	if runes := []rune(s); len(runes) > maxZIP {
		s = string(runes[:maxZIP])
	}
	return s
}

// speaker returns the agency that speaks for an area, if any.
func speaker(b *desk.Board, id areas.ID) *officials.Agency {
	for i, a := range b.Agencies {
		if b.Book.Inside(a.Jurisdiction, id) {
			return &b.Agencies[i]
		}
	}
	return nil
}

// zoneOf loads a zone that an agency was checked to have.
func zoneOf(name string) *time.Location {
	zone, err := time.LoadLocation(name)
	if err != nil {
		return time.UTC
	}
	return zone
}
