package store

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"callbox/areas"
	"callbox/channels"
	"callbox/internal/dispatch"
	"callbox/outages"
	"callbox/subscribers"
)

// household enrols a mail address and a device of one subscriber and returns the subscriber.
func (b *bench) household(name string, ids ...areas.ID) int64 {
	b.t.Helper()
	mail := b.enrol(Registration{List: "live", Langs: []string{"en"}, Places: []areas.Place{{ZIP: "06107"}}, Areas: ids, Channel: channels.Email,
		Destination: subscribers.NewDestination(name + "@example.org"), Active: true, Consent: subscribers.Consent{Source: "web", At: b.at}})
	who, err := b.SubscriberAt(b.ctx, mail)
	b.ok(err)
	b.ok(b.Adopt(b.ctx, who, device(name)))
	return who
}

func device(name string) Refound {
	d := subscribers.NewDestination(`{"endpoint":"https://push.example.com/` + name + `"}`)
	return Refound{Channel: channels.Push, Was: d, Now: d, Host: "push.example.com"}
}

// count returns the result of a counting query.
func (b *bench) count(query string, args ...any) (n int) {
	b.t.Helper()
	b.ok(b.write.QueryRowContext(b.ctx, query, args...).Scan(&n))
	return n
}

// all sums the totals of a bulletin over its channels.
func (b *bench) all(outage string, seq int) (sum Totals) {
	b.t.Helper()
	figures, err := b.Figures(b.ctx, outage, false)
	b.ok(err)
	for _, f := range figures {
		if f.Seq == seq {
			sum = sum.Plus(f.Totals)
		}
	}
	return sum
}

func (b *bench) states(who int64) (out []subscribers.State) {
	b.t.Helper()
	r, err := b.Resident(b.ctx, who)
	if errors.Is(err, ErrNotFound) {
		return nil
	}
	b.ok(err)
	for _, a := range r.Addresses {
		out = append(out, a.State)
	}
	return out
}

// promise 14: moving tells the resident of what is open in the new places, by every address.
func TestAHouseholdMovesAsOne(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	who := b.household("pat", "x-c")
	b.issue("o", outages.Alert, []areas.ID{"x-a"}, nil)
	b.ok(b.Move(b.ctx, who, Wish{Langs: []string{"es"}, Places: []areas.Place{{ZIP: "06880"}}, Areas: []areas.ID{"x-a"}, Tests: true}))
	b.reconciles()
	r, err := b.Resident(b.ctx, who)
	b.ok(err)
	if len(r.Addresses) != 2 || r.Langs[0] != "es" || r.Places[0].ZIP != "06880" || !r.WantsTests {
		t.Errorf("after moving: %d addresses, %v, %v, tests %v", len(r.Addresses), r.Langs, r.Places, r.WantsTests)
	}
	if sent := b.drain(nil); len(sent) != 2 {
		t.Errorf("%d addresses were told, want both", len(sent))
	}
	b.ok(b.Move(b.ctx, who, Wish{Langs: []string{"en"}, Places: []areas.Place{{ZIP: "06880"}}, Areas: []areas.ID{"x-a"}, Tests: true}))
	if sent := b.drain(nil); len(sent) != 0 {
		t.Errorf("a change of language tells %d addresses again, want none", len(sent))
	}
}

// Nothing is cut for who is paused, what waited is stopped, and who comes back hears of what is open.
func TestAPauseLeavesTheLedgerTrue(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	who := b.household("pat", "x-a")
	b.residents(3, "x-a")
	b.issue("o", outages.Alert, []areas.ID{"x-a"}, nil)
	b.ok(b.Pause(b.ctx, who, b.at.Add(30*24*time.Hour)))
	b.reconciles()
	if got := b.all("o", 1); got.Stopped != 2 || got.Waiting != 3 {
		t.Errorf("after pausing: %+v, want 2 stopped and 3 waiting", got)
	}
	if sent := b.drain(nil); len(sent) != 3 {
		t.Errorf("%d addresses were told, want the 3 others", len(sent))
	}
	b.issue("o", outages.Update, []areas.ID{"x-a"}, nil)
	b.ok(b.Resume(b.ctx, who))
	b.reconciles()
	if sent := b.drain(nil); len(sent) != 5 {
		t.Errorf("%d addresses were told the update, want all 5", len(sent))
	}
	if n, err := b.ResumeDue(b.ctx); n != 0 || err != nil {
		t.Errorf("resuming twice: %d, %v", n, err)
	}
	b.ok(b.Pause(b.ctx, who, b.at.Add(time.Hour)))
	b.issue("o", outages.AllClear, nil, []areas.ID{"x-a"})
	b.at = b.at.Add(2 * time.Hour)
	n, err := b.ResumeDue(b.ctx)
	b.ok(err)
	b.reconciles()
	if n != 2 {
		t.Errorf("%d pauses ended by themselves, want 2", n)
	}
}

// promise 12: what is erased is gone but for nameless rows; a month later no mark of it is left.
func TestErasingLeavesNamelessRowsOnly(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	who := b.household("pat", "x-a")
	b.issue("o", outages.Alert, []areas.ID{"x-a"}, nil)
	b.drain(nil)
	results, err := b.Results(b.ctx, who)
	b.ok(err)
	if len(results) != 2 || results[0].Fate != dispatch.Accepted || results[0].Outage != "o" {
		t.Errorf("the results before: %+v, want two that were accepted", results)
	}
	b.ok(b.Erase(b.ctx, who))
	b.reconciles()
	if n := b.count(`SELECT COUNT(*) FROM addresses WHERE sealed IS NOT NULL`); n != 0 {
		t.Errorf("%d destinations are left", n)
	}
	if n := b.count(`SELECT COUNT(*) FROM subscribers WHERE places <> '[]' OR consent_at <> 0`); n != 0 {
		t.Errorf("%d sign-ups with places or consent are left", n)
	}
	if got := b.all("o", 1); got.Accepted != 2 {
		t.Errorf("the totals after: %+v, want 2 accepted still", got)
	}
	b.at = b.at.AddDate(0, 0, 31)
	b.ok(b.Forget(b.ctx))
	if n := b.count(`SELECT COUNT(*) FROM addresses WHERE idx IS NOT NULL`); n != 0 {
		t.Errorf("a month later %d marks are left", n)
	}
	if _, err := b.Resident(b.ctx, who); !errors.Is(err, ErrNotFound) {
		t.Errorf("who was erased is found: %v", err)
	}
}

func TestALinkFromBeforeAMoveStillLeadsToItsAddress(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	id := b.resident("pat", "x-a")
	who, err := b.SubscriberAt(b.ctx, id)
	b.ok(err)
	other := b.resident("kim", "x-a")
	for _, area := range []areas.ID{"x-b", "x-c"} {
		b.ok(b.Move(b.ctx, who, Wish{Langs: []string{"en"}, Areas: []areas.ID{area}}))
	}
	b.ok(b.Pause(b.ctx, who, b.at.Add(time.Hour)))
	b.ok(b.Resume(b.ctx, who))
	b.ok(b.Leave(b.ctx, id))
	b.reconciles()
	if got := b.states(who); got != nil {
		t.Errorf("after leaving by the first link: %v, want nobody", got)
	}
	if _, err := b.SubscriberAt(b.ctx, other); err != nil {
		t.Errorf("somebody else left with them: %v", err)
	}
}

func TestADeviceComesBackWithANewDestination(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	who := b.household("pat", "x-a")
	old, fresh := device("pat"), device("fresh")
	b.issue("o", outages.Alert, []areas.ID{"x-a"}, nil)
	b.drain(b.everyDevice(dispatch.Gone))
	if got := b.states(who); fmt.Sprint(got) != "[active gone]" {
		t.Fatalf("states %v, want the device gone", got)
	}
	if err := b.Refind(b.ctx, old); !errors.Is(err, ErrNotFound) {
		t.Errorf("the destination that is gone: %v, want it not found", err)
	}
	b.ok(b.Refind(b.ctx, Refound{Channel: channels.Push, Was: old.Now, Now: fresh.Now, Host: fresh.Host}))
	b.reconciles()
	if got := b.states(who); fmt.Sprint(got) != "[active active]" {
		t.Errorf("states %v, want the device back", got)
	}
	if sent := b.drain(nil); len(sent) != 1 {
		t.Errorf("%d were told again, want the device, which missed it", len(sent))
	}
	if err := b.Refind(b.ctx, device("stranger")); !errors.Is(err, ErrNotFound) {
		t.Errorf("a stranger: %v, want it not found", err)
	}
}

// everyDevice gives a fate to whatever goes to a device.
func (b *bench) everyDevice(f dispatch.Fate) map[int64]dispatch.Fate {
	b.t.Helper()
	out := map[int64]dispatch.Fate{}
	rows, err := b.write.QueryContext(b.ctx, `SELECT a.id FROM addresses a JOIN lanes l ON l.id = a.lane WHERE l.channel = 'push'`)
	b.ok(each(rows, err, func(r rowScanner) error {
		var id int64
		err := r.Scan(&id)
		out[id] = f
		return err
	}))
	return out
}

func TestALetterIsWrittenOnceHoweverOftenItIsAskedFor(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	r := Registration{List: "live", Langs: []string{"en"}, Areas: []areas.ID{"x-a"}, Channel: channels.Email,
		Destination: subscribers.NewDestination("pat@example.org")}
	for range 3 {
		_, err := b.SignUp(b.ctx, r, "confirm")
		b.ok(err)
	}
	claim := func() []Letter {
		letters, err := b.ClaimLetters(b.ctx, b.at, 10)
		b.ok(err)
		return letters
	}
	first := claim()
	if len(first) != 1 || first[0].State != subscribers.Unconfirmed || first[0].Destination.Reveal() != "pat@example.org" {
		t.Fatalf("%d letters, want one to who is not confirmed", len(first))
	}
	if again := claim(); len(again) != 0 {
		t.Errorf("another process claims %d of them, want none", len(again))
	}
	b.at = b.at.Add(letterLease + time.Second)
	if again := claim(); len(again) != 1 {
		t.Errorf("after its lease: %d letters, want the one that nobody wrote", len(again))
	}
	b.ok(b.Written(b.ctx, first...))
	b.at = b.at.Add(letterLease + time.Second)
	if again := claim(); len(again) != 0 {
		t.Errorf("after it was written: %d letters, want none", len(again))
	}
}

// Whoever has a stranger's mailbox filled gets three letters a day into it, from all processes together: the
// count is in the database.
func TestAMailboxGetsThreeLettersOfAKindADay(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	r := Registration{List: "live", Langs: []string{"en"}, Areas: []areas.ID{"x-a"}, Channel: channels.Email,
		Destination: subscribers.NewDestination("pat@example.org")}
	written := func(asked int) (n int) {
		for range asked {
			_, err := b.SignUp(b.ctx, r, "confirm")
			b.ok(err)
			letters, err := b.ClaimLetters(b.ctx, b.at, 10)
			b.ok(err)
			b.ok(b.Written(b.ctx, letters...))
			n += len(letters)
			b.at = b.at.Add(time.Minute)
		}
		return n
	}
	if n := written(10); n != lettersADay {
		t.Errorf("ten sign-ups of one mailbox: %d letters, want %d", n, lettersADay)
	}
	b.at = b.at.Add(24 * time.Hour)
	if n := written(10); n != lettersADay {
		t.Errorf("the next day: %d letters, want %d", n, lettersADay)
	}
}

// A sign-up that nobody confirms is forgotten, with the letter about it.
func TestASignUpThatNobodyConfirmsVanishes(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	_, err := b.SignUp(b.ctx, Registration{List: "live", Langs: []string{"en"}, Areas: []areas.ID{"x-a"}, Channel: channels.Email,
		Destination: subscribers.NewDestination("pat@example.org")}, "confirm")
	b.ok(err)
	b.at = b.at.Add(49 * time.Hour)
	b.ok(b.Forget(b.ctx))
	for _, table := range []string{"addresses", "subscribers", "letters"} {
		if n := b.count(`SELECT COUNT(*) FROM ` + table); n != 0 {
			t.Errorf("%d rows of %s are left, want none", n, table)
		}
	}
}
