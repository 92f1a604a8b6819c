package pages

import (
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"callbox/areas"
	"callbox/channels"
	"callbox/internal/web/answer"
	"callbox/internal/web/network"
	"callbox/subscribers"
)

// maxForm bounds the body of a form, in bytes.
const maxForm = 16 << 10

// signUp is the form by which residents ask to be told, as it is shown.
type signUp struct {
	Email, Places, Language string
	Tests                   bool
	Mails, Pushes           bool
	PushKey, Join           string // for devices: the VAPID key, and where they sign up
	Also                    bool   // a device beside what the resident has
	Faults                  []fault
	Failed                  bool // the mail could not be sent
	Tongues                 []tongue
}

// fault is what is wrong with a field of a form.
type fault struct{ Field, Text string }

// Of returns what is wrong with a field.
func (s signUp) Of(field string) []string {
	var out []string
	for _, f := range s.Faults {
		if f.Field == field {
			out = append(out, f.Text)
		}
	}
	return out
}

func (p *Pages) subscribeForm(w http.ResponseWriter, r *http.Request) {
	p.showSignUp(w, r, http.StatusOK, signUp{Places: zipOf(r.URL.Query().Get("zip")), Language: p.lang(r)})
}

func (p *Pages) showSignUp(w http.ResponseWriter, r *http.Request, status int, s signUp) {
	v := p.view(r, "subscribe.title", nil)
	s.Mails, s.Pushes, s.PushKey, s.Join, s.Tongues = p.mails(), p.pushes(), p.PushKey, "/subscribe/push", v.Tongues()
	v.Body = s
	p.show(w, r, "subscribe", status, v)
}

// subscribe takes the form. Whether the address is new, waiting, known or was asked for too often, the
// answer is the same: only its mailbox learns the difference. The letter is written later.
func (p *Pages) subscribe(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	if err := r.ParseForm(); err != nil {
		p.showSignUp(w, r, http.StatusBadRequest, signUp{Language: p.lang(r)})
		return
	}
	s := signUp{Email: typed(r.PostForm.Get("email")), Places: typed(strings.Join(r.PostForm["places"], " ")),
		Language: typed(r.PostForm.Get("language")), Tests: r.PostForm.Get("tests") != ""}
	v := p.view(r, "subscribe.title", nil)
	places, err := p.check(v, &s)
	if err != nil {
		p.fail(w, r, err)
		return
	}
	dest, err := subscribers.ParseEmail(s.Email)
	if err != nil {
		s.add(v, "email", "fault.email")
	}
	if len(s.Faults) > 0 {
		p.showSignUp(w, r, http.StatusUnprocessableEntity, s)
		return
	}
	if !p.limits.admit(network.Of(r, p.Proxies)) {
		p.tooMany(w, r)
		return
	}
	// The trap is a field that people do not see.
	if r.PostForm.Get("website") != "" || !p.limits.mail(dest.Reveal()) {
		p.sent(w, r)
		return
	}
	err = p.Desk.SignUp(r.Context(), subscribers.SignUp{Channel: string(channels.Email), Destination: dest.Reveal(),
		Places: places, Langs: []string{s.Language}, WantsTests: s.Tests})
	if bad, ok := errors.AsType[subscribers.FieldErrors](err); ok {
		for _, b := range bad {
			s.add(v, found[b.Field].Field, found[b.Field].Text)
		}
		p.showSignUp(w, r, http.StatusUnprocessableEntity, s)
		return
	}
	if err != nil {
		p.Log.Error("a sign-up failed", "why", err)
		s.Failed = true
		p.showSignUp(w, r, http.StatusServiceUnavailable, s)
		return
	}
	p.sent(w, r)
}

// sent sends the browser on, so that reloading does not repeat the form.
func (p *Pages) sent(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", cacheNever)
	http.Redirect(w, r, p.view(r, "", nil).Link("/subscribe/sent"), http.StatusSeeOther)
}

// sentPage is what the pages after a form say. They are the same for everybody.
type sentPage struct {
	Busy   bool // an alert is going out: letters come later
	Manage bool // a link to manage was asked for
}

func (p *Pages) subscribeSent(w http.ResponseWriter, r *http.Request) {
	p.showSent(w, r, sentPage{})
}

func (p *Pages) showSent(w http.ResponseWriter, r *http.Request, s sentPage) {
	var err error
	if s.Busy, err = p.Desk.Busy(r.Context()); err != nil {
		p.Log.Error("it is not known whether letters stand back", "why", err)
	}
	p.show(w, r, "sent", http.StatusOK, p.view(r, "sent.title", s))
}

// tooMany holds a network back. In a flood this is the answer to most, so it is made once.
func (p *Pages) tooMany(w http.ResponseWriter, r *http.Request) {
	e := p.current.Load()
	if e == nil {
		p.fail(w, r, errNotReady)
		return
	}
	w.Header().Set("Retry-After", "60")
	v := p.view(r, "toomany.title", nil)
	p.answerFrom(e, w, r, "toomany "+v.Lang+v.Path, func() (*answer.Answer, error) {
		return p.render("toomany", http.StatusTooManyRequests, cacheNever, v)
	})
}

// check holds what every sign-up has against what we can say in the reader's language, and adds its
// faults. The desk checks it again.
func (p *Pages) check(v view, s *signUp) ([]areas.Place, error) {
	e := p.current.Load()
	if e == nil {
		return nil, errNotReady
	}
	var places []areas.Place
	switch list := splitPlaces(s.Places); {
	case len(list) == 0:
		s.add(v, "places", "fault.no_zip")
	case len(list) > subscribers.MaxPlaces:
		s.add(v, "places", "fault.many_zips", "most", strconv.Itoa(subscribers.MaxPlaces))
	default:
		for _, zip := range list {
			if e.board.Book.Candidates(zip) == nil {
				problem, err := v.wrongZIP(e.board.Book, string(zip))
				if err != nil {
					return nil, err
				}
				s.Faults = append(s.Faults, fault{"places", problem.Text})
			}
			places = append(places, areas.Place{ZIP: zip})
		}
	}
	if !slices.Contains(p.langs, s.Language) {
		s.add(v, "language", "fault.language")
	}
	return places, nil
}

// add notes a fault of a field. Its phrase is checked to exist when the program starts.
func (s *signUp) add(v view, field, key string, values ...string) {
	text, err := v.Say(key, values...)
	if err != nil {
		text = key
	}
	s.Faults = append(s.Faults, fault{field, text})
}

// splitPlaces takes ZIP codes apart that stand in one field. The four digits behind a hyphen go.
func splitPlaces(s string) []areas.ZIP {
	var out []areas.ZIP
	for _, f := range strings.FieldsFunc(s, func(r rune) bool { return unicode.IsSpace(r) || r == ',' || r == ';' }) {
		if zip := areas.ZIP(zipOf(f)); !slices.Contains(out, zip) {
			out = append(out, zip)
		}
	}
	return out
}

// found are the fields and phrases for what the desk may find wrong.
var found = map[string]fault{
	"destination": {"email", "fault.email"},
	"channel":     {"email", "fault.channel"},
	"places":      {"places", "fault.places"},
	"langs":       {"language", "fault.language"},
}
