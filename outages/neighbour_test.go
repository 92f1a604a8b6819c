package outages_test

import (
	"strings"
	"testing"
	"time"

	"callbox/areas"
	. "callbox/outages"
)

func TestANeighbourSaysThat911WorksAndForWhomTheAlertsAre(t *testing.T) {
	now := noon(t)
	book, err := areas.NewBook(areas.Holdings{})
	if err != nil {
		t.Fatal(err)
	}
	notice := func(change func(*Declaration)) Declaration {
		d := Declaration{Kind: Alert, Mode: Live, NextUpdate: now.Add(time.Hour), Elsewhere: []areas.ID{"25"},
			Conditions: []Condition{{Area: "33", Service: Voice, State: Working}}}
		if change != nil {
			change(&d)
		}
		return d
	}
	o := Outage{ID: "o", Agency: "nh", Mode: Live, Speaker: Speaker{ID: "nh", Name: "New Hampshire 911", Zone: "America/New_York", Jurisdiction: []areas.ID{"33"}}}
	f, findings := Resolve(o, notice(nil), book, now)
	if findings.Blocked() || len(f.Elsewhere) != 1 || f.Elsewhere[0].Name != "Massachusetts" || len(f.Advice) != 10 {
		t.Errorf("got %v, elsewhere %v and %d areas, want Massachusetts elsewhere and the 10 counties told", findings, f.Elsewhere, len(f.Advice))
	}
	for name, c := range map[string]struct {
		change       func(*Declaration)
		place, wants string
	}{
		"it names its own area":     {func(d *Declaration) { d.Elsewhere = []areas.ID{"33011"} }, "elsewhere[0]", "Hillsborough County is not elsewhere"},
		"it names an unknown area":  {func(d *Declaration) { d.Elsewhere = []areas.ID{"25", "x-no"} }, "elsewhere[1]", `area "x-no" is not known`},
		"911 fails here":            {func(d *Declaration) { d.Conditions[0].State, d.Began = Down, now }, "elsewhere", "leave it out where 911 fails"},
		"it says nothing of others": {func(d *Declaration) { d.Elsewhere = nil }, "began", "say since when"},
	} {
		_, findings := Resolve(o, notice(c.change), book, now)
		found := false
		for _, x := range findings {
			found = found || x.Block && x.Place == c.place && strings.Contains(x.Text, c.wants)
		}
		if !found {
			t.Errorf("%s: got %v, want %q at %s", name, findings, c.wants, c.place)
		}
	}
}

func TestARetractedNeighboursNoticeIsTakenBackFromThoseWhoHaveIt(t *testing.T) {
	now := noon(t)
	book, err := areas.NewBook(areas.Holdings{})
	if err != nil {
		t.Fatal(err)
	}
	o := Outage{ID: "o", Agency: "nh", Mode: Live, Speaker: Speaker{ID: "nh", Name: "New Hampshire 911", Zone: "America/New_York", Jurisdiction: []areas.ID{"33"}}}
	notice := Declaration{Kind: Alert, Mode: Live, NextUpdate: now.Add(time.Hour), Elsewhere: []areas.ID{"25"},
		Conditions: []Condition{{Area: "33", Service: Voice, State: Working}}}
	facts, findings := Resolve(o, notice, book, now)
	if findings.Blocked() {
		t.Fatal(findings)
	}
	o.Bulletins = append(o.Bulletins, Bulletin{Outage: "o", Seq: 1, Kind: Alert, Mode: Live, Issued: now, Declaration: notice, Facts: facts})
	taken, findings := Resolve(o, Declaration{Kind: Retract, Mode: Live, Reason: SentInError}, book, now.Add(time.Minute))
	if findings.Blocked() {
		t.Fatal(findings)
	}
	if len(taken.Advice) != len(facts.Advice) {
		t.Errorf("the retraction speaks to %d areas, the notice spoke to %d", len(taken.Advice), len(facts.Advice))
	}
	over, _ := Resolve(o, Declaration{Kind: AllClear, Mode: Live, Restored: now}, book, now.Add(time.Minute))
	if len(over.Advice) != 0 {
		t.Errorf("an all-clear speaks to %d areas where nothing failed", len(over.Advice))
	}
}
