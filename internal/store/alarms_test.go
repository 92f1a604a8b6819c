package store

import (
	"errors"
	"testing"
	"time"

	"callbox/areas"
	"callbox/internal/officials"
	"callbox/outages"
	"callbox/subscribers"
)

// alarm opens one with a wake for each official, and returns it.
func (b *bench) alarm(object string, people ...string) Alarm {
	b.t.Helper()
	b.ok(b.OpenAlarm(b.ctx, Alarm{Agency: "a", Kind: "draft", Object: object, Role: officials.Approver, Says: "A draft waits."}))
	open, err := b.Alarms(b.ctx)
	b.ok(err)
	a := open[len(open)-1]
	var wakes []Wake
	for _, id := range people {
		b.ok(b.SaveOfficial(b.ctx, officials.Official{ID: id, Agency: "a"}, officials.Entry{Actor: "operator", Action: "official.save"}))
		wakes = append(wakes, Wake{Official: id, Way: "email"})
	}
	mine, err := b.FileWakes(b.ctx, a.ID, a.Rounds, wakes)
	b.ok(err)
	if !mine {
		b.t.Fatal("the first round was filed by nobody")
	}
	return a
}

func TestAnAlarmIsOpenOnceHoweverManyProcessesSeeIt(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	a := b.alarm("d1", "bob")
	b.ok(b.OpenAlarm(b.ctx, a))
	if open, err := b.Alarms(b.ctx); err != nil || len(open) != 1 {
		t.Fatalf("got %d open alarms (%v), want 1", len(open), err)
	}
	if mine, err := b.FileWakes(b.ctx, a.ID, a.Rounds, []Wake{{Official: "bob", Way: "email"}}); err != nil || mine {
		t.Errorf("the same round was filed twice (%v)", err)
	}
	b.ok(b.CloseAlarm(b.ctx, a.ID, a.Opened.Add(-time.Second)))
	if open, _ := b.Alarms(b.ctx); len(open) != 1 {
		t.Error("who looked before it opened has closed it")
	}
	b.ok(b.CloseAlarm(b.ctx, a.ID, a.Opened))
	b.ok(b.OpenAlarm(b.ctx, a))
	if open, err := b.Alarms(b.ctx); err != nil || len(open) != 1 || open[0].ID == a.ID {
		t.Errorf("what is over and comes again is a new alarm: got %+v, %v", open, err)
	}
}

func TestAWakeIsLeasedOnceAndRepeatedWhenItsProcessDies(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	a := b.alarm("d1", "bob")
	mine, about, err := b.LeaseWake(b.ctx)
	b.ok(err)
	if mine.Official != "bob" || mine.Attempts != 1 || about.Says != a.Says {
		t.Fatalf("leased %+v of %+v, want the first attempt for bob", mine, about)
	}
	if _, _, err := b.LeaseWake(b.ctx); !errors.Is(err, ErrNotFound) {
		t.Fatalf("the same wake was leased twice: %v", err)
	}
	b.at = b.at.Add(wakeLease)
	other, _, err := b.LeaseWake(b.ctx)
	b.ok(err)
	mine.State = WakeGivenUp
	b.ok(b.SettleWake(b.ctx, mine)) // too late: it is another's now
	other.State, other.At = WakeTaken, b.at
	b.ok(b.SettleWake(b.ctx, other))
	got, err := b.Wakes(b.ctx, "a", "draft", "d1")
	b.ok(err)
	if len(got) != 1 || got[0].State != WakeTaken || got[0].Attempts != 2 || !got[0].At.Equal(b.at) {
		t.Errorf("got %+v, want one wake, taken at the second attempt", got)
	}
}

func TestAFailedWakeComesAgainUntilItsAlarmIsOver(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	a := b.alarm("d1", "bob")
	w, _, err := b.LeaseWake(b.ctx)
	b.ok(err)
	w.NextAt, w.At, w.Reason = b.at.Add(10*time.Second), b.at, "the relay is down"
	b.ok(b.SettleWake(b.ctx, w))
	if _, _, err := b.LeaseWake(b.ctx); !errors.Is(err, ErrNotFound) {
		t.Fatalf("a wake that waits was leased: %v", err)
	}
	b.at = b.at.Add(10 * time.Second)
	w, _, err = b.LeaseWake(b.ctx)
	b.ok(err)
	w.NextAt = b.at
	b.ok(b.SettleWake(b.ctx, w))
	b.ok(b.CloseAlarm(b.ctx, a.ID, b.at))
	if _, _, err := b.LeaseWake(b.ctx); !errors.Is(err, ErrNotFound) {
		t.Errorf("somebody is woken for an alarm that is over: %v", err)
	}
}

func TestADeviceIsKeptSealedAndTheOldestGoesFirst(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.alarm("d1", "bob")
	e := officials.Entry{Agency: "a", Actor: "bob", Action: "device.add", Object: "bob"}
	for i := range devicesMost + 2 {
		for range 2 {
			b.ok(b.AddDevice(b.ctx, Device{Official: "bob", Label: "phone", To: subscribers.NewDestination("{\"endpoint\":\"" + string(rune('a'+i)) + "\"}")}, e))
		}
	}
	devices, err := b.Devices(b.ctx, "bob")
	b.ok(err)
	if len(devices) != devicesMost || devices[0].To.Reveal() != `{"endpoint":"c"}` {
		t.Fatalf("got %d devices, want the newest %d", len(devices), devicesMost)
	}
	var plain int
	b.ok(b.read.QueryRowContext(b.ctx, `SELECT COUNT(*) FROM official_devices WHERE CAST(sealed AS TEXT) LIKE '%endpoint%'`).Scan(&plain))
	if plain != 0 {
		t.Errorf("%d devices lie in the clear", plain)
	}
	if err := b.RemoveDevice(b.ctx, "ada", devices[0].ID, e); !errors.Is(err, ErrNotFound) {
		t.Errorf("somebody else's device was removed: %v", err)
	}
	b.ok(b.RemoveDevice(b.ctx, "bob", devices[0].ID, e))
}

func TestThePaceOfABulletinIsNotedOncePerMoment(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.resident("r", "x-a")
	b.issue("o", outages.Alert, []areas.ID{"x-a"}, nil)
	first := Step{Seq: 1, Channel: "email", At: b.at, Targeted: 1, Waiting: 1}
	b.ok(b.Note(b.ctx, "o", []Step{first}))
	b.ok(b.Note(b.ctx, "o", []Step{first, {Seq: 1, Channel: "email", At: b.at.Add(time.Second), Targeted: 1, Accepted: 1}}))
	got, err := b.Pace(b.ctx, "o", 1)
	b.ok(err)
	if len(got) != 2 || got[0] != first || got[1].Accepted != 1 {
		t.Errorf("got %+v, want two steps", got)
	}
	sending, err := b.Sending(b.ctx)
	if b.ok(err); len(sending) != 1 || sending[0] != "o" {
		t.Errorf("sending: got %v, want o", sending)
	}
}
