package pages

import (
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"callbox/areas"
	"callbox/internal/desk"
	"callbox/internal/store"
	"callbox/internal/web/network"
	"callbox/subscribers"
)

// The pages on which residents see and change what they get. There is no password: a mailed link leads to
// a button, and the button exchanges its token for a cookie that is good for half an hour.

// sessionCookie holds the session. Its prefix makes browsers keep it to this host, to https and to every
// path of it (RFC 6265bis, section 4.1.3.2).
const sessionCookie = "__Host-managing"

func setSession(w http.ResponseWriter, session string) {
	http.SetCookie(w, &http.Cookie{Name: sessionCookie, Value: session, Path: "/", MaxAge: int(desk.ManageFor.Seconds()),
		Secure: true, HttpOnly: true, SameSite: http.SameSiteStrictMode})
}

func endSession(w http.ResponseWriter) {
	http.SetCookie(w, &http.Cookie{Name: sessionCookie, Path: "/", MaxAge: -1, Secure: true, HttpOnly: true, SameSite: http.SameSiteStrictMode})
}

// managing are the routes of residents who are signed up.
func (p *Pages) managing() []Route {
	return []Route{
		{"GET /manage", p.manage},
		{"POST /manage", p.askToManage},
		{"GET /manage/sent", p.manageSent},
		{"GET /manage/{token}", p.enterForm},
		{"POST /manage/{token}", p.enter},
		{"POST /manage/save", p.resident(p.saveManaged)},
		{"POST /manage/pause", p.resident(p.pause)},
		{"POST /manage/resume", p.resident(p.resume)},
		{"POST /manage/test", p.resident(p.try)},
		{"POST /manage/remove", p.resident(p.remove)},
		{"POST /manage/device", p.adopt},
		{"GET /manage/export", p.resident(p.export)},
		{"GET /manage/erase", p.resident(p.eraseForm)},
		{"POST /manage/erase", p.resident(p.erase)},
		{"POST /manage/end", p.endManaging},
	}
}

// resident serves who has a session. One that is over, forged or of somebody who left is none: then the
// browser goes back to where a link is asked for.
func (p *Pages) resident(serve func(http.ResponseWriter, *http.Request, store.Resident)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		who, err := p.managed(r)
		switch {
		case err == nil:
			r.Body = http.MaxBytesReader(w, r.Body, maxForm)
			serve(w, r, who)
		case errors.Is(err, desk.ErrNotFound):
			p.backToManage(w, r, "ended")
		default:
			p.fail(w, r, err)
		}
	}
}

func (p *Pages) managed(r *http.Request) (store.Resident, error) {
	c, err := r.Cookie(sessionCookie)
	if err != nil {
		return store.Resident{}, desk.ErrNotFound
	}
	who, err := p.Desk.Resident(r.Context(), c.Value)
	if harmless(err) && err != nil {
		err = desk.ErrNotFound
	}
	return who, err
}

// notes are what the page may begin with after a form.
var notes = map[string]string{"saved": "manage.saved", "resumed": "manage.resumed", "tested": "manage.tested",
	"untested": "manage.untested", "removed": "manage.removed", "ended": "manage.ended", "erased": "manage.erased", "bye": "manage.bye"}

// backToManage sends the browser on after a form, so that reloading does not repeat it.
func (p *Pages) backToManage(w http.ResponseWriter, r *http.Request, note string) {
	w.Header().Set("Cache-Control", cacheNever)
	to := p.view(r, "", nil).Link("/manage")
	if note != "" {
		to += "?" + url.Values{"note": {note}}.Encode()
	}
	http.Redirect(w, r, to, http.StatusSeeOther)
}

// askPage is the form that asks for a link.
type askPage struct {
	Note, Email, Wrong string
}

// manage shows who has a session what they get, and everybody else the form that asks for a link.
func (p *Pages) manage(w http.ResponseWriter, r *http.Request) {
	v := p.view(r, "manage.title", nil)
	note := v.note(r)
	who, err := p.managed(r)
	switch {
	case errors.Is(err, desk.ErrNotFound):
		p.showAsk(w, r, http.StatusOK, askPage{Note: note})
	case err != nil:
		p.fail(w, r, err)
	default:
		m, err := p.managedPage(v, who)
		if err != nil {
			p.fail(w, r, err)
			return
		}
		m.Note = note
		v.Body = m
		p.show(w, r, "manage", http.StatusOK, v)
	}
}

func (v view) note(r *http.Request) string {
	text, err := v.Say(notes[r.URL.Query().Get("note")])
	if err != nil {
		return ""
	}
	return text
}

func (p *Pages) showAsk(w http.ResponseWriter, r *http.Request, status int, a askPage) {
	p.show(w, r, "ask", status, p.view(r, "ask.title", a))
}

// askToManage has a link mailed. The answer is the same whether the address is on the roll or not.
func (p *Pages) askToManage(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	address := typed(r.PostFormValue("email"))
	dest, err := subscribers.ParseEmail(address)
	if err != nil {
		wrong, err := p.view(r, "", nil).Say("fault.email")
		if err != nil {
			p.fail(w, r, err)
			return
		}
		p.showAsk(w, r, http.StatusUnprocessableEntity, askPage{Email: address, Wrong: wrong})
		return
	}
	if !p.limits.admit(network.Of(r, p.Proxies)) {
		p.tooMany(w, r)
		return
	}
	if r.PostForm.Get("website") == "" && p.limits.mail(dest.Reveal()) {
		if err := p.Desk.AskToManage(r.Context(), dest.Reveal()); err != nil {
			p.fail(w, r, err)
			return
		}
	}
	w.Header().Set("Cache-Control", cacheNever)
	http.Redirect(w, r, p.view(r, "", nil).Link("/manage/sent"), http.StatusSeeOther)
}

func (p *Pages) manageSent(w http.ResponseWriter, r *http.Request) {
	p.showSent(w, r, sentPage{Manage: true})
}

func (p *Pages) enterForm(w http.ResponseWriter, r *http.Request) {
	p.show(w, r, "enter", http.StatusOK, p.view(r, "enter.title", nil))
}

// enter exchanges the token of a link for a session. Within its hour the link opens the page again: it
// came to a mailbox, and whoever reads that could have a new one mailed.
func (p *Pages) enter(w http.ResponseWriter, r *http.Request) {
	session, err := p.Desk.Enter(r.Context(), r.PathValue("token"))
	switch {
	case err == nil:
		setSession(w, session)
		w.Header().Set("Cache-Control", cacheNever)
		http.Redirect(w, r, p.view(r, "", nil).Link("/manage"), http.StatusSeeOther)
	case harmless(err):
		p.showAsk(w, r, http.StatusGone, askPage{Note: p.phrases[p.lang(r)]["ask.expired"]})
	default:
		p.fail(w, r, err)
	}
}

func (p *Pages) endManaging(w http.ResponseWriter, r *http.Request) {
	if _, err := r.Cookie(sessionCookie); err == nil {
		endSession(w)
	}
	p.backToManage(w, r, "bye")
}

func (p *Pages) pause(w http.ResponseWriter, r *http.Request, who store.Resident) {
	p.settle(w, r, p.Desk.Pause(r.Context(), who), "") // the page says it
}

func (p *Pages) resume(w http.ResponseWriter, r *http.Request, who store.Resident) {
	p.settle(w, r, p.Desk.Resume(r.Context(), who), "resumed")
}

// try is "test my alerts", three times a day.
func (p *Pages) try(w http.ResponseWriter, r *http.Request, who store.Resident) {
	waiting, err := p.Desk.Try(r.Context(), who)
	if err == nil && waiting == 0 {
		p.backToManage(w, r, "untested")
		return
	}
	p.settle(w, r, err, "tested")
}

func (p *Pages) remove(w http.ResponseWriter, r *http.Request, who store.Resident) {
	id, err := strconv.ParseInt(r.PostFormValue("address"), 10, 64)
	if err == nil {
		err = p.Desk.Remove(r.Context(), who, id)
	}
	if errors.Is(err, strconv.ErrSyntax) || errors.Is(err, strconv.ErrRange) || errors.Is(err, desk.ErrNotFound) {
		err = nil // it is off the list
	}
	p.settle(w, r, err, "removed")
}

func (p *Pages) eraseForm(w http.ResponseWriter, r *http.Request, _ store.Resident) {
	p.show(w, r, "erase", http.StatusOK, p.view(r, "erase.title", nil))
}

func (p *Pages) erase(w http.ResponseWriter, r *http.Request, who store.Resident) {
	err := p.Desk.Erase(r.Context(), who)
	if err == nil {
		endSession(w)
	}
	p.settle(w, r, err, "erased")
}

// settle ends a form: on the page with a note, or on the page that says that we are at fault.
func (p *Pages) settle(w http.ResponseWriter, r *http.Request, err error, note string) {
	if err != nil {
		p.fail(w, r, err)
		return
	}
	p.backToManage(w, r, note)
}

// date prints the day of a moment where the first agency is.
func (v view) date(t time.Time) string {
	zone := time.UTC
	if e := v.pages.current.Load(); e != nil && len(e.board.Agencies) > 0 {
		if z, err := time.LoadLocation(e.board.Agencies[0].Zone); err == nil {
			zone = z
		}
	}
	return v.pages.phrases[v.Lang].date(t.In(zone))
}

// chosen reads which area of a ZIP code was chosen; none means all of them.
func chosen(book *areas.Book, form url.Values, zip areas.ZIP) areas.Place {
	place := areas.Place{ZIP: zip, Area: areas.ID(form.Get("area-" + string(zip)))}
	if len(book.At(place)) == 0 {
		place.Area = ""
	}
	return place
}
