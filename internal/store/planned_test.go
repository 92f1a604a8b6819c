package store

import (
	"errors"
	"testing"
	"time"

	"callbox/internal/officials"
)

func TestAPlannedDrillIsListedUntilItIsOver(t *testing.T) {
	b := newBench(t)
	e := officials.Entry{Actor: "ada", Action: "drill.announce"}
	day := 24 * time.Hour
	for id, in := range map[string]time.Duration{"late": 2 * day, "soon": day} {
		b.ok(b.PlanDrill(b.ctx, PlannedDrill{ID: id, Agency: "a", Begins: b.at.Add(in), Ends: b.at.Add(in + time.Hour)}, e))
	}
	ids := func(after time.Time) (out string) {
		list, err := b.PlannedDrills(b.ctx, after)
		b.ok(err)
		for _, p := range list {
			out += p.ID + " "
		}
		return out
	}
	if got := ids(b.at); got != "soon late " {
		t.Errorf("listed %q, want the next first", got)
	}
	if got := ids(b.at.Add(day + 30*time.Minute)); got != "soon late " {
		t.Errorf("listed %q while the first goes on, want both", got)
	}
	if got := ids(b.at.Add(day + time.Hour)); got != "late " {
		t.Errorf("listed %q when the first is over", got)
	}
	if err := b.CancelDrill(b.ctx, "another", "late", e); !errors.Is(err, ErrNotFound) {
		t.Errorf("another agency cancels it: %v", err)
	}
	b.ok(b.CancelDrill(b.ctx, "a", "late", e))
	if got := ids(b.at); got != "soon " {
		t.Errorf("listed %q after one was cancelled", got)
	}
}
