package signin_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"callbox/internal/officials"
	"callbox/internal/web/console/consoletest"
	"callbox/internal/web/webtest"
)

// stranger sends a form without a cookie.
func stranger(s *consoletest.Site, path string, form url.Values) (int, http.Header, string) {
	s.T.Helper()
	w := webtest.Ask(s.T, s, "POST", path, form.Encode(), "Content-Type", "application/x-www-form-urlencoded", "Sec-Fetch-Site", "same-origin")
	return w.Code, w.Header(), w.Body.String()
}

// Check 17: whoever fails reads the same, whether there is such a user or not, and learns how long to wait.
func TestEveryFailureReadsTheSame(t *testing.T) {
	s := consoletest.New(t)
	claims := map[string]url.Values{
		"a user without codes": {"name": {"ada"}, "key": {s.AdaKey.Reveal()}, "code": {"123456"}},
		"nobody":               {"name": {"ada"}, "key": {"cbx_nonsense"}, "code": {"123456"}},
		"another's key":        {"name": {"ada"}, "key": {s.BobKey.Reveal()}, "code": {"123456"}},
	}
	said := map[string]bool{}
	for name, form := range claims {
		code, header, body := stranger(s, "/console/sign-in/code", form)
		if code != http.StatusForbidden || header.Get("Set-Cookie") != "" || strings.Contains(body, "cbx_") && strings.Contains(body, form.Get("key")) {
			t.Errorf("%s: %d with the cookie %q, or with the key in the page", name, code, header.Get("Set-Cookie"))
		}
		said[body] = true
		s.Pass(time.Minute)
	}
	if len(said) != 1 {
		t.Errorf("%d different pages follow failures, want one", len(said))
	}
	var held http.Header
	code := 0
	for range 5 {
		if code, held, _ = stranger(s, "/console/sign-in/code", claims["nobody"]); code == http.StatusTooManyRequests {
			break
		}
	}
	if code != http.StatusTooManyRequests || held.Get("Retry-After") == "" || held.Get("Retry-After") == "0" {
		t.Errorf("after many failures: %d, Retry-After %q; want 429 and how long", code, held.Get("Retry-After"))
	}
	for name, form := range map[string]url.Values{"nothing": nil, "no JSON": {"touch": {"x"}}, "nothing signed": {"touch": {`{"state":"x","credential":{}}`}}} {
		if code, _, body := stranger(s, "/console/sign-in", form); code != http.StatusForbidden || !strings.Contains(body, "not accepted") {
			t.Errorf("a passkey with %s: %d", name, code)
		}
	}
}

func TestSigningOutEndsTheSession(t *testing.T) {
	s := consoletest.New(t)
	ada := s.SignIn(s.Ada)
	visit := ada.Visit()
	if w := ada.Post("/console/sign-out", nil); w.Code != http.StatusSeeOther {
		t.Errorf("signing out: %d", w.Code)
	}
	list, err := s.Door.Sessions(t.Context(), s.Ada)
	s.OK(err)
	for _, x := range list {
		if x.ID == visit.ID {
			t.Error("the session is still there")
		}
	}
}

// Opening a link changes nothing: programs that look at mails open links too.
func TestALinkIsUsedByTheButtonOnly(t *testing.T) {
	s := consoletest.New(t)
	link, err := s.Door.Link(t.Context(), *s.Ada.Official)
	s.OK(err)
	path := "/console/enter/" + link.Reveal()
	for range 3 {
		if w := webtest.Ask(t, s, "GET", path, ""); w.Code != http.StatusOK || w.Header().Get("Set-Cookie") != "" {
			t.Errorf("opening the link: %d with the cookie %q", w.Code, w.Header().Get("Set-Cookie"))
		}
	}
	if code, header, _ := stranger(s, path, nil); code != http.StatusSeeOther || !strings.Contains(header.Get("Set-Cookie"), "__Host-callbox=") {
		t.Errorf("the button: %d with the cookie %q", code, header.Get("Set-Cookie"))
	}
	if code, _, body := stranger(s, path, nil); code != http.StatusNotFound || !strings.Contains(body, "opens nothing") {
		t.Errorf("the button again: %d, want 404", code)
	}
}

// A recovery takes the passkey of the second administrator, and shows the link once.
func TestARecoveryIsConfirmedWithAPasskey(t *testing.T) {
	s := consoletest.New(t)
	o := officials.Official{ID: "di", Agency: "despp", Name: "Di", Roles: []officials.Role{officials.Admin}}
	_, err := s.AddOfficial(t.Context(), o)
	s.OK(err)
	ada, di := s.SignIn(s.Ada), s.SignIn(officials.Actor{Agency: s.Ada.Agency, Official: &o, Scopes: o.Roles})
	if w := ada.Post("/console/recovery", url.Values{"official": {"bob"}}); w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), `href="#reason"`) {
		t.Errorf("without a reason: %d, want 422 with a link to the field", w.Code)
	}
	ada.Post("/console/recovery", url.Values{"official": {"bob"}, "reason": {"<b>lost</b>"}})
	list, err := s.Door.Recoveries(t.Context(), di.Actor)
	s.OK(err)
	id := list[0].ID
	if body := di.Get("/console/recovery").Body.String(); !strings.Contains(body, "&lt;b&gt;lost&lt;/b&gt;") {
		t.Errorf("the reason is not shown, or not as text:\n%s", body)
	}
	if w := di.Post("/console/recovery/confirm", url.Values{"id": {id}}); w.Code != http.StatusForbidden {
		t.Errorf("without a passkey: %d, want 403", w.Code)
	}
	if w := ada.Post("/console/recovery/confirm", url.Values{"id": {id}, "touch": {ada.Touch("recover:" + id)}}); w.Code != http.StatusForbidden {
		t.Errorf("by the one who asked: %d, want 403", w.Code)
	}
	w := di.Post("/console/recovery/confirm", url.Values{"id": {id}, "touch": {di.Touch("recover:" + id)}})
	if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), consoletest.Origin+"/console/enter/") {
		t.Errorf("%d without a link:\n%s", w.Code, w.Body)
	}
	if strings.Contains(di.Get("/console/recovery").Body.String(), "/console/enter/") {
		t.Error("the link is shown again")
	}
}

// What was sent to change a way to sign in is kept while its owner proves who they are.
func TestAChangeWaitsForAFreshProof(t *testing.T) {
	s := consoletest.New(t)
	ada := s.SignIn(s.Ada)
	s.Pass(officials.ProofLives)
	w := ada.Post("/console/you/passkeys/remove", url.Values{"id": {"x"}})
	if w.Code != http.StatusForbidden || !strings.Contains(w.Body.String(), `name="kept" value="id=x"`) || !strings.Contains(w.Body.String(), `data-touch="prove"`) {
		t.Fatalf("%d without a question for the passkey, or without what was sent:\n%s", w.Code, w.Body)
	}
	form := url.Values{"next": {"/console/you/passkeys/remove"}, "kept": {"id=x"}}
	if w := ada.Post("/console/you/prove", form); w.Code != http.StatusForbidden || !strings.Contains(w.Body.String(), "did not confirm") {
		t.Errorf("without a touch: %d", w.Code)
	}
	form.Set("touch", ada.Touch("prove"))
	if w := ada.Post("/console/you/prove", form); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), `action="/console/you/passkeys/remove"`) {
		t.Errorf("after the proof: %d, want the form again:\n%s", w.Code, w.Body)
	}
	if w := ada.Post("/console/you/passkeys/remove", url.Values{"id": {"AAAA"}}); w.Code != http.StatusConflict {
		t.Errorf("removing the only one: %d, want 409", w.Code)
	}
}
