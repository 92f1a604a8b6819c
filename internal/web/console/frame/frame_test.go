package frame_test

import (
	"errors"
	"fmt"
	"html"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/fstest"

	"callbox/internal/desk"
	"callbox/internal/officials"
	"callbox/internal/web/console/consoletest"
	"callbox/internal/web/console/frame"
	"callbox/outages"
)

// acts returns a room with one action.
func acts(do func(*frame.Call) error) frame.Room {
	return frame.Room{Routes: []frame.Route{{Pattern: "POST /console/{space}/act", Do: do},
		{Pattern: "GET /console/{space}/act", Do: func(c *frame.Call) error { return c.Show(http.StatusOK, "acts-form", "Act", nil) }}},
		Templates: fstest.MapFS{"acts-form.html": {Data: []byte(`{{define "main"}}<h1>Act</h1>{{template "once"}}{{end}}`)}}}
}

// Check 7: a double click, a reload and the back button act once, and every press leads to the first result.
func TestAFormIsActedUponOnce(t *testing.T) {
	var n atomic.Int64
	began, goOn := make(chan struct{}), make(chan struct{})
	s := consoletest.New(t, acts(func(c *frame.Call) error {
		if n.Add(1) == 1 {
			close(began)
			<-goOn
		}
		return c.See(fmt.Sprintf("/console/live/result/%d", n.Load()))
	}))
	ada := s.SignIn(s.Ada)
	form := url.Values{"once": {"one"}}
	var presses sync.WaitGroup
	press := func() {
		if w := ada.Post("/console/live/act", form); w.Code != http.StatusSeeOther || w.Header().Get("Location") != "/console/live/result/1" {
			t.Errorf("%d to %s, want 303 to the first result", w.Code, w.Header().Get("Location"))
		}
	}
	presses.Go(press)
	<-began
	presses.Go(press)
	close(goOn)
	presses.Wait()
	press()
	if n.Load() != 1 {
		t.Errorf("it was done %d times, want once", n.Load())
	}
	if w := ada.Post("/console/drill/act", form); w.Header().Get("Location") != "/console/live/result/2" {
		t.Errorf("the same value in another form leads to %s, want a result of its own", w.Header().Get("Location"))
	}
	if w := s.SignIn(s.Bob).Post("/console/live/act", form); w.Header().Get("Location") != "/console/live/result/3" {
		t.Errorf("the same value of somebody else leads to %s, want a result of its own", w.Header().Get("Location"))
	}
}

func TestAFormThatFailedMayBeSentAgain(t *testing.T) {
	n := 0
	s := consoletest.New(t, acts(func(c *frame.Call) error {
		if n++; n == 1 {
			return desk.ErrConflict
		}
		return c.See("/console/live/")
	}))
	ada := s.SignIn(s.Ada)
	for _, want := range []int{http.StatusConflict, http.StatusSeeOther} {
		if w := ada.Post("/console/live/act", url.Values{"once": {"x"}}); w.Code != want {
			t.Errorf("%d, want %d", w.Code, want)
		}
	}
}

func TestEveryErrorBecomesAPage(t *testing.T) {
	var failure error
	s := consoletest.New(t, acts(func(*frame.Call) error { return failure }))
	ada := s.SignIn(s.Ada)
	for name, c := range map[string]struct {
		err  error
		code int
		want string
	}{
		"a rule":        {&desk.Blocked{Findings: outages.Findings{{Rule: "area", Block: true, Place: "where", Text: "no <area>"}}}, 422, "where: no &lt;area&gt;"},
		"not stated":    {outages.Problems{{Place: "conditions[0].area", Text: "it lies <elsewhere>"}}, 422, "it lies &lt;elsewhere&gt;"},
		"not allowed":   {fmt.Errorf("%w: not you", desk.ErrDenied), 403, "Not allowed: not you."},
		"no passkey":    {frame.ErrUntouched, 403, "Nothing was done"},
		"not there":     {fmt.Errorf("draft: %w", desk.ErrNotFound), 404, "no such page"},
		"changed":       {fmt.Errorf("%w: by bob", desk.ErrConflict), 409, "by bob"},
		"second person": {outages.ErrSecondPerson, 403, "second person"},
		"its own":       {frame.Fault{Status: 429, Text: "Wait."}, 429, "Wait."},
		"ours":          {errors.New("the disk at /secret is full"), 500, "Nothing was sent by this"},
	} {
		failure = c.err
		w := ada.Post("/console/live/act", nil)
		if w.Code != c.code || !strings.Contains(w.Body.String(), c.want) || strings.Contains(w.Body.String(), "/secret") {
			t.Errorf("%s: %d without %q, or with what is ours:\n%s", name, w.Code, c.want, w.Body)
		}
	}
}

// Check 4: what somebody forged stands in the audit trail.
func TestWhatIsDeniedIsAudited(t *testing.T) {
	s := consoletest.New(t, acts(func(*frame.Call) error { return desk.ErrDenied }))
	s.SignIn(s.Ada).Post("/console/live/act", nil)
	var got []string
	s.OK(s.Store.Audit(t.Context(), 0, func(e officials.Entry) error {
		got = append(got, e.Actor+" "+e.Action+" "+e.Object)
		return nil
	}))
	if want := "ada console.denied /console/live/act"; got[len(got)-1] != want {
		t.Errorf("the last entry is %q, want %q", got[len(got)-1], want)
	}
}

// Check 16, without scripts: what was typed when the session was over travels through the sign-in page, and
// nothing happens before a button is pressed.
func TestASessionThatEndsLosesNothing(t *testing.T) {
	n := 0
	s := consoletest.New(t, acts(func(c *frame.Call) error {
		n++
		return c.JSON(c.PostForm["zips"])
	}))
	ada := s.SignIn(s.Ada)
	s.Pass(officials.SessionIdle)
	typed := url.Values{"zips": {"06107\r\n06824", `"><script>alert(1)</script>`}, "touch": {"old"}, "once": {"x"}}
	w := ada.Post("/console/live/act", typed)
	if w.Code != http.StatusUnauthorized || !strings.Contains(w.Body.String(), "What you typed is kept") {
		t.Fatalf("%d, want 401 with the sign-in page:\n%s", w.Code, w.Body)
	}
	next, kept := hidden(t, w.Body.String(), "next"), hidden(t, w.Body.String(), "kept")
	q, err := s.Door.AskSignIn()
	s.OK(err)
	w = ada.Post("/console/sign-in", url.Values{"next": {next}, "kept": {kept}, "touch": {ada.Key.Get(q)}})
	body := w.Body.String()
	if w.Code != http.StatusOK || !strings.Contains(body, `action="/console/live/act"`) || strings.Contains(body, "<script>alert") {
		t.Fatalf("%d, want 200 with the form again:\n%s", w.Code, body)
	}
	if strings.Contains(body, `name="touch"`) || n > 0 {
		t.Errorf("an old proof travelled along, or it was done %d times already", n)
	}
	form := url.Values{}
	for _, part := range strings.Split(body, `name="zips" value="`)[1:] {
		value, _, _ := strings.Cut(part, `"`)
		form.Add("zips", html.UnescapeString(value))
	}
	if got, want := ada.Post(next, form).Body.String(), ada.Post(next, typed).Body.String(); got != want {
		t.Errorf("after the detour it reads %s, want %s", got, want)
	}
}

func hidden(t *testing.T, body, name string) string {
	t.Helper()
	_, rest, ok := strings.Cut(body, `name="`+name+`" value="`)
	if !ok {
		t.Fatalf("there is no field %q:\n%s", name, body)
	}
	value, _, _ := strings.Cut(rest, `"`)
	return html.UnescapeString(value)
}

func TestSignInLeadsNowhereElse(t *testing.T) {
	s := consoletest.New(t)
	ada := s.SignIn(s.Ada)
	for next, want := range map[string]string{
		"/console/live/?x=1":            "/console/live/?x=1",
		"https://evil.example.com/":     "/console/",
		"//evil.example.com/console/":   "/console/",
		"/subscribe":                    "/console/",
		"javascript:alert(1)":           "/console/",
		"/console/\\evil.example.com":   "/console/",
		"/console/../../subscribe":      "/console/",
		"/console/live/../../subscribe": "/console/",
	} {
		if got := ada.Get("/console/sign-in?next=" + url.QueryEscape(next)).Header().Get("Location"); got != want {
			t.Errorf("next %q leads to %q, want %q", next, got, want)
		}
	}
}

// The cookie stays at home when a link in a mail is followed; a page in between brings it along.
func TestALinkInAMailOpensTheConsole(t *testing.T) {
	s := consoletest.New(t)
	stranger := s.Enter(s.Ada)
	s.Pass(officials.SessionIdle)
	w := stranger.Get("/console/live/?a=b", "Sec-Fetch-Site", "cross-site")
	if !strings.Contains(w.Body.String(), `http-equiv="refresh"`) || !strings.Contains(w.Body.String(), `href="/console/live/?a=b"`) {
		t.Errorf("%d without a way on:\n%s", w.Code, w.Body)
	}
	if w := stranger.Get("/console/live/", "Sec-Fetch-Site", "same-origin"); !strings.Contains(w.Body.String(), "<h1>Sign in</h1>") {
		t.Error("the page in between leads to itself")
	}
}

func TestASentenceIsSaidOnce(t *testing.T) {
	s := consoletest.New(t, acts(func(c *frame.Call) error {
		c.Say("Done <b>; really")
		return c.See("/console/live/act")
	}))
	ada := s.SignIn(s.Ada)
	ada.Post("/console/live/act", nil)
	if body := ada.Get("/console/live/act").Body.String(); !strings.Contains(body, "Done &lt;b&gt;; really") {
		t.Errorf("it is not said:\n%s", body)
	}
	if body := ada.Get("/console/live/act").Body.String(); strings.Contains(body, "Done") {
		t.Error("it is said twice")
	}
}

func TestTheCookieOpensNothingElsewhere(t *testing.T) {
	s := consoletest.New(t)
	link, err := s.Door.Link(t.Context(), *s.Ada.Official)
	s.OK(err)
	w := s.Enter(s.Bob).Post("/console/enter/"+link.Reveal(), nil)
	for _, c := range w.Result().Cookies() {
		if !strings.HasPrefix(c.Name, "__Host-") || !c.Secure || !c.HttpOnly || c.SameSite != http.SameSiteStrictMode || c.Path != "/" || c.Domain != "" {
			t.Errorf("cookie %s: %+v", c.Name, c)
		}
	}
	if len(w.Result().Cookies()) == 0 {
		t.Errorf("%d sets no cookie", w.Code)
	}
}

func TestAPageThatIsWrongStopsTheStart(t *testing.T) {
	s := consoletest.New(t)
	for name, text := range map[string]string{"no main": `{{define "other"}}{{end}}`, "broken": `{{define "main"}}{{`, "no such asset": ``} {
		_, err := frame.New(frame.Config{Desk: s.Desk, Door: s.Door, SignIn: func(*frame.Call, frame.Kept) error { return nil },
			Rooms: []frame.Room{{Templates: fstest.MapFS{"a-page.html": {Data: []byte(text)}}}}})
		if err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestAnOfficialWithoutADrillMayBeKeptOut(t *testing.T) {
	s := consoletest.New(t)
	ada := s.SignIn(s.Ada)
	if body := ada.Get("/console/").Body.String(); !strings.Contains(body, "no drill in the last 180 days") || ada.Get("/console/live/").Code != http.StatusOK {
		t.Error("without a drill an official is not warned, or kept out")
	}
	agency := s.Ada.Agency
	agency.DrillFirst = true
	s.OK(s.SaveAgency(t.Context(), agency))
	if got := ada.Get("/console/live/").Code; got != http.StatusForbidden {
		t.Errorf("where the policy says so: %d, want 403", got)
	}
	s.Issue("", strings.ReplaceAll(alertInDrill, "\n", ""))
	if got := ada.Get("/console/live/").Code; got != http.StatusOK {
		t.Errorf("after a drill: %d, want 200", got)
	}
}

const alertInDrill = `{"kind": "alert", "mode": "drill", "began": "11:49", "next_update": "13:30", "conditions": [
	{"area": "CT/West Hartford", "voice": "down", "text": "working"}]}`
