package desk

import (
	"errors"
	"testing"
	"time"

	"callbox/areas"
	"callbox/internal/dispatch"
	"callbox/internal/store"
	"callbox/outages"
)

// issued declares, approves and releases a file and returns its outage.
func (r *room) issued(outage, file string) string {
	r.t.Helper()
	d := r.submitted(outage, file)
	_, err := r.Approve(r.ctx, r.bob, d.ID, Word{Code: d.Code})
	r.ok(err)
	r.release()
	return d.Outage
}

// send hands one batch over, with a fate for those of an area.
func (r *room) send(fates ...dispatch.Fate) {
	r.t.Helper()
	lanes, err := r.Store.Lanes(r.ctx, r.at)
	r.ok(err)
	batch, err := r.Store.Lease(r.ctx, lanes[0].ID, "me", r.at)
	r.ok(err)
	for i := range batch.Deliveries {
		batch.Deliveries[i].Fate = fates[i%len(fates)]
	}
	_, err = r.Store.Flush(r.ctx, batch, batch.Deliveries, true, r.at)
	r.ok(err)
}

// promise 13: what the live page shows adds up at every sample.
func TestALiveBulletinAddsUpAndNamesTheWorstAreaFirst(t *testing.T) {
	r := newRoom(t)
	for _, zip := range []areas.ZIP{"06880", "06413"} {
		r.resident(zip)
	}
	id := r.issued("", alertFile)
	r.ok(r.NotePace(r.ctx))
	live, err := r.Live(r.ctx, r.ada, id, 0)
	r.ok(err)
	if live.People.Targeted != 2 || live.People.Waiting != 2 || live.Bulletin.Seq != 1 {
		t.Fatalf("at issue: %+v of bulletin %d, want 2 waiting of bulletin 1", live.People, live.Bulletin.Seq)
	}
	r.at = r.at.Add(time.Second)
	r.send(dispatch.Accepted, dispatch.Refused)
	r.ok(r.NotePace(r.ctx))
	live, err = r.Live(r.ctx, r.ada, id, 0)
	r.ok(err)
	p := live.People
	if sum := p.Waiting + p.Accepted + p.Refused + p.Gone + p.Expired + p.Overtaken + p.Stopped + p.Uncertain; p.Targeted != sum || p.Accepted != 1 {
		t.Errorf("%+v: targeted is not the sum of the fates", p)
	}
	if len(live.Areas) != 2 || live.Areas[0].Accepted != 0 || live.Areas[1].Accepted != 1 || live.Areas[0].ZIPs != 1 {
		t.Errorf("got %+v, want the area that nobody was reached in first", live.Areas)
	}
	if m := live.Milestones; m[0].At.IsZero() || !m[1].At.IsZero() {
		t.Errorf("got %+v, want the half reached and not nine of ten", m)
	}
	if _, err := r.Live(r.ctx, r.ada, id, 7); !errors.Is(err, ErrNotFound) {
		t.Errorf("a bulletin that is not there: %v, want not found", err)
	}
}

func TestMilestonesLieBetweenTheMomentsThatWereNoted(t *testing.T) {
	at := time.Date(2024, 10, 22, 16, 0, 0, 0, time.UTC)
	step := func(ms, accepted int) store.Step {
		return store.Step{Channel: "push", At: at.Add(time.Duration(ms) * time.Millisecond), Targeted: 100, Accepted: accepted, Waiting: 100 - accepted}
	}
	for _, c := range []struct {
		name  string
		steps []store.Step
		want  [3]int // milliseconds; -1 for never
	}{
		{"evenly", []store.Step{step(0, 0), step(500, 100)}, [3]int{250, 450, 495}},
		{"after a pause it counts from when it was looked at last", []store.Step{step(0, 0), step(60_000, 100)}, [3]int{59_750, 59_950, 59_995}},
		{"not there yet", []store.Step{step(0, 0), step(500, 60)}, [3]int{417, -1, -1}},
		{"two channels", []store.Step{step(0, 0), step(500, 50), {Channel: "email", At: at.Add(time.Second), Targeted: 100, Accepted: 100}}, [3]int{750, -1, -1}},
	} {
		for i, m := range milestones(points(c.steps, at)) {
			got := -1
			if !m.At.IsZero() {
				got = int(m.At.Sub(at).Round(time.Millisecond).Milliseconds())
			}
			if got != c.want[i] {
				t.Errorf("%s: %d %% after %d ms, want %d", c.name, m.Percent, got, c.want[i])
			}
		}
	}
}

func TestTheEndIsExpectedAsItWentInTheLastSeconds(t *testing.T) {
	at := time.Date(2024, 10, 22, 16, 0, 0, 0, time.UTC)
	l := Live{People: store.Totals{Targeted: 100, Accepted: 40, Waiting: 60},
		Steps: []Point{{at, 100, 0, 100}, {at.Add(20 * time.Second), 100, 20, 80}, {at.Add(30 * time.Second), 100, 40, 60}}}
	l.Milestones = milestones(l.Steps)
	if got, want := l.Expected(), at.Add(55*time.Second); !got.Equal(want) {
		t.Errorf("got %s, want %s", got, want)
	}
	l.Steps[2].Waiting, l.People.Waiting = 10, 10 // fifty others will never be reached
	if got := l.Expected(); !got.IsZero() {
		t.Errorf("got %s, want no promise", got)
	}
}

func TestAnAllClearIsRefusedWhileACellIsDown(t *testing.T) {
	r := newRoom(t)
	id := r.issued("", alertFile)
	o, err := r.Store.Outage(r.ctx, id)
	r.ok(err)
	cells, _ := Failing(o)
	if len(cells) != 2 || cells[0] != (Cell{"x-westport", outages.Voice}) {
		t.Fatalf("got %v, want calls in two towns", cells)
	}
	_, err = r.Clear(r.ctx, r.ada, id, cells[:1], time.Time{})
	blocked, ok := errors.AsType[*Blocked](err)
	if !ok || len(blocked.Findings) != 1 || blocked.Findings[0].Place != "x-clinton.voice" {
		t.Fatalf("got %v, want it blocked for Clinton", err)
	}
	if drafts, _ := r.Drafts(r.ctx, r.ada); len(drafts) != 0 {
		t.Errorf("%d drafts were written, want none", len(drafts))
	}
	d, err := r.Clear(r.ctx, r.ada, id, cells, time.Time{})
	r.ok(err)
	if d.Declaration.Kind != outages.AllClear {
		t.Errorf("got the draft of an %s", d.Declaration.Kind)
	}
	if _, err := r.Clear(r.ctx, r.bob, id, cells, time.Time{}); !errors.Is(err, ErrDenied) {
		t.Errorf("who may not draft clears: %v", err)
	}
}

func TestAPartialRestorationPutsEveryAreaInOneGroup(t *testing.T) {
	r := newRoom(t)
	for _, zip := range []areas.ZIP{"06880", "06413"} {
		r.resident(zip)
	}
	id := r.issued("", alertFile)
	r.send(dispatch.Accepted)
	decl := Restoration{Cells: []Cell{{"x-westport", outages.Voice}}, NextUpdate: r.at.Add(time.Hour)}.Declaration(outages.Live)
	d, err := r.Lint(r.ctx, r.ada, id, decl)
	r.ok(err)
	groups, err := r.Groups(r.ctx, d)
	r.ok(err)
	if len(groups) != 2 || groups[0].Change != outages.Ended || groups[0].Areas[0].ID != "x-westport" || groups[0].People != 1 ||
		groups[1].Change != outages.Unchanged || groups[1].Areas[0].ID != "x-clinton" || groups[1].People != 1 {
		t.Errorf("got %+v, want Westport restored and Clinton still out, one person each", groups)
	}
	o, err := r.Store.Outage(r.ctx, id)
	r.ok(err)
	changes := Changes(o, decl)
	if len(changes) != 1 || changes[0].Now[0].State != outages.Down || changes[0].After[0].State != outages.Restored {
		t.Errorf("got %+v, want one cell from down to restored", changes)
	}
	decl.Conditions = o.Standing()
	if same := Changes(o, decl); len(same) != 0 {
		t.Errorf("nothing changed: got %+v", same)
	}
}
