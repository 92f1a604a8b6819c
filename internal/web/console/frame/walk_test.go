package frame_test

import (
	"net/http"
	"strings"
	"testing"

	"callbox/internal/officials"
	"callbox/internal/web/console/consoletest"
	"callbox/internal/web/console/frame"
	"callbox/internal/web/webtest"
	"callbox/outages"
)

// room has one route of each kind.
func room(acted *int) frame.Room {
	act := func(c *frame.Call) error { *acted++; return c.See(c.Path("/")) }
	return frame.Room{Routes: []frame.Route{
		{Pattern: "GET /console/{space}/things/{id}", Role: officials.Viewer, Do: func(c *frame.Call) error { return c.JSON(c.PathValue("space")) }},
		{Pattern: "POST /console/{space}/things/{id}", Role: officials.Approver, Do: act},
	}}
}

// walk asks for every route of a console.
func walk(s *consoletest.Site, each func(method, path string, r frame.Route)) {
	fill := strings.NewReplacer("{$}", "", "{id}", "nothing", "{token}", "nonsense")
	for _, r := range s.Console.Routes() {
		method, path, found := strings.Cut(r.Pattern, " ")
		if !found {
			method, path = "GET", r.Pattern
		}
		each(method, fill.Replace(path), r)
	}
}

func TestEveryAnswerCarriesTheHeaders(t *testing.T) {
	n := 0
	s := consoletest.New(t, room(&n))
	ada := s.SignIn(s.Ada)
	walk(s, func(method, path string, _ frame.Route) {
		for who, w := range map[string]http.Header{
			"a stranger": webtest.Ask(t, s, method, path, "").Header(),
			"ada":        ada.Get(path).Header(),
		} {
			for name, want := range map[string]string{"Content-Security-Policy": "trusted-types swap sw", "X-Content-Type-Options": "nosniff",
				"Referrer-Policy": "no-referrer", "Cross-Origin-Opener-Policy": "same-origin"} {
				if got := w.Get(name); !strings.Contains(got, want) {
					t.Errorf("%s %s for %s: %s is %q, want %q", method, path, who, name, got, want)
				}
			}
			if got := w.Get("Cache-Control"); !strings.Contains(got, "no-store") && !strings.Contains(w.Get("Allow"), "POST") {
				t.Errorf("%s %s for %s: Cache-Control %q, want no-store", method, path, who, got)
			}
		}
	})
}

// Nothing is changed by a GET, nor by a form on another site.
func TestEveryChangeRefusesAGETAndAnotherSite(t *testing.T) {
	n, posts := 0, 0
	s := consoletest.New(t, room(&n))
	ada := s.SignIn(s.Ada)
	walk(s, func(method, path string, r frame.Route) {
		if method != "POST" {
			return
		}
		posts++
		for name, header := range map[string][]string{"Sec-Fetch-Site": {"Sec-Fetch-Site", "cross-site"}, "Origin": {"Sec-Fetch-Site", "", "Origin", "https://evil.example.com"}} {
			if w := ada.Post(path, nil, header...); w.Code != http.StatusForbidden {
				t.Errorf("POST %s from another site, told by %s: %d, want 403", path, name, w.Code)
			}
		}
		ada.Get(path) // a page of its own, or 405
	})
	if posts < 10 || n > 0 {
		t.Errorf("walked %d changes of which %d happened, want all walked and none done", posts, n)
	}
	if got := ada.Get("/console/").Code; got != http.StatusOK {
		t.Errorf("after the walk the session is gone: %d", got)
	}
}

// Check 18: who may open what.
func TestARouteOpensForItsRoleOnly(t *testing.T) {
	n := 0
	s := consoletest.New(t, room(&n))
	people := map[officials.Role]*consoletest.Person{}
	for _, r := range officials.Roles {
		o := officials.Official{ID: string(r), Agency: "despp", Name: string(r), Roles: []officials.Role{r}}
		_, err := s.AddOfficial(t.Context(), o)
		s.OK(err)
		people[r] = s.SignIn(officials.Actor{Agency: s.Ada.Agency, Official: &o, Scopes: o.Roles})
	}
	roles := 0
	walk(s, func(method, path string, r frame.Route) {
		if r.Open {
			return
		}
		if w := webtest.Ask(t, s, method, path, ""); !strings.Contains(w.Body.String(), "<h1>Sign in</h1>") {
			t.Errorf("%s %s for a stranger: %d without the sign-in page", method, path, w.Code)
		}
		for role, p := range people {
			w := p.Get(path)
			if method == "POST" {
				w = p.Post(path, nil)
			}
			if r.Role != "" {
				roles++
			}
			refused := w.Code == http.StatusForbidden && strings.Contains(w.Body.String(), "this needs the role")
			if want := r.Role != "" && r.Role != role; refused != want {
				t.Errorf("%s %s for the role %s: %d, want it refused: %v", method, path, role, w.Code, want)
			}
		}
	})
	if roles < 20 || n != 2 {
		t.Errorf("%d pairs of role and route, %d changes; want many, and one by the approver in each space", roles, n)
	}
}

func TestTheLiveSpaceNeedsTwoFactors(t *testing.T) {
	s := consoletest.New(t)
	guest := s.Enter(s.Ada)
	if w := guest.Get("/console/live/"); w.Code != http.StatusForbidden || !strings.Contains(w.Body.String(), "passkey first") {
		t.Errorf("by a one-time link: %d, want 403 with where to set up a passkey", w.Code)
	}
	if w := guest.Get("/console/drill/"); w.Code != http.StatusOK {
		t.Errorf("the drill space by a one-time link: %d, want 200", w.Code)
	}
	if w := s.SignIn(s.Ada).Get("/console/live/"); w.Code != http.StatusOK {
		t.Errorf("by passkey: %d, want 200", w.Code)
	}
}

// Acceptance check 1, for every page of this console.
func TestADrillPageSaysSoAndNoOtherDoes(t *testing.T) {
	n := 0
	s := consoletest.New(t, room(&n))
	ada := s.SignIn(s.Ada)
	for _, space := range []outages.Mode{outages.Live, outages.Drill} {
		body := ada.Get("/console/" + string(space) + "/").Body.String()
		for _, sign := range []string{`data-mode="drill"`, "<title>DRILL: ", `<p class="band"><strong>DRILL</strong>`} {
			if got, want := strings.Contains(body, sign), space == outages.Drill; got != want {
				t.Errorf("%s: %s there: %v, want %v", space, sign, got, want)
			}
		}
	}
	if body := ada.Get("/console/").Body.String(); strings.Contains(body, `data-mode="live"`) || strings.Contains(body, `data-mode="drill"`) {
		t.Error("the page before the spaces looks like one of them")
	}
}
