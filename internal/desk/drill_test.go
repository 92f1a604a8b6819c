package desk

import (
	"errors"
	"testing"
	"time"

	"callbox/internal/drills"
	"callbox/outages"
)

func TestAReadyMadeDrillIsPlayedToItsEndAndScored(t *testing.T) {
	r := newRoom(t)
	plans, err := drills.Plans()
	r.ok(err)
	for _, p := range plans {
		at, err := r.StartDrill(r.ctx, r.ada, p.ID)
		r.ok(err)
		if _, err := r.NextStep(r.ctx, r.ada, at.Outage); !errors.Is(err, ErrConflict) {
			t.Errorf("%s: it went on before anybody spoke: %v", p.ID, err)
		}
		faults := r.Faults()
		for {
			if at.Draft.Declaration.Mode != outages.Drill || at.Draft.Findings.Blocked() {
				t.Fatalf("%s, step %d: %s %v", p.ID, at.Step+1, at.Draft.Declaration.Mode, at.Draft.Findings)
			}
			if got, want := len(r.Faults()(at.Outage)), len(p.Steps[at.Step].Faults); got != want {
				t.Errorf("%s, step %d: %d faults, want %d", p.ID, at.Step+1, got, want)
			}
			d, err := r.Submit(r.ctx, r.ada, at.Draft.ID)
			r.ok(err)
			_, err = r.Approve(r.ctx, r.bob, d.ID, Word{Code: d.Code})
			r.ok(err)
			r.release()
			if at.Last() {
				break
			}
			r.at = r.at.Add(time.Duration(p.Steps[at.Step+1].Pause) * time.Minute)
			at, err = r.NextStep(r.ctx, r.ada, at.Outage)
			r.ok(err)
		}
		if _, err := r.NextStep(r.ctx, r.ada, at.Outage); !errors.Is(err, ErrConflict) {
			t.Errorf("%s: it went on behind its end: %v", p.ID, err)
		}
		if got := faults("another"); len(got) != 0 {
			t.Errorf("an outage that is no drill has the faults %v", got)
		}
	}
	scores, err := r.Drills(r.ctx, r.bob)
	r.ok(err)
	if len(scores) != len(plans) {
		t.Fatalf("%d scores, want %d", len(scores), len(plans))
	}
	for _, s := range scores {
		if s.Record.Mode != outages.Drill || s.Record.Steps.Ended.IsZero() || s.Record.Steps.Submitted.IsZero() {
			t.Errorf("%s: %+v", s.Drill, s.Record.Steps)
		}
	}
}
