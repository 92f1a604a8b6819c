package store

import (
	"errors"
	"flag"
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"callbox/areas"
	"callbox/channels"
	"callbox/internal/dispatch"
	"callbox/outages"
	"callbox/subscribers"
)

// world is a ledger with people who come, move and leave while one outage goes on, and workers that
// lease, die, and flush whatever the far side said. After every step the counts must reconcile.
type world struct {
	*bench
	r      *rapid.T
	people []int64 // active addresses as far as the world knows
	away   []int64 // those that are paused
	made   int
	held   []*dispatch.Batch
	kind   outages.Kind
	still  []areas.ID
	outage string
	heard  map[int64][]int64 // bulletins that the far side took, by address
	turned map[int64]bool    // addresses that the far side turned away once: nobody can tell them the end
	kinds  map[int64]outages.Kind
}

var towns = []areas.ID{"x-a", "x-b", "x-c"}

// ok fails the history, so that it is made shorter and shown.
func (w *world) ok(err error) {
	if err != nil {
		w.r.Fatal(err)
	}
}

func (w *world) town() areas.ID { return rapid.SampledFrom(towns).Draw(w.r, "town") }

func (w *world) join() {
	ids := []areas.ID{w.town()}
	if rapid.Bool().Draw(w.r, "two places") {
		ids = append(ids, w.town())
	}
	w.made++
	id := w.enrol(Registration{List: "live", Langs: []string{"en"}, Areas: ids, Channel: channels.Email, Host: "",
		Destination: subscribers.NewDestination(fmt.Sprintf("p%d@example.org", w.made)), Active: true})
	w.people = append(w.people, id)
}

func (w *world) pick() (int, int64) {
	i := rapid.IntRange(0, len(w.people)-1).Draw(w.r, "who")
	return i, w.people[i]
}

func (w *world) leave() {
	if len(w.people) == 0 {
		return
	}
	i, id := w.pick()
	w.ok(w.Leave(w.ctx, id))
	w.people = append(w.people[:i], w.people[i+1:]...)
}

func (w *world) move() {
	if len(w.people) == 0 {
		return
	}
	i, id := w.pick()
	moved, err := w.Refile(w.ctx, id, []string{"en"}, nil, []areas.ID{w.town()})
	if errors.Is(err, ErrNotFound) { // the far side said meanwhile that it is gone
		w.people = append(w.people[:i], w.people[i+1:]...)
		return
	}
	w.ok(err)
	w.people[i] = moved
}

func (w *world) pause() {
	if len(w.people) == 0 {
		return
	}
	i, id := w.pick()
	w.ok(w.PauseOne(w.ctx, id, w.at.Add(time.Hour)))
	w.people = append(w.people[:i], w.people[i+1:]...)
	w.away = append(w.away, id)
}

// resume ends the pause of who is away the longest, unless the far side said before it that they are gone.
func (w *world) resume() {
	if len(w.away) == 0 {
		return
	}
	id := w.away[0]
	w.away = w.away[1:]
	who, err := w.SubscriberAt(w.ctx, id)
	if errors.Is(err, ErrNotFound) {
		return
	}
	w.ok(err)
	w.ok(w.Resume(w.ctx, who))
	w.ok(w.tx(w.ctx, func(t *tx) error {
		a, err := t.standing(id)
		w.people = append(w.people, a.id)
		return err
	}))
}

func (w *world) next() {
	switch {
	case w.kind.Ends():
		return
	case w.kind == "":
		w.kind, w.still = outages.Alert, []areas.ID{"x-a", "x-b"}
	case rapid.IntRange(0, 3).Draw(w.r, "end") == 0:
		w.kind = outages.AllClear
		w.kinds[w.issue(w.outage, w.kind, nil, w.still)] = w.kind
		return
	default:
		w.kind = outages.Update
		if len(w.still) == 2 && rapid.Bool().Draw(w.r, "one is restored") {
			ended := w.still[1:]
			w.still = w.still[:1]
			w.kinds[w.issue(w.outage, w.kind, w.still, ended)] = w.kind
			return
		}
	}
	w.kinds[w.issue(w.outage, w.kind, w.still, nil)] = w.kind
}

func (w *world) take() {
	if len(w.held) < 3 {
		if b := w.lease(); b != nil {
			w.held = append(w.held, b)
		}
	}
}

// back flushes a held batch, all of it or the first part, with what the far side said.
func (w *world) back() {
	if len(w.held) == 0 {
		return
	}
	i := rapid.IntRange(0, len(w.held)-1).Draw(w.r, "batch")
	b := w.held[i]
	w.held = append(w.held[:i], w.held[i+1:]...)
	if rapid.IntRange(0, 4).Draw(w.r, "dies") == 0 { // the worker is killed: the lease runs out
		w.at = w.at.Add(dispatch.LeaseFor + time.Second)
		return
	}
	n := rapid.IntRange(0, len(b.Deliveries)).Draw(w.r, "settled")
	var out []dispatch.Delivery
	for _, d := range b.Deliveries[:n] {
		d.Attempts++
		d.Fate = rapid.SampledFrom([]dispatch.Fate{dispatch.Accepted, dispatch.Accepted, dispatch.Accepted, dispatch.Waiting,
			dispatch.Refused, dispatch.Gone, dispatch.Uncertain}).Draw(w.r, "fate")
		if d.Fate == dispatch.Waiting {
			d.NextAt = w.at.Add(5 * time.Second)
		}
		out = append(out, d)
	}
	_, err := w.Flush(w.ctx, b, out, true, w.at)
	if err != nil { // only a lost lease may stop a flush
		if !errors.Is(err, dispatch.ErrFenced) {
			w.r.Fatal(err)
		}
		return
	}
	for _, d := range out {
		if wasTold(d.Fate) {
			w.heard[d.Address] = append(w.heard[d.Address], d.Bulletin)
		}
		if d.Fate == dispatch.Refused || d.Fate == dispatch.Gone {
			w.turned[d.Address] = true
		}
	}
}

// promises 5, 6, 13 and 14 under random histories.
func TestWhateverHappensTheLedgerReconcilesAndTheEndIsHeardOnce(t *testing.T) {
	t.Parallel()
	if f := flag.Lookup("rapid.checks"); f.Value.String() == f.DefValue {
		if err := f.Value.Set("40"); err != nil { // -rapid.checks asks for more
			t.Fatal(err)
		}
	}
	base := newBench(t)
	round := 0
	rapid.Check(t, func(r *rapid.T) {
		round++
		b := *base
		w := &world{bench: &b, r: r, outage: fmt.Sprintf("o%d", round), heard: map[int64][]int64{}, turned: map[int64]bool{}, kinds: map[int64]outages.Kind{}, made: round * 1000}
		for range 8 {
			w.join()
		}
		w.next()
		steps := map[string]func(){"join": w.join, "leave": w.leave, "move": w.move, "pause": w.pause, "resume": w.resume, "next": w.next, "take": w.take, "back": w.back,
			"again": w.back, "more": w.take, "wait": func() { w.at = w.at.Add(6 * time.Second) }}
		names := []string{"again", "back", "join", "leave", "more", "move", "next", "pause", "resume", "take", "wait"}
		for range rapid.IntRange(5, 30).Draw(r, "steps") {
			steps[rapid.SampledFrom(names).Draw(r, "step")]()
			w.reconciles()
		}
		if !w.kind.Ends() {
			w.kind = outages.AllClear
			w.kinds[w.issue(w.outage, w.kind, nil, w.still)] = w.kind
		}
		w.at = w.at.Add(dispatch.LeaseFor + time.Second) // who died, died
		for address, bulletins := range w.drain(nil) {
			w.heard[address] = append(w.heard[address], bulletins...)
		}
		w.everybodyHeardTheEnd()
		for _, id := range w.people {
			w.ok(w.Leave(w.ctx, id))
		}
		*base = *w.bench
	})
}

// everybodyHeardTheEnd checks each person who stayed: whoever was told anything was told last that it is
// over, and nothing was told twice.
func (w *world) everybodyHeardTheEnd() {
	for _, id := range w.people {
		told := w.heard[id]
		seen := map[int64]bool{}
		for _, b := range told {
			if seen[b] {
				w.r.Fatalf("address %d was told bulletin %d twice: %v", id, b, told)
			}
			seen[b] = true
		}
		if len(told) == 0 || w.turned[id] {
			continue
		}
		var set int64
		w.ok(w.write.QueryRowContext(w.ctx, `SELECT set_id FROM addresses WHERE id = $1`, id).Scan(&set))
		var last int64
		for _, b := range told {
			last = max(last, b)
		}
		w.ok(w.tx(w.ctx, func(t *tx) error {
			yes, ended, err := t.speaks(last, set)
			if err == nil && (!yes || !ended) {
				w.r.Errorf("address %d heard %v and last bulletin %d (%s), which is no end for it", id, told, last, w.kinds[last])
			}
			return err
		}))
	}
}
