package outages

import (
	"errors"
	"testing"
	"time"

	"callbox/areas"
)

// promise 4: one person alone waits first, names the area, and never reaches everybody.
func TestOnePersonAloneIsHeldBack(t *testing.T) {
	book, err := areas.NewBook(areas.Holdings{
		Areas: []areas.Area{{ID: "x-a", Name: "Alder", State: "CT", Within: "09"}, {ID: "x-b", Name: "Birch", State: "CT", Within: "09"}},
		ZIPs:  map[areas.ZIP][]areas.ID{"99901": {"x-a"}, "99902": {"x-b"}}})
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 11, 20, 2, 0, 0, 0, time.UTC)
	one := Draft{Facts: Facts{Scope: []areas.Area{{ID: "x-a", Name: "Alder", State: "CT"}}, Advice: []Advice{{Area: areas.Area{ID: "x-a"}}}}}
	all := one
	all.Facts.Advice = append(all.Facts.Advice[:1:1], Advice{Area: areas.Area{ID: "x-b"}})
	for _, c := range []struct {
		name   string
		policy Policy
		draft  Draft
		waited time.Duration
		typed  string
		ok     bool
	}{
		{"after five minutes", Policy{BreakGlass: true}, one, 5 * time.Minute, "Alder", true},
		{"with its state, in other letters", Policy{BreakGlass: true}, one, 5 * time.Minute, " alder,  CT", true},
		{"a second too early", Policy{BreakGlass: true}, one, 5*time.Minute - time.Second, "Alder", false},
		{"the policy says at once", Policy{BreakGlass: true, BreakGlassAfter: -1}, one, 0, "Alder", true},
		{"the policy says ten", Policy{BreakGlass: true, BreakGlassAfter: 10}, one, 9 * time.Minute, "Alder", false},
		{"the policy says no", Policy{}, one, time.Hour, "Alder", false},
		{"another area typed", Policy{BreakGlass: true}, one, time.Hour, "Birch", false},
		{"nothing typed", Policy{BreakGlass: true}, one, time.Hour, "", false},
		{"every area of the jurisdiction", Policy{BreakGlass: true}, all, time.Hour, "Alder", false},
	} {
		o := Outage{Policy: c.policy, Speaker: Speaker{Jurisdiction: []areas.ID{"x-a", "x-b"}}}
		err := o.PermitAlone(c.draft, BreakGlass{now.Add(-c.waited), now, c.typed}, book)
		if (err == nil) != c.ok || err != nil && !errors.Is(err, ErrSecondPerson) {
			t.Errorf("%s: %v, want allowed %v", c.name, err, c.ok)
		}
	}
}
