package desk

import (
	"slices"
	"strings"
	"testing"

	"callbox/areas"
)

func TestTheDirectoryIsScoredByArea(t *testing.T) {
	r := newRoom(t)
	c, err := r.Coverage(r.ctx, r.ada)
	r.ok(err)
	if len(c.Standings) != c.Areas || len(c.Missing) != c.Areas-c.With {
		t.Errorf("%d standings and %d missing of %d areas, %d with a number", len(c.Standings), len(c.Missing), c.Areas, c.With)
	}
	scored := func(id areas.ID) areas.Standing {
		c, err := r.Coverage(r.ctx, r.ada)
		r.ok(err)
		i := slices.IndexFunc(c.Standings, func(s areas.Standing) bool { return s.Area == id })
		if i < 0 {
			t.Fatalf("area %s is not scored", id)
		}
		return c.Standings[i]
	}
	before := scored("x-clinton")
	_, err = r.ConfirmNumber(r.ctx, r.ada, areas.Number{Area: "x-clinton", Tel: "+18605550105", For: areas.Police}, true)
	r.ok(err)
	if after := scored("x-clinton"); before.Score != 20 || after.Score != 80 {
		t.Errorf("a confirmed number moved the score from %d to %d, want 20 for one that nobody ever rang, then 80", before.Score, after.Score)
	}
	if !slices.IsSortedFunc(c.Standings, func(x, y areas.Standing) int { return x.Score - y.Score }) {
		t.Error("the lowest score does not come first")
	}
	if c.ZIPs == 0 || c.Always > c.ZIPs {
		t.Errorf("%d of %d ZIP codes have a number around the clock", c.Always, c.ZIPs)
	}
}

func TestANumberHasAHistory(t *testing.T) {
	r := newRoom(t)
	clinton := areas.Number{Area: "x-clinton", Tel: "+18605550105", For: areas.Police}
	_, err := r.ConfirmNumber(r.ctx, r.ada, clinton, false)
	r.ok(err)
	for _, file := range []string{
		"area,for,tel,hours\nx-clinton,police,860-555-0105,8-16\nx-clinton,fire,860-555-0106,\n",
		"area,for,tel,hours\nx-clinton,police,860-555-0105,8-16\n",
	} {
		_, err := r.ImportDirectory(r.ctx, r.ada, strings.NewReader(file))
		r.ok(err)
	}
	history := func(n areas.Number) (out []string) {
		entries, err := r.NumberHistory(r.ctx, r.ada, n)
		r.ok(err)
		for _, e := range entries {
			out = append(out, strings.TrimSpace(strings.TrimPrefix(e.Action, "number.")+" "+e.Object[len("x-clinton "):]+" "+e.Detail))
		}
		return out
	}
	all := history(areas.Number{Area: "x-clinton"})
	if len(all) == 0 || all[0] != "add police +18605550105" {
		t.Fatalf("the history begins with %q, want the import that brought the number", all)
	}
	want := []string{"confirm police +18605550105 not answered", "change police +18605550105 hours",
		"add fire +18605550106", "remove fire +18605550106"}
	if got := all[1:]; !slices.Equal(got, want) {
		t.Errorf("then\n%q, want\n%q", got, want)
	}
	if got := history(clinton); len(got) != 3 {
		t.Errorf("the history of one number: %q, want three lines", got)
	}
	if _, err := r.NumberHistory(r.ctx, r.ada, areas.Number{Area: "25"}); err == nil {
		t.Error("the history of another state's area is told")
	}
}
