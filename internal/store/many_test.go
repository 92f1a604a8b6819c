package store

import (
	"testing"

	"callbox/areas"
	"callbox/channels"
	"callbox/internal/dispatch"
	"callbox/outages"
	"callbox/subscribers"
)

func TestWhoLeavesAmongManyAcceptedIsCountedAsTheFarSideSaid(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	ids := b.residents(40, "x-a")
	b.issue("o", outages.Alert, []areas.ID{"x-a"}, nil)
	batch := b.lease()
	b.ok(b.Leave(b.ctx, ids[7]))
	if got := b.totals("o", 1); got.Stopped != 1 {
		t.Fatalf("after leaving: %+v, want 1 stopped", got)
	}
	b.settle(batch, nil)
	if got := b.totals("o", 1); got.Accepted != 40 || got.Stopped != 0 {
		t.Errorf("after the flush: %+v, want all 40 accepted", got)
	}
}

func TestManyAcceptedBesideOtherFates(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	ids := append(b.residents(20, "x-a"), b.residents(20, "x-b")...)
	b.residents(3, "x-c") // too few for a statement of their own
	b.issue("o", outages.Alert, []areas.ID{"x-a", "x-b", "x-c"}, nil)
	b.settle(b.lease(), map[int64]dispatch.Fate{ids[3]: dispatch.Refused, ids[21]: dispatch.Waiting, ids[22]: dispatch.Gone})
	want := Totals{Targeted: 43, Waiting: 1, Accepted: 40, Refused: 1, Gone: 1}
	if got := b.totals("o", 1); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

// Promise 6: the second word adds only those who had not heard the first to the audience of the end.
func TestManyWhoHearAgainAreToldOnce(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	ids := b.residents(30, "x-a")
	b.issue("o", outages.Alert, []areas.ID{"x-a"}, nil)
	b.drain(map[int64]dispatch.Fate{ids[0]: dispatch.Refused, ids[1]: dispatch.Refused})
	b.issue("o", outages.Update, []areas.ID{"x-a"}, nil)
	b.drain(nil)
	b.issue("o", outages.AllClear, nil, []areas.ID{"x-a"})
	if got := b.totals("o", 3); got.Targeted != 30 {
		t.Errorf("the end: %+v, want 30 targeted", got)
	}
	b.drain(nil)
	if got := b.totals("o", 3); got.Accepted != 30 {
		t.Errorf("the end: %+v, want 30 accepted", got)
	}
}

func TestABatchThatIsPartlyWrittenComesBackWithTheRest(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.residents(60, "x-a")
	b.residents(60, "x-b")
	b.issue("o", outages.Alert, []areas.ID{"x-a", "x-b"}, nil)
	b.settle(b.lease(), nil) // 50
	batch := b.lease()       // 70, over both sets
	half := batch.Deliveries[:35]
	for i := range half {
		half[i].Fate, half[i].Attempts = dispatch.Accepted, 1
	}
	_, err := b.Flush(b.ctx, batch, half, true, b.at)
	b.ok(err)
	b.reconciles()
	if again := b.lease(); len(again.Deliveries) != 35 {
		t.Errorf("%d deliveries come back, want 35", len(again.Deliveries))
	}
}

// promise 14: whoever confirms between the issue and the cut has a delivery of their own, and no second.
func TestConfirmingBeforeTheCutIsOneDelivery(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.residents(5, "x-a")
	late := b.enrol(Registration{List: "live", Langs: []string{"en"}, Areas: []areas.ID{"x-a"}, Channel: channels.Email,
		Destination: subscribers.NewDestination("late@example.org")})
	b.issue("o", outages.Alert, []areas.ID{"x-a"}, nil)
	b.ok(b.Confirm(b.ctx, late))
	for address, bulletins := range b.drain(nil) {
		if len(bulletins) != 1 {
			t.Errorf("address %d: %d deliveries, want 1", address, len(bulletins))
		}
	}
	if got := b.totals("o", 1); got.Targeted != 6 || got.Accepted != 6 {
		t.Errorf("got %+v, want 6 targeted and accepted", got)
	}
}

// Promise 6: a first word that arrives after the second counts its reader once.
func TestWhoHearsTheSecondWordFirstIsCountedOnce(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.residents(20, "x-a")
	b.issue("o", outages.Alert, []areas.ID{"x-a"}, nil)
	onItsWay := b.lease()
	b.issue("o", outages.Update, []areas.ID{"x-a"}, nil)
	b.drain(nil)
	b.settle(onItsWay, nil)
	b.issue("o", outages.AllClear, nil, []areas.ID{"x-a"})
	if got := b.totals("o", 3); got.Targeted != 20 {
		t.Errorf("the end: %+v, want 20 targeted", got)
	}
}
