package pages

import (
	"errors"
	"net/http"

	"callbox/internal/desk"
	"callbox/subscribers"
)

// The pages behind the links of mails. Programs that scan mail fetch every link: opening one changes
// nothing, and only a button does.

// link is what the pages of a link show.
type link struct {
	Done, Expired, Damaged bool
	Paused                 string // until when; empty when not
}

func (p *Pages) confirmForm(w http.ResponseWriter, r *http.Request) {
	p.show(w, r, "confirm", http.StatusOK, p.view(r, "confirm.title", link{}))
}

// confirm makes a sign-up active, and lets in who did it. Pressing the button again is no error.
func (p *Pages) confirm(w http.ResponseWriter, r *http.Request) {
	token := r.PathValue("token")
	err := p.Desk.Confirm(r.Context(), token)
	session := ""
	if err == nil {
		session, err = p.Desk.EnterConfirmed(r.Context(), token)
	}
	v, status := p.view(r, "confirm.done_title", link{Done: true}), http.StatusOK
	switch {
	case err == nil:
		setSession(w, session)
	case errors.Is(err, subscribers.ErrExpired), errors.Is(err, desk.ErrNotFound):
		v, status = p.view(r, "confirm.expired_title", link{Expired: true}), http.StatusGone
	case errors.Is(err, subscribers.ErrForged):
		v, status = p.view(r, "confirm.damaged_title", link{Damaged: true}), http.StatusNotFound
	default:
		p.fail(w, r, err)
		return
	}
	p.show(w, r, "confirm", status, v)
}

func (p *Pages) leaveForm(w http.ResponseWriter, r *http.Request) {
	p.show(w, r, "leave", http.StatusOK, p.view(r, "leave.title", link{}))
}

// leave takes an address off the roll, for the button and for the one-click POST of mail programs (RFC
// 8058), which has no cookie and follows no redirect. A link that we never made gets the same answer.
func (p *Pages) leave(w http.ResponseWriter, r *http.Request) {
	if err := p.Desk.Leave(r.Context(), r.PathValue("token")); !harmless(err) {
		p.fail(w, r, err)
		return
	}
	p.show(w, r, "leave", http.StatusOK, p.view(r, "leave.done_title", link{Done: true}))
}

// leavePause pauses an address instead.
func (p *Pages) leavePause(w http.ResponseWriter, r *http.Request) {
	if err := p.Desk.PauseByLink(r.Context(), r.PathValue("token")); !harmless(err) {
		p.fail(w, r, err)
		return
	}
	v := p.view(r, "leave.paused_title", nil)
	v.Path = "/leave/" + r.PathValue("token")
	v.Body = link{Paused: v.date(p.Now().Add(desk.PauseFor))}
	p.show(w, r, "leave", http.StatusOK, v)
}

// harmless reports whether a link did what it could: nothing happens by one that we never made.
func harmless(err error) bool {
	return err == nil || errors.Is(err, subscribers.ErrForged) || errors.Is(err, subscribers.ErrExpired) || errors.Is(err, desk.ErrNotFound)
}
