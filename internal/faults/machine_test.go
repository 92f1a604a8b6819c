//go:build faults

package faults

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"
	"unsafe"

	_ "modernc.org/sqlite"

	"callbox/channels"
	"callbox/outages"
)

// trouble is something that befalls the machine while an alert and its update are told. It is over when
// befall returns.
type trouble struct {
	name   string
	befall func(*room)
}

var troubles = []trouble{
	{name: "the clock goes an hour ahead", befall: func(r *room) { r.step(time.Hour) }},
	{name: "the clock goes an hour back", befall: func(r *room) { r.step(-time.Hour) }},
	{name: "the clock goes back and forth", befall: func(r *room) {
		for _, d := range []time.Duration{10 * time.Second, -20 * time.Second, 2 * time.Minute, -2 * time.Minute} {
			r.step(d)
			time.Sleep(200 * time.Millisecond)
		}
	}},
	{name: "the disk is full", befall: diskFull},
	{name: "somebody else holds the database for 12 s", befall: func(r *room) { r.holdDatabase(12 * time.Second) }},
	{name: "every connection breaks at once", befall: func(r *room) {
		for _, p := range r.far.proxies {
			p.Stop()
		}
		time.Sleep(time.Second)
		for _, p := range r.far.proxies {
			r.ok(p.Start())
		}
	}},
	{name: "it is stopped and started again", befall: func(r *room) { r.stop(); r.serve() }},
}

// TestTheMachineFailsAndThePromisesHold: promises 5, 6, 7, 8, 13 and 14 while clock, disk and database fail.
func TestTheMachineFailsAndThePromisesHold(t *testing.T) {
	s := newStation(t)
	for _, x := range troubles {
		for n := range *runs {
			t.Run(x.name, func(t *testing.T) {
				t.Parallel()
				r := newRoom(t, s, *seed+uint64(n))
				r.befallen(x.befall)
				if err := table.add(x.name, r.wrong); err != nil {
					t.Error(err)
				}
			})
		}
	}
}

// slow has far sides answer late, so that what befalls meets deliveries on their way.
func (r *room) slow() {
	for _, name := range []channels.Name{channels.Email, channels.Push, channels.Discord, channels.Mastodon} {
		r.ok(r.far.poison(name, "latency", "downstream", map[string]int{"latency": 50, "jitter": 40}))
	}
}

// diskFull lets no file of the program grow for two seconds.
func diskFull(r *room) {
	r.limit(int64(r.dice.IntN(2))) // not even a page, or none at all
	time.Sleep(2 * time.Second)
	r.limit(-1)
}

// limit bounds the size of what the program writes, in bytes; -1 lifts the bound.
func (r *room) limit(bytes int64) {
	r.Helper()
	bound := syscall.Rlimit{Cur: uint64(bytes), Max: ^uint64(0)}
	const prlimit64, fileSize = 302, 1 // linux/amd64; RLIMIT_FSIZE
	if _, _, errno := syscall.RawSyscall6(prlimit64, uintptr(r.child.Process.Pid), fileSize, uintptr(unsafe.Pointer(&bound)), 0, 0, 0); errno != 0 {
		r.Fatalf("bound the size of files: %v", errno)
	}
}

// holdDatabase keeps the database locked for writing, as a backup tool without manners does.
func (r *room) holdDatabase(d time.Duration) {
	r.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(r.dir, "callbox.db")+"?_pragma=busy_timeout(5000)")
	r.ok(err)
	defer db.Close()
	conn, err := db.Conn(r.Context())
	r.ok(err)
	defer conn.Close()
	_, err = conn.ExecContext(r.Context(), "BEGIN IMMEDIATE")
	r.ok(err)
	time.Sleep(d)
	_, err = conn.ExecContext(context.WithoutCancel(r.Context()), "ROLLBACK")
	r.ok(err)
}

// kills is how many random kills are tried for each of -runs.
const kills = 200

// TestItIsKilledAtRandomAndNobodyIsMissed kills the program with SIGKILL twice in each trial: at a random
// moment, and in the middle of a transaction of issuing, cutting, sending, settling or publishing. Promises
// 5, 6, 7, 8, 13 and 14.
func TestItIsKilledAtRandomAndNobodyIsMissed(t *testing.T) {
	s := newStation(t)
	for n := range kills * *runs {
		t.Run(fmt.Sprint("seed ", *seed+uint64(n)), func(t *testing.T) {
			t.Parallel()
			r := newRoom(t, s, *seed+uint64(n))
			name := r.killing()
			r.judge(fault{uncertain: true}, 2)
			if err := table.add(name, r.wrong); err != nil {
				t.Error(err)
			}
		})
	}
}

// moments are tables whose change is in the middle of what the promises speak of.
var moments = []struct{ name, table string }{
	{"issuing", "bulletins"}, {"issuing", "scopes"}, {"issuing", "audiences"}, {"issuing", "totals"},
	{"cutting", "batches"}, {"cutting", "sheets"}, {"settling", "told"}, {"settling", "deliveries"}, {"publishing", "documents"},
}

// killing plays one trial and returns the name of its row.
func (r *room) killing() string {
	r.Helper()
	at := moments[r.dice.IntN(len(moments))]
	r.slow()
	r.tell(outages.Alert)
	r.serve(fmt.Sprintf("%s:%d", at.table, 1+r.dice.IntN(3)))
	r.joinBefore(2 * time.Second)
	r.dies(3 * time.Second)
	r.step(10 * time.Second) // the machine was away; leases have lapsed
	r.serve()
	r.issued(1)
	time.Sleep(time.Duration(r.dice.IntN(400)) * time.Millisecond)
	r.kill()
	r.step(10 * time.Second)
	r.serve()
	r.settled() // what is on its way at the update may arrive after it: no promise speaks of that
	r.tell(outages.Update)
	r.issued(2)
	r.settled()
	r.stop()
	return "killed while " + at.name + ", then at random"
}

// dies waits for the program to kill itself, and else kills it.
func (r *room) dies(within time.Duration) {
	r.Helper()
	select {
	case <-r.ended:
	case <-time.After(within):
		if err := r.child.Process.Kill(); !errors.Is(err, os.ErrProcessDone) { // by itself, just now
			r.ok(err)
		}
		<-r.ended
	}
	r.kills++
}

// joinBefore has one more join at a random moment.
func (r *room) joinBefore(d time.Duration) {
	time.Sleep(time.Duration(r.dice.Int64N(int64(d)) / 4))
	r.join(1)
}
