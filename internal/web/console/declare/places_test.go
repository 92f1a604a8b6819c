package declare

import (
	"slices"
	"strings"
	"testing"

	"callbox/areas"
	"callbox/internal/web/console/areamap"
	"callbox/outages"
)

// connecticut is the state with two towns in one of its regions.
func connecticut(t *testing.T) places {
	t.Helper()
	book, err := areas.NewBook(areas.Holdings{
		Areas: []areas.Area{{ID: "x-alder", Name: "Alder", State: "CT", Within: "09110"}, {ID: "x-birch", Name: "Birch", State: "CT", Within: "09110"}},
		ZIPs:  map[areas.ZIP][]areas.ID{"06107": {"x-alder"}, "06117": {"x-alder", "x-birch"}}})
	if err != nil {
		t.Fatal(err)
	}
	return newPlaces(book, []areas.ID{"09"})
}

func idsOf(list []areas.Area) []areas.ID {
	var out []areas.ID
	for _, a := range list {
		out = append(out, a.ID)
	}
	return out
}

func TestOnlyAreasOfTheJurisdictionAreFound(t *testing.T) {
	p := connecticut(t)
	if got := idsOf(p.search("alder")); !slices.Equal(got, []areas.ID{"x-alder"}) {
		t.Errorf("alder: %q", got)
	}
	if got := idsOf(p.search("06117")); !slices.Equal(got, []areas.ID{"x-alder", "x-birch"}) {
		t.Errorf("06117: %q, want both towns", got)
	}
	for _, text := range []string{"02139", "Suffolk County, MA", "", " ", "\x00"} {
		if got := p.search(text); len(got) != 0 {
			t.Errorf("%q: %q, want nothing", text, idsOf(got))
		}
	}
	if got := p.within(""); len(got) < 8 || got[0].ID.Kind() != areas.County {
		t.Errorf("the list begins with %q, want the regions of the state", idsOf(got))
	}
	if got := idsOf(p.within("09110")); !slices.Equal(got, []areas.ID{"x-alder", "x-birch"}) {
		t.Errorf("within the region: %q, want the towns", got)
	}
}

func TestWhatIsChosenStaysInItsGroup(t *testing.T) {
	p := connecticut(t)
	down, admin := Group{Calls: map[outages.Line]Calls{"landline": {State: "down"}}}, Group{Others: map[outages.Service]outages.State{"admin": "down"}}
	down.Areas, admin.Areas = []areas.ID{"x-alder"}, []areas.ID{"x-birch"}
	both := []Group{down, admin}
	got := p.choose(both, []areas.ID{"x-alder", "x-birch", "09120"}, 1)
	if !slices.Equal(got[0].Areas, []areas.ID{"x-alder"}) || !slices.Equal(got[1].Areas, []areas.ID{"09120", "x-birch"}) {
		t.Errorf("groups of %q and %q, want the new one in the second", got[0].Areas, got[1].Areas)
	}
	if got := p.choose(both, []areas.ID{"x-birch"}, 0); len(got) != 1 || got[0].Others["admin"] != "down" {
		t.Errorf("groups %+v, want the one that is left", got)
	}
	if got := p.choose(both, nil, 7); len(got) != 1 || len(got[0].Areas) != 0 || got[0].Calls["landline"].State != "down" {
		t.Errorf("groups %+v, want what fails, without an area", got)
	}
	if got := p.tidy([]areas.ID{"x-alder", "09110", "x-alder"}); !slices.Equal(got, []areas.ID{"09110"}) {
		t.Errorf("tidied to %q, want the region that holds the town", got)
	}
}

func TestPastedZIPCodesAreReadLineByLine(t *testing.T) {
	p := connecticut(t)
	got := readZIPs("06107, 06117-1234\r\n\r\n0610O\n02139;99999 <b>", p.book, p.jurisdiction)
	want := []struct {
		line    int
		areas   int
		problem string
	}{{1, 1, ""}, {1, 2, ""}, {3, 0, "write five digits"}, {4, 0, "outside your jurisdiction"}, {4, 0, "no ZIP code that exists"}, {4, 0, "write five digits"}}
	if len(got) != len(want) {
		t.Fatalf("%d results, want %d: %+v", len(got), len(want), got)
	}
	for i, w := range want {
		if g := got[i]; g.Line != w.line || len(g.Areas) != w.areas || !strings.Contains(g.Problem, w.problem) || (g.Problem == "") != (w.problem == "") {
			t.Errorf("result %d: %+v, want line %d, %d areas, %q", i, g, w.line, w.areas, w.problem)
		}
	}
	if got := readZIPs(strings.Repeat("06107 ", maxZIPs+10), p.book, p.jurisdiction); len(got) != maxZIPs+1 || got[maxZIPs].Problem == "" {
		t.Errorf("%d results, want %d and a word about the rest", len(got), maxZIPs)
	}
	if got := readZIPs("06197", p.book, p.jurisdiction); !strings.Contains(got[0].Problem, "did you mean 06") {
		t.Errorf("a slip of the finger: %q, want a suggestion", got[0].Problem)
	}
}

func TestTheMapShowsWhatIsChosen(t *testing.T) {
	p := connecticut(t)
	of := func(m *areamap.Map) map[areas.ID]string {
		out := map[areas.ID]string{}
		for _, s := range m.Shapes {
			out[s.ID] = s.Chosen
			if !strings.HasPrefix(s.Path, "M") || !strings.HasSuffix(s.Path, "Z") {
				t.Errorf("the path of %s is %.20q…", s.Name, s.Path)
			}
		}
		return out
	}
	m := p.draw([]areas.ID{"x-alder", "09120"})
	if got := of(m); got["09110"] != "part" || got["09120"] != "all" || got["09190"] != "none" {
		t.Errorf("shapes %v", got)
	}
	if m.Width < 500 || m.Height < 300 || m.Height > 600 {
		t.Errorf("the map is %d by %d; Connecticut is wider than it is high", m.Width, m.Height)
	}
	if got := of(p.draw([]areas.ID{"09"})); got["09190"] != "all" {
		t.Errorf("the whole state: %v", got)
	}
	if m := newPlaces(p.book, []areas.ID{"02"}).draw(nil); m == nil || m.Height > 2*m.Width {
		t.Errorf("Alaska is drawn as %+v; its islands lie across the date line", m)
	}
}
