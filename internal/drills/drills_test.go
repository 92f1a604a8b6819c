package drills_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"callbox/areas"
	"callbox/channels"
	"callbox/internal/drills"
	"callbox/outages"
)

func TestEveryPlanBecomesDeclarationsThatTheRulesLetPass(t *testing.T) {
	book, err := areas.NewBook(areas.Holdings{})
	if err != nil {
		t.Fatal(err)
	}
	plans, err := drills.Plans()
	if err != nil {
		t.Fatal(err)
	}
	if len(plans) != 5 {
		t.Errorf("%d plans, want one for each outage of the sources", len(plans))
	}
	for _, p := range plans {
		now := time.Date(2026, 3, 4, 15, 0, 0, 0, time.UTC)
		o := outages.Outage{ID: "drill", Mode: outages.Drill, Agency: "a", Speaker: outages.Speaker{ID: "a", Name: "A", Zone: "UTC", Jurisdiction: []areas.ID{"25"}}}
		for i, s := range p.Steps {
			now = now.Add(time.Duration(s.Pause) * time.Minute)
			readers := book.Readers("25")
			d := p.Declaration(i, drills.Ground{Areas: readers, Silent: readers, Now: now}) // nobody has a number
			facts, findings := outages.Resolve(o, d, book, now)
			if d.Mode != outages.Drill || findings.Blocked() || len(facts.Advice) == 0 {
				t.Fatalf("%s, step %d: mode %s, %d areas, %v", p.ID, i+1, d.Mode, len(facts.Advice), findings)
			}
			o.Bulletins = append(o.Bulletins, outages.Bulletin{Outage: o.ID, Seq: i + 1, Kind: d.Kind, Mode: d.Mode, Issued: now, Declaration: d, Facts: facts})
		}
		if o.Open() || len(o.Affected()) > 0 {
			t.Errorf("%s does not end: %v", p.ID, o.Affected())
		}
	}
}

// taker counts what reaches a channel.
type taker struct{ n int }

func (t *taker) Send(context.Context, channels.Message) (channels.Receipt, error) {
	t.n++
	return nil, nil
}

// Promise 3, from its other side: what is made to fail for a drill never fails for residents.
func TestFaultsHitDrillsAndNothingElse(t *testing.T) {
	far := &taker{}
	faults := []drills.Fault{{Channel: channels.Email, Kind: drills.Down, Share: 100}}
	ch := drills.Faulty(far, channels.Email, func(string) []drills.Fault { return faults })
	for _, m := range []outages.Mode{outages.Live, outages.Test} {
		if _, err := ch.Send(t.Context(), channels.Message{Mode: m}); err != nil {
			t.Errorf("a %s message failed: %v", m, err)
		}
	}
	if _, err := ch.Send(t.Context(), channels.Message{Mode: outages.Drill}); err == nil || far.n != 2 {
		t.Errorf("a drill's message met no fault: %v, %d were sent", err, far.n)
	}
	for kind, want := range map[drills.FaultKind]channels.Verdict{drills.Busy: channels.Later, drills.Down: channels.Later, drills.Refuse: channels.Refused} {
		faults[0].Kind = kind
		_, err := ch.Send(t.Context(), channels.Message{Mode: outages.Drill})
		if got, _ := channels.VerdictOf(err); got != want {
			t.Errorf("%s is %v, want %v", kind, got, want)
		}
	}
	faults[0].Channel = channels.Push
	if _, err := ch.Send(t.Context(), channels.Message{Mode: outages.Drill}); err != nil {
		t.Errorf("another channel's fault hit: %v", err)
	}
}

func TestAShareOfMessagesIsHitTheSameAtEveryAttempt(t *testing.T) {
	ch := drills.Faulty(&taker{}, channels.Push, func(string) []drills.Fault {
		return []drills.Fault{{Channel: channels.Push, Kind: drills.Refuse, Share: 30}}
	})
	hit := 0
	for i := range 1000 {
		m := channels.Message{Mode: outages.Drill, Key: "o.1." + string(rune('a'+i%26)) + time.Duration(i).String()}
		_, first := ch.Send(t.Context(), m)
		if _, again := ch.Send(t.Context(), m); !errors.Is(again, first) && (again == nil) != (first == nil) {
			t.Fatalf("message %q: %v, then %v", m.Key, first, again)
		}
		if first != nil {
			hit++
		}
	}
	if hit < 200 || hit > 400 {
		t.Errorf("%d of 1000 were hit, want about 300", hit)
	}
}
