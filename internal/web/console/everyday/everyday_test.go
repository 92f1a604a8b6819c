package everyday_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"callbox/internal/officials"
	"callbox/internal/web/console/consoletest"
	"callbox/internal/web/console/everyday"
	"callbox/internal/web/console/frame"
)

// stage is a console with these pages, and ada, who may do everything on them.
type stage struct {
	*consoletest.Site
	ada *consoletest.Person
}

func newStage(t *testing.T) *stage {
	t.Helper()
	room, err := everyday.Room()
	if err != nil {
		t.Fatal(err)
	}
	s := &stage{Site: consoletest.New(t, room)}
	s.ada = s.SignIn(s.person("eve", officials.Directory, officials.Wording, officials.Drafter, officials.Approver, officials.Viewer))
	return s
}

// person adds somebody to the agency.
func (s *stage) person(id string, roles ...officials.Role) officials.Actor {
	s.T.Helper()
	o := officials.Official{ID: id, Agency: "despp", Name: id, Roles: roles}
	_, err := s.AddOfficial(s.T.Context(), o)
	s.OK(err)
	return officials.Actor{Agency: s.Ada.Agency, Official: &o, Scopes: roles}
}

func (s *stage) page(path string, want int) string {
	s.T.Helper()
	return s.ada.Page(path, want)
}

func (s *stage) post(path string, form url.Values, want int) string {
	s.T.Helper()
	return s.ada.Send(path, form, want)
}

// Acceptance check 18, for these pages: who may open what.
func TestAPageOpensForItsRoleOnly(t *testing.T) {
	s := newStage(t)
	people := map[officials.Role]*consoletest.Person{}
	for _, r := range officials.Roles {
		people[r] = s.SignIn(s.person(string(r), r))
	}
	fill := strings.NewReplacer("{area}", "x-berlin", "{id}", "nothing", "{key}", "opening.all_clear")
	room, err := everyday.Room()
	s.OK(err)
	walked := 0
	for _, r := range s.Console.Routes() {
		mine := func(x frame.Route) bool {
			for _, space := range []string{"live", "drill"} {
				if strings.Replace(x.Pattern, "{space}", space, 1) == r.Pattern {
					return true
				}
			}
			return false
		}
		if !slices.ContainsFunc(room.Routes, mine) {
			continue
		}
		method, path, _ := strings.Cut(fill.Replace(r.Pattern), " ")
		for role, p := range people {
			walked++
			w := p.Get(path)
			if method == "POST" {
				w = p.Post(path, nil)
			}
			refused := w.Code == http.StatusForbidden
			if want := r.Role != "" && r.Role != role || strings.HasSuffix(path, "/subscribers") && role != officials.Viewer && role != officials.Admin; refused != want {
				t.Errorf("%s %s for the role %s: %d, want it refused: %v", method, path, role, w.Code, want)
			}
			if w.Code == http.StatusInternalServerError {
				t.Errorf("%s %s for the role %s failed:\n%s", method, path, role, w.Body)
			}
		}
	}
	if want := 2 * len(room.Routes) * len(people); walked != want {
		t.Errorf("walked %d pairs of role and route, want %d", walked, want)
	}
}
