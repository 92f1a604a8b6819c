package desk

import (
	"strings"
	"testing"
	"time"

	"callbox/outages"
)

func TestAnOutageLeavesARecord(t *testing.T) {
	r := newRoom(t)
	r.resident("06880")
	outage := r.issued("", alertFile)
	r.at = r.at.Add(40 * time.Minute)
	r.issued(outage, "kind: all-clear\nmode: live\n")
	rec, err := r.Record(r.ctx, r.bob, outage)
	r.ok(err)
	var says []string
	for _, e := range rec.Timeline {
		says = append(says, e.Says)
	}
	story := strings.Join(says, " ")
	for _, want := range []string{"ada drafted bulletin 1.", "ada submitted bulletin 1.", "bob approved bulletin 1.", "Bulletin 1 was issued: alert.", "Bulletin 2 was issued: all-clear."} {
		if !strings.Contains(story, want) {
			t.Errorf("the timeline lacks %q: %s", want, story)
		}
	}
	if len(rec.Bulletins) != 2 || rec.Bulletins[0].Totals["email"].Targeted != 1 || len(rec.Bulletins[0].Texts) == 0 {
		t.Errorf("the bulletins are %+v", rec.Bulletins)
	}
	if rec.Mode != outages.Live || rec.Steps.Ended.IsZero() || rec.Steps.Drafted.IsZero() || rec.Steps.Issued.Before(rec.Steps.Approved) {
		t.Errorf("the steps are %+v", rec.Steps)
	}
}
