package desk

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"callbox/channels"
	"callbox/internal/officials"
	"callbox/internal/store"
	"callbox/outages"
	"callbox/subscribers"
)

// bell remembers who was told what, and fails as its test says.
type bell struct {
	rung []string // "way: subject"
	to   []string
	fail error
}

func (b *bell) Ring(_ context.Context, way string, to subscribers.Destination, s Summons) error {
	if b.fail != nil {
		return b.fail
	}
	b.rung = append(b.rung, way+": "+s.Subject)
	b.to = append(b.to, to.Reveal())
	return nil
}

// onCall gives the room a bell and approvers on call.
func (r *room) onCall(places map[string]int) *bell {
	r.t.Helper()
	b := &bell{}
	r.Bell = b
	for id, place := range places {
		r.ok(r.Store.SaveOfficial(r.ctx, officials.Official{ID: id, Agency: "despp", Name: strings.ToUpper(id), Email: id + "@despp.example.gov",
			Roles: []officials.Role{officials.Approver}, OnCall: place}, operator("despp", "official.save", id)))
	}
	return b
}

func (r *room) wake(after time.Duration) {
	r.t.Helper()
	r.at = r.at.Add(after)
	r.ok(r.Wake(r.ctx))
}

func TestApproversAreWokenInTheirOnCallOrderUntilSomebodyDecides(t *testing.T) {
	r := newRoom(t)
	b := r.onCall(map[string]int{"cyd": 1, "dan": 2, "eve": 0})
	d := r.submitted("", alertFile)
	for _, step := range []struct {
		after time.Duration
		want  []string
	}{
		{0, []string{"cyd"}},
		{time.Second, nil}, // once, however often it is looked at
		{2 * time.Minute, []string{"cyd", "dan"}},
		{3 * time.Minute, []string{"cyd", "dan", "eve"}},
	} {
		b.to = nil
		r.wake(step.after)
		var want []string
		for _, id := range step.want {
			want = append(want, id+"@despp.example.gov")
		}
		if !slices.Equal(b.to, want) {
			t.Errorf("after %s more: got %v, want %v", step.after, b.to, want)
		}
	}
	if want := "email: A bulletin waits for your approval"; b.rung[0] != want {
		t.Errorf("got %q, want %q", b.rung[0], want)
	}
	woken, err := r.Woken(r.ctx, r.ada, d.ID)
	r.ok(err)
	if len(woken) != 6 || woken[0].Name != "CYD" || woken[0].State != store.WakeTaken || woken[0].At.IsZero() {
		t.Errorf("who waits sees %+v, want six words of which the first went to CYD", woken)
	}
	_, err = r.Approve(r.ctx, r.bob, d.ID, Word{Code: d.Code})
	r.ok(err)
	b.to = nil
	r.wake(time.Hour)
	if len(b.to) != 0 {
		t.Errorf("%v were woken for what is decided", b.to)
	}
}

// promise 3: what wakes people for a drill says so first.
func TestADrillWakesPeopleAsADrill(t *testing.T) {
	r := newRoom(t)
	b := r.onCall(map[string]int{"cyd": 1})
	r.submitted("", strings.Replace(alertFile, "mode: live", "mode: drill", 1))
	r.wake(0)
	if len(b.rung) != 1 || !strings.HasPrefix(b.rung[0], "email: DRILL: ") {
		t.Errorf("got %v, want one word that begins with DRILL", b.rung)
	}
}

func TestWhoWroteADraftIsNotAskedToApproveIt(t *testing.T) {
	r := newRoom(t)
	b := r.onCall(map[string]int{"ada": 1, "cyd": 2})
	r.submitted("", alertFile)
	r.wake(0)
	if !slices.Equal(b.to, []string{"cyd@despp.example.gov"}) {
		t.Errorf("got %v, want only who may approve", b.to)
	}
}

func TestARelayThatFailsIsTriedAgainAndTheWaitingPageSaysSo(t *testing.T) {
	r := newRoom(t)
	b := r.onCall(map[string]int{"cyd": 1})
	d := r.submitted("", alertFile)
	b.fail = errors.New("the relay hung up")
	r.wake(0)
	woken, err := r.Woken(r.ctx, r.ada, d.ID)
	r.ok(err)
	if len(woken) != 1 || woken[0].State != store.WakeToDo || woken[0].Reason != "the relay hung up" {
		t.Fatalf("got %+v, want one word to do, and why it failed", woken)
	}
	b.fail = nil
	r.wake(time.Minute)
	if len(b.to) != 1 {
		t.Errorf("got %v, want the word at the second attempt", b.to)
	}
	b.fail = channels.As(channels.Refused, errors.New("no such user"))
	r.wake(time.Minute)
	r.wake(time.Hour)
	woken, err = r.Woken(r.ctx, r.ada, d.ID)
	r.ok(err)
	if last := woken[len(woken)-1]; last.State != store.WakeGivenUp {
		t.Errorf("got %+v, want the last word given up", last)
	}
}

func TestARemindingReachesEverybodyWhoMayApproveAtOnce(t *testing.T) {
	r := newRoom(t)
	b := r.onCall(map[string]int{"cyd": 1, "dan": 2})
	d := r.submitted("", alertFile)
	r.wake(0)
	b.to = nil
	r.ok(r.Remind(r.ctx, r.ada, d.ID))
	r.wake(0)
	if !slices.Equal(b.to, []string{"cyd@despp.example.gov", "dan@despp.example.gov"}) {
		t.Errorf("got %v, want both", b.to)
	}
	if err := r.Remind(r.ctx, r.bob, d.ID); !errors.Is(err, ErrDenied) {
		t.Errorf("who may not submit reminds: %v, want not allowed", err)
	}
}

func TestAnOverdueUpdateWakesDraftersAndItsUpdateEndsThat(t *testing.T) {
	r := newRoom(t)
	b := r.onCall(nil)
	r.ok(r.Store.SaveOfficial(r.ctx, officials.Official{ID: "ada", Agency: "despp", Name: "ada", Email: "ada@despp.example.gov",
		Roles: []officials.Role{officials.Drafter}}, operator("despp", "official.save", "ada")))
	d := r.submitted("", alertFile)
	_, err := r.Approve(r.ctx, r.bob, d.ID, Word{Code: d.Code})
	r.ok(err)
	r.release()
	r.wake(0)
	if len(b.rung) != 0 {
		t.Fatalf("got %v before the update is due, want nothing", b.rung)
	}
	r.wake(2 * time.Hour)
	if !slices.Equal(b.rung, []string{"email: The promised update is overdue"}) {
		t.Fatalf("got %v, want one word", b.rung)
	}
	d = r.submitted(d.Outage, "kind: update\nmode: live\nnext_update: \"15:30\"\nconditions: [{area: Westport, voice: restored}]\n")
	_, err = r.Approve(r.ctx, r.bob, d.ID, Word{Code: d.Code})
	r.ok(err)
	r.release()
	b.rung = nil
	r.wake(5 * time.Minute)
	if len(b.rung) != 0 {
		t.Errorf("got %v after the update, want nothing", b.rung)
	}
}

func TestAHaltedLaneWakesAdministratorsOncePerRound(t *testing.T) {
	r := newRoom(t)
	b := r.onCall(nil)
	r.ok(r.Store.SaveOfficial(r.ctx, officials.Official{ID: "ada", Agency: "despp", Name: "ada", Email: "ada@despp.example.gov",
		Roles: []officials.Role{officials.Admin}}, operator("despp", "official.save", "ada")))
	r.resident("06880")
	lanes, err := r.Store.LaneStates(r.ctx)
	r.ok(err)
	for range 2 { // mended and broken again, it rings anew
		r.ok(r.Store.Halt(r.ctx, lanes[0].ID, r.at.Add(time.Minute), "the relay refuses our sign-in"))
		r.wake(0)
		r.wake(time.Second)
		r.ok(r.Store.Halt(r.ctx, lanes[0].ID, time.Time{}, ""))
		r.wake(time.Second)
	}
	want := "email: A channel is halted"
	if !slices.Equal(b.rung, []string{want, want}) {
		t.Errorf("got %v, want one word for each time", b.rung)
	}
}

func TestWhoIsWokenInARound(t *testing.T) {
	person := func(id string, place int, roles ...officials.Role) officials.Official {
		return officials.Official{ID: id, OnCall: place, Roles: roles}
	}
	people := []officials.Official{person("a", 0, officials.Approver), person("b", 2, officials.Approver), person("c", 1, officials.Approver),
		person("d", 1, officials.Approver), person("z", 1, officials.Admin)}
	for _, c := range []struct {
		name  string
		not   []string
		round int
		want  string
	}{
		{"the first place rings first", nil, 0, "cd"},
		{"then the second", nil, 1, "cdb"},
		{"then everybody", nil, 2, "cdba"},
		{"who cannot act is skipped", []string{"c", "d"}, 0, "b"},
		{"without anybody the administrators", []string{"a", "b", "c", "d"}, 0, "z"},
	} {
		got := ""
		for _, o := range toWake(people, store.Alarm{Role: officials.Approver, Not: c.not}, c.round) {
			got += o.ID
		}
		if got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
	if got := toWake(people[:1], store.Alarm{Role: officials.Approver}, 0); len(got) != 1 {
		t.Errorf("nobody is on call: got %v, want everybody at once", got)
	}
}

func TestABreakGlassIsToldOnceToTheOtherApprovers(t *testing.T) {
	at := time.Date(2024, 10, 22, 16, 0, 0, 0, time.UTC)
	p := promise{open: true, outage: outages.Outage{ID: "o", Agency: "despp", Mode: outages.Live},
		approved: []outages.Approval{{By: "bob", At: at, Hash: "h", Reason: "nobody answers"}}}
	got := p.alarms(at.Add(time.Minute))
	if len(got) != 1 || got[0].Kind != AlarmBreakGlass || !slices.Equal(got[0].Not, []string{"bob"}) || !strings.Contains(got[0].Says, "nobody answers") {
		t.Fatalf("got %+v, want one alarm for everybody but bob", got)
	}
	got[0].Rounds, got[0].Opened = 1, at
	if roundDue(got[0], at.Add(time.Hour)) {
		t.Error("it is told again, want once")
	}
	if late := p.alarms(at.Add(2 * time.Hour)); len(late) != 0 {
		t.Errorf("got %v two hours later, want nothing", late)
	}
}

func TestADatabaseThatDoesNotAnswerIsToldByMailNowAndThen(t *testing.T) {
	r := newRoom(t)
	b := r.onCall(map[string]int{"cyd": 1})
	w := &watch{Desk: r.Desk}
	r.ok(w.look(r.ctx))
	down := errors.New("disk full")
	for range 40 {
		w.halts(r.ctx, down)
		r.at = r.at.Add(30 * time.Second)
	}
	if want := "email: Callbox cannot reach its database"; len(b.rung) != 2 || b.rung[0] != want {
		t.Errorf("got %v in twenty minutes, want two words", b.rung)
	}
}
