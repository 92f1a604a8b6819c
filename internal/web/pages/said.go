package pages

import (
	"errors"
	"net/http"
	"net/url"

	"callbox/internal/desk"
	"callbox/internal/web/answer"
	"callbox/outages"
)

// statement is what was said under a code: "is this message real?".
type statement struct {
	Code     string // as it was typed
	Unknown  bool
	Agency   string
	Path     string // of the outage
	Newer    bool   // something was said since
	Bulletin bulletin
	Language string
}

// saidForm is the page on which a code is typed, and answers at /v?code=… as /v/… does.
func (p *Pages) saidForm(w http.ResponseWriter, r *http.Request) {
	if code := typed(r.URL.Query().Get("code")); code != "" {
		p.showSaid(w, r, code)
		return
	}
	p.show(w, r, "said", http.StatusOK, p.view(r, "said.title", statement{}))
}

func (p *Pages) said(w http.ResponseWriter, r *http.Request) {
	p.showSaid(w, r, typed(r.PathValue("code")))
}

func (p *Pages) showSaid(w http.ResponseWriter, r *http.Request, code string) {
	e := p.current.Load()
	if e == nil {
		p.fail(w, r, errNotReady)
		return
	}
	v := p.view(r, "said.title", nil)
	v.Path = "/v/" + url.PathEscape(code)
	o, i, err := p.Desk.Said(r.Context(), code)
	if err == nil && o.Mode == outages.Drill && !p.hasKey(r) {
		err = desk.ErrNotFound
	}
	switch {
	case errors.Is(err, desk.ErrNotFound):
		v.Body = statement{Code: code, Unknown: true}
		p.show(w, r, "said", http.StatusNotFound, v)
	case err != nil:
		p.fail(w, r, err)
	default:
		p.answerFrom(e, w, r, "said "+v.Lang+" "+p.Desk.BulletinCode(o.Bulletins[i]), func() (*answer.Answer, error) { return p.makeSaid(v, o, i) })
	}
}

func (p *Pages) makeSaid(v view, o desk.Posted, i int) (*answer.Answer, error) {
	b := o.Bulletins[i]
	text := v.summary(o.Texts[i].Areas)
	body := statement{Code: p.Desk.BulletinCode(b), Agency: b.Facts.Speaker.Name, Path: Path(o.ID, o.Mode), Newer: i < o.LastWord(),
		Bulletin: v.bulletin(o, i, zoneOf(b.Facts.Speaker.Zone)), Language: string(text.Lang)}
	v.Path, v.Body, v.Mark, v.Mode = "/v/"+body.Code, body, text.Mark, string(o.Mode)
	v.Title = v.phrase("said.real_title", "code", body.Code)
	cache := cacheBriefly
	if o.Mode == outages.Drill {
		cache = cacheNever
	}
	return p.render("said", http.StatusOK, cache, v)
}
