//go:build browser

package console_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/pquerna/otp/totp"

	"callbox/internal/browser"
	"callbox/internal/officials"
	"callbox/internal/web/console/consoletest"
	"callbox/internal/web/console/frame"
	"callbox/internal/web/webtest"
)

// link makes a one-time link for somebody.
func link(s *consoletest.Site, a officials.Actor) string {
	s.T.Helper()
	t, err := s.Door.Link(s.T.Context(), *a.Official)
	s.OK(err)
	return s.Door.URL(t)
}

// look checks a page in both widths.
func look(tab *browser.Tab, name string) {
	tab.T.Helper()
	for _, width := range []int{browser.Desk, browser.Phone} {
		tab.Width(width)
		tab.Accessible()
		tab.Picture(fmt.Sprintf("%s-%d", name, width))
	}
	if foreign := tab.Foreign(); len(foreign) > 0 {
		tab.T.Errorf("%s asks other sites: %q", name, foreign)
	}
}

// setUp enters by a link and makes a passkey.
func setUp(s *consoletest.Site, tab *browser.Tab, a officials.Actor) *browser.Authenticator {
	s.T.Helper()
	key := tab.Authenticator()
	tab.Go(link(s, a))
	tab.Press("main button")
	tab.Press(`a[href="/console/you/passkeys/new"]`)
	tab.Press("main button")
	if got := tab.Text(".said"); !strings.Contains(got, "The passkey is set up") {
		s.T.Fatalf("after making a passkey the page says %q at %s", got, tab.URL())
	}
	return key
}

// Check 17, and check 1 for these pages: from the link of the first day to the live space, out, and in
// again by passkey. Axe finds nothing on the way.
func TestAPasskeyOpensTheConsole(t *testing.T) {
	t.Parallel()
	s, at := consoletest.Serve(t)
	s.Issue("", webtest.Alert)
	tab := browser.Start(t).Tab(browser.Desk)
	complaints := tab.Complaints()
	key := tab.Authenticator()
	tab.Go(link(s, s.Ada))
	look(tab, "console-enter")
	tab.Press("main button")
	look(tab, "console-you-new")
	if got := tab.Go(at + "/console/live/"); got != http.StatusForbidden {
		t.Errorf("the live space by a link: %d, want 403", got)
	}
	look(tab, "console-strong")
	tab.Go(at + "/console/you/passkeys/new")
	look(tab, "console-passkey")
	tab.Press("main button")
	if n := key.Keys(); n != 1 {
		t.Fatalf("%d passkeys, want one; the page says %q", n, tab.Text("main"))
	}
	look(tab, "console-you")
	tab.Go(at + "/console/")
	look(tab, "console-choose")
	tab.Press(`a[href="/console/live/"].button`)
	if got := tab.Text("main"); !strings.Contains(got, "Outage is live") || !strings.Contains(got, "West Hartford") {
		t.Errorf("the home page does not tell what is live:\n%s", got)
	}
	look(tab, "console-home-live")
	if tab.Has(".band") || strings.Contains(tab.Title(), "DRILL") || browser.Eval[string](tab, `document.documentElement.dataset.mode`) != "live" {
		t.Error("the live space looks like a drill")
	}
	tab.Go(at + "/console/drill/")
	look(tab, "console-home-drill")
	if !tab.Has(".band") || !strings.HasPrefix(tab.Title(), "DRILL: ") || browser.Eval[string](tab, `document.documentElement.dataset.mode`) != "drill" {
		t.Error("the drill space does not look like one")
	}
	tab.Colors("forced")
	tab.Accessible()
	tab.Colors("light")
	tab.Go(at + "/console/nothing/here")
	look(tab, "console-missing")

	tab.Press(".top form button")
	look(tab, "console-sign-in")
	if got := tab.Go(at + "/console/live/"); got != http.StatusOK || tab.Text("h1") != "Sign in" {
		t.Fatalf("signed out, the live space shows %q (%d)", tab.Text("h1"), got)
	}
	tab.Press("main form[data-passkey] button")
	if tab.URL() != at+"/console/live/" {
		t.Errorf("after signing in the page is %s, want where it was", tab.URL())
	}
	key.Refuse()
	tab.Press(".top form button")
	tab.Click("main form[data-passkey] button")
	tab.Wait(`document.activeElement?.classList.contains('passkey-said')`)
	if got := tab.Text(".passkey-said"); !strings.Contains(got, "was not used") {
		t.Errorf("a finger that is not recognised: %q", got)
	}
	if said := complaints(); len(said) > 0 {
		t.Errorf("the pages complain: %q", said)
	}
}

// Check 17: the fallback, its throttle, and the same words for whoever fails.
func TestACodeOpensTheConsole(t *testing.T) {
	t.Parallel()
	t.Run("with scripts", func(t *testing.T) { signInByCode(t, look) })
	t.Run("without", func(t *testing.T) { signInByCode(t, func(*browser.Tab, string) {}, browser.NoScript) }) // axe is a script
}

func signInByCode(t *testing.T, look func(*browser.Tab, string), options ...browser.Option) {
	s, at := consoletest.Serve(t)
	tab := browser.Start(t).Tab(browser.Phone, options...)
	tab.Go(link(s, s.Ada))
	tab.Press("main button")
	tab.Press(`a[href="/console/you/code"]`)
	look(tab, "console-code")
	secret := strings.ReplaceAll(tab.Text("main code"), " ", "")
	tab.Fill("#code", "123456")
	if got := tab.Press("main form button"); got != http.StatusUnprocessableEntity || browser.Eval[string](tab, `document.activeElement.id`) != "errors" {
		t.Errorf("a wrong code: %d, with the focus on %q; want 422 and the summary", got, browser.Eval[string](tab, `document.activeElement.id`))
	}
	look(tab, "console-code-wrong")
	tab.Fill("#code", code(s, secret))
	tab.Press("main form button")
	if got := tab.Text(".said"); !strings.Contains(got, "Codes are set up") {
		t.Fatalf("the page says %q", got)
	}
	tab.Press(".top form button")

	try := func(name, code string) (int, string) {
		t.Helper()
		tab.Go(at + "/console/sign-in")
		tab.Click("details summary")
		tab.Fill("#name", name)
		tab.Fill("#key", s.AdaKey.Reveal())
		tab.Fill("#code", code)
		status := tab.Press("details button")
		return status, tab.Text("main .errors, main h1")
	}
	wrongStatus, wrong := try("ada", "000000")
	s.Pass(5 * time.Minute)
	unknownStatus, unknown := try("nobody@example.gov", "000000")
	if wrongStatus != unknownStatus || wrong != unknown || !strings.Contains(wrong, "not accepted") {
		t.Errorf("a wrong code says %q (%d), an unknown user %q (%d), want the same", wrong, wrongStatus, unknown, unknownStatus)
	}
	look(tab, "console-refused")
	held := ""
	for range 4 {
		if status, text := try("ada", "000000"); status == http.StatusTooManyRequests {
			held = text
		}
	}
	if !strings.Contains(held, "Try again in ") {
		t.Errorf("after many failures the page says %q, want how long to wait", held)
	}
	look(tab, "console-held")
	s.Pass(5 * time.Minute)
	if try("ada", code(s, secret)); tab.URL() != at+"/console/" {
		t.Errorf("a right code leads to %s: %s", tab.URL(), tab.Text("main"))
	}
}

func code(s *consoletest.Site, secret string) string {
	s.T.Helper()
	c, err := totp.GenerateCode(secret, s.Now())
	s.OK(err)
	return c
}

var typed = fstest.MapFS{"typing-form.html": {Data: []byte(`{{define "main"}}<h1>Type</h1>
<form method="post"><label>Text <input name="text"></label> <button>Send</button></form><p id="typed">{{.}}</p>{{end}}`)}}

// typing is a room with a form of two fields.
func typing() frame.Room {
	return frame.Room{Templates: typed, Routes: []frame.Route{
		{Pattern: "GET /console/{space}/typing", Do: func(c *frame.Call) error { return c.Show(http.StatusOK, "typing-form", "Type", "") }},
		{Pattern: "POST /console/{space}/typing", Do: func(c *frame.Call) error {
			return c.Show(http.StatusOK, "typing-form", "Typed", strings.Join(c.PostForm["text"], "|"))
		}},
	}}
}

// Check 16: a warning, signing in again, and the same step with the same data.
func TestASessionThatEndsMidFlowLosesNothing(t *testing.T) {
	t.Parallel()
	s, at := consoletest.Serve(t, typing())
	tab := browser.Start(t).Tab(browser.Phone)
	setUp(s, tab, s.Ada)

	tab.Before(`window.later = 0; // a clock that the test moves, and timers that look at it often
		(() => { const wait = setTimeout, now = Date.now; Date.now = () => now() + later; setTimeout = (f, ms) => wait(f, Math.min(ms, 50)); })()`)
	tab.Go(at + "/console/live/typing")
	tab.Fill("[name=text]", `first <b> & "second"`)
	if tab.Has(".idle") {
		t.Error("the warning comes an hour too early")
	}
	browser.Eval[int](tab, `later = 56 * 60 * 1000`)
	tab.Wait(`document.querySelector('.idle button') !== null`)
	if got := tab.Text(".idle"); !strings.Contains(got, "signed out at") {
		t.Errorf("the warning says %q", got)
	}
	tab.Accessible()
	tab.Click(".idle button")
	tab.Wait(`document.querySelector('.idle') === null`)
	browser.Eval[int](tab, `later = 120 * 60 * 1000`)
	tab.Wait(`document.querySelector('.idle')?.textContent.includes('Your session ended')`)
	tab.Picture("console-idle")
	s.Pass(officials.SessionIdle)
	if got := tab.Press("main button"); got != http.StatusUnauthorized {
		t.Errorf("sending it: %d, want 401", got)
	}
	if got := tab.Text("main"); !strings.Contains(got, "What you typed is kept") {
		t.Errorf("the sign-in page says %q", got)
	}
	look(tab, "console-again")
	tab.Press("main form[data-passkey] button")
	look(tab, "console-resume")
	tab.Press("main form button")
	if got := tab.Text("#typed"); got != `first <b> & "second"` || !strings.HasSuffix(tab.URL(), "/console/live/typing") {
		t.Errorf("after all that it reads %q at %s", got, tab.URL())
	}
}

// Two administrators let somebody in again, each with their passkey.
func TestTwoAdministratorsLetSomebodyInAgain(t *testing.T) {
	t.Parallel()
	s, at := consoletest.Serve(t)
	di := officials.Official{ID: "di", Agency: "despp", Name: "Di", Roles: []officials.Role{officials.Admin}}
	_, err := s.AddOfficial(t.Context(), di)
	s.OK(err)
	b := browser.Start(t)
	ada, other, bob := b.Tab(browser.Desk), b.Tab(browser.Phone), b.Tab(browser.Phone)
	setUp(s, ada, s.Ada)
	setUp(s, other, officials.Actor{Official: &di})
	ada.Go(at + "/console/recovery")
	ada.Press("main form button")
	if got := browser.Eval[string](ada, `document.activeElement.id`); got != "errors" {
		t.Errorf("without a choice the focus is on %q, want the summary", got)
	}
	ada.Set("#official", "bob")
	ada.Fill("#reason", "lost the phone; called back at home")
	ada.Press(`main form[action="/console/recovery"] button`)
	look(ada, "console-recovery-asked")
	other.Go(at + "/console/live/")
	if got := other.Text("main"); !strings.Contains(got, "let in again: bob") {
		t.Errorf("the other administrator's home page does not say that it waits:\n%s", got)
	}
	other.Go(at + "/console/recovery")
	look(other, "console-recovery")
	other.Press("form[data-touch] button")
	look(other, "console-recovered")
	bob.Go(other.Text("main pre"))
	bob.Press("main button")
	if got := bob.Text("h1"); got != "bob" {
		t.Errorf("the link leads to %q, want bob's page", got)
	}
}

// Ways to sign in are changed only a moment after a proof.
func TestChangingAWayToSignInAsksForThePasskey(t *testing.T) {
	t.Parallel()
	s, at := consoletest.Serve(t)
	tab := browser.Start(t).Tab(browser.Phone)
	setUp(s, tab, s.Ada)
	s.Pass(10 * time.Minute)
	tab.Go(at + "/console/you")
	tab.Press(`a[href="/console/you/code"]`)
	if got := tab.Text("h1"); got != "Confirm that it is you" {
		t.Fatalf("without a fresh proof the page is %q", got)
	}
	look(tab, "console-prove")
	tab.Press("main form button")
	if got := tab.Text("h1"); got != "Set up codes" {
		t.Errorf("after the proof the page is %q, want where it was going", got)
	}
}
