package templates

import (
	"fmt"
	"testing"
	"time"

	"callbox/areas"
	"callbox/outages"
)

// state is an outage of a whole state: 351 towns, each with two numbers of its own.
func state(tb testing.TB) outages.Draft {
	tb.Helper()
	h := areas.Holdings{ZIPs: map[areas.ZIP][]areas.ID{}}
	for i := range 351 {
		id := areas.ID(fmt.Sprintf("x-ma-%03d", i))
		h.Areas = append(h.Areas, areas.Area{ID: id, Name: fmt.Sprintf("Town %03d", i), State: "MA", Within: "25"})
		h.ZIPs[areas.ZIP(fmt.Sprintf("%05d", 99000+i))] = []areas.ID{id}
		for j, need := range []areas.Need{areas.Police, areas.Fire} {
			tel := areas.Tel(fmt.Sprintf("+1%03d55501%02d", 200+i, j))
			h.Numbers = append(h.Numbers, areas.Number{Area: id, For: need, Tel: tel})
		}
	}
	book, err := areas.NewBook(h)
	if err != nil {
		tb.Fatal(err)
	}
	now := time.Date(2024, 6, 18, 17, 50, 0, 0, time.UTC)
	d := outages.Declaration{
		Kind: outages.Alert, Mode: outages.Live, Began: now.Add(-time.Hour), NextUpdate: now.Add(time.Hour),
		Conditions: []outages.Condition{{Area: "25", Service: outages.Voice, State: outages.Down}, {Area: "25", Service: outages.Text, State: outages.Working}},
	}
	o := outages.Outage{ID: "ma", Agency: "ma", Mode: outages.Live, Speaker: outages.Speaker{
		ID: "ma", Name: "Massachusetts State 911 Department", Zone: "America/New_York", Jurisdiction: []areas.ID{"25"}}}
	f, _ := outages.Resolve(o, d, book, now)
	f.Advice = f.Advice[len(f.Advice)-351:] // the counties of ZIPs that were not imported stay out
	return outages.Draft{Outage: "ma", Seq: 1, Declaration: d, Facts: f}
}

// BenchmarkState renders 351 towns in two languages, each by itself, as submitting does.
func BenchmarkState(b *testing.B) {
	d := state(b)
	langs := []Lang{English, Spanish}
	for b.Loop() {
		for _, a := range d.Facts.Advice {
			if _, err := Render(d, Reader{Areas: []areas.ID{a.Area.ID}, Langs: langs}); err != nil {
				b.Fatal(err)
			}
		}
	}
}

// BenchmarkStateLint checks the texts of 351 towns in two languages.
func BenchmarkStateLint(b *testing.B) {
	d := state(b)
	var texts []Text
	for _, a := range d.Facts.Advice {
		list, err := Render(d, Reader{Areas: []areas.ID{a.Area.ID}, Langs: []Lang{English, Spanish}})
		if err != nil {
			b.Fatal(err)
		}
		texts = append(texts, list...)
	}
	for b.Loop() {
		if f := Lint(d, texts); f.Blocked() {
			b.Fatal(f)
		}
	}
}

// BenchmarkStateCrowd renders the post for the whole state in two languages.
func BenchmarkStateCrowd(b *testing.B) {
	d := state(b)
	for b.Loop() {
		if _, err := Render(d, Reader{Areas: []areas.ID{"25"}, Crowd: true, Langs: []Lang{English, Spanish}}); err != nil {
			b.Fatal(err)
		}
	}
}
