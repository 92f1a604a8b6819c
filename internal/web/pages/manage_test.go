package pages_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"callbox/areas"
	"callbox/channels"
	"callbox/internal/desk"
	"callbox/internal/dispatch"
	"callbox/internal/web/webtest"
)

// resident signs somebody up, confirms, and returns the cookie of the session that confirming opens.
func (s *site) resident(email, places string) string {
	s.T.Helper()
	s.post("/subscribe", signUp(email, places))
	posted := s.Posted()
	return s.cookie(s.post("/confirm/"+posted[len(posted)-1].Token, nil))
}

// cookie returns the session that an answer sets, as a browser sends it back.
func (s *site) cookie(w *httptest.ResponseRecorder) string {
	s.T.Helper()
	for _, c := range w.Result().Cookies() {
		if strings.HasPrefix(c.Name, "__Host-") && c.Secure && c.HttpOnly && c.Path == "/" && c.SameSite == http.SameSiteStrictMode {
			return c.Name + "=" + c.Value
		}
	}
	s.T.Fatalf("%d without a session, want a cookie that stays on this host", w.Code)
	return ""
}

// as asks for a page with a session.
func (s *site) as(cookie, method, path string, fields url.Values) *httptest.ResponseRecorder {
	s.T.Helper()
	return webtest.Ask(s.T, s.Pages, method, path, fields.Encode(), "Content-Type", form, "Cookie", cookie)
}

// do sends a form with a session and returns the page that the browser is sent to.
func (s *site) do(cookie, path string, fields url.Values) string {
	s.T.Helper()
	w := s.as(cookie, "POST", path, fields)
	if w.Code != http.StatusSeeOther {
		s.T.Fatalf("POST %s: %d, want 303", path, w.Code)
	}
	return s.as(cookie, "GET", w.Header().Get("Location"), nil).Body.String()
}

func TestALinkThatWasMailedLetsItsReaderIn(t *testing.T) {
	s := newSite(t)
	s.resident("pat@example.org", "06107")
	if w := s.post("/manage", url.Values{"email": {"Pat@example.org"}}); w.Code != http.StatusSeeOther || w.Header().Get("Location") != "/en/manage/sent" {
		t.Fatalf("asking: %d to %q", w.Code, w.Header().Get("Location"))
	}
	posted := s.Posted()
	last := posted[len(posted)-1]
	if len(posted) != 2 || last.Kind != desk.ManageLetter {
		t.Fatalf("%d letters, the last to %s, want one with a link to manage", len(posted), last.Kind)
	}
	for range 3 { // by programs that scan mail
		if w := webtest.Ask(t, s.Pages, "GET", "/manage/"+last.Token, ""); w.Code != http.StatusOK || len(w.Result().Cookies()) != 0 {
			t.Errorf("opening the link: %d with %d cookies, want a button and none", w.Code, len(w.Result().Cookies()))
		}
	}
	w := s.post("/manage/"+last.Token, nil)
	cookie := s.cookie(w)
	page := s.as(cookie, "GET", w.Header().Get("Location"), nil)
	holds(t, "the page", page.Body.String(), "pat@example.org", `value="06107"`, "On since October 22, 2024")
	if c := page.Header().Get("Cache-Control"); !strings.Contains(c, "no-store") {
		t.Errorf("the page is cached: %q", c)
	}
	s.Pass(31 * time.Minute)
	holds(t, "after half an hour", s.as(cookie, "GET", "/manage", nil).Body.String(), "!pat@example.org", `name="email"`)
	if w := s.as(cookie, "POST", "/manage/erase", nil); w.Code != http.StatusSeeOther || s.active() != 1 {
		t.Errorf("erasing with a session that is over: %d and %d active, want to be sent back and 1", w.Code, s.active())
	}
	s.Pass(31 * time.Minute)
	if w := s.post("/manage/"+last.Token, nil); w.Code != http.StatusGone || len(w.Result().Cookies()) != 0 {
		t.Errorf("the link after its hour: %d, want 410", w.Code)
	}
}

// Nobody learns from the form who is on the roll.
func TestAskingForALinkIsAnsweredAlikeForEverybody(t *testing.T) {
	s := newSite(t)
	s.resident("known@example.org", "06107")
	s.post("/subscribe", signUp("waiting@example.org", "06107"))
	s.Posted()
	before := len(s.Posted())
	var first *httptest.ResponseRecorder
	for _, address := range []string{"known@example.org", "waiting@example.org", "unknown@example.org"} {
		for range 5 { // more often than letters are written
			w := s.post("/manage", url.Values{"email": {address}})
			if first == nil {
				first = w
			}
			if w.Code != first.Code || w.Body.String() != first.Body.String() || w.Header().Get("Location") != first.Header().Get("Location") {
				t.Errorf("%s: %d to %q, another answer than for others", address, w.Code, w.Header().Get("Location"))
			}
			s.Posted()
		}
	}
	// One of the three an hour is spent on signing up.
	if n := len(s.Posted()) - before; n != 2 {
		t.Errorf("%d letters, want 2 to the one who is on the roll", n)
	}
	w := s.post("/manage", url.Values{"email": {"nonsense"}})
	if w.Code != http.StatusUnprocessableEntity {
		t.Errorf("no address: %d, want 422", w.Code)
	}
	holds(t, "no address", w.Body.String(), `role="alert"`, `href="#email"`, `value="nonsense"`)
}

// A link is good for one thing.
func TestALinkToLeaveOpensNothingElse(t *testing.T) {
	s := newSite(t)
	s.resident("pat@example.org", "06107")
	leave := s.LeaveToken(1)
	for _, path := range []string{"/manage/" + leave, "/confirm/" + leave} {
		if w := s.post(path, nil); w.Code < 400 || len(w.Result().Cookies()) != 0 || strings.Contains(w.Body.String(), "pat@example.org") {
			t.Errorf("POST %s with a token to leave: %d with %d cookies, want neither", path[:8], w.Code, len(w.Result().Cookies()))
		}
	}
	for _, value := range []string{leave, s.Posted()[0].Token, "nonsense", ""} {
		w := s.as("__Host-managing="+value, "GET", "/manage", nil)
		holds(t, "a session that is none", w.Body.String(), "!pat@example.org", `name="email"`)
	}
}

// promise 14: who moves to where 911 is out hears of it, on every way they are reached.
func TestWhoeverMovesHearsOfTheirNewPlaces(t *testing.T) {
	s := newSite(t)
	cookie := s.resident("pat@example.org", "06037")
	id := s.issue("", webtest.Alert)
	page := s.do(cookie, "/manage/save", url.Values{"places": {"06824 06107"}, "language": {"en"}, "area-06824": {"x-fairfield"}, "tests": {"yes"}})
	holds(t, "after saving", page, "Saved.", `value="06824 06107"`, "06824 is in more than one town", `value="x-fairfield" checked`, `value="yes" checked`)
	if n := s.active(); n != 1 {
		t.Errorf("%d active in West Hartford, want the one who moved there", n)
	}
	waiting, err := s.Store.Figures(t.Context(), id, false)
	s.OK(err)
	total := 0
	for _, f := range waiting {
		total += f.Waiting
	}
	if total != 1 {
		t.Errorf("%d deliveries wait, want the one to the new places", total)
	}
	again := s.as(cookie, "POST", "/manage/save", url.Values{"places": {"06824 00000"}, "language": {"tlh"}})
	if again.Code != http.StatusUnprocessableEntity {
		t.Errorf("a form with mistakes: %d, want 422", again.Code)
	}
	holds(t, "a form with mistakes", again.Body.String(), `href="#places"`, `href="#language"`, `value="06824 00000"`)
}

func TestAPauseKeepsMessagesAwayUntilItIsOver(t *testing.T) {
	s := newSite(t)
	cookie := s.resident("pat@example.org", "06107")
	holds(t, "paused", s.do(cookie, "/manage/pause", nil), "Your alerts are paused until November 21, 2024", "!We send a test by every way")
	if n := s.active(); n != 0 {
		t.Errorf("paused: %d active, want none", n)
	}
	s.post("/subscribe", signUp("pat@example.org", "06880"))
	if posted := s.Posted(); posted[len(posted)-1].Kind != desk.KnownLetter {
		t.Errorf("signing up while paused: a %s letter, want the one for who is known", posted[len(posted)-1].Kind)
	}
	holds(t, "resumed", s.do(cookie, "/manage/resume", nil), "Your alerts are on again", "On since")
	if n := s.active(); n != 1 {
		t.Errorf("resumed: %d active, want 1", n)
	}
	// By the link of a mail, and until it is over.
	leave := "/leave/" + s.LeaveToken(1)
	holds(t, "by a link", s.post(leave+"/pause", nil).Body.String(), "You get no alerts at this address before November 21, 2024")
	if n := s.active(); n != 0 {
		t.Errorf("paused by a link: %d active, want none", n)
	}
	s.Pass(31 * 24 * time.Hour)
	s.OK(s.TendResidents(t.Context()))
	if n := s.active(); n != 1 {
		t.Errorf("a month later: %d active, want 1", n)
	}
	s.post(leave, nil)
	s.post(leave+"/pause", nil)
	if n := s.active(); n != 0 {
		t.Errorf("after leaving by a link from before: %d active, want none", n)
	}
}

func TestATestGoesToEveryWayThreeTimesADay(t *testing.T) {
	s := newSite(t)
	cookie := s.resident("pat@example.org", "06107")
	s.adopt(cookie)
	before := len(s.Posted())
	for i := range 4 {
		want := "A test is on its way."
		if i == 3 {
			want = "You had enough tests for today."
		}
		holds(t, "a test", s.do(cookie, "/manage/test", nil), want)
		s.Posted()
	}
	kinds := map[string]int{}
	for _, l := range s.Posted()[before:] {
		kinds[string(l.Kind)+" "+string(l.Channel)]++
	}
	if kinds["test email"] != 3 || kinds["test push"] != 3 || len(kinds) != 2 {
		t.Errorf("letters: %v, want three tests by mail and three to the device", kinds)
	}
}

// adopt adds the room's device to who has a session.
func (s *site) adopt(cookie string) {
	s.T.Helper()
	body := `{"subscription":` + s.Device + `,"places":"06107","language":"en"}`
	w := webtest.Ask(s.T, s.Pages, "POST", "/manage/device", body, "Content-Type", "application/json", "Cookie", cookie)
	if w.Code != http.StatusNoContent {
		s.T.Fatalf("adding a device: %d %s, want 204", w.Code, w.Body)
	}
}

// goneDevice has the push service call every device gone that something waits for.
func (s *site) goneDevice() {
	s.T.Helper()
	ctx := s.T.Context()
	lanes, err := s.Store.Lanes(ctx, s.Now())
	s.OK(err)
	for _, l := range lanes {
		if l.Channel != channels.Push {
			continue
		}
		b, err := s.Store.Lease(ctx, l.ID, "test", s.Now())
		s.OK(err)
		for i := range b.Deliveries {
			b.Deliveries[i].Fate = dispatch.Gone
		}
		_, err = s.Store.Flush(ctx, b, b.Deliveries, true, s.Now())
		s.OK(err)
	}
}

func TestADeviceThatIsGoneIsShownAndItsOwnerIsWrittenTo(t *testing.T) {
	s := newSite(t)
	cookie := s.resident("pat@example.org", "06107")
	s.adopt(cookie)
	if n := s.active(); n != 2 {
		t.Fatalf("%d active, want the address and the device", n)
	}
	s.issue("", webtest.Alert)
	s.goneDevice()
	holds(t, "the page", s.as(cookie, "GET", "/manage", nil).Body.String(), "Cannot be reached since October 22, 2024")
	before := len(s.Posted())
	for range 3 {
		s.OK(s.TendResidents(t.Context()))
		s.Pass(16 * time.Minute) // the alert by mail is not sent: letters stand back
		s.Posted()
	}
	posted := s.Posted()[before:]
	if len(posted) != 1 || posted[0].Kind != desk.DeviceLetter {
		t.Fatalf("%d letters about the device, want one", len(posted))
	}
	cookie = s.cookie(s.post("/manage/"+posted[0].Token, nil))
	holds(t, "removed", s.do(cookie, "/manage/remove", url.Values{"address": {"2"}}), "Removed.", "!Cannot be reached", "pat@example.org")
	if w := s.as(cookie, "POST", "/manage/remove", url.Values{"address": {"99"}}); w.Code != http.StatusSeeOther {
		t.Errorf("removing what is not theirs: %d, want 303 and nothing", w.Code)
	}
}

// promise 12: a resident sees everything that is held, and can have it erased.
func TestAResidentGetsAllThatIsHeldAndHasItErased(t *testing.T) {
	s := newSite(t)
	cookie := s.resident("pat@example.org", "06107 06824")
	s.adopt(cookie)
	s.issue("", webtest.Alert)
	w := s.as(cookie, "GET", "/manage/export", nil)
	var held desk.Held
	s.OK(json.Unmarshal(w.Body.Bytes(), &held))
	if held.List != "live" || len(held.Places) != 2 || held.Places[0].ZIP != areas.ZIP("06107") || len(held.Addresses) != 2 ||
		held.Addresses[0].Destination != "pat@example.org" || held.Consent.Source != "web" || held.Consent.At.IsZero() || held.SignedUp.IsZero() {
		t.Errorf("the export holds %+v", held)
	}
	if !strings.Contains(w.Header().Get("Content-Disposition"), "attachment") || !strings.Contains(w.Header().Get("Cache-Control"), "no-store") {
		t.Errorf("the export's headers: %v", w.Header())
	}
	holds(t, "the question", s.as(cookie, "GET", "/manage/erase", nil).Body.String(), `method="post"`)
	if n := s.active(); n != 2 {
		t.Fatalf("after the question: %d active, want 2", n)
	}
	holds(t, "the end", s.do(cookie, "/manage/erase", nil), "We erased your data.", "!pat@example.org")
	if n := s.active(); n != 0 {
		t.Errorf("%d active, want none", n)
	}
	for _, path := range []string{"/manage/export", "/manage"} {
		if body := s.as(cookie, "GET", path, nil).Body.String(); strings.Contains(body, "06107") || strings.Contains(body, "pat@") {
			t.Errorf("GET %s after erasing still shows something", path)
		}
	}
}

func TestADeviceIsFoundAgainByItsBrowser(t *testing.T) {
	s := newSite(t)
	ask := func(path, body string) int {
		return webtest.Ask(t, s.Pages, "POST", "/subscribe/push"+path, body, "Content-Type", "application/json").Code
	}
	quoted := func(v string) string {
		b, err := json.Marshal(v)
		s.OK(err)
		return string(b)
	}
	var old struct{ Endpoint string }
	s.OK(json.Unmarshal([]byte(s.Device), &old))
	fresh := strings.Replace(s.Device, old.Endpoint, old.Endpoint+"-new", 1)
	stolen := regexp.MustCompile(`"auth":"[^"]*"`).ReplaceAllString(fresh, `"auth":"`+strings.Repeat("A", 22)+`"`)
	sync := func(was, now string) string { return `{"old":` + quoted(was) + `,"subscription":` + now + `}` }
	device := func(now string) string { return `{"subscription":` + now + `}` }

	if got := ask("/sync", sync("", s.Device)); got != http.StatusNotFound {
		t.Errorf("a device that never signed up: %d, want 404", got)
	}
	if got := ask("", `{"subscription":`+s.Device+`,"places":"06107","language":"en"}`); got != http.StatusNoContent {
		t.Fatalf("signing up: %d", got)
	}
	for _, c := range []struct {
		what, path, body string
		want, active     int
	}{
		{"at every visit", "/sync", sync(old.Endpoint, s.Device), 204, 1},
		{"a visit of an old page", "/sync", sync("", s.Device), 204, 1},
		{"with another subscription", "/sync", sync(old.Endpoint, fresh), 204, 1},
		{"by the one it had", "/sync", sync("", s.Device), 404, 1},
		{"inward", "/sync", sync(old.Endpoint+"-new", strings.Replace(s.Device, "push.example.com", "127.0.0.1", 1)), 422, 1},
		{"no JSON", "/sync", "{", 400, 1},
		{"a test", "/test", device(fresh), 204, 1},
		{"a test of another", "/test", device(s.Device), 404, 1},
		{"managing", "/manage", device(fresh), 204, 1},
		{"turning off without its secret", "/leave", device(stolen), 404, 1},
		{"turning off", "/leave", device(fresh), 204, 0},
		{"turning off twice", "/leave", device(fresh), 404, 0},
	} {
		if got := ask(c.path, c.body); got != c.want || s.active() != c.active {
			t.Errorf("%s: %d and %d active, want %d and %d", c.what, got, s.active(), c.want, c.active)
		}
	}
}
