package pages

import (
	"crypto/subtle"
	"errors"
	"net/http"
	"net/url"
	"regexp"
	"time"

	"callbox/internal/desk"
	"callbox/outages"
)

// outage is the page of one outage: what holds, and all that was said, newest first.
type outage struct {
	ID       string
	Agency   string
	Over     bool
	Overdue  *overdue
	Latest   bulletin
	Former   []bulletin
	Language string // of the words
}

// bulletin is one bulletin as a page tells it.
type bulletin struct {
	Kind    string
	Issued  string
	Title   string
	Opening string
	Closing string
	Parts   []part
	Brief   bool // so many areas that only their numbers are listed
}

// maxTold is how many areas are told in full sentences; of more, only the numbers.
const maxTold = 40

var outageID = regexp.MustCompile(`^[a-z0-9-]{1,80}$`)

var errNotReady = errors.New("nothing was read from the database yet")

func (p *Pages) outage(w http.ResponseWriter, r *http.Request) {
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
	a, err := e.answer("outage "+v.Lang+" "+id, p.Now(), func() (*answer, error) {
		o, err := p.posted(r, e, id)
		if err != nil {
			return nil, err
		}
		return p.makeOutage(v, o)
	})
	switch {
	case errors.Is(err, desk.ErrNotFound):
		p.behindKey(w, r, id)
	case err != nil:
		p.fail(w, r, err)
	default:
		w.Header().Add("Vary", "Accept-Language")
		a.ServeHTTP(w, r)
	}
}

// posted finds a live outage: on the board, or among those of long ago.
func (p *Pages) posted(r *http.Request, e *edition, id string) (desk.Posted, error) {
	if o, ok := e.board.Outage(id); ok {
		return o, nil
	}
	o, err := p.Desk.Posted(r.Context(), id)
	if err == nil && o.Mode != outages.Live {
		err = desk.ErrNotFound
	}
	return o, err
}

// behindKey shows a drill or test to whoever has the key; to others there is no such page.
func (p *Pages) behindKey(w http.ResponseWriter, r *http.Request, id string) {
	key := r.URL.Query().Get("key")
	if p.DrillKey == "" || subtle.ConstantTimeCompare([]byte(key), []byte(p.DrillKey)) != 1 {
		p.notFound(w, r)
		return
	}
	o, err := p.Desk.Posted(r.Context(), id)
	if errors.Is(err, desk.ErrNotFound) {
		p.notFound(w, r)
		return
	}
	v := p.view(r, "outage.title", nil)
	v.Keep = url.Values{"key": {key}}
	var a *answer
	if err == nil {
		a, err = p.makeOutage(v, o)
	}
	if err != nil {
		p.fail(w, r, err)
		return
	}
	a.ServeHTTP(w, r)
}

func (p *Pages) makeOutage(v view, o desk.Posted) (*answer, error) {
	now, last := p.Now(), lastWord(o.Outage)
	b := o.Bulletins[last]
	zone := zoneOf(b.Facts.Speaker.Zone)
	body := outage{ID: o.ID, Agency: b.Facts.Speaker.Name, Over: !o.Open()}
	if late(o.Outage, b, now) {
		body.Overdue = v.overdue(b, zone)
	}
	for i := last; i >= 0; i-- {
		if o.Bulletins[i].Kind == outages.Renewal {
			continue
		}
		said, err := v.bulletin(o, i, zone)
		if err != nil {
			return nil, err
		}
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
	if o.Mode != outages.Live {
		cache = cacheNever
	}
	return p.render("outage", http.StatusOK, cache, v)
}

// kinds are the phrases for the kinds of bulletin.
var kinds = map[outages.Kind]string{
	outages.Alert: "kind.alert", outages.Update: "kind.update", outages.AllClear: "kind.clear", outages.Retract: "kind.retract",
}

func (v view) bulletin(o desk.Posted, i int, zone *time.Location) (bulletin, error) {
	b, text := o.Bulletins[i], v.summary(o.Texts[i].Areas)
	kind, err := v.Say(kinds[b.Kind])
	out := bulletin{Kind: kind, Issued: v.clock(b.Issued, zone), Title: text.Title,
		Opening: paragraph(text.Opening), Closing: paragraph(text.Closing), Brief: len(text.Parts) > maxTold}
	for _, p := range text.Parts {
		out.Parts = append(out.Parts, newPart(p))
	}
	return out, err
}
