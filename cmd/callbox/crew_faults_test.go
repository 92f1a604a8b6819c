//go:build faults

package main

import (
	"errors"
	"flag"
	"math/rand/v2"
	"net/http"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"callbox/internal/store/pgtest"
)

// crewResidents are enough for ten kills; -crew 100000 tries more.
var crewResidents = flag.Int("crew", 10_000, "how many residents three processes serve together")

// TestThreeProcessesOnPostgreSQLAreKilledAndNobodyIsMissed lets three processes share one sending. Two of them are
// killed again and again, one is frozen until they have its work, and the database itself is cut off once.
// Then everybody has been told, and nobody more often than promised (promises 5 and 13).
func TestThreeProcessesOnPostgreSQLAreKilledAndNobodyIsMissed(t *testing.T) {
	server, err := pgtest.Start()
	if errors.Is(err, pgtest.ErrMissing) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Stop(); err != nil {
			t.Error(err)
		}
	})
	database, err := server.Make(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	k := newKillRoom(t, rand.New(rand.NewPCG(seed, 0)), database)
	k.enrol(*crewResidents)
	k.approve()

	k.output = &lockedBuffer{}
	var crew [3]*shipmate
	for i := range crew {
		crew[i] = k.join(i)
	}
	for n := range 10 {
		k.await(k.accepted(*crewResidents/60 + k.dice.IntN(*crewResidents/20)))
		switch n {
		case 3:
			k.ok(crew[2].Process.Signal(syscall.SIGSTOP))
		case 6:
			for _, c := range crew[:2] {
				k.await(c.serves) // a process that starts while the database is down ends by itself
			}
			k.ok(server.Down())
			k.ok(server.Up())
		default:
			i := k.dice.IntN(2)
			k.ok(crew[i].Process.Kill())
			<-crew[i].ended
			k.killed("random")
			crew[i] = k.join(i)
		}
	}
	k.ok(crew[2].Process.Signal(syscall.SIGCONT))
	k.settled()
	k.hit["frozen"]++ // counts as a kill: what it had in hand was taken over
	k.kills++
	k.check()
	for _, c := range crew {
		k.ok(c.Process.Signal(syscall.SIGTERM))
		if err := <-c.ended; err != nil {
			t.Errorf("after SIGTERM a process ended with %v, want success\n%s", err, k.output)
		}
	}
}

// shipmate is one of several processes that serve.
type shipmate struct {
	*exec.Cmd
	address string
	ended   chan error
}

// serves reports whether the process answers.
func (s *shipmate) serves() bool {
	answer, err := http.Get("http://" + s.address + "/healthz")
	if err != nil {
		return false
	}
	return answer.Body.Close() == nil && answer.StatusCode == http.StatusOK
}

// join starts a process; that of number 0 is the one that the public reaches.
func (k *killRoom) join(number int) *shipmate {
	k.Helper()
	c := &shipmate{k.command("serve"), strings.TrimPrefix(k.keys["url"], "http://"), make(chan error, 1)}
	c.Stdout, c.Stderr = k.output, k.output
	if number > 0 {
		c.address = k.address()
		c.Env = append(c.Env, "CALLBOX_LISTEN="+c.address)
	}
	k.ok(c.Start())
	go func() { c.ended <- c.Wait() }()
	return c
}

// await waits for a moment.
func (k *killRoom) await(moment func() bool) {
	k.Helper()
	for end := time.Now().Add(30 * time.Second); !moment(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			k.Fatalf("the moment does not come\n%s", k.output)
		}
	}
}
