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
type link struct{ Done, Expired, Damaged bool }

func (p *Pages) confirmForm(w http.ResponseWriter, r *http.Request) {
	p.show(w, r, "confirm", http.StatusOK, p.view(r, "confirm.title", link{}))
}

// confirm makes a sign-up active. Pressing the button again is no error.
func (p *Pages) confirm(w http.ResponseWriter, r *http.Request) {
	err := p.Desk.Confirm(r.Context(), r.PathValue("token"))
	v, status := p.view(r, "confirm.done_title", link{Done: true}), http.StatusOK
	switch {
	case err == nil:
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
	err := p.Desk.Leave(r.Context(), r.PathValue("token"))
	if err != nil && !errors.Is(err, subscribers.ErrForged) && !errors.Is(err, subscribers.ErrExpired) && !errors.Is(err, desk.ErrNotFound) {
		p.fail(w, r, err)
		return
	}
	p.show(w, r, "leave", http.StatusOK, p.view(r, "leave.done_title", link{Done: true}))
}

func (p *Pages) privacy(w http.ResponseWriter, r *http.Request) {
	p.show(w, r, "privacy", http.StatusOK, p.view(r, "privacy.title", nil))
}
