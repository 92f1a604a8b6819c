package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"callbox/areas"
	"callbox/channels"
	"callbox/channels/email/mailtest"
	"callbox/channels/push"
	"callbox/internal/desk"
	"callbox/internal/officials"
	"callbox/internal/store"
	"callbox/outages"
	"callbox/subscribers"
)

// Promises 7 and 8: what is wrong on our side is shown to officials and takes nobody off the roll; the other
// channel does not wait for it, and when it is mended everybody is told, once.
func TestTroubleIsShownAndNobodyIsLost(t *testing.T) {
	for _, test := range []struct {
		name    string
		channel channels.Name
		harm    func(*troubled)
		mend    func(*troubled)
		check   string // what callbox check says of it: a halted lane is for a person to mend
		status  string // what callbox outage status says: a far side that is down may come back by itself
	}{
		{"the mail relay is down", channels.Email,
			func(x *troubled) { x.far.mail.SetDown(true) }, func(x *troubled) { x.far.mail.SetDown(false) },
			"", "bulletin 1, email: [1-9] x "},
		{"the password of the mail relay is wrong", channels.Email,
			func(x *troubled) { x.set("relay.password", "wrong-secret") }, func(x *troubled) { x.set("relay.password", "right-secret") },
			"MISSING  lane email .*halted.*with 5 waiting", ""},
		{"the VAPID key is not the one that browsers know", channels.Push,
			func(x *troubled) { x.set("push.key", x.otherPrivate); x.public = x.otherPublic },
			func(x *troubled) { x.set("push.key", x.private); x.public = x.rightPublic },
			"MISSING  lane push .*halted.*with 5 waiting", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			x := newTroubled(t)
			test.harm(x)
			x.serving(func(ctx context.Context, p *program) {
				x.tell(ctx, p.desk)
				x.until(ctx, p.desk, "the far side to fail", func(s desk.Status) bool { return x.shown(ctx, p, s, test.channel) })
				x.until(ctx, p.desk, "the other channel", func(s desk.Status) bool {
					return figure(s, test.channel).Waiting == troubledPeople && figure(s, otherThan(test.channel)).Accepted == troubledPeople
				})
				if out := x.status(ctx, p.desk); !matches(test.status, out) {
					t.Errorf("callbox outage status: got\n%s\nwant %q in it", out, test.status)
				}
			})
			if out := x.check(); !matches(test.check, out) {
				t.Errorf("callbox check: got\n%s\nwant %q in it", out, test.check)
			}
			test.mend(x)
			x.skip.Store(int64(20 * time.Second)) // past the next probe
			x.serving(func(ctx context.Context, p *program) {
				x.until(ctx, p.desk, "everybody", func(s desk.Status) bool { return figure(s, test.channel).Accepted == troubledPeople })
			})
			if mails, pushes := x.far.mail.Count(), int(x.far.push.Counts().Accepted); mails != troubledPeople || pushes != troubledPeople {
				t.Errorf("got %d mails and %d pushes, want %d of each", mails, pushes, troubledPeople)
			}
			if out := x.check(); strings.Contains(out, "halted") {
				t.Errorf("after it was mended, callbox check says\n%s", out)
			}
		})
	}
}

// troubledPeople get mails, and as many pushes.
const troubledPeople = 5

// troubled is an installation with far sides and a clock that can skip.
type troubled struct {
	*testing.T
	dir                      string
	far                      *fleet
	private, otherPrivate    string // VAPID keys
	rightPublic, otherPublic string
	public                   string // the one that is configured
	skip                     atomic.Int64
	ada, bob                 officials.Actor
	outage                   string
}

func newTroubled(t *testing.T) *troubled {
	x := &troubled{T: t, dir: t.TempDir()}
	var err error
	x.far, err = startFleet(mailtest.Options{User: "callbox", Password: "right-secret"})
	x.ok(err)
	t.Cleanup(func() { x.ok(x.far.close()) })
	x.rightPublic, x.private, err = push.GenerateKeys()
	x.ok(err)
	x.otherPublic, x.otherPrivate, err = push.GenerateKeys()
	x.ok(err)
	x.public = x.rightPublic
	x.set("callbox.keys", string(subscribers.GenerateKeys().File()))
	x.set("push.key", x.private)
	x.set("relay.password", "right-secret")
	p, l := x.open()
	x.ok(l.Close())
	x.ok(x.prepare(t.Context(), p.desk))
	x.ok(p.close())
	return x
}

func (x *troubled) ok(err error) {
	x.Helper()
	if err != nil {
		x.Fatal(err)
	}
}

func (x *troubled) set(file, text string) {
	x.Helper()
	x.ok(os.WriteFile(filepath.Join(x.dir, file), []byte(text), 0o600))
}

func (x *troubled) prepare(ctx context.Context, d *desk.Desk) error {
	if err := d.SaveAgency(ctx, officials.Agency{ID: "ct", Name: "Sample agency", Zone: "America/New_York", Jurisdiction: []areas.ID{"09"},
		Sender: "alerts@ct.example.org", Policy: outages.Policy{TwoPeople: true}}); err != nil {
		return err
	}
	ada, err := d.AddOfficial(ctx, officials.Official{ID: "ada", Agency: "ct", Name: "ada", Roles: officials.Roles})
	if err != nil {
		return err
	}
	bob, err := d.AddOfficial(ctx, officials.Official{ID: "bob", Agency: "ct", Name: "bob", Roles: officials.Roles})
	if err != nil {
		return err
	}
	if x.ada, err = d.Who(ctx, ada); err != nil {
		return err
	}
	if x.bob, err = d.Who(ctx, bob); err != nil {
		return err
	}
	if err := furnish(ctx, d, x.ada); err != nil {
		return err
	}
	rows := [][]string{{"channel", "destination", "places", "langs", "consent_source", "consent_date"}}
	for i := range troubledPeople {
		rows = append(rows, []string{"email", fmt.Sprintf("resident%d@example.org", i), "06880", "en", "test", "2024-01-01"},
			[]string{"push", x.far.push.Subscribe(x.rightPublic), "06880", "en", "test", "2024-01-01"})
	}
	_, err = d.ImportSubscribers(ctx, x.ada, strings.NewReader(csvOf(rows)), nil)
	return err
}

// open writes the configuration as it is now and opens the program, as a process that is started does.
func (x *troubled) open() (*program, net.Listener) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	x.ok(err)
	x.set("callbox.toml", fmt.Sprintf(`public_url = "http://%s"
[push]
public_key = %q
private_key = "file:push.key"
subject = "alerts@ct.example.org"
[email]
from = "alerts@ct.example.org"
[[email.relay]]
host = %q
port = %d
tls = "insecure"
user = "callbox"
password = "file:relay.password"
[cap]
source = "Callbox test"
`, l.Addr(), x.public, x.far.mail.Host(), x.far.mail.Port()))
	c, err := loadConfig(filepath.Join(x.dir, "callbox.toml"))
	x.ok(err)
	far := x.far.farSides()
	far.now = func() time.Time { return time.Now().Add(time.Duration(x.skip.Load())) }
	p, err := open(x.Context(), c, far, slog.New(slog.NewTextHandler(io.Discard, nil)))
	x.ok(err)
	return p, l
}

// serving runs a process while f is at work.
func (x *troubled) serving(f func(context.Context, *program)) {
	x.Helper()
	p, l := x.open()
	ctx, stop := context.WithCancel(x.Context())
	var done sync.WaitGroup
	var err error
	done.Go(func() { err = p.serve(ctx, l) })
	defer func() {
		stop()
		done.Wait()
		x.ok(err)
		x.ok(p.close())
	}()
	f(ctx, p)
}

// tell has an alert issued.
func (x *troubled) tell(ctx context.Context, d *desk.Desk) {
	x.Helper()
	now := d.Now()
	decl, err := d.Read(ctx, x.ada, fmt.Appendf(nil, "kind: alert\nmode: live\nbegan: %s\nnext_update: %s\nconditions:\n  - {area: Westport, voice: down}\n",
		now.Add(-time.Hour).Format(time.RFC3339), now.Add(time.Hour).Format(time.RFC3339)))
	x.ok(err)
	draft, err := d.Declare(ctx, x.ada, "", decl)
	x.ok(err)
	draft, err = d.Submit(ctx, x.ada, draft.ID)
	x.ok(err)
	_, err = d.Approve(ctx, x.bob, draft.ID, desk.Word{Code: draft.Code})
	x.ok(err)
	x.outage = draft.Outage
}

// until waits for a status of the outage.
func (x *troubled) until(ctx context.Context, d *desk.Desk, what string, enough func(desk.Status) bool) {
	x.Helper()
	for end := time.Now().Add(20 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		s, err := d.Status(ctx, x.ada, x.outage)
		x.ok(err)
		for _, f := range s.Figures {
			if f.Refused+f.Gone+f.Expired+f.Uncertain > 0 {
				x.Fatalf("got %+v for %+v, want nobody lost", s.Figures, s.Reasons)
			}
		}
		if enough(s) {
			return
		}
		if time.Now().After(end) {
			x.Fatalf("waiting for %s: got %+v for %+v", what, s.Figures, s.Reasons)
		}
	}
}

// shown reports whether officials see what is wrong with a channel: its lane is halted, or deliveries say
// why they wait.
func (x *troubled) shown(ctx context.Context, p *program, s desk.Status, name channels.Name) bool {
	checks, err := p.desk.Readiness(ctx)
	x.ok(err)
	for _, c := range checks {
		if strings.HasPrefix(c.What, "lane "+string(name)) && !c.OK {
			return true
		}
	}
	for _, r := range s.Reasons {
		if r.Channel == name && r.Reason != "" {
			return true
		}
	}
	return false
}

func figure(s desk.Status, name channels.Name) (sum store.Totals) {
	for _, f := range s.Figures {
		if f.Channel == name {
			sum = sum.Plus(f.Totals)
		}
	}
	return sum
}

func otherThan(name channels.Name) channels.Name {
	if name == channels.Email {
		return channels.Push
	}
	return channels.Email
}

func matches(pattern, text string) bool { return regexp.MustCompile(pattern).MatchString(text) }

// status is what callbox outage status prints.
func (x *troubled) status(ctx context.Context, d *desk.Desk) string {
	s, err := d.Status(ctx, x.ada, x.outage)
	x.ok(err)
	var out strings.Builder
	writeStatus(&out, s)
	return x.secretless(out.String())
}

// check is what callbox check prints; it fails, for these installations are never quite ready.
func (x *troubled) check() string {
	x.Helper()
	var out bytes.Buffer
	got := run(x.Context(), []string{"--config", filepath.Join(x.dir, "callbox.toml"), "check"}, strings.NewReader(""), &out, &out)
	if got != exitFailed {
		x.Errorf("callbox check: got exit code %d, want %d\n%s", got, exitFailed, out.String())
	}
	return x.secretless(out.String())
}

func (x *troubled) secretless(out string) string {
	x.Helper()
	for _, secret := range []string{"wrong-secret", "right-secret", x.private, x.otherPrivate} {
		if strings.Contains(out, secret) {
			x.Error("a secret is shown")
		}
	}
	return out
}
