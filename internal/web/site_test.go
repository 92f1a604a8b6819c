package web_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"callbox/areas"
	"callbox/internal/desk"
	"callbox/internal/web"
	"callbox/internal/web/api"
	"callbox/internal/web/feed"
	"callbox/internal/web/pages"
	"callbox/internal/web/webtest"
	"callbox/outages"
)

// site is everything that a process serves, on a real desk.
type site struct {
	*webtest.Room
	http.Handler
	pages *pages.Pages
	api   *api.API
	ready error
}

func newSite(t *testing.T) *site {
	t.Helper()
	s := &site{Room: webtest.New(t)}
	var err error
	s.pages, err = pages.New(pages.Config{Desk: s.Desk, Base: webtest.Base, PushKey: s.PushKey, Now: s.Now})
	s.OK(err)
	s.OK(s.pages.Refresh(t.Context()))
	s.api, err = api.New(api.Config{Desk: s.Desk, Board: s.pages.Board, Now: s.Now})
	s.OK(err)
	f, err := feed.New(feed.Config{Shelf: s.Store.Shelf(), Base: webtest.Base, Now: s.Now, Atlas: func() feed.Atlas {
		b, err := s.Book(context.Background())
		s.OK(err)
		return b
	}})
	s.OK(err)
	s.Handler = web.New(web.Surfaces{Pages: s.pages, API: s.api, Feed: f, Ready: func() error { return s.ready },
		Metrics: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("metrics")) })})
	return s
}

// route is an address with its placeholders filled.
type route struct{ method, path string }

// routes walks every mux of the site.
func (s *site) routes() []route {
	out := []route{{"GET", "/healthz"}, {"GET", "/readyz"}, {"GET", "/metrics"}, {"GET", "/cap/rss.xml"}, {"GET", "/alerts/active"}, {"GET", "/cap/nothing"}}
	fill := strings.NewReplacer("{$}", "", "{id}", "nothing", "{zip}", "06107", "{token}", "nonsense", "{hash}", "0", "{name}", "x")
	for _, r := range s.pages.Routes() {
		method, path, _ := strings.Cut(r.Pattern, " ")
		out = append(out, route{method, fill.Replace(path)})
	}
	for _, r := range s.api.Routes() {
		out = append(out, route{r.Method, fill.Replace(r.Path)})
	}
	return append(out, route{"GET", "/nothing/here"}, route{"DELETE", "/"}, route{"POST", "/outages/x"}, route{"GET", "/api/nothing"})
}

func TestEveryAnswerCarriesTheHeaders(t *testing.T) {
	s := newSite(t)
	for _, r := range s.routes() {
		for _, header := range [][]string{nil, {"Sec-Fetch-Site", "cross-site"}, {"Accept-Language", "\x00;;q=9"}, {"X-Forwarded-Proto", "https"}} {
			w := webtest.Ask(t, s, r.method, r.path, "", header...)
			for name, want := range map[string]string{"Content-Security-Policy": "default-src 'none'", "X-Content-Type-Options": "nosniff",
				"Referrer-Policy": "no-referrer", "Cross-Origin-Opener-Policy": "same-origin", "Permissions-Policy": "geolocation=()"} {
				if got := w.Header().Get(name); !strings.Contains(got, want) {
					t.Errorf("%s %s: %d with %s %q, want %q", r.method, r.path, w.Code, name, got, want)
				}
			}
			if len(w.Result().Cookies()) > 0 {
				t.Errorf("%s %s sets a cookie", r.method, r.path)
			}
			if len(header) == 2 && header[0] == "X-Forwarded-Proto" && w.Header().Get("Strict-Transport-Security") == "" {
				t.Errorf("%s %s over https lacks Strict-Transport-Security", r.method, r.path)
			}
		}
	}
}

// Nothing is changed by a GET, nor by a form on another site.
func TestEveryChangeRefusesAGETAndAnotherSite(t *testing.T) {
	s := newSite(t)
	changing := 0
	for _, r := range s.routes() {
		if r.method == "GET" || r.method == "DELETE" {
			continue
		}
		changing++
		for name, header := range map[string][]string{"Sec-Fetch-Site": {"Sec-Fetch-Site", "cross-site"}, "Origin": {"Origin", "https://evil.example.com"}} {
			if w := webtest.Ask(t, s, r.method, r.path, "", header...); w.Code != http.StatusForbidden {
				t.Errorf("%s %s from another site, told by %s: %d, want 403", r.method, r.path, name, w.Code)
			}
		}
	}
	if changing < 10 {
		t.Errorf("walked %d routes that change something, want all of them", changing)
	}
	address := s.signedUp()
	for _, path := range []string{"/leave/" + s.LeaveToken(address), "/confirm/" + s.Posted()[0].Token, "/subscribe/push", "/subscribe"} {
		for _, method := range []string{"GET", "HEAD"} {
			webtest.Ask(t, s, method, path, "")
		}
	}
	webtest.Ask(t, s, "POST", "/leave/"+s.LeaveToken(address), "List-Unsubscribe=One-Click", "Content-Type", "application/x-www-form-urlencoded", "Sec-Fetch-Site", "cross-site")
	if s.active() != 1 || len(s.Posted()) != 1 {
		t.Errorf("%d active and %d mails, want the one who signed up and nothing more", s.active(), len(s.Posted()))
	}
	// The same POST by a mail program, which sends neither header, is heard.
	webtest.Ask(t, s, "POST", "/leave/"+s.LeaveToken(address), "List-Unsubscribe=One-Click", "Content-Type", "application/x-www-form-urlencoded")
	if s.active() != 0 {
		t.Error("a mail program's one click is not heard")
	}
}

// signedUp puts a resident of West Hartford on the roll and returns the ID of the address.
func (s *site) signedUp() int64 {
	s.T.Helper()
	form := url.Values{"email": {"pat@example.org"}, "places": {"06107"}, "language": {"en"}}
	webtest.Ask(s.T, s, "POST", "/subscribe", form.Encode(), "Content-Type", "application/x-www-form-urlencoded", "Sec-Fetch-Site", "same-origin")
	if len(s.Posted()) != 1 {
		s.T.Fatalf("%d mails, want one", len(s.Posted()))
	}
	webtest.Ask(s.T, s, "POST", "/confirm/"+s.Posted()[0].Token, "")
	return 1
}

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

func TestMetricsAreForTheMachineItself(t *testing.T) {
	s := newSite(t)
	for name, c := range map[string]struct {
		peer, forwarded string
		want            int
	}{
		"the machine":  {"127.0.0.1:1", "", http.StatusOK},
		"over IPv6":    {"[::1]:1", "", http.StatusOK},
		"a stranger":   {"203.0.113.9:1", "", http.StatusNotFound},
		"by the proxy": {"127.0.0.1:1", "203.0.113.9", http.StatusNotFound},
	} {
		r := httptest.NewRequest("GET", "/metrics", nil)
		r.RemoteAddr = c.peer
		if c.forwarded != "" {
			r.Header.Set("X-Forwarded-For", c.forwarded)
		}
		w := httptest.NewRecorder()
		if s.ServeHTTP(w, r); w.Code != c.want {
			t.Errorf("%s: %d, want %d", name, w.Code, c.want)
		}
	}
}

func TestReadinessSaysWhatIsMissing(t *testing.T) {
	s := newSite(t)
	if w := webtest.Ask(t, s, "GET", "/readyz", ""); w.Code != http.StatusOK {
		t.Errorf("ready: %d", w.Code)
	}
	s.ready = errors.New("the database does not answer")
	if w := webtest.Ask(t, s, "GET", "/readyz", ""); w.Code != http.StatusServiceUnavailable || !strings.Contains(w.Body.String(), "database") {
		t.Errorf("not ready: %d %s", w.Code, w.Body)
	}
}

// What the pages show and what the API tells of a ZIP code are the same numbers.
func TestPagesAndAPITellTheSame(t *testing.T) {
	s := newSite(t)
	s.Issue("", webtest.Alert)
	s.OK(s.pages.Refresh(t.Context()))
	board, err := s.Desk.Board(t.Context(), outages.Live)
	s.OK(err)
	for _, zip := range []areas.ZIP{"06107", "06824", "06037"} {
		page := webtest.Ask(t, s, "GET", "/?zip="+string(zip), "").Body.String()
		status := webtest.Ask(t, s, "GET", "/api/v1/status?zip="+string(zip), "").Body.String()
		for _, number := range numbers(board, zip) {
			if !strings.Contains(page, number) || !strings.Contains(status, number) {
				t.Errorf("%s: %s stands on the page: %v, in the API: %v", zip, number, strings.Contains(page, number), strings.Contains(status, number))
			}
		}
	}
}

func numbers(b *desk.Board, zip areas.ZIP) []string {
	var out []string
	for _, id := range b.Book.Candidates(zip) {
		for _, n := range b.For(id, b.At) {
			for _, p := range n.Texts["en"].Parts {
				for _, number := range p.Numbers {
					out = append(out, number.Local)
				}
			}
		}
	}
	return out
}
