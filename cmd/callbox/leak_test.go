package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"callbox/channels"
	"callbox/channels/discord/discordtest"
	"callbox/channels/email/mailtest"
	"callbox/channels/mastodon/mastodontest"
	"callbox/channels/push/pushtest"
	"callbox/internal/officials"
	"callbox/subscribers"
)

// promise 12: whatever goes wrong, no secret and no address is in a log, an error, a page, a metric, the
// trail, what the verbs print, or the files of the database. The far sides do what they can: they quote
// what they were sent in every refusal.
func TestNoSecretIsShownAnywhere(t *testing.T) {
	t.Parallel()
	x := newTroubled(t)
	secrets := x.secrets()
	logs := &lockedBuffer{}
	c, err := loadConfig(filepath.Join(x.dir, "callbox.toml"))
	x.ok(err)
	p, err := open(t.Context(), c, x.far.farSides(), slog.New(slog.NewJSONHandler(logs, &slog.HandlerOptions{Level: slog.LevelDebug})))
	x.ok(err)
	l := listenAt(t, c.Listen)
	ctx, stop := context.WithCancel(t.Context())
	var served sync.WaitGroup
	served.Go(func() {
		if err := p.serve(ctx, l); err != nil {
			t.Error(err)
		}
	})
	secrets["personal key"] = x.crowds(p)
	x.quoting(secrets)
	x.tell(ctx, p.desk)
	x.settled(p)

	shown := map[string]string{}
	for _, path := range []string{"/", "/healthz", "/readyz", "/metrics", "/outages/" + x.outage, "/cap/rss.xml", "/cap/all/rss.xml", "/alerts/active",
		"/api/v1/drafts", "/api/v1/outages", "/confirm/x", "/leave/x", "/console/", "/nothing?key=wrong"} {
		shown[path] = get(t, c.PublicURL+path)
	}
	status, err := p.desk.Status(ctx, x.ada, x.outage)
	x.ok(err)
	shown["status"] = asJSON(t, status)
	checks, err := p.desk.Readiness(ctx)
	x.ok(err)
	shown["check"] = asJSON(t, checks)
	var trail []officials.Entry
	x.ok(p.store.Audit(ctx, 0, func(e officials.Entry) error { trail = append(trail, e); return nil }))
	shown["trail"] = asJSON(t, trail)
	stop()
	served.Wait()
	x.ok(p.close())
	shown["log"] = logs.String()
	for _, file := range []string{"callbox.db", "callbox.db-wal"} {
		data, _ := os.ReadFile(filepath.Join(x.dir, file)) // the second is gone when all is well
		shown[file] = string(data)
	}
	for where, text := range shown {
		for what, secret := range secrets {
			if strings.Contains(text, secret) {
				t.Errorf("%s shows the %s", where, what)
			}
		}
	}
	if !strings.Contains(shown["status"], "[address]") || len(status.Reasons) < 3 {
		t.Errorf("got %d reasons, want the far sides to have quoted an address: nothing was tried\n%s", len(status.Reasons), shown["status"])
	}
}

// secrets are all that the installation knows and must not tell, by what each is.
func (x *troubled) secrets() map[string]string {
	x.Helper()
	keys, err := os.ReadFile(filepath.Join(x.dir, "callbox.keys"))
	x.ok(err)
	l := listenAt(x.T, "127.0.0.1:0")
	address := l.Addr().String()
	x.ok(l.Close())
	x.set("drill.key", "drill-key-of-the-test")
	x.set("bounce.key", "bounce-key-of-the-test")
	x.set("callbox.toml", fmt.Sprintf(`listen = %[1]q
public_url = "http://%[1]s"
discord = true
mastodon = true
drill_key = "file:drill.key"
[push]
public_key = %[2]q
private_key = "file:push.key"
subject = "alerts@ct.example.org"
[email]
from = "alerts@ct.example.org"
return_path = "bounces+*@ct.example.org"
bounce_key = "file:bounce.key"
[[email.relay]]
host = %[3]q
port = %[4]d
tls = "insecure"
user = "callbox"
password = "file:relay.password"
[cap]
source = "Callbox test"
`, address, x.public, x.far.mail.Host(), x.far.mail.Port()))
	out := map[string]string{"relay's password": "right-secret", "VAPID key": x.private, "drill key": "drill-key-of-the-test",
		"bounce key": "bounce-key-of-the-test", "address of a resident": "resident1@example.org", "address of another": "resident0@example.org"}
	for i, line := range strings.Split(strings.TrimSpace(string(keys)), "\n") {
		if f := strings.Fields(line); len(f) > 0 && len(f[len(f)-1]) > 30 {
			out[fmt.Sprint("sealing key ", i)] = f[len(f)-1]
		}
	}
	return out
}

// crowds adds a webhook and an account, and an official whose key it returns.
func (x *troubled) crowds(p *program) string {
	x.Helper()
	for name, to := range map[channels.Name]string{channels.Discord: x.far.discord.Add(), channels.Mastodon: x.far.mastodon.Add("crowd")} {
		x.ok(p.desk.Outlet(x.Context(), x.ada, subscribers.Outlet{Name: string(name), List: subscribers.Live, Langs: []string{"en"},
			Areas: x.ada.Agency.Jurisdiction}, name, subscribers.NewDestination(to)))
		x.set(string(name)+".to", to)
	}
	key, err := p.desk.AddOfficial(x.Context(), officials.Official{ID: "carl", Agency: "ct", Name: "Carl", Roles: officials.Roles})
	x.ok(err)
	return key.Reveal()
}

// quoting has the far sides refuse, and quote in their answers what is nobody's business.
func (x *troubled) quoting(secrets map[string]string) {
	x.Helper()
	hook, err := os.ReadFile(filepath.Join(x.dir, "discord.to"))
	x.ok(err)
	account, err := os.ReadFile(filepath.Join(x.dir, "mastodon.to"))
	x.ok(err)
	var to struct{ Token string }
	x.ok(json.Unmarshal(account, &to))
	secrets["webhook's token"] = string(hook[bytes.LastIndexByte(hook, '/')+1:])
	secrets["account's token"] = to.Token
	x.far.mail.For("resident0@example.org", mailtest.Answer{Code: 550, Status: smtp.NoEnhancedCode,
		Text: "no <resident0@example.org> here\r\n550 forged line"})
	x.far.push.Script(0, pushtest.Answer{Status: 400})
	quote := fmt.Sprintf("{\"error\": \"%s %s\", \"message\": \"%[1]s\", \"code\": 50035}", secrets["webhook's token"], to.Token)
	x.far.discord.Next(string(hook), discordtest.Answer{Status: 400, Header: map[string]string{"Content-Type": "application/json"}, Body: quote})
	x.far.mastodon.Next(mastodontest.Answer{Status: 422, Header: map[string]string{"Content-Type": "application/json"}, Body: quote})
}

// settled waits until nobody waits any more.
func (x *troubled) settled(p *program) {
	x.Helper()
	for end := time.Now().Add(20 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		s, err := p.desk.Status(x.Context(), x.ada, x.outage)
		x.ok(err)
		waiting, targeted := 0, 0
		for _, f := range s.Figures {
			waiting, targeted = waiting+f.Waiting, targeted+f.Targeted
		}
		if targeted > 0 && waiting == 0 {
			return
		}
		if time.Now().After(end) {
			x.Fatalf("got %+v for %+v, want nobody waiting", s.Figures, s.Reasons)
		}
	}
}

func get(t *testing.T, url string) string {
	t.Helper()
	res, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprint(res.Header, string(body))
}

func asJSON(t *testing.T, v any) string {
	t.Helper()
	out, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

// What a far side says may stand in the log, and is one value of one line there.
func TestAFarSideCannotForgeALineOfTheLog(t *testing.T) {
	var logs bytes.Buffer
	log := slog.New(slog.NewTextHandler(&logs, nil))
	log.Error("no batch could be leased", "why", "a\nlevel=INFO msg=\"all is well\"\x1b[2J")
	if got := strings.Count(logs.String(), "\n"); got != 1 || strings.Contains(logs.String(), "\x1b") {
		t.Errorf("got %q, want one line without control characters", logs.String())
	}
}

func listenAt(t *testing.T, address string) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// A secret that was typed where only its place should stand does not go into the journal by the complaint
// about it.
func TestAComplaintAboutTheConfigurationHidesWhatMayBeASecret(t *testing.T) {
	for _, text := range []string{"[[email.relay]]\npasswrod = \"hunter2\"\n", "drill_key = hunter2\n", "[push]\nprivate_key = \"hunter2\n",
		"[push]\nprivate_key = [\"hunter2\"]\n"} {
		file := filepath.Join(t.TempDir(), "callbox.toml")
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := loadConfig(file); err == nil || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%q: got %v, want a complaint without the value", text, err)
		}
	}
}
