package main

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/emersion/go-smtp"

	"callbox/areas"
	"callbox/channels"
	"callbox/channels/email/mailtest"
	"callbox/internal/store"
	"callbox/subscribers"
)

// postOffice is a program whose mail is signed, and whose bounces come to a socket.
func postOffice(t *testing.T) (p *program, relay *mailtest.Server) {
	t.Helper()
	dir := t.TempDir()
	relay, err := mailtest.Start(mailtest.Options{Keep: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = relay.Close() })
	_, key, err := ed25519.GenerateKey(rand.Reader)
	der, derErr := x509.MarshalPKCS8PrivateKey(key)
	if err := errors.Join(err, derErr,
		os.WriteFile(filepath.Join(dir, "callbox.keys"), subscribers.GenerateKeys().File(), 0o600),
		os.WriteFile(filepath.Join(dir, "dkim.key"), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), 0o600),
		os.WriteFile(filepath.Join(dir, "bounce.key"), []byte("sixteen bytes and more"), 0o600),
		os.WriteFile(filepath.Join(dir, "callbox.toml"), fmt.Appendf(nil, `
trusted_proxies = ["10.0.0.0/8", "192.0.2.7"]
[email]
from           = "alerts@alerts.example.gov"
return_path    = "bounces+*@bounce.example.gov"
bounce_key     = "file:bounce.key"
bounces_listen = "unix:bounces.sock"
[[email.dkim]]
domain   = "example.gov"
selector = "callbox"
key      = "file:dkim.key"
[[email.relay]]
host = "127.0.0.1"
port = %d
tls  = "insecure"
`, relay.Port()), 0o600)); err != nil {
		t.Fatal(err)
	}
	c, err := loadConfig(filepath.Join(dir, "callbox.toml"))
	if err != nil {
		t.Fatal(err)
	}
	if len(c.proxies) != 2 || c.proxies[1].String() != "192.0.2.7/32" {
		t.Errorf("trusted proxies: %v, want the network and the address", c.proxies)
	}
	if p, err = open(t.Context(), c, farSides{}, slog.New(slog.DiscardHandler)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.close(); err != nil {
			t.Error(err)
		}
	})
	return p, relay
}

// A complaint of a mail provider ends the mails, from the socket to the roll, also one about a letter; and
// mails leave signed.
func TestMailIsSignedAndAComplaintIsHeard(t *testing.T) {
	p, relay := postOffice(t)
	var serving sync.WaitGroup
	ctx, stop := context.WithCancel(t.Context())
	defer serving.Wait()
	defer stop()
	if err := p.serveReturned(ctx, serving.Go); err != nil {
		t.Fatal(err)
	}
	out, err := p.store.Enrol(t.Context(), store.Registration{List: subscribers.Live, Langs: []string{"en"}, Places: []areas.Place{{ZIP: "06107"}},
		Areas: []areas.ID{"0911082590"}, Channel: channels.Email, Destination: subscribers.NewDestination("pat@example.org"), Active: true})
	if err != nil {
		t.Fatal(err)
	}
	if err := p.desk.AskToManage(t.Context(), "pat@example.org"); err != nil {
		t.Fatal(err)
	}
	if _, err := p.desk.WriteLetters(t.Context()); err != nil {
		t.Fatal(err)
	}
	mails := relay.Mails()
	if len(mails) != 1 || !bytes.HasPrefix(mails[0].Data, []byte("DKIM-Signature:")) || !strings.HasPrefix(mails[0].From, "bounces+") {
		t.Fatalf("%d mails, want a signed one with a return path of its own", len(mails))
	}
	report := strings.ReplaceAll("MIME-Version: 1.0\nContent-Type: multipart/report; report-type=feedback-report; boundary=b\n\n"+
		"--b\nContent-Type: message/feedback-report\n\nFeedback-Type: abuse\nOriginal-Mail-From: <"+mails[0].From+">\n\n--b--\n", "\n", "\r\n")
	conn, err := net.Dial("unix", filepath.Join(p.cfg.dir, "bounces.sock"))
	if err != nil {
		t.Fatal(err)
	}
	c := smtp.NewClientLMTP(conn)
	defer c.Close()
	if err := c.SendMail("", []string{"complaints@bounce.example.gov"}, strings.NewReader(report)); err != nil {
		t.Fatal(err)
	}
	if _, err := p.store.SubscriberAt(t.Context(), out[0].Address); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("after the complaint the address stands: %v", err)
	}
}

func TestAMachineWithoutProxiesTrustsItselfOnly(t *testing.T) {
	c := config{}
	if err := c.checkProxies(); err != nil || !slices.Equal(c.TrustedProxies, []string{"127.0.0.0/8", "::1"}) {
		t.Errorf("none named: %v, %v; want the machine itself", c.TrustedProxies, err)
	}
	for _, bad := range []string{"10.0.0.0/33", "proxy.example.org", ""} {
		c := config{TrustedProxies: []string{bad}}
		if err := c.checkProxies(); err == nil || !strings.Contains(err.Error(), "trusted_proxies") {
			t.Errorf("%q: %v, want an error that names the setting", bad, err)
		}
	}
}
