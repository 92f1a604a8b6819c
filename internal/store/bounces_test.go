package store

import (
	"errors"
	"testing"
	"time"

	"callbox/areas"
	"callbox/internal/dispatch"
	"callbox/outages"
)

// promises 7 and 13: what comes back after it was accepted moves the totals with it, and only the far
// side's "no such mailbox" retires an address.
func TestABounceMovesWhatWasAccepted(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	ids := b.residents(5, "x-a")
	b.issue("o", outages.Alert, []areas.ID{"x-a"}, nil)
	lanes, err := b.Lanes(b.ctx, b.at)
	b.ok(err)
	_, err = b.Lease(b.ctx, lanes[0].ID, "a process that is killed", b.at)
	b.ok(err)
	if err := b.Bounce(b.ctx, Bounce{Outage: "o", Seq: 1, Address: ids[0], Fate: dispatch.Gone}); !errors.Is(err, ErrUnsettled) {
		t.Errorf("a bounce that is faster than the ledger: %v, want it told again", err)
	}
	b.reconciles()
	b.at = b.at.Add(time.Minute)
	b.drain(map[int64]dispatch.Fate{ids[4]: dispatch.Refused})
	bounce := func(id int64, f dispatch.Fate) error {
		err := b.Bounce(b.ctx, Bounce{Outage: "O", Seq: 1, Address: id, Fate: f, Reason: "5.1.1"})
		b.reconciles()
		return err
	}
	b.ok(bounce(ids[0], dispatch.Gone))
	b.ok(bounce(ids[1], dispatch.Refused))
	if got := b.totals("o", 1); got.Accepted != 2 || got.Gone != 1 || got.Refused != 2 {
		t.Errorf("after two bounces: %+v, want 2 accepted, 1 gone, 2 refused", got)
	}
	for name, err := range map[string]error{
		"twice":                   bounce(ids[0], dispatch.Gone),
		"of what was refused":     bounce(ids[4], dispatch.Gone),
		"of nobody":               bounce(9999, dispatch.Gone),
		"of an unknown bulletin":  b.Bounce(b.ctx, Bounce{Outage: "o", Seq: 9, Address: ids[2], Fate: dispatch.Gone}),
		"of an unknown outage":    b.Bounce(b.ctx, Bounce{Outage: "p", Seq: 1, Address: ids[2], Fate: dispatch.Gone}),
		"refused once it is gone": bounce(ids[0], dispatch.Refused),
	} {
		if !errors.Is(err, ErrNotFound) {
			t.Errorf("a bounce %s: %v, want it not found", name, err)
		}
	}
	// The end is for those who were told and are still there.
	b.issue("o", outages.AllClear, nil, []areas.ID{"x-a"})
	sent := b.drain(nil)
	if len(sent) != 2 || sent[ids[2]] == nil || sent[ids[3]] == nil {
		t.Errorf("the end was sent to %d addresses, want the two whose alert did not come back", len(sent))
	}
	b.ok(b.Bounce(b.ctx, Bounce{Outage: "o", Seq: 2, Address: ids[2], Fate: dispatch.Refused}))
	b.reconciles()
}

// A mailbox that is gone is gone wherever its owner has moved since.
func TestABounceOfAnOldAddressRetiresItsSuccessor(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	id := b.resident("pat", "x-a")
	b.issue("o", outages.Alert, []areas.ID{"x-a"}, nil)
	b.drain(nil)
	who, err := b.SubscriberAt(b.ctx, id)
	b.ok(err)
	b.ok(b.Move(b.ctx, who, Wish{Langs: []string{"en"}, Areas: []areas.ID{"x-b"}}))
	b.ok(b.Bounce(b.ctx, Bounce{Outage: "o", Seq: 1, Address: id, Fate: dispatch.Gone}))
	b.reconciles()
	if _, err := b.SubscriberAt(b.ctx, id); !errors.Is(err, ErrNotFound) {
		t.Errorf("the address stands after its mailbox was called gone: %v", err)
	}
}
