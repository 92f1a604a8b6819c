package outages_test

import (
	"slices"
	"testing"
	"time"

	"callbox/areas"
	. "callbox/outages"
)

// numbersOf returns what people of a town are told whose directory, and whose district's, is this, and
// whether an official is asked to ring.
func numbersOf(t *testing.T, directory []areas.Number) (Advice, Finding) {
	t.Helper()
	book, err := areas.NewBook(areas.Holdings{
		Areas: []areas.Area{{ID: "x-no", Name: "Norfolk", State: "CT", Within: "09", ServedBy: []areas.ID{"x-lcd"}},
			{ID: "x-lcd", Name: "Litchfield County Dispatch", State: "CT", Within: "09"}},
		ZIPs: map[areas.ZIP][]areas.ID{"06058": {"x-no"}}, Numbers: directory,
	})
	if err != nil {
		t.Fatal(err)
	}
	now := noon(t)
	f, findings := Resolve(outage(Live, Policy{}), withMode(alert(now, Condition{Area: "x-no", Service: Voice, State: Down})), book, now)
	a, _ := advice(f, "x-no")
	return a, find(findings, "unconfirmed")
}

// A directory of the test: the digit names the number, "old" was confirmed too long ago.
func held(t *testing.T, area areas.ID, need areas.Need, digit string, old bool) areas.Number {
	n := areas.Number{Area: area, For: need, Tel: areas.Tel("+1860555010" + digit), ConfirmedBy: "eve", ConfirmedAt: noon(t).Add(-areas.ConfirmFor)}
	if old {
		n.ConfirmedAt = n.ConfirmedAt.Add(-time.Second)
	}
	return n
}

// Promise 2, and acceptance check 20 of the console.
func TestAnExpiredNumberDropsOutWhereAnotherServes(t *testing.T) {
	number := func(area areas.ID, need areas.Need, digit string, old bool) areas.Number {
		return held(t, area, need, digit, old)
	}
	for _, c := range []struct {
		name         string
		directory    []areas.Number
		want, struck []areas.Tel
		ring         bool
	}{
		{"another for the same need", []areas.Number{number("x-no", areas.Police, "1", true), number("x-no", areas.Police, "2", false)},
			[]areas.Tel{"+18605550102"}, []areas.Tel{"+18605550101"}, false},
		{"another for every need", []areas.Number{number("x-no", areas.Fire, "1", true), number("x-no", areas.All, "2", false)},
			[]areas.Tel{"+18605550102"}, []areas.Tel{"+18605550101"}, false},
		{"another of the district", []areas.Number{number("x-no", areas.Police, "1", true), number("x-lcd", areas.Police, "2", false)},
			[]areas.Tel{"+18605550102"}, []areas.Tel{"+18605550101"}, false},
		{"the last one stays", []areas.Number{number("x-no", areas.Police, "1", true)}, []areas.Tel{"+18605550101"}, nil, true},
		{"the last one for its need stays, after the others", []areas.Number{number("x-no", areas.Fire, "1", true), number("x-no", areas.Police, "2", false)},
			[]areas.Tel{"+18605550102", "+18605550101"}, nil, true},
		{"the last one for some of its needs stays", []areas.Number{number("x-no", areas.All, "1", true), number("x-lcd", areas.Police, "2", false)},
			[]areas.Tel{"+18605550102", "+18605550101"}, nil, true},
		{"where all have expired the nearest stay", []areas.Number{number("x-no", areas.Police, "1", true), number("x-no", areas.Police, "2", true), number("x-lcd", areas.Police, "3", true)},
			[]areas.Tel{"+18605550101", "+18605550102"}, nil, true},
		{"the same telephone, confirmed by the district", []areas.Number{number("x-no", areas.Police, "1", true), number("x-lcd", areas.Police, "1", false)},
			[]areas.Tel{"+18605550101"}, nil, false},
		{"another in office hours only", []areas.Number{number("x-no", areas.Police, "1", true), func() areas.Number {
			n := number("x-no", areas.Police, "2", false)
			n.Hours = "Mon-Fri 8-16"
			return n
		}()}, []areas.Tel{"+18605550102", "+18605550101"}, nil, true},
		{"one that was never rung is no better", []areas.Number{{Area: "x-no", For: areas.Police, Tel: "+18605550101"}, number("x-no", areas.Police, "2", false)},
			[]areas.Tel{"+18605550102"}, []areas.Tel{"+18605550101"}, false},
		{"another that does not answer is none", []areas.Number{number("x-no", areas.Police, "1", true), func() areas.Number {
			n := number("x-no", areas.Police, "2", false)
			n.Unanswered = 2
			return n
		}()}, []areas.Tel{"+18605550101"}, []areas.Tel{"+18605550102"}, true},
	} {
		a, ring := numbersOf(t, c.directory)
		var struck []areas.Tel
		for _, s := range a.Struck {
			struck = append(struck, s.Number.Tel)
		}
		if got := tels(a.Numbers); !slices.Equal(got, c.want) || !slices.Equal(struck, c.struck) {
			t.Errorf("%s: got %v and %v struck, want %v and %v", c.name, got, struck, c.want, c.struck)
		}
		if (ring.Rule != "") != c.ring || ring.Block {
			t.Errorf("%s: the official hears %+v, want to be asked to ring: %v", c.name, ring, c.ring)
		}
	}
}

// Promise 2, for every directory of four numbers that are missing, confirmed or expired.
func TestNobodyLosesAServiceBecauseANumberExpired(t *testing.T) {
	places := []areas.Number{{Area: "x-no", For: areas.Police}, {Area: "x-no", For: areas.All},
		{Area: "x-lcd", For: areas.Police}, {Area: "x-lcd", For: areas.All}}
	young := map[int]Advice{} // what is told where none has expired, by which numbers there are
	for state := range 3 * 3 * 3 * 3 {
		var directory, confirmed []areas.Number
		present := 0
		for i, n := 0, state; i < len(places); i, n = i+1, n/3 {
			if n%3 > 0 {
				digit := string(rune('1' + i))
				directory = append(directory, held(t, places[i].Area, places[i].For, digit, n%3 == 2))
				present |= 1 << i
				confirmed = append(confirmed, held(t, places[i].Area, places[i].For, digit, false))
			}
		}
		got, _ := numbersOf(t, directory)
		want, known := young[present]
		if !known {
			want, _ = numbersOf(t, confirmed)
			young[present] = want
		}
		current := slices.DeleteFunc(slices.Clone(got.Numbers), func(n areas.Number) bool { return n.Expired(noon(t)) })
		for _, n := range want.Numbers {
			if !n.Covered(got.Numbers) {
				t.Errorf("%v: told %v, without %s", directory, tels(got.Numbers), n.For)
			}
		}
		for _, n := range got.Numbers {
			if n.Expired(noon(t)) && n.Covered(current) {
				t.Errorf("%v: told %v, of which %s is expired and not needed", directory, tels(got.Numbers), n.Tel)
			}
		}
	}
}
