package lifecycle

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"callbox/areas"
	"callbox/internal/desk"
	"callbox/internal/store"
	"callbox/outages"
)

// world is one history: a desk on its database, and the model beside it.
type world struct {
	*rapid.T
	ctx    context.Context
	master *master
	file   string
	desk   *desk.Desk
	model  model
	drafts []string          // in the order they were made
	outs   []string          // outages, likewise
	frozen map[string]string // what bulletins said when they were first read
	ledger *ledger
}

// checks is how many histories every run of the suite plays.
const checks = "50"

// TestWhateverOfficialsDoTheModelHolds plays random histories of declaring, revising, submitting, approving,
// overriding, undoing, stopping, updating, restoring, clearing, retracting and crashing, by several
// officials at once. It covers promises 1, 4, 6, 9 and 13.
func TestWhateverOfficialsDoTheModelHolds(t *testing.T) {
	if f := flag.Lookup("rapid.checks"); f.Value.String() == f.DefValue {
		if err := f.Value.Set(checks); err != nil {
			t.Fatal(err)
		}
	}
	m := newMaster(t)
	rapid.Check(t, func(r *rapid.T) {
		w := begin(r, m)
		actions := map[string]func(*rapid.T){"": func(*rapid.T) { w.holds() }, "race": w.race, "crash": w.crash, "wait": w.wait,
			"take": w.ledger.take, "land": w.ledger.land}
		for _, v := range []verb{declare, revise, submit, approve, override, withdraw, stop, retract, release, renew} {
			actions[string(v)] = func(*rapid.T) { w.one(v) }
		}
		// What leads somewhere is done more often than what is refused.
		for i, v := range []verb{declare, submit, submit, submit, revise, revise, approve, approve, approve, release, release} {
			actions[fmt.Sprint(v, " ", i)] = func(*rapid.T) { w.one(v) }
		}
		for i := range 2 {
			actions[fmt.Sprint("race ", i)] = w.race
			actions[fmt.Sprint("story ", i)] = func(*rapid.T) { w.story() }
			actions[fmt.Sprint("take ", i)] = w.ledger.take
			actions[fmt.Sprint("land ", i)] = w.ledger.land
		}
		r.Repeat(actions)
		w.ledger.everybodyHearsTheEnd()
	})
}

func begin(r *rapid.T, m *master) *world {
	dir, err := os.MkdirTemp("", "lifecycle-")
	if err != nil {
		r.Fatal(err)
	}
	w := &world{T: r, ctx: context.Background(), master: m, file: filepath.Join(dir, "callbox.db"), frozen: map[string]string{},
		model: model{Now: start, BreakGlass: rapid.Bool().Draw(r, "break-glass allowed"), Drafts: map[string]draft{}, Outages: map[string]outage{}}}
	w.ledger = newLedger(w)
	w.ok(os.WriteFile(w.file, m.file, 0o600))
	w.reopen()
	r.Cleanup(func() {
		w.ok(w.desk.Store.Close())
		w.ok(os.RemoveAll(dir))
	})
	w.ok(w.desk.SaveAgency(w.ctx, agency("despp", w.model.BreakGlass)))
	return w
}

func (w *world) ok(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

func (w *world) reopen() {
	var err error
	w.desk, err = w.master.open(w.ctx, w.file, func() time.Time { return w.model.Now })
	w.ok(err)
}

// crash leaves everything that was in memory behind. What a kill does in the middle of a transaction is
// tried with real processes: see cmd/callbox.
func (w *world) crash(*rapid.T) {
	old := w.desk.Store
	w.ledger.held = nil
	w.reopen()
	w.ok(old.Close())
}

func (w *world) wait(r *rapid.T) {
	w.model.Now = w.model.Now.Add(rapid.SampledFrom([]time.Duration{time.Second, undo, 20 * time.Minute, 3 * time.Hour}).Draw(r, "wait"))
}

// story does one thing after the other that gets a bulletin issued.
func (w *world) story() {
	id := w.do(act{Verb: declare, Who: "ada", Outage: w.someOutage(declare), Says: w.say()}).draft
	if id == "" {
		return
	}
	w.do(act{Verb: submit, Who: "ada", Draft: id})
	w.do(act{Verb: approve, Who: "bob", Draft: id, Current: true})
	w.model.Now = w.model.Now.Add(undo)
	w.do(act{Verb: release})
}

// one does one thing.
func (w *world) one(v verb) {
	if a, ok := w.draw(v); ok {
		w.do(a)
	}
}

// do does an act on both sides and compares.
func (w *world) do(a act) names {
	w.model.Now = w.model.Now.Add(time.Millisecond) // no two approvals at one moment: release has an order
	made, got, err := w.perform(a, w.read(a))
	w.ok(err)
	if want := w.model.do(a, made); got != want {
		w.Fatalf("%+v: got %q, want %q; the outage: %+v", a, got, want, w.model.Outages[w.model.Drafts[a.Draft].Outage])
	}
	if made.draft != "" && !slices.Contains(w.drafts, made.draft) {
		w.drafts = append(w.drafts, made.draft)
	}
	if made.outage != "" && !slices.Contains(w.outs, made.outage) {
		w.outs = append(w.outs, made.outage)
	}
	w.ledger.after(a, got)
	return made
}

// reading is what an official read before an act.
type reading struct {
	code    string
	version int64
	area    string // one that the draft is for
}

// read reads the draft as it stands, or, for an act that is not current, remembers an old one.
func (w *world) read(a act) reading {
	if a.Draft == "" {
		return reading{}
	}
	d, err := w.desk.Store.Draft(w.ctx, a.Draft)
	w.ok(err)
	r := reading{code: outages.Code(d.Hash), version: d.Version}
	if len(d.Facts.Scope) > 0 {
		r.area = d.Facts.Scope[0].Name
	}
	if !a.Current {
		r.code, r.version = "AA-AA-AA", d.Version+1
	}
	return r
}

// draw chooses who does what to which draft or outage; false if there is nothing yet to do it to.
func (w *world) draw(v verb) (act, bool) {
	a := act{Verb: v, Who: rapid.SampledFrom([]string{"ada", "ada", "bob", "bob", "carl", "eve", "box", "fay"}).Draw(w.T, "who")}
	a.Current = rapid.IntRange(0, 9).Draw(w.T, "stale") > 0
	switch v {
	case declare:
		a.Outage, a.Says = w.someOutage(v), w.say()
		return a, a.Who != "fay" || a.Outage != ""
	case stop, retract:
		a.Outage = w.someOutage(v)
		return a, a.Outage != ""
	case release, renew:
		return a, true
	}
	if len(w.drafts) == 0 {
		return a, false
	}
	a.Draft = w.someDraft(v)
	a.Says = w.say()
	return a, true
}

// ripe are the states of a draft for which a verb is meant.
var ripe = map[verb][]string{
	revise:   {store.DraftSubmitted, store.DraftApproved},
	submit:   {store.DraftOpen},
	approve:  {store.DraftSubmitted},
	override: {store.DraftSubmitted},
	withdraw: {store.DraftApproved, store.DraftSubmitted},
}

// someDraft chooses a draft, four times of five one that is ripe for the verb.
func (w *world) someDraft(v verb) string {
	from := w.drafts
	if rapid.IntRange(0, 4).Draw(w.T, "ripe") > 0 {
		ready := slices.DeleteFunc(slices.Clone(from), func(id string) bool { return !slices.Contains(ripe[v], w.model.Drafts[id].State) })
		if len(ready) > 0 {
			from = ready
		}
	}
	return from[rapid.IntRange(0, len(from)-1).Draw(w.T, "draft")]
}

// someOutage chooses an outage, for a declaration perhaps none: then it begins one.
func (w *world) someOutage(v verb) string {
	ids := slices.Clip(w.outs)
	if v == declare && len(ids) < 3 {
		ids = append(ids, "")
	}
	if len(ids) == 0 {
		return ""
	}
	return ids[rapid.IntRange(0, len(ids)-1).Draw(w.T, "outage")]
}

func (w *world) say() said {
	s := said{Kind: rapid.SampledFrom([]outages.Kind{outages.Alert, outages.Alert, outages.Update, outages.Update, outages.Update,
		outages.AllClear, outages.Retract}).Draw(w.T, "kind"), Works: map[areas.ID]bool{}, Next: w.model.Now.Add(4 * time.Hour)}
	if s.Kind.Ends() {
		return s
	}
	for _, id := range towns {
		switch rapid.IntRange(0, 2).Draw(w.T, string(id)) {
		case 1:
			s.Works[id] = false
		case 2:
			s.Works[id] = s.Kind == outages.Update
		}
	}
	if s.Kind == outages.Alert && len(s.Works) == 0 {
		s.Works[towns[0]] = false
	}
	s.Foreign = rapid.IntRange(0, 9).Draw(w.T, "foreign") == 0
	return s
}

// race has two people act on one draft at the same moment. Either may be first, and who is second may be
// told that somebody was quicker; nothing else may come of it.
func (w *world) race(r *rapid.T) {
	var acts [2]act
	verbs := []verb{revise, submit, approve, approve, withdraw, release}
	for i := range acts {
		a, ok := w.draw(rapid.SampledFrom(verbs).Draw(r, "verb"))
		if !ok {
			return
		}
		acts[i] = a
	}
	draft := max(acts[0].Draft, acts[1].Draft) // a release names none
	acts[0].Draft, acts[1].Draft = draft, draft
	if draft == "" {
		return
	}
	seen := [2]reading{w.read(acts[0]), w.read(acts[1])}
	var got [2]outcome
	var errs [2]error
	var both sync.WaitGroup
	for i, a := range acts {
		both.Go(func() { _, got[i], errs[i] = w.perform(a, seen[i]) })
	}
	both.Wait()
	w.ok(errs[0])
	w.ok(errs[1])
	for _, m := range w.possible(acts, got) {
		if w.differs(m) == "" {
			w.model = m
			return
		}
	}
	w.Fatalf("%+v at once: got %q, which no order of the two explains", acts, got)
}

// possible are the models in which two acts end as they did.
func (w *world) possible(acts [2]act, got [2]outcome) []model {
	var out []model
	for first := range acts {
		second := 1 - first
		m := w.model.clone()
		if m.do(acts[first], names{}) != got[first] {
			continue
		}
		if got[second] == conflict || acts[second].Verb == release {
			out = append(out, m.clone()) // too late, without having changed anything
		}
		after := acts[second]
		if after.Verb == revise && got[first] == fine && acts[first].Verb != release {
			after.Current = false
		}
		if m.do(after, names{}) == got[second] {
			out = append(out, m)
		}
	}
	return out
}
