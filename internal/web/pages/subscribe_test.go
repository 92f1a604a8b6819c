package pages_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"callbox/areas"
	"callbox/internal/web/webtest"
)

const form = "application/x-www-form-urlencoded"

// post sends a form.
func (s *site) post(path string, fields url.Values, header ...string) *httptest.ResponseRecorder {
	s.T.Helper()
	return webtest.Ask(s.T, s.Pages, "POST", path, fields.Encode(), append([]string{"Content-Type", form}, header...)...)
}

func signUp(email, places string) url.Values {
	return url.Values{"email": {email}, "places": {places}, "language": {"es"}}
}

// active counts the addresses that would hear an alert in West Hartford.
func (s *site) active() int {
	s.T.Helper()
	n, err := s.Store.Recipients(s.T.Context(), "live", false, map[string]bool{"x-west-hartford": false})
	s.OK(err)
	total := 0
	for _, count := range n {
		total += count
	}
	return total
}

func TestASignUpIsConfirmedByAButtonAndEndedByOne(t *testing.T) {
	s := newSite(t)
	w := s.post("/subscribe?lang=es", signUp("pat@example.org", "06107, 06880-1234"))
	if w.Code != http.StatusSeeOther || w.Header().Get("Location") != "/es/subscribe/sent" {
		t.Fatalf("the form: %d to %q", w.Code, w.Header().Get("Location"))
	}
	mails := s.Posted()
	if len(mails) != 1 || mails[0].Lang != "es" || len(mails[0].ZIPs) != 2 || mails[0].ZIPs[1] != areas.ZIP("06880") {
		t.Fatalf("%d confirmation mails, want one in Spanish for two ZIP codes", len(mails))
	}
	// Programs that scan mail fetch every link, and more than once.
	confirm, leave := "/confirm/"+mails[0].Token, "/leave/"
	for range 3 {
		holds(t, "the link", s.get(confirm, http.StatusOK), `method="post"`)
		webtest.Ask(t, s.Pages, "HEAD", confirm, "")
	}
	if n := s.active(); n != 0 {
		t.Fatalf("after scanners: %d active, want none", n)
	}
	for range 2 {
		if w := s.post(confirm, nil); w.Code != http.StatusOK {
			t.Errorf("the button: %d, want 200 at every press", w.Code)
		}
	}
	if n := s.active(); n != 1 {
		t.Fatalf("after the button: %d active, want 1", n)
	}
	leave += s.LeaveToken(1)
	for range 3 {
		holds(t, "the link to leave", s.get(leave, http.StatusOK), `method="post"`)
	}
	if n := s.active(); n != 1 {
		t.Fatalf("after scanners: %d active, want 1", n)
	}
	s.post(leave, nil)
	if n := s.active(); n != 0 {
		t.Errorf("after leaving: %d active, want none", n)
	}
}

// RFC 8058: one POST without a cookie, a redirect or a question; and it opens nothing else.
func TestOneClickLeaves(t *testing.T) {
	s := newSite(t)
	s.post("/subscribe", signUp("pat@example.org", "06107"))
	s.post("/confirm/"+s.Posted()[0].Token, nil)
	leave := "/leave/" + s.LeaveToken(1)
	w := s.post(leave, url.Values{"List-Unsubscribe": {"One-Click"}})
	if w.Code != http.StatusOK || len(w.Result().Cookies()) != 0 || s.active() != 0 {
		t.Errorf("one click: %d with %d cookies and %d active, want 200 and none", w.Code, len(w.Result().Cookies()), s.active())
	}
	for name, path := range map[string]string{"an unknown link": "/leave/nonsense", "a link to confirm": "/leave/" + s.Posted()[0].Token, "twice": leave} {
		again := s.post(path, nil)
		if again.Code != http.StatusOK || text(again) != text(w) {
			t.Errorf("%s: %d and another page, want the same as for a known one", name, again.Code)
		}
	}
	if w := s.post("/confirm/"+s.LeaveToken(1), nil); w.Code != http.StatusNotFound {
		t.Errorf("a link to leave confirms: %d, want 404", w.Code)
	}
}

// text is a page without what repeats its own address.
func text(w *httptest.ResponseRecorder) string {
	_, main, _ := strings.Cut(w.Body.String(), "<main")
	return main
}

func TestAnExpiredLinkSaysSo(t *testing.T) {
	s := newSite(t)
	s.post("/subscribe", signUp("pat@example.org", "06107"))
	token := s.Posted()[0].Token
	s.Pass(25 * time.Hour)
	w := s.post("/confirm/"+token, nil)
	if w.Code != http.StatusGone || !strings.Contains(w.Body.String(), "This link has expired") {
		t.Errorf("after 25 hours: %d, want 410 and a way on", w.Code)
	}
}

// Whoever left is not brought back by a link that lies in an old mail, nor by a program that fetches it.
func TestALinkToConfirmThatWasUsedBringsNobodyBack(t *testing.T) {
	s := newSite(t)
	s.post("/subscribe", signUp("pat@example.org", "06107"))
	confirm := "/confirm/" + s.Posted()[0].Token
	s.post(confirm, nil)
	s.post("/leave/"+s.LeaveToken(1), nil)
	holds(t, "the old link", s.get(confirm, http.StatusOK), `method="post"`)
	if w := s.post(confirm, nil); w.Code != http.StatusGone || len(w.Result().Cookies()) != 0 || s.active() != 0 {
		t.Errorf("the button behind it: %d with %d cookies and %d active, want 410 and none", w.Code, len(w.Result().Cookies()), s.active())
	}
	s.post("/subscribe", signUp("pat@example.org", "06107"))
	if w := s.post(confirm, nil); w.Code != http.StatusGone || s.active() != 0 {
		t.Errorf("after another sign-up: %d and %d active, want 410 and none: it has a link of its own", w.Code, s.active())
	}
}

// Nobody learns from the form who is on the roll: the answers are equal, byte for byte.
func TestTheFormAnswersAlikeForEverybody(t *testing.T) {
	s := newSite(t)
	s.post("/subscribe", signUp("known@example.org", "06107"))
	s.post("/confirm/"+s.Posted()[0].Token, nil)
	s.post("/subscribe", signUp("waiting@example.org", "06107"))
	s.Posted()
	trapped := signUp("robot@example.org", "06107")
	trapped.Set("website", "https://example.com")
	cases := map[string]url.Values{"new": signUp("new@example.org", "06107"), "waiting": signUp("waiting@example.org", "06107"),
		"known": signUp("known@example.org", "06107"), "trapped": trapped}
	var first *httptest.ResponseRecorder
	for name, fields := range cases {
		w := s.post("/subscribe", fields)
		if first == nil {
			first = w
		}
		if w.Code != first.Code || w.Body.String() != first.Body.String() || w.Header().Get("Location") != first.Header().Get("Location") {
			t.Errorf("%s: %d to %q, another answer than for others", name, w.Code, w.Header().Get("Location"))
		}
	}
	if n := len(s.Posted()); n != 5 {
		t.Errorf("%d mails, want 5: none for the trap", n)
	}
	for range 5 {
		if w := s.post("/subscribe", signUp("New@example.org", "06107")); w.Code != first.Code {
			t.Errorf("asked too often: %d, want %d as always", w.Code, first.Code)
		}
		s.Posted()
	}
	if n := len(s.Posted()); n != 7 {
		t.Errorf("%d mails, want 7: three an hour to one address", n)
	}
}

func TestOneNetworkCannotSignUpWithoutEnd(t *testing.T) {
	s := newSite(t)
	codes := map[int]int{}
	for i := range 40 {
		w := s.post("/subscribe", signUp(fmt.Sprintf("resident%d@example.org", i), "06107"))
		codes[w.Code]++
	}
	if codes[http.StatusSeeOther] != 30 || codes[http.StatusTooManyRequests] != 10 {
		t.Errorf("40 sign-ups of one network: %v, want 30 taken", codes)
	}
	s.Pass(time.Minute)
	if w := s.post("/subscribe", signUp("later@example.org", "06107")); w.Code != http.StatusSeeOther {
		t.Errorf("a minute later: %d, want it taken", w.Code)
	}
}

func TestAFormWithMistakesKeepsWhatWasTyped(t *testing.T) {
	s := newSite(t)
	for name, c := range map[string]struct {
		fields url.Values
		want   []string
	}{
		"an address":  {signUp("not an address", "06107"), []string{`href="#email"`, "Escriba un correo electrónico", `value="not an address"`, `value="06107"`}},
		"a ZIP":       {signUp("pat@example.org", "06107 06100"), []string{`href="#places"`, "06100 no es un código postal", `value="pat@example.org"`}},
		"no ZIP":      {signUp("pat@example.org", " "), []string{`href="#places"`, "Escriba un código postal"}},
		"eleven ZIPs": {signUp("pat@example.org", "06107 06117 06880 06824 06825 06037 06103 06105 06106 06110 06111"), []string{"10 códigos postales como máximo"}},
		"a language":  {url.Values{"email": {"pat@example.org"}, "places": {"06107"}, "language": {"tlh"}}, []string{`href="#language"`, "Elija un idioma"}},
		"nothing":     {url.Values{}, []string{`href="#email"`, `href="#places"`, `href="#language"`}},
	} {
		w := s.post("/subscribe?lang=es", c.fields)
		if w.Code != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d, want 422", name, w.Code)
		}
		holds(t, name, text(w), append(c.want, `role="alert"`, "autofocus")...)
	}
	if len(s.Posted()) != 0 {
		t.Error("a form with mistakes sent a mail")
	}
}

func TestHostileStringsStayInert(t *testing.T) {
	s := newSite(t)
	for _, hostile := range []string{`"><script>alert(1)</script>`, "' onfocus=alert(1) x='", "{{.}}", "06107\u202e\u2066", "javascript:alert(1)", "<img src=x onerror=alert(1)>"} {
		w := s.post("/subscribe", signUp(hostile, hostile))
		get := webtest.Ask(t, s.Pages, "GET", "/?zip="+url.QueryEscape(hostile)+"&lang="+url.QueryEscape(hostile), "")
		for _, body := range []string{w.Body.String(), get.Body.String()} {
			for _, bad := range []string{"<script>alert", "<img", `" onfocus`, "\u202e", "\u2066", `href="javascript:`} {
				if strings.Contains(body, bad) {
					t.Errorf("%q comes back as %q", hostile, bad)
				}
			}
		}
	}
}

// A letter outlives the trouble of its relay: who signed up need not do it again.
func TestALetterThatFailsIsWrittenLater(t *testing.T) {
	s := newSite(t)
	s.BreakMail(errors.New("relay: down"))
	if w := s.post("/subscribe", signUp("pat@example.org", "06107")); w.Code != http.StatusSeeOther {
		t.Errorf("without a relay: %d, want 303 as always", w.Code)
	}
	if _, err := s.WriteLetters(t.Context()); err == nil {
		t.Error("a letter that failed was told to nobody, want an error")
	}
	s.BreakMail(nil)
	if n := len(s.Posted()); n != 0 {
		t.Errorf("at once: %d letters, want none yet", n)
	}
	s.Pass(3 * time.Minute)
	if n := len(s.Posted()); n != 1 {
		t.Errorf("minutes later: %d letters, want 1", n)
	}
	s.Pass(time.Hour)
	if n := len(s.Posted()); n != 1 {
		t.Errorf("an hour later: %d letters, want the one", n)
	}
}

// An alert goes before the letters, and the page says so, to everybody alike.
func TestLettersStandBackWhileAnAlertGoesOut(t *testing.T) {
	s := newSite(t)
	s.post("/subscribe", signUp("first@example.org", "06107"))
	s.post("/confirm/"+s.Posted()[0].Token, nil)
	s.says("/subscribe/sent", "!We are sending an alert now")
	s.issue("", webtest.Alert) // and nobody sends it
	s.says("/subscribe/sent", "We are sending an alert now")
	s.says("/manage/sent", "We are sending an alert now")
	s.post("/subscribe", signUp("second@example.org", "06107"))
	if n := len(s.Posted()); n != 1 {
		t.Errorf("while an alert goes out: %d letters, want none beside the first", n)
	}
	s.Pass(16 * time.Minute)
	if n := len(s.Posted()); n != 2 {
		t.Errorf("a quarter of an hour later: %d letters, want the second too: nobody waits for ever", n)
	}
}

func TestADeviceSignsUpAtOnce(t *testing.T) {
	s := newSite(t)
	body := func(subscription, places string) string {
		b, err := json.Marshal(map[string]any{"subscription": json.RawMessage(subscription), "places": places, "language": "en"})
		s.OK(err)
		return string(b)
	}
	ask := func(body, media string) *httptest.ResponseRecorder {
		return webtest.Ask(t, s.Pages, "POST", "/subscribe/push?lang=es", body, "Content-Type", media)
	}
	if w := ask(body(s.Device, "06107"), "application/json"); w.Code != http.StatusNoContent || s.active() != 1 {
		t.Fatalf("a device: %d with %s and %d active, want 204 and 1", w.Code, w.Body, s.active())
	}
	for name, c := range map[string]struct {
		body, media, want string
		code              int
	}{
		"a form":          {body(s.Device, "06107"), form, "dispositivo", 415},
		"no JSON":         {"{", "application/json", "dispositivo", 400},
		"no ZIP":          {body(s.Device, ""), "application/json", `"field":"places"`, 422},
		"another service": {body(strings.Replace(s.Device, "push.example.com", "push.example.org", 1), "06107"), "application/json", "dispositivo", 422},
		"inward":          {body(strings.Replace(s.Device, "push.example.com", "169.254.169.254", 1), "06107"), "application/json", "dispositivo", 422},
		"too long":        {body(`{"endpoint":"`+strings.Repeat("x", 20000)+`"}`, "06107"), "application/json", "dispositivo", 400},
	} {
		w := ask(c.body, c.media)
		if w.Code != c.code || !strings.Contains(w.Body.String(), c.want) {
			t.Errorf("%s: %d %s, want %d that says %q", name, w.Code, w.Body, c.code, c.want)
		}
	}
	// promise 14: who joins while an outage is open hears of it, and the device is on the roll once.
	s.issue("", webtest.Alert)
	if w := ask(body(s.Device, "06107 06880"), "application/json"); w.Code != http.StatusNoContent || s.active() != 1 {
		t.Errorf("the same device again: %d and %d active, want 204 and 1", w.Code, s.active())
	}
}

func TestThePushPanelIsThereWhenThereIsAKey(t *testing.T) {
	s := newSite(t)
	s.says("/subscribe", `data-key="`+s.PushKey+`"`, "/push.js", "hidden")
	worker := webtest.Ask(t, s.Pages, "GET", "/sw.js", "")
	if worker.Header().Get("Content-Type") != "text/javascript; charset=utf-8" || worker.Header().Get("Cache-Control") != "no-cache" {
		t.Errorf("the worker: %v", worker.Header())
	}
	var manifest struct {
		Start string                 `json:"start_url"`
		Icons []struct{ Src string } `json:"icons"`
	}
	s.OK(json.Unmarshal(webtest.Ask(t, s.Pages, "GET", "/manifest.webmanifest?lang=es", "").Body.Bytes(), &manifest))
	if manifest.Start != "/es/" || len(manifest.Icons) == 0 {
		t.Fatalf("the manifest: %+v", manifest)
	}
	icon := webtest.Ask(t, s.Pages, "GET", manifest.Icons[0].Src, "")
	if icon.Code != http.StatusOK || !strings.Contains(icon.Header().Get("Cache-Control"), "immutable") {
		t.Errorf("the icon: %d %v", icon.Code, icon.Header())
	}
	if w := webtest.Ask(t, s.Pages, "GET", "/assets/0000000000000000/site.css", ""); w.Code != http.StatusNotFound || strings.Contains(w.Header().Get("Cache-Control"), "immutable") {
		t.Errorf("an asset under another hash: %d %v", w.Code, w.Header())
	}
}
