package record

import (
	"slices"
	"strings"
	"testing"
	"time"

	"callbox/internal/officials"
	"callbox/internal/store"
	"callbox/outages"
)

var noon = time.Date(2024, 10, 22, 16, 0, 0, 0, time.UTC)

func at(minutes int) time.Time { return noon.Add(time.Duration(minutes) * time.Minute) }

// source is an alert that was returned once, approved, and ended.
func source() Source {
	draft := func(id string, seq int) store.Draft {
		return store.Draft{Draft: outages.Draft{ID: id, Outage: "o", Seq: seq}}
	}
	deed := func(minutes int, actor, action, object, detail string) officials.Entry {
		return officials.Entry{At: at(minutes), Actor: actor, Action: action, Object: object, Detail: detail}
	}
	return Source{
		Outage: outages.Outage{ID: "o", Mode: outages.Live, Speaker: outages.Speaker{Name: "Sample State Police", Zone: "America/New_York"},
			Bulletins: []outages.Bulletin{
				{Seq: 1, Kind: outages.Alert, Issued: at(12), Submitter: "ada", Facts: outages.Facts{Began: at(-11)}, Approval: outages.Approval{By: "bob", At: at(11), Hash: "h"}},
				{Seq: 2, Kind: outages.Renewal, Issued: at(30)},
				{Seq: 3, Kind: outages.AllClear, Issued: at(60), Submitter: "bob", Approval: outages.Approval{By: "ada", At: at(59), BreakGlass: true, Reason: "nobody else on duty"}},
			}},
		Drafts: []store.Draft{draft("d1", 1), draft("d3", 3)},
		Entries: []officials.Entry{
			deed(2, "ada", "draft.declare", "d1", "alert"), deed(4, "ada", "draft.submit", "d1", "h0"), deed(6, "bob", "draft.returned", "d1", "wrong town."),
			deed(7, "ada", "draft.revise", "d1", ""), deed(8, "ada", "draft.submit", "d1", "h"), deed(9, "ada", "draft.approve.refused", "d1", "a second person"),
			deed(11, "bob", "draft.approve", "d1", "h"), deed(20, "eve", "draft.declare", "another", ""), deed(40, "bob", "outage.stop", "o", ""),
		},
		Names:   map[string]string{"ada": "Ada Adams", "bob": "Bob Brown"},
		Reached: map[int][]Reached{1: {{50, at(13)}, {90, at(14)}, {99, time.Time{}}}},
		Figures: []store.Figure{{Seq: 1, Channel: "email", Areas: "a", Totals: store.Totals{Targeted: 3, Accepted: 3}},
			{Seq: 1, Channel: "email", Areas: "b", Totals: store.Totals{Targeted: 2, Accepted: 1, Gone: 1}}},
	}
}

func TestWhatHappenedIsToldInSentences(t *testing.T) {
	r := Make(source(), at(90))
	var says []string
	for _, e := range r.Timeline {
		says = append(says, e.Says)
	}
	want := []string{
		"911 began to fail, as the agency stated it.",
		"Ada Adams drafted bulletin 1.", "Ada Adams submitted bulletin 1.", "Bob Brown returned bulletin 1 for changes: wrong town.",
		"Ada Adams changed the draft of bulletin 1.", "Ada Adams submitted bulletin 1.", "Ada Adams was refused bulletin 1: a second person.",
		"Bob Brown approved bulletin 1.", "Bulletin 1 was issued: alert.", "50 % of the people had been handed bulletin 1.",
		"90 % of the people had been handed bulletin 1.", "Bob Brown stopped the sending.", "Bulletin 3 was issued: all-clear.",
	}
	if !slices.Equal(says, want) {
		t.Errorf("the timeline says\n%s\nwant\n%s", strings.Join(says, "\n"), strings.Join(want, "\n"))
	}
	if len(r.Bulletins) != 2 || r.Bulletins[1].BreakGlass != "nobody else on duty" || r.Bulletins[0].Approver != "Bob Brown" {
		t.Errorf("the bulletins are %+v", r.Bulletins)
	}
	if got := r.Bulletins[0].Totals["email"]; got.Targeted != 5 || got.Gone != 1 {
		t.Errorf("the figures of two area sets were added up to %+v", got)
	}
}

func TestEveryStepIsTimed(t *testing.T) {
	want := map[string]time.Duration{
		"from the failure to the first draft": 13 * time.Minute, "from the first draft to its submission": 6 * time.Minute,
		"from submission to approval": 3 * time.Minute, "from approval to issue, with the undo window": time.Minute,
		"from issue to nine of ten people": 2 * time.Minute, "from the failure to the first word": 23 * time.Minute,
		"from the first draft to nine of ten people": 12 * time.Minute, "from the failure to its end": 71 * time.Minute,
	}
	took := Make(source(), at(90)).Steps.Took()
	for _, s := range took {
		if want[s.Step] != s.Took {
			t.Errorf("%s: %v, want %v", s.Step, s.Took, want[s.Step])
		}
	}
	if len(took) != len(want) {
		t.Errorf("%d steps, want %d", len(took), len(want))
	}
	if got := Make(Source{Outage: outages.Outage{ID: "o"}}, noon).Steps.Took(); len(got) != 0 {
		t.Errorf("an outage that nobody spoke of has the steps %v", got)
	}
}

func TestASpreadsheetComputesNothing(t *testing.T) {
	s := source()
	s.Names["bob"] = "=HYPERLINK(\"https://example.org\")"
	var out strings.Builder
	if err := Make(s, at(90)).WriteCSV(&out); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(out.String(), ",=") || strings.Contains(out.String(), ",\"=") || !strings.Contains(out.String(), "'=HYPERLINK") {
		t.Errorf("a cell begins a formula:\n%s", out.String())
	}
	for _, want := range []string{"email accepted,4", "from the failure to the first word,1380 s", "Massachusetts"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the table lacks %q:\n%s", want, out.String())
		}
	}
}
