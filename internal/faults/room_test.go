//go:build faults

package faults

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"callbox/channels"
	"callbox/channels/discord"
	"callbox/channels/email"
	"callbox/channels/mastodon"
	"callbox/channels/push"
	"callbox/internal/desk"
	"callbox/internal/store"
	"callbox/outages"
	"callbox/subscribers"
)

// people get mails, and as many pushes, in every trial; one more of each joins while the outage is open.
const people = 12

// room is one trial: an installation with its far sides, and the program as a process of its own.
type room struct {
	*testing.T
	*station
	far       *far
	gate      *gate // before one of them; nil without one
	dir       string
	where     string // of its database
	dice      *rand.Rand
	desk      *desk.Desk
	outage    string
	hook      string   // the Discord webhook
	account   string   // the Mastodon account
	mails     []string // addresses
	devices   []string // push, as their numbers
	relays    string   // of the configuration
	address   string   // where it listens
	ahead     atomic.Int64
	child     *exec.Cmd
	ended     chan error
	output    lockedBuffer
	kills     int
	impatient bool           // of a program that is meant to break a promise
	before    func()         // the program starts, where something is to be prepared
	wrong     map[int]string // promises that were broken while it ran
	mu        sync.Mutex
}

// lockedBuffer keeps what a process says.
type lockedBuffer struct {
	mu sync.Mutex
	bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.Buffer.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.Buffer.String()
}

// newRoom makes a room, in which the far side that is named last has a gate before it.
func newRoom(t *testing.T, s *station, seed uint64, behind ...channels.Name) *room {
	t.Helper()
	return newRoomOn(t, s, seed, "", behind...)
}

// newRoomOn makes a room on a new PostgreSQL database; on a file of its own where the URL is empty.
func newRoomOn(t *testing.T, s *station, seed uint64, where string, behind ...channels.Name) *room {
	t.Helper()
	r := &room{T: t, station: s, dir: t.TempDir(), dice: rand.New(rand.NewPCG(seed, 0)), wrong: map[int]string{}}
	var err error
	r.far, err = startFar()
	r.ok(err)
	t.Cleanup(r.far.close)
	r.relays = relay(r.far.proxies[channels.Email].Listen)
	for _, name := range behind {
		r.putBehind(name)
	}
	r.where = where
	if where == "" {
		r.where = filepath.Join(r.dir, "callbox.db")
		r.write("callbox.db", string(s.database))
	} else {
		r.ok(s.prepare(t.Context(), where))
	}
	r.write("callbox.keys", string(s.keys.File()))
	r.write("push.key", s.private)
	r.write("clock", "0s")
	r.address = freeAddress()
	r.desk, err = s.desk(t.Context(), r.where, r.now)
	r.ok(err)
	t.Cleanup(func() { r.ok(r.desk.Store.Close()) })
	r.enrol()
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("the program said:\n%s", r.output.String())
		}
	})
	return r
}

func (r *room) ok(err error) {
	r.Helper()
	if err != nil {
		r.Fatal(err)
	}
}

func (r *room) write(name, text string) {
	r.Helper()
	r.ok(os.WriteFile(filepath.Join(r.dir, name), []byte(text), 0o600))
}

// now is the clock of the trial, which the program shares.
func (r *room) now() time.Time { return time.Now().Add(time.Duration(r.ahead.Load())) }

// step sets the clock ahead or back, for the program too.
func (r *room) step(d time.Duration) {
	r.Helper()
	next := filepath.Join(r.dir, "clock.next")
	r.ok(os.WriteFile(next, []byte(time.Duration(r.ahead.Add(int64(d))).String()), 0o600))
	r.ok(os.Rename(next, filepath.Join(r.dir, "clock")))
	time.Sleep(50 * time.Millisecond) // it looks every 20
}

// ports are those of the programs under test. They lie below those that the system gives to whoever asks
// for any, so that nobody takes one while its program is away.
var ports atomic.Int32

func init() { ports.Store(15_000 + rand.Int32N(10_000)) }

func freeAddress() string {
	for {
		address := fmt.Sprint("127.0.0.1:", ports.Add(1))
		if l, err := net.Listen("tcp", address); err == nil {
			_ = l.Close()
			return address
		}
	}
}

// putBehind puts a gate before a far side.
func (r *room) putBehind(name channels.Name) {
	r.Helper()
	var err error
	r.gate, err = openGate(r.far.proxies[name].Listen)
	r.ok(err)
	r.Cleanup(r.gate.close)
	r.write("roots.pem", string(r.gate.roots()))
	switch name {
	case channels.Email:
		r.relays = fmt.Sprintf("[[email.relay]]\nhost = %q\nport = %s\ntls = \"tls\"\n", gateName, r.gate.port())
	case channels.Push:
		r.far.push.Base = "https://" + gateName + ":" + r.gate.port()
	default:
		r.Fatalf("no gate is made for %s", name)
	}
}

func relay(addr string) string {
	name, port, _ := net.SplitHostPort(addr)
	return fmt.Sprintf("[[email.relay]]\nhost = %q\nport = %s\ntls = \"insecure\"\n", name, port)
}

// enrol puts residents and crowds on the roll.
func (r *room) enrol() {
	client := channels.NewClient(channels.Loopback())
	mail, err := email.New(email.Config{From: "alerts@ct.example.org", Relays: []email.Relay{{Host: "127.0.0.1", Port: 1, TLS: email.Insecure}}})
	r.ok(err)
	phones, err := push.New(push.Config{PublicKey: r.public, PrivateKey: r.private, Subject: "alerts@ct.example.org", Client: client})
	r.ok(err)
	posts, err := discord.New(discord.Config{Client: client, FarSide: r.far.discord.URL()})
	r.ok(err)
	r.desk.Channels = map[channels.Name]channels.Channel{channels.Email: mail, channels.Push: phones, channels.Discord: posts,
		channels.Mastodon: mastodon.New(mastodon.Config{Client: client}), channels.CAP: feed{}}
	r.join(people)
	r.hook = r.far.discord.Add()
	r.account = r.far.mastodon.Add("crowd")
	to := strings.ReplaceAll(r.account, r.far.mastodon.Base(), "http://"+r.far.proxies[channels.Mastodon].Listen)
	for name, dest := range map[channels.Name]string{channels.CAP: "live", channels.Discord: r.hook, channels.Mastodon: to} {
		o := subscribers.Outlet{Name: string(name), List: subscribers.Live, Langs: []string{"en"}, Areas: ada.Agency.Jurisdiction}
		r.ok(r.desk.Outlet(r.Context(), ada, o, name, subscribers.NewDestination(dest)))
	}
}

// feed stands for the channel that publishes the feed, which only the program under test does.
type feed struct{}

func (feed) Send(context.Context, channels.Message) (channels.Receipt, error) { return nil, nil }

// join puts n more on the roll by mail, and as many by push.
func (r *room) join(n int) {
	r.Helper()
	file := "channel,destination,places,consent_source,consent_date\n"
	for range n {
		address, device := fmt.Sprintf("r%d@example.org", len(r.mails)), r.far.push.Subscribe(r.public)
		r.mails, r.devices = append(r.mails, address), append(r.devices, fmt.Sprint(len(r.devices)))
		file += "email," + address + ",06880,fair,2024-05-01\npush,\"" + strings.ReplaceAll(device, `"`, `""`) + "\",06413,fair,2024-05-01\n"
	}
	_, err := r.desk.ImportSubscribers(r.Context(), ada, strings.NewReader(file), nil)
	r.ok(err)
}

// serve starts the program; at says where it kills itself.
func (r *room) serve(at ...string) {
	r.Helper()
	r.write("callbox.toml", fmt.Sprintf("listen = %[1]q\ndatabase = %[4]q\npublic_url = \"http://%[1]s\"\ndiscord = true\nmastodon = true\n"+
		"[push]\npublic_key = %[2]q\nprivate_key = \"file:push.key\"\nsubject = \"alerts@ct.example.org\"\n"+
		"[email]\nfrom = \"alerts@ct.example.org\"\n%[3]s[cap]\nsource = \"Callbox test\"\n", r.address, r.public, r.relays, r.where))
	r.child = exec.Command(r.binary, "--config", filepath.Join(r.dir, "callbox.toml"), "serve")
	r.child.Dir = r.dir
	r.child.Env = append(os.Environ(), "FARSIDE_DISCORD=http://"+r.far.proxies[channels.Discord].Listen,
		"FARSIDE_CLOCK="+filepath.Join(r.dir, "clock"), "FARSIDE_KILL_AT="+strings.Join(at, ","))
	if r.gate != nil {
		r.child.Env = append(r.child.Env, "FARSIDE_DNS="+r.gate.names.LocalAddr().String(), "SSL_CERT_FILE="+filepath.Join(r.dir, "roots.pem"))
	}
	r.child.Stdout, r.child.Stderr = &r.output, &r.output
	r.ok(r.child.Start())
	r.ended = make(chan error, 1)
	go func(c *exec.Cmd, ended chan<- error) { ended <- c.Wait() }(r.child, r.ended)
}

// kill kills the program as nothing can be that asks first.
func (r *room) kill() {
	r.Helper()
	r.ok(r.child.Process.Kill())
	<-r.ended
	r.kills++
}

// stop asks the program to end, which it does in good order.
func (r *room) stop() {
	r.Helper()
	r.ok(r.child.Process.Signal(syscall.SIGTERM))
	select {
	case err := <-r.ended:
		if err != nil {
			r.Errorf("after SIGTERM the program ended with %v", err)
		}
	case <-time.After(40 * time.Second):
		_ = r.child.Process.Kill()
		r.Error("the program does not end after SIGTERM")
	}
}

// tell has two officials issue a bulletin; the program releases it.
func (r *room) tell(kind outages.Kind) {
	r.Helper()
	now := r.now()
	file := fmt.Sprintf("kind: %s\nmode: live\nnext_update: %s\n", kind, now.Add(time.Hour).Format(time.RFC3339))
	if kind == outages.Alert {
		file += fmt.Sprintf("began: %s\n", now.Add(-time.Hour).Format(time.RFC3339))
	}
	file += "conditions:\n  - {area: Westport, voice: down, text: working}\n  - {area: Clinton, voice: down, text: working}\n"
	decl, err := r.desk.Read(r.Context(), ada, []byte(file))
	r.ok(err)
	draft, err := r.desk.Declare(r.Context(), ada, r.outage, decl)
	r.ok(err)
	draft, err = r.desk.Submit(r.Context(), ada, draft.ID)
	r.ok(err)
	_, err = r.desk.Approve(r.Context(), bob, draft.ID, desk.Word{Code: draft.Code})
	r.ok(err)
	r.outage = draft.Outage
}

// issued waits until bulletin n is in the ledger.
func (r *room) issued(n int) {
	r.Helper()
	r.until("release", 20*time.Second, func() bool {
		o, err := r.desk.Store.Outage(r.Context(), r.outage)
		r.ok(err)
		return len(o.Bulletins) >= n
	})
}

// until waits for something.
func (r *room) until(what string, within time.Duration, enough func() bool) {
	r.Helper()
	for end := time.Now().Add(within); !enough(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			r.Fatalf("%s did not come within %s; the ledger: %+v", what, within, r.figures())
		}
	}
}

// figures reads the totals and holds them against promise 13, whoever else reads or writes at this moment.
func (r *room) figures() map[channels.Name]store.Totals {
	r.Helper()
	out := map[channels.Name]store.Totals{}
	figures, err := r.desk.Store.Figures(r.Context(), r.outage, true)
	r.ok(err)
	for _, f := range figures {
		if sum := f.Waiting + f.Accepted + f.Refused + f.Gone + f.Expired + f.Overtaken + f.Stopped + f.Uncertain; sum != f.Targeted {
			r.broke(13, "bulletin %d by %s: the fates add up to %d, and %d were targeted", f.Seq, f.Channel, sum, f.Targeted)
		}
		out[f.Channel] = out[f.Channel].Plus(f.Totals)
	}
	return out
}

// broke notes that a promise was not held.
func (r *room) broke(promise int, format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.wrong[promise] == "" {
		r.wrong[promise] = fmt.Sprintf(format, args...)
	}
}
