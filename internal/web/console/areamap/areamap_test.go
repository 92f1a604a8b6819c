package areamap_test

import (
	"strings"
	"testing"

	"callbox/areas"
	"callbox/internal/web/console/areamap"
)

func book(t *testing.T) *areas.Book {
	t.Helper()
	b, err := areas.NewBook(areas.Holdings{Areas: []areas.Area{{ID: "x-westport", Name: "Westport", State: "CT", SAME: []string{"009001"}, Within: "09190"}},
		ZIPs: map[areas.ZIP][]areas.ID{"06880": {"x-westport"}}})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestAStateIsDrawnByItsCounties(t *testing.T) {
	m := areamap.Of(book(t), []areas.ID{"09"})
	if m == nil || len(m.Shapes) != 9 {
		t.Fatalf("Connecticut is %+v, want its nine planning regions", m)
	}
	for i, s := range m.Shapes {
		if !strings.HasPrefix(s.Path, "M") || !strings.HasSuffix(s.Path, "Z") || s.Name == "" {
			t.Errorf("shape %s is %q", s.ID, s.Path)
		}
		if i > 0 && m.Shapes[i-1].Name > s.Name {
			t.Errorf("%s stands before %s", m.Shapes[i-1].Name, s.Name)
		}
	}
	if m.Width < m.Height {
		t.Errorf("Connecticut is %d by %d, want it wider than high", m.Width, m.Height)
	}
	if m := areamap.Of(book(t), []areas.ID{"x-westport"}); m != nil {
		t.Errorf("a town has the map %+v, want none", m)
	}
}

func TestCoverageIsToldByPatternsAndWords(t *testing.T) {
	m := areamap.Of(book(t), []areas.ID{"09"})
	m.Shapes[0].Level, m.Shapes[0].Note = areamap.Few, "<3 % have it"
	m.Shapes[1].Level = areamap.Full
	html, err := m.Coverage(areamap.Caption{Title: "Who has it", Keys: []areamap.Key{{Level: areamap.Few, Text: "Fewer than half have it"}}})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`fill="url(#cover-few)"`, `fill="currentColor"`, `fill="Canvas"`, "&lt;3 % have it", "<title id=\"coverage-h\">Who has it</title>", "Fewer than half have it"} {
		if !strings.Contains(string(html), want) {
			t.Errorf("the map has no %s:\n%s", want, html)
		}
	}
	order := m.WorstLast()
	if last := order[len(order)-1]; last.Level != areamap.Few || order[len(order)-2].Level != areamap.Full {
		t.Errorf("the last shapes are drawn as %v and %v, want what is worst on top", order[len(order)-2].Level, last.Level)
	}
	var none *areamap.Map
	if html, err := none.Coverage(areamap.Caption{}); err != nil || html != "" {
		t.Errorf("no map renders as %q, %v", html, err)
	}
}
