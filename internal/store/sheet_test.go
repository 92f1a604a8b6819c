package store

import (
	"errors"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"callbox/areas"
	"callbox/internal/dispatch"
	"callbox/outages"
)

// entries draws a sheet: area sets and addresses in order.
func entries(r *rapid.T) (out []entry) {
	var at cursor
	for range rapid.IntRange(1, 4).Draw(r, "sets") {
		at = cursor{set: at.set + rapid.Int64Range(1, 1<<40).Draw(r, "set")}
		for range rapid.IntRange(1, 6).Draw(r, "addresses") {
			at.addr += rapid.Int64Range(1, 1<<40).Draw(r, "address")
			out = append(out, entry{at, standing(rapid.IntRange(0, 2).Draw(r, "standing"))})
		}
	}
	return out
}

func TestASheetIsReadAsItWasWritten(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		s := &sheet{entries: entries(r)}
		got, err := decodeEntries(s.encode())
		if err != nil || !slices.Equal(got, s.entries) {
			r.Fatalf("got %v, %v, want %v", got, err, s.entries)
		}
		for i := range s.entries {
			if s.find(s.entries[i].cursor) != &s.entries[i] {
				r.Fatalf("%v is not found", s.entries[i].cursor)
			}
		}
		if e := s.find(cursor{s.last().set, s.last().addr + 1}); e != nil {
			r.Fatalf("found %v, which is not there", e)
		}
	})
}

func TestADeliveryOnASheetTakesTwoBytes(t *testing.T) {
	t.Parallel()
	s := &sheet{}
	for i := range cutSize { // as forty area sets that people join in turn
		s.entries = append(s.entries, entry{cursor{7, 1_000_000 + 40*int64(i)}, accepted})
	}
	if got := len(s.encode()); got > 2*cutSize+8 {
		t.Errorf("%d bytes for %d deliveries, want two each", got, cutSize)
	}
}

func TestADamagedSheetIsNotRead(t *testing.T) {
	t.Parallel()
	good := (&sheet{entries: []entry{{cursor{1, 1000}, waits}, {cursor{1, 2000}, accepted}, {cursor{9, 3}, apart}}}).encode()
	for name, data := range map[string][]byte{
		"empty": {}, "cut short": good[:len(good)-1], "cut in a number": good[:3], "no end": {0x80},
		"the same address twice": {1, 2, 4, 0}, "a set without addresses": {1, 0},
	} {
		if got, err := decodeEntries(data); !errors.Is(err, errSheet) {
			t.Errorf("%s: %v, %v, want errSheet", name, got, err)
		}
	}
}

func FuzzASheetIsReadOrRefused(f *testing.F) {
	f.Add((&sheet{entries: []entry{{cursor{1, 1000}, waits}, {cursor{9, 3}, apart}}}).encode())
	f.Add([]byte{1, 0xff, 0xff, 0xff, 0xff, 0x7f, 4})
	f.Fuzz(func(t *testing.T, data []byte) {
		got, err := decodeEntries(data)
		if err != nil {
			return
		}
		again, err := decodeEntries((&sheet{entries: got}).encode())
		if err != nil || !slices.Equal(got, again) {
			t.Errorf("%v reads back as %v, %v", got, again, err)
		}
	})
}

// What most deliveries come to leaves no row of its own; the others do.
func TestOnlyTheExceptionalHaveRows(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	ids := b.residents(40, "x-a")
	b.issue("o", outages.Alert, []areas.ID{"x-a"}, nil)
	b.settle(b.lease(), map[int64]dispatch.Fate{ids[3]: dispatch.Refused, ids[4]: dispatch.Waiting})
	var n int
	b.ok(b.read.QueryRowContext(b.ctx, `SELECT COUNT(*) FROM deliveries`).Scan(&n))
	if n != 2 {
		t.Errorf("%d rows, want 2", n)
	}
}

// A bounce comes long after the far side took the mail.
func TestADeliveryLeavesItsSheetWithTheFateItHad(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	ids := b.residents(3, "x-a")
	bulletin := b.issue("o", outages.Alert, []areas.ID{"x-a"}, nil)
	batch := b.lease()
	b.settle(batch, nil)
	at := place{bulletin, batch.Lane.ID, batch.Deliveries[0].Set}
	b.ok(b.tx(b.ctx, func(t *tx) error {
		if err := t.setApart(at, ids[1], 1); err != nil {
			return err
		}
		return t.setApart(at, ids[1], 2) // twice is once
	}))
	b.reconciles()
	b.ok(b.tx(b.ctx, func(tx *tx) error {
		fate, since, err := tx.fateOf(at, ids[1])
		if fate != dispatch.Accepted || !since.Equal(b.at) {
			t.Errorf("%s since %s, want accepted since %s", fate, since, b.at)
		}
		if err := tx.setApart(at, ids[2]+1, 1); !errors.Is(err, ErrNotFound) {
			t.Errorf("somebody who has no delivery: %v, want ErrNotFound", err)
		}
		return err
	}))
}

// Promise 13: what nobody had time to send is counted as expired, at once and without a row for each.
func TestAnAudienceThatIsUncutWhenItsTimeIsOverExpires(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.residents(80, "x-a")
	b.residents(80, "x-b")
	b.issue("o", outages.Alert, []areas.ID{"x-a", "x-b"}, nil)
	held := b.lease()
	b.at = b.at.Add(5 * 60 * 60e9)
	if got := b.lease(); got != nil {
		t.Errorf("%d deliveries are leased, want none", len(got.Deliveries))
	}
	b.reconciles()
	if got, want := b.totals("o", 1), (Totals{Targeted: 160, Expired: 160}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if _, err := b.Flush(b.ctx, held, nil, true, b.at); !errors.Is(err, dispatch.ErrFenced) {
		t.Errorf("the batch that ran out: %v, want ErrFenced", err)
	}
}
