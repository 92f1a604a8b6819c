package pages

import (
	"crypto/subtle"
	"errors"
	"net/http"
	"net/url"
	"regexp"
	"time"

	"callbox/internal/desk"
	"callbox/internal/web/answer"
	"callbox/outages"
)

// outage is the page of one outage: what holds, and all that was said, newest first.
type outage struct {
	ID       string
	Agency   string
	Over     bool
	Overdue  *overdue
	Map      *chart
	Latest   bulletin
	Former   []bulletin
	Language string // of the words
}

// bulletin is one bulletin as a page tells it.
type bulletin struct {
	Code    string // "7KM-N42"
	Kind    string
	Issued  string
	Title   string
	Opening []piece
	Closing []piece
	Parts   []part
	Brief   bool // so many areas that only their numbers are listed
}

// maxTold is how many areas are told in full sentences; of more, only the numbers.
const maxTold = 40

var outageID = regexp.MustCompile(`^[a-z0-9-]{1,80}$`)

var errNotReady = errors.New("nothing was read from the database yet")

// Path is where an outage has its page. Tests have a place of their own; drills are shown at that of live
// outages, to whoever has the key.
func Path(id string, m outages.Mode) string {
	if m == outages.Test {
		return "/tests/" + id
	}
	return "/outages/" + id
}

func (p *Pages) outage(w http.ResponseWriter, r *http.Request) { p.oneOutage(w, r, outages.Live) }

func (p *Pages) test(w http.ResponseWriter, r *http.Request) { p.oneOutage(w, r, outages.Test) }

func (p *Pages) oneOutage(w http.ResponseWriter, r *http.Request, m outages.Mode) {
	e, id := p.current.Load(), r.PathValue("id")
	if e == nil {
		p.fail(w, r, errNotReady)
		return
	}
	if !outageID.MatchString(id) {
		p.notFound(w, r)
		return
	}
	v := p.view(r, "outage.title", nil)
	v.fill(e, "")
	a, err := e.answer(string(m)+" "+v.Lang+" "+id, p.Now(), func() (*answer.Answer, error) {
		o, err := p.posted(r, e, id)
		if err == nil && o.Mode != m {
			err = errElsewhere{o.Mode}
		}
		if err != nil {
			return nil, err
		}
		return p.makeOutage(e, v, o)
	})
	other, elsewhere := errors.AsType[errElsewhere](err)
	switch {
	case elsewhere && other.mode == outages.Drill:
		p.behindKey(w, r, id)
	case elsewhere:
		http.Redirect(w, r, v.Link(Path(id, other.mode)), http.StatusFound)
	case errors.Is(err, desk.ErrNotFound):
		p.notFound(w, r)
	case err != nil:
		p.fail(w, r, err)
	default:
		a.ServeHTTP(w, r)
	}
}

// errElsewhere says that the outage of an ID has its page elsewhere.
type errElsewhere struct{ mode outages.Mode }

func (e errElsewhere) Error() string { return "the outage is of the mode " + string(e.mode) }

// posted finds an outage: on the board, or among those that are not.
func (p *Pages) posted(r *http.Request, e *edition, id string) (desk.Posted, error) {
	if o, ok := e.board.Outage(id); ok {
		return o, nil
	}
	return p.Desk.Posted(r.Context(), id)
}

// behindKey shows a drill to whoever has the key; to others there is no such page.
func (p *Pages) behindKey(w http.ResponseWriter, r *http.Request, id string) {
	if !p.hasKey(r) {
		p.notFound(w, r)
		return
	}
	o, err := p.Desk.Posted(r.Context(), id)
	if errors.Is(err, desk.ErrNotFound) {
		p.notFound(w, r)
		return
	}
	v := p.view(r, "outage.title", nil)
	v.Keep = url.Values{"key": {r.URL.Query().Get("key")}}
	var a *answer.Answer
	if err == nil {
		a, err = p.makeOutage(p.current.Load(), v, o)
	}
	if err != nil {
		p.fail(w, r, err)
		return
	}
	a.ServeHTTP(w, r)
}

// hasKey reports whether a request may see drills.
func (p *Pages) hasKey(r *http.Request) bool {
	key := r.URL.Query().Get("key")
	return p.DrillKey != "" && subtle.ConstantTimeCompare([]byte(key), []byte(p.DrillKey)) == 1
}

func (p *Pages) makeOutage(e *edition, v view, o desk.Posted) (*answer.Answer, error) {
	last := o.LastWord()
	b := o.Bulletins[last]
	zone := zoneOf(b.Facts.Speaker.Zone)
	body := outage{ID: o.ID, Agency: b.Facts.Speaker.Name, Over: !o.Open(), Map: v.chart(e.board.Book, b.Facts)}
	if late(o.Outage, b, p.Now()) {
		body.Overdue = v.overdue(b, zone)
	}
	for i := last; i >= 0; i-- {
		if o.Bulletins[i].Kind == outages.Renewal {
			continue
		}
		said := v.bulletin(o, i, zone)
		if i == last {
			body.Latest = said
		} else {
			body.Former = append(body.Former, said)
		}
	}
	text := v.summary(o.Texts[last].Areas)
	v.Title, v.Mark, v.Mode, body.Language = text.Title, text.Mark, string(o.Mode), string(text.Lang)
	v.Body = body
	cache := cacheBriefly
	if o.Mode == outages.Drill {
		cache = cacheNever
	}
	return p.render("outage", http.StatusOK, cache, v)
}

// kinds are the phrases for the kinds of bulletin.
var kinds = map[outages.Kind]string{
	outages.Alert: "kind.alert", outages.Update: "kind.update", outages.AllClear: "kind.clear", outages.Retract: "kind.retract",
}

func (v view) bulletin(o desk.Posted, i int, zone *time.Location) bulletin {
	b, text := o.Bulletins[i], v.summary(o.Texts[i].Areas)
	out := bulletin{Code: v.pages.Desk.BulletinCode(b), Kind: v.phrase(kinds[b.Kind]), Issued: v.clock(b.Issued, zone), Title: text.Title,
		Opening: paragraph(text.Opening), Closing: paragraph(text.Closing), Brief: len(text.Parts) > maxTold}
	for _, p := range text.Parts {
		out.Parts = append(out.Parts, newPart(p))
	}
	return out
}
