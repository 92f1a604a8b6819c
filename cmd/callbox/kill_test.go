package main

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"callbox/channels"
	"callbox/internal/dispatch"
	"callbox/internal/store"
)

// The size of the test: residents by mail and by push, half and half, and how often the sender is killed.
const (
	killResidents = 20_000
	killTimes     = 22
)

// TestServeIsKilledAgainAndAgainAndNobodyIsMissed kills the real program at every sort of moment of a great
// sending: between approval and release, in the middle of issuing, between a far side's acceptance and
// the flush, in the middle of a flush, and at random. Then everybody has been told, and nobody more often
// than promised. It covers promises 5 and 13, and 4 where it says "crash-safe".
func TestServeIsKilledAgainAndAgainAndNobodyIsMissed(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	k := newKillRoom(t, rand.New(rand.NewPCG(seed, 0)), "callbox.db")
	k.enrol(killResidents)
	k.approve()

	k.serve()
	k.until("release", func() bool { return true })
	for _, table := range []string{"bulletins", "scopes", "totals"} { // each a step of issuing
		k.serve(table + ":1")
		k.until(table, never)
	}
	k.pause(channels.Discord, time.Hour) // one after the other, so that each is hit
	k.pause(channels.Mastodon, time.Hour)
	k.serve("documents:1")
	k.until("documents", never)
	k.pause(channels.Discord, 0)
	k.serve()
	k.until("post", k.crowds.after("/webhooks/", 1))
	k.pause(channels.Mastodon, 0)
	k.serve()
	k.until("status", k.crowds.after("/statuses", 2))
	for k.kills < killTimes {
		if k.kills%4 == 0 { // sheets are cut first, then flushed
			k.serve(fmt.Sprint("sheets:", 1+k.dice.IntN(12)))
			k.until("sheets", never)
			continue
		}
		k.serve()
		k.until("random", k.accepted(100+k.dice.IntN(600)))
	}
	k.serve()
	k.settled()
	k.check()
	k.stop()
}

func never() bool { return false }

// killRoom is the program as a process of its own, with its far sides in this one.
type killRoom struct {
	*testing.T
	dice   *rand.Rand
	dir    string
	binary string

	database  string
	residents int
	far       *fleet
	crowds    *crowdProxy
	child     *exec.Cmd
	ended     chan error
	output    *lockedBuffer
	kills     int
	hit       map[string]int // kills by their moment
	hooks     []string
	accts     []string
	keys      map[string]string // of officials
	outage    string
	ledger    *store.Store // read here, written by the child
}

// lockedBuffer keeps what a process says.
type lockedBuffer struct {
	mu   sync.Mutex
	text bytes.Buffer // not embedded: io.Copy would find its ReadFrom and go past the lock
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

// serve starts the program; at says where it kills itself.
func (k *killRoom) serve(at ...string) {
	k.Helper()
	k.output = &lockedBuffer{}
	k.child = k.command("serve")
	k.child.Stdout, k.child.Stderr = k.output, k.output
	k.child.Env = append(k.child.Env, "FARSIDE_KILL_AT="+strings.Join(at, ","))
	k.ok(k.child.Start())
	k.ended = make(chan error, 1)
	go func(c *exec.Cmd, ended chan<- error) { ended <- c.Wait() }(k.child, k.ended)
}

// until waits for a moment and kills the program. Where the moment is never, the program kills itself.
func (k *killRoom) until(name string, moment func() bool) {
	k.Helper()
	for end := time.Now().Add(30 * time.Second); !moment(); time.Sleep(time.Millisecond) {
		select {
		case <-k.ended:
			if !strings.Contains(k.output.String(), "killed at "+name) {
				k.Fatalf("%s: the program ended with %v, want it killed\n%s", name, k.child.ProcessState, k.output)
			}
			k.killed(name)
			return
		default:
		}
		if time.Now().After(end) {
			k.Fatalf("%s: the moment to kill does not come\n%s", name, k.output)
		}
	}
	k.ok(k.child.Process.Kill())
	<-k.ended
	k.killed(name)
}

// pause holds the lanes of a channel, as a far side does that asks to wait.
func (k *killRoom) pause(name channels.Name, d time.Duration) {
	lanes, err := k.ledger.LaneStates(k.Context())
	k.ok(err)
	var until time.Time
	if d > 0 {
		until = time.Now().Add(d)
	}
	for _, l := range lanes {
		if l.Channel == name {
			k.ok(k.ledger.Halt(k.Context(), l.ID, until, ""))
		}
	}
}

// killed looks at the ledger as the dead left it: its totals must add up (promise 13).
func (k *killRoom) killed(moment string) {
	k.kills++
	k.hit[moment]++
	figures := k.figures()
	waiting := 0
	for _, f := range figures {
		waiting += f.Waiting
	}
	k.Logf("kill %d %s: %d wait, the far sides have %d", k.kills, moment, waiting, k.arrived())
}

func (k *killRoom) figures() []store.Figure {
	k.Helper()
	figures, err := k.ledger.Figures(k.Context(), k.outage, true)
	k.ok(err)
	for _, f := range figures {
		sum := 0
		for fate := dispatch.Waiting; fate <= dispatch.Uncertain; fate++ {
			sum += f.Of(fate)
		}
		if sum != f.Targeted {
			k.Fatalf("got %+v, want the fates to add up to %d", f, f.Targeted)
		}
	}
	return figures
}

// arrived counts what residents were sent, repeats included.
func (k *killRoom) arrived() int { return k.far.mail.Count() + int(k.far.push.Counts().Accepted) }

// accepted is the moment when n more have arrived.
func (k *killRoom) accepted(n int) func() bool {
	want := k.arrived() + n
	return func() bool { return k.arrived() >= want }
}

// settled waits until nobody waits any more.
func (k *killRoom) settled() {
	k.Helper()
	for end := time.Now().Add(2 * time.Minute); ; time.Sleep(100 * time.Millisecond) {
		waiting, targeted := 0, 0
		for _, f := range k.figures() {
			waiting, targeted = waiting+f.Waiting, targeted+f.Targeted
		}
		if targeted > 0 && waiting == 0 {
			return
		}
		if time.Now().After(end) {
			k.Fatalf("%d of %d still wait after two minutes\n%s", waiting, targeted, k.output)
		}
	}
}

// stop asks the program to end, which it does in good order.
func (k *killRoom) stop() {
	k.Helper()
	k.ok(k.child.Process.Signal(syscall.SIGTERM))
	select {
	case err := <-k.ended:
		if err != nil {
			k.Errorf("after SIGTERM the program ended with %v, want success\n%s", err, k.output)
		}
	case <-time.After(20 * time.Second):
		k.Fatalf("the program does not end after SIGTERM\n%s", k.output)
	}
}

// build makes the binary that reaches loopback instead of the world.
func (k *killRoom) build() {
	k.binary = filepath.Join(k.dir, "callbox")
	out, err := exec.CommandContext(k.Context(), "go", "build", "-tags", "farsides", "-o", k.binary, ".").CombinedOutput()
	if err != nil {
		k.Fatalf("build: %v\n%s", err, out)
	}
}

// command is the binary with the configuration and far sides of the room.
func (k *killRoom) command(args ...string) *exec.Cmd {
	c := exec.CommandContext(k.Context(), k.binary, append([]string{"--config", filepath.Join(k.dir, "callbox.toml"), "-o", "json"}, args...)...)
	c.Dir = k.dir
	c.Env = append(os.Environ(), "FARSIDE_DISCORD="+k.crowds.discord.URL)
	return c
}

// check compares the far sides with the audience, and with the ledger.
func (k *killRoom) check() {
	half := k.residents / 2
	k.checkMail(half)
	k.checkPush(half)
	byChannel := map[channels.Name]store.Totals{}
	for _, f := range k.figures() {
		byChannel[f.Channel] = byChannel[f.Channel].Plus(f.Totals)
	}
	for name, want := range map[channels.Name]store.Totals{
		channels.Email:    {Targeted: half, Accepted: half},
		channels.Push:     {Targeted: half, Accepted: half},
		channels.Mastodon: {Targeted: len(k.accts), Accepted: len(k.accts)},
		channels.CAP:      {Targeted: 1, Accepted: 1},
	} {
		if byChannel[name] != want {
			k.Errorf("%s: got %+v in the ledger, want %+v", name, byChannel[name], want)
		}
	}
	k.checkPosts(byChannel[channels.Discord])
	k.checkStatuses()
	k.checkFeed()
}

// checkMail allows for each kill what one flush and the open connections hold.
func (k *killRoom) checkMail(audience int) {
	to, ids := map[string]bool{}, map[string]string{}
	mails := k.far.mail.Mails()
	for _, m := range mails {
		if first, ok := ids[m.MessageID]; ok && first != m.To {
			k.Error("got one Message-ID for two residents")
		}
		to[m.To], ids[m.MessageID] = true, m.To
	}
	if len(to) != audience || len(ids) != audience {
		k.Errorf("email: got %d residents by %d Message-IDs, want %d", len(to), len(ids), audience)
	}
	k.checkRepeats(channels.Email, len(mails)-len(ids), 200+32)
}

// checkPush also checks that a repeat is invisible: it has the topic of what it repeats.
func (k *killRoom) checkPush(audience int) {
	topics := map[int]string{}
	received := k.far.push.Received()
	for _, n := range received {
		if n.Trouble != "" {
			k.Fatalf("push: a browser could not open one: %s", n.Trouble)
		}
		if topic, ok := topics[n.Device]; ok && topic != n.Topic || n.Topic == "" {
			k.Error("push: got a visible repeat, want the same topic")
		}
		topics[n.Device] = n.Topic
	}
	if len(topics) != audience {
		k.Errorf("push: got %d residents, want %d", len(topics), audience)
	}
	k.checkRepeats(channels.Push, len(received)-len(topics), 200+64)
}

func (k *killRoom) checkRepeats(name channels.Name, got, perKill int) {
	kills := k.kills - k.hit["release"] - k.hit["bulletins"] - k.hit["scopes"] - k.hit["totals"] // nothing had been sent
	k.Logf("%s: %d repeats after %d kills", name, got, kills)
	if got > kills*perKill {
		k.Errorf("%s: got %d repeats after %d kills, want at most %d a kill", name, got, kills, perKill)
	}
}

// checkPosts checks that a post of unknown outcome was not made again, and is shown.
func (k *killRoom) checkPosts(ledger store.Totals) {
	posts := 0
	for _, hook := range k.hooks {
		n := len(k.far.discord.Messages(hook))
		posts += n
		if n > 1 {
			k.Errorf("discord: got %d posts at one webhook, want 1 at most", n)
		}
	}
	if ledger.Accepted+ledger.Uncertain != len(k.hooks) || k.hit["post"] > ledger.Uncertain || posts < ledger.Accepted {
		k.Errorf("discord: got %+v in the ledger and %d posts at %d webhooks, and the one uncertain that was killed with its post", ledger, posts, len(k.hooks))
	}
}

func (k *killRoom) checkStatuses() {
	for _, account := range k.accts {
		keys := map[string]bool{}
		statuses := k.far.mastodon.Statuses(account)
		for _, s := range statuses {
			keys[s.Key] = true
		}
		if len(statuses) != len(keys) || len(keys) < 2 {
			k.Errorf("mastodon: got %d statuses of %d different keys, want a thread in two languages, each status once", len(statuses), len(keys))
		}
	}
}

func (k *killRoom) checkFeed() {
	parts, err := k.ledger.Parts(k.Context(), k.outage)
	k.ok(err)
	documents := map[string]bool{}
	for _, link := range k.feed() {
		documents[link] = true
	}
	if len(documents) == 0 || len(documents) != parts[channels.CAP] {
		k.Errorf("cap: got %d documents in the feed and %d in the ledger, want the same, and some", len(documents), parts[channels.CAP])
	}
}

func (k *killRoom) ok(err error) {
	k.Helper()
	if err != nil {
		k.Fatal(err)
	}
}
