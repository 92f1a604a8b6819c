package outages_test

import (
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"callbox/areas"
	. "callbox/outages"
)

func example(t *testing.T) string {
	t.Helper()
	data, err := os.ReadFile("testdata/notice.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestACarriersNoticeIsRead(t *testing.T) {
	began := time.Date(2024, 10, 22, 15, 49, 0, 0, time.UTC)
	want := Notice{
		NoticeID: NoticeID{Provider: "Sample Wireless", ID: "CR-2024-1022-7"},
		Contact:  Contact{Name: "Network desk", Tel: "203-555-0190", Email: "desk@carrier.example.com"},
		Stage:    Initial, Began: began, Lines: []Line{Wireless}, Own: true,
		Effect: []Effect{{Voice, Down}, {Location, Delayed}}, Extent: []areas.ID{"x-wh", "x-wp"},
		Cause: "a cut cable", Estimate: began.Add(3*time.Hour + 11*time.Minute),
	}
	got, err := ParseNotice([]byte(example(t)), reading(t))
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func TestANoticeThatIsNotRightSaysWhatAndWhere(t *testing.T) {
	for _, c := range []struct{ name, old, new, says string }{
		{"no identifier", "id: CR-2024-1022-7", "", "id: it is missing; give the provider's own identifier"},
		{"no provider", "provider: Sample Wireless", "", "provider: it is missing; say whose network fails"},
		{"no way to ask back", "{name: Network desk, tel: 203-555-0190, email: desk@carrier.example.com}", "{name: x}", "contact (line 5:10): it is missing"},
		{"no stage", "stage: initial", "", "stage: it is missing; say initial, update or final"},
		{"no zone", "began: 2024-10-22T11:49-04:00", "began: 11:49", `began (line 7:8): "11:49" has no date or zone`},
		{"begins in the future", "began: 2024-10-22T11:49-04:00", "began: 2024-10-22T12:49-04:00", "cannot begin in the future"},
		{"no area", "extent: [CT/West Hartford, CT/Westport]", "", "extent: name the areas"},
		{"an unknown area", "CT/Westport", "CT/Westprot", "extent[1] (line"},
		{"no effect", "{voice: down, location: delayed}", "{}", "effect (line 10:9): say how voice, text, admin or location does"},
		{"an unknown effect", "voice: down", "voice: dead", "effect.voice (line 10:17)"},
		{"an unknown kind of phone", "[wireless]", "[satellite]", `"satellite" is not known; say landline, voip or wireless`},
		{"restored too early", "restoration_estimate: 2024-10-22T15:00-04:00", "restoration_estimate: 2024-10-22T10:00-04:00", "cannot be restored before it began"},
		{"final without an end", "stage: initial", "stage: final", "restored: a final notice says since when"},
		{"an end that is not final", "cause: a cut cable", "restored: 2024-10-22T12:00-04:00", "only a final notice says"},
		{"an unknown key", "cause:", "reason:", "unknown field"},
	} {
		t.Run(c.name, func(t *testing.T) {
			text := example(t)
			if !strings.Contains(text, c.old) {
				t.Fatalf("the example has no %q", c.old)
			}
			_, err := ParseNotice([]byte(strings.Replace(text, c.old, c.new, 1)), reading(t))
			if err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("got %v, want %q", err, c.says)
			}
		})
	}
}

// What a carrier says is a suspicion until a person confirms it: nothing of it can be sent.
func TestANoticeProposesButCannotBeSent(t *testing.T) {
	n, err := ParseNotice([]byte(example(t)), reading(t))
	if err != nil {
		t.Fatal(err)
	}
	d := n.Declaration(Alert, Live, []areas.ID{"x-wh"})
	want := []Condition{
		{Area: "x-wh", Service: Voice, State: Down, Hit: Hit{Lines: []Line{Wireless}, Carriers: []string{"Sample Wireless"}}, Confidence: Suspected, Since: n.Began},
		{Area: "x-wh", Service: Location, State: Delayed, Confidence: Suspected, Since: n.Began},
	}
	if diff := cmp.Diff(want, d.Conditions); diff != "" {
		t.Error(diff)
	}
	if d.Cause == nil || d.Cause.StatedBy != "Sample Wireless" || !d.NextUpdate.IsZero() || len(d.FailedCarriers) > 0 {
		t.Errorf("got %+v, want the cause as the carrier states it, no promise, and numbers on wires kept", d)
	}
	o := Outage{ID: "o", Agency: "a", Mode: Live, Speaker: Speaker{ID: "a", Name: "A", Zone: "America/New_York", Jurisdiction: []areas.ID{"09"}}}
	d.NextUpdate = noon(t).Add(time.Hour)
	facts, findings := Resolve(o, d, connecticut(t), noon(t))
	if len(facts.Advice) > 0 || !findings.Blocked() {
		t.Errorf("got %d areas told and %v, want nobody told and the draft blocked", len(facts.Advice), findings)
	}
}

func TestTheNetworkThatFailedTakesItsNumbersAlong(t *testing.T) {
	for _, c := range []struct {
		name string
		n    Notice
		want bool
	}{
		{"all phones", Notice{Effect: []Effect{{Voice, Down}}}, true},
		{"landlines", Notice{Effect: []Effect{{Voice, Down}}, Lines: []Line{Wireless, Landline}}, true},
		{"mobile phones", Notice{Effect: []Effect{{Voice, Down}}, Lines: []Line{Wireless}}, false},
		{"late calls", Notice{Effect: []Effect{{Voice, Delayed}}}, false},
		{"it is over", Notice{Effect: []Effect{{Voice, Down}}, Stage: Final}, false},
	} {
		c.n.Provider = "A"
		if got := c.n.Declaration(Update, Live, []areas.ID{"x-wh"}).FailedCarriers; slices.Contains(got, "A") != c.want {
			t.Errorf("%s: got failed carriers %v, want the provider among them: %v", c.name, got, c.want)
		}
	}
}

func TestAFinalNoticeProposesAnUpdateThatRestores(t *testing.T) {
	text := strings.NewReplacer("stage: initial", "stage: final", "cause: a cut cable", "restored: 2024-10-22T12:00-04:00").Replace(example(t))
	n, err := ParseNotice([]byte(text), reading(t))
	if err != nil {
		t.Fatal(err)
	}
	d := n.Declaration(Update, Live, []areas.ID{"x-wp"})
	for _, c := range d.Conditions {
		if c.State != Restored || !c.Since.Equal(n.Restored) || c.Confidence != Suspected {
			t.Errorf("got %+v, want it restored, since then, and only suspected", c)
		}
	}
	if !d.Began.IsZero() || *d.Notice != n.NoticeID {
		t.Errorf("got began %v and notice %v, want no new beginning and the notice named", d.Began, d.Notice)
	}
}
