package acceptance_test

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"callbox/areas"
	"callbox/internal/desk"
	"callbox/internal/officials"
	"callbox/internal/web/console"
	"callbox/internal/web/console/consoletest"
	"callbox/internal/web/console/frame"
	"callbox/internal/web/console/watch"
	"callbox/internal/web/webtest"
)

// whole is a console of all rooms behind a web server. In each space it has an open outage, and drafts that are
// open, that wait for a second person, and that are approved; and a proposal that waits for an administrator.
type whole struct {
	*consoletest.Site
	at    string
	paths map[string]*strings.Replacer // of each space: what stands in its patterns
}

func newWhole(t *testing.T) *whole {
	t.Helper()
	rooms, stop, err := console.Rooms(watch.Config{})
	if err != nil {
		t.Fatal(err)
	}
	stop() // streams end at once
	s := &whole{paths: map[string]*strings.Replacer{}}
	s.Site, s.at = consoletest.Serve(t, rooms...)
	p, err := s.SavePerson(t.Context(), s.Ada, officials.Official{ID: "cy", Name: "Cy", Roles: []officials.Role{officials.Admin}}, false)
	s.OK(err)
	live, drill := webtest.Alert, strings.Replace(webtest.Alert, `"live"`, `"drill"`, 1)
	outages := map[string]string{live: s.Issue("", live), drill: s.Issue("", drill)}
	for space, file := range map[string]string{"live": live, "drill": drill} {
		open, waits, approved := s.drafts(file)
		pairs := []string{"{$}", "", "outages/{id}", "outages/" + outages[file], "people/{id}", "people/bob", "proposals/{id}", "proposals/" + p.ID,
			"{area}", "x-westport", "{key}", "topic.outage", "drills/{id}", "drills/nothing", "{identifier}", "nothing", "{seq}", "1", "{token}", "nonsense"}
		for _, at := range []string{"/approve", "/return", "/reject", "/withdraw", "/remind", "/alone"} {
			pairs = append(pairs, "drafts/{id}"+at, "drafts/"+waits+at)
		}
		for _, at := range []string{"/window", "/undo"} {
			pairs = append(pairs, "drafts/{id}"+at, "drafts/"+approved+at)
		}
		s.paths[space] = strings.NewReplacer(append(pairs, "drafts/{id}", "drafts/"+open)...)
	}
	return s
}

// drafts writes a file three times, and takes one draft to each state.
func (s *whole) drafts(file string) (open, waits, approved string) {
	s.T.Helper()
	var ids [3]string
	for n := range ids {
		decl, err := s.Read(s.T.Context(), s.Ada, []byte(file))
		s.OK(err)
		d, err := s.Declare(s.T.Context(), s.Ada, "", decl)
		s.OK(err)
		if n > 0 {
			d, err = s.Submit(s.T.Context(), s.Ada, d.ID)
			s.OK(err)
		}
		if n > 1 {
			_, err = s.Approve(s.T.Context(), s.Bob, d.ID, desk.Word{Code: d.Code})
			s.OK(err)
		}
		ids[n] = d.ID
	}
	return ids[0], ids[1], ids[2]
}

// walk asks for every route that is registered, as a form without fields where it is one to be sent; what ends
// the session comes last.
func (s *whole) walk(cookie string, each func(route frame.Route, space, path string, status int, page string)) {
	s.T.Helper()
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	routes := slices.Clone(s.Console.Routes())
	slices.SortStableFunc(routes, func(a, b frame.Route) int {
		return strings.Count(a.Pattern, "sign-out") - strings.Count(b.Pattern, "sign-out")
	})
	for _, r := range routes {
		space, path := spaceOf(r)
		path = s.fill(space, path)
		method, _, found := strings.Cut(r.Pattern, " ")
		if !found { // what is not found otherwise
			method, path = http.MethodGet, path+"nothing"
		}
		req, err := http.NewRequestWithContext(s.T.Context(), method, s.at+path, nil)
		s.OK(err)
		req.Header.Set("Cookie", cookie)
		req.Header.Set("Sec-Fetch-Site", "same-origin")
		if method == http.MethodPost {
			req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		}
		answer, err := client.Do(req)
		s.OK(err)
		page, err := io.ReadAll(answer.Body)
		s.OK(errors.Join(err, answer.Body.Close()))
		each(r, space, method+" "+path, answer.StatusCode, string(page))
	}
}

// member signs somebody in who has some roles in the agency of ada.
func (s *whole) member(o officials.Official) *consoletest.Person {
	s.T.Helper()
	o.Name = o.ID
	if o.Agency == "" {
		o.Agency = s.Ada.Agency.ID
	}
	_, err := s.AddOfficial(s.T.Context(), o)
	s.OK(err)
	return s.SignIn(officials.Actor{Agency: s.Ada.Agency, Official: &o, Scopes: o.Roles})
}

// spaceOf returns the space of a route, if it is in one, and its pattern without the method.
func spaceOf(r frame.Route) (space, path string) {
	path = r.Pattern[strings.Index(r.Pattern, "/"):]
	for _, space := range []string{"live", "drill"} {
		if strings.HasPrefix(path, "/console/"+space+"/") {
			return space, path
		}
	}
	return "", path
}

// fill makes an address of a pattern.
func (s *whole) fill(space, pattern string) string {
	return s.paths[cmp.Or(space, "live")].Replace(pattern)
}

// general is the pattern of a route for both spaces.
func general(r frame.Route, space string) string {
	if space == "" {
		return r.Pattern
	}
	return strings.Replace(r.Pattern, "/console/"+space, "/console/{space}", 1)
}

// turnedAway reports whether an answer is the page of who may not.
func turnedAway(status int, page string) bool {
	return status == http.StatusForbidden && strings.Contains(page, "You may not do this")
}

// acceptance check 18: for every route that is registered and every role, what is expected of it; acceptance
// check 4: what was tried and refused stands in the audit trail.
func TestEveryRouteAnswersEveryRoleAsExpected(t *testing.T) {
	for _, role := range officials.Roles {
		t.Run(string(role), func(t *testing.T) {
			s := newWhole(t)
			p := s.member(officials.Official{ID: "pat", Roles: []officials.Role{role}})
			met, tried := map[string]bool{}, 0
			s.walk(p.Cookie(), func(r frame.Route, space, path string, status int, page string) {
				x, known := matrix[general(r, space)]
				if !known {
					t.Errorf("%s: nobody said who may open it; say so in the matrix", r.Pattern)
					return
				}
				met[general(r, space)] = true
				may := x.to == everybody || x.to == anybody || slices.Contains(strings.Fields(x.to), string(role))
				want := cmp.Or(x.others, http.StatusForbidden)
				if may {
					want = x.status
					if space == "drill" {
						want = cmp.Or(x.drill, x.status)
					}
				}
				if status != want || turnedAway(status, page) != (!may && x.others == 0) {
					t.Errorf("%s for the role %s: %d, want %d; who may: %v\n%.1500s", path, role, status, want, may, page[max(0, strings.Index(page, "<main")):])
				}
				if turnedAway(status, page) && strings.HasPrefix(path, "POST") {
					tried++
				}
			})
			for pattern := range matrix {
				if !met[pattern] {
					t.Errorf("%s is in the matrix, and is no route", pattern)
				}
			}
			if noted := s.denials("pat"); noted != tried {
				t.Errorf("the audit trail has %d refusals, want %d", noted, tried)
			}
		})
	}
}

// Nobody opens the console without signing in.
func TestNoRouteAnswersAStranger(t *testing.T) {
	s := newWhole(t)
	s.walk("", func(r frame.Route, space, path string, status int, page string) {
		if in := strings.Contains(page, "<h1>Sign in</h1>"); !in && matrix[general(r, space)].to != anybody {
			t.Errorf("%s for a stranger: %d without the sign-in page", path, status)
		}
	})
}

// ofAgency are the routes to what one agency has. To write of a person whom one's own agency does not have is to
// add one.
var ofAgency = regexp.MustCompile(`/(drafts|outages|proposals)/\{id\}|^GET .*/people/\{id\}`)

// acceptance check 18: all roles in another agency open nothing of this one.
func TestNoRouteOpensWhatIsAnotherAgencys(t *testing.T) {
	s := newWhole(t)
	other := officials.Agency{ID: "other", Name: "Other", Jurisdiction: []areas.ID{"25"}, Zone: "America/New_York", Sender: "alerts@other.example.gov"}
	s.OK(s.SaveAgency(t.Context(), other))
	p := s.member(officials.Official{ID: "pat", Agency: "other", Roles: officials.Roles})
	ours := 0
	s.walk(p.Cookie(), func(r frame.Route, space, path string, status int, page string) {
		if !ofAgency.MatchString(r.Pattern) {
			return
		}
		if ours++; status != http.StatusNotFound {
			t.Errorf("%s: %d, want 404\n%.1500s", path, status, page[max(0, strings.Index(page, "<main")):])
		}
	})
	if ours < 60 {
		t.Errorf("%d routes to what is ours, want many", ours)
	}
}

// acceptance check 18: who has every role in one town only speaks for no other.
func TestARoleInOneTownIsNoneInAnother(t *testing.T) {
	s := newWhole(t)
	p := s.member(officials.Official{ID: "pat", Roles: officials.Roles, Areas: []areas.ID{"x-berlin"}})
	ctx := t.Context()
	decl, err := s.Read(ctx, s.Ada, []byte(webtest.Alert))
	s.OK(err)
	open, err := s.Declare(ctx, s.Ada, "", decl)
	s.OK(err)
	waits, err := s.Declare(ctx, s.Ada, "", decl)
	s.OK(err)
	waits, err = s.Submit(ctx, s.Ada, waits.ID)
	s.OK(err)
	for name, x := range map[string]struct {
		path   string
		form   url.Values
		status int
		said   string
	}{
		"choosing another town":      {open.ID + "/where", url.Values{"area": {"x-westport"}, "do": {"continue"}}, 422, "none of your areas"},
		"wording a draft of others":  {open.ID + "/help", url.Values{"began": {"11:50 AM"}, "next": {"1:30 PM"}, "do": {"continue"}}, 422, "outside the areas that you may declare for"},
		"approving for another town": {waits.ID + "/approve", url.Values{"hash": {waits.Hash}, "read": {"1"}, "touch": {p.Touch("approve:" + waits.Hash)}}, 403, "outside the areas that you may approve for"},
	} {
		x.form.Set("version", fmt.Sprint(open.Version))
		w := p.Post("/console/live/drafts/"+x.path, x.form)
		if page := w.Body.String(); w.Code != x.status || !strings.Contains(page, x.said) {
			t.Errorf("%s: %d, want %d with %q\n%.1500s", name, w.Code, x.status, x.said, page[max(0, strings.Index(page, "<main")):])
		}
	}
	if page := p.Get("/console/live/drafts/" + open.ID + "/where").Body.String(); !strings.Contains(page, "Berlin, CT</label>") || strings.Contains(page, `value="09"`) {
		t.Error("the screen does not offer the own town, and it alone")
	}
	for _, d := range []desk.Draft{open, waits} {
		now, err := s.Draft(ctx, s.Ada, d.ID)
		s.OK(err)
		if now.State != d.State || now.Version != d.Version {
			t.Errorf("draft %s is %s at version %d, want %s at %d", d.ID, now.State, now.Version, d.State, d.Version)
		}
	}
}

// denials counts what the audit trail says somebody tried in vain.
func (s *whole) denials(who string) int {
	s.T.Helper()
	n := 0
	s.OK(s.Store.Audit(s.T.Context(), 0, func(e officials.Entry) error {
		if e.Actor == who && e.Action == "console.denied" {
			n++
		}
		return nil
	}))
	return n
}
