//go:build faults

package faults

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"testing"
	"time"

	"callbox/channels"
	"callbox/outages"
)

var (
	runs = flag.Int("runs", 1, "how often each fault is tried")
	seed = flag.Uint64("seed", uint64(time.Now().UnixNano()), "what chance begins with")
	file = flag.String("table", "", "a file for the table")
)

// table is what all tests of the suite came to.
var table ledgerTable

func TestMain(m *testing.M) {
	flag.Parse()
	code := m.Run()
	fmt.Printf("seed %d\n\n%s\n", *seed, &table)
	if *file != "" {
		if err := os.WriteFile(*file, []byte(table.String()), 0o644); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
	}
	os.Exit(code)
}

// TestFarSidesFailAndThePromisesHold breaks every connection and every far side in turn, while an alert and
// sometimes its update are told. Promises 5, 6, 7, 8, 13 and 14.
func TestFarSidesFailAndThePromisesHold(t *testing.T) {
	s := newStation(t)
	for _, f := range slices.Concat(network(), peers(), named()) {
		for n := range *runs {
			t.Run(f.name, func(t *testing.T) {
				t.Parallel()
				r := newRoom(t, s, *seed+uint64(n), f.behind()...)
				r.play(f, n%2 == 1 || r.dice.IntN(2) == 0)
				if err := table.add(f.name, r.wrong); err != nil {
					t.Error(err)
				}
			})
		}
	}
}

// behind is the far side that has a gate before it, if any.
func (f fault) behind() []channels.Name {
	if f.named {
		return []channels.Name{f.channel}
	}
	return nil
}

// play has the fault last from before the start of the program until everybody else was told.
func (r *room) play(f fault, update bool) {
	r.Helper()
	if f.set != nil {
		f.set(r)
	}
	r.serve()
	r.tell(outages.Alert)
	r.issued(1)
	r.join(1)
	r.others(f.channel)
	if !f.silent {
		r.shown(f.channel)
	}
	bulletins := 1
	if update {
		bulletins = 2
		r.tell(outages.Update)
		r.issued(2)
		time.Sleep(time.Second) // promise 6: no attempt begins later than that
	}
	before := r.told(1)
	if f.lift != nil {
		f.lift(r)
	}
	r.settled()
	if after := r.told(1); update && after > before && !f.silent { // what is slow began before
		r.broke(6, "%d were told bulletin 1 when bulletin 2 was out", after-before)
	}
	r.stop()
	r.judge(f, bulletins)
}

// others waits until every other channel has told everybody: promise 8.
func (r *room) others(than channels.Name) {
	r.Helper()
	for end := time.Now().Add(20 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		done := true
		figures := r.figures()
		for _, name := range []channels.Name{channels.Email, channels.Push, channels.Discord, channels.Mastodon, channels.CAP} {
			done = done && (name == than || figures[name].Targeted > 0 && figures[name].Waiting == 0)
		}
		if done {
			return
		}
		if time.Now().After(end) {
			r.broke(8, "the other channels waited for %s: %+v", than, figures)
			return
		}
	}
}

// shown waits until officials see what is wrong with a channel: its lane is halted or paused, deliveries say
// why they wait, or they have a fate that is not "accepted".
func (r *room) shown(name channels.Name) {
	r.Helper()
	r.until("a word to the officials", 30*time.Second, func() bool {
		reasons, err := r.desk.Store.Reasons(r.Context(), r.outage)
		r.ok(err)
		for _, x := range reasons {
			if x.Channel == name && x.Reason != "" {
				return true
			}
		}
		lanes, err := r.desk.Store.LaneStates(r.Context())
		r.ok(err)
		for _, l := range lanes {
			if l.Channel == name && (l.Broken != "" || !l.PausedUntil.IsZero()) {
				return true
			}
		}
		f := r.figures()[name]
		return f.Refused+f.Gone+f.Uncertain > 0
	})
}

// settled waits until nobody waits any more.
func (r *room) settled() {
	r.Helper()
	patience := 90 * time.Second
	if r.impatient {
		patience /= 3
	}
	end := time.Now().Add(patience)
	for ; time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		waiting := 0
		for _, t := range r.figures() {
			waiting += t.Waiting
		}
		if waiting == 0 {
			return
		}
	}
	r.broke(5, "somebody still waits a minute and a half after the fault: %+v", r.figures())
}
