package account

import (
	"reflect"
	"testing"
	"time"

	"callbox/areas"
	"callbox/outages"
)

var now = time.Date(2024, 10, 22, 16, 20, 0, 0, time.UTC)

func draft() outages.Draft {
	return outages.Draft{
		Declaration: outages.Declaration{Kind: outages.Alert, Mode: outages.Live, NextUpdate: now.Add(20 * time.Minute)},
		Facts: outages.Facts{Speaker: outages.Speaker{Zone: "America/New_York"}, Began: now.Add(-31 * time.Minute), Advice: []outages.Advice{{
			Area:     areas.Area{ID: "x-a", Name: "Alder", State: "CT"},
			Standing: []outages.Condition{{Service: outages.Voice, State: outages.Down, Hit: outages.Hit{Lines: []outages.Line{outages.Landline}, Carriers: []string{"AT&T"}, Except: true}}},
			Numbers:  []areas.Number{{For: areas.All, Tel: "+18605550101"}},
			Ways:     []areas.Way{{Kind: areas.Mobile}},
		}}},
	}
}

func TestADraftIsToldInLines(t *testing.T) {
	want := []Line{
		{"Kind", "alert"}, {"Began", "11:49 AM"}, {"Next update", "12:40 PM"},
		{"Alder, CT", "calls to 911 from landlines of every carrier but AT&T fail; call 860-555-0101 (any emergency); call 911 from a mobile phone"},
	}
	if got := Of(draft(), now); !reflect.DeepEqual(got, want) {
		t.Errorf("got %q\nwant %q", got, want)
	}
}

func TestChangesNameWhatCameWentAndDiffers(t *testing.T) {
	before := []Line{{"Kind", "alert"}, {"Next update", "1:00 PM"}, {"Birch, CT", "x"}}
	after := []Line{{"Kind", "alert"}, {"Next update", "1:30 PM"}, {"Alder, CT", "y"}}
	want := []Change{{"Next update", "1:00 PM", "1:30 PM"}, {"Alder, CT", "", "y"}, {"Birch, CT", "x", ""}}
	if got := Changes(before, after); !reflect.DeepEqual(got, want) {
		t.Errorf("got %q\nwant %q", got, want)
	}
	if got := Changes(after, after); got != nil {
		t.Errorf("no change: %q", got)
	}
}

func TestLinesThatSayTheSameAreGathered(t *testing.T) {
	var list []Line
	for _, f := range []string{"a", "b", "c", "d", "e", "f", "g", "h"} {
		list = append(list, Line{f, "same"})
	}
	got := Gather(append(list, Line{"z", "other"}))
	want := []Line{{"a; b; c; d; e; f and 2 more", "same"}, {"z", "other"}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %q\nwant %q", got, want)
	}
}

func TestTheNewestWordToAnAreaCounts(t *testing.T) {
	say := func(id areas.ID, c outages.Change) outages.Facts {
		return outages.Facts{Advice: []outages.Advice{{Area: areas.Area{ID: id}, Change: c}}}
	}
	got := Told(outages.Outage{Bulletins: []outages.Bulletin{{Facts: say("x-b", outages.New)}, {Facts: say("x-a", outages.New)}, {Facts: say("x-b", outages.Ended)}}})
	if len(got) != 2 || got[0].Area.ID != "x-a" || got[1].Change != outages.Ended {
		t.Errorf("told %+v, want a, and b with its end", got)
	}
}

func TestWordsForNumbersAndTimes(t *testing.T) {
	for n, want := range map[int]string{0: "0", 999: "999", 1000: "1,000", 48210: "48,210", 1234567: "1,234,567"} {
		if got := Count(n); got != want {
			t.Errorf("Count(%d) = %q, want %q", n, got, want)
		}
	}
	for d, want := range map[time.Duration]string{0: "just now", 61 * time.Second: "1 minute ago", 49 * time.Hour: "2 days ago"} {
		if got := Age(d); got != want {
			t.Errorf("Age(%v) = %q, want %q", d, got, want)
		}
	}
	if got := Clock(now.AddDate(0, 0, -2), now, time.UTC); got != "Oct 20 2024 4:20 PM" {
		t.Errorf("another day is %q", got)
	}
}
