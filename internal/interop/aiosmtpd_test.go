//go:build interop

package interop_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"math/big"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"callbox/channels"
	"callbox/channels/channeltest"
	"callbox/channels/email"
	"callbox/outages"
)

// aiosmtpd is a mail server in Python, whose e-mail library reads what it gets.
type aiosmtpd struct {
	peer  *peer
	relay email.Relay
}

// understood is a mail as Python reads it.
type understood struct {
	MailFrom      string            `json:"mail_from"`
	Recipients    []string          `json:"recipients"`
	TLS           bool              `json:"tls"`
	Authenticated bool              `json:"authenticated"`
	Subject       string            `json:"subject"`
	Headers       map[string]string `json:"headers"`
	Type          string            `json:"type"`
	Parts         []struct {
		Type string `json:"type"`
		Text string `json:"text"`
	} `json:"parts"`
	Defects     []string `json:"defects"`
	LongestLine int      `json:"longest_line"`
}

// startAiosmtpd starts a server; with arguments, see its file, one that requires TLS and a sign-in.
func startAiosmtpd(t *testing.T, args ...string) *aiosmtpd {
	t.Helper()
	script := filepath.Join("testdata", "aiosmtpd", "peer.py")
	p := startPeer(t, exec.Command("/usr/bin/python3", append([]string{"-u", script}, args...)...))
	port, err := strconv.Atoi(p.line(t))
	if err != nil {
		t.Fatalf("the first line of aiosmtpd is not its port: %v", err)
	}
	return &aiosmtpd{peer: p, relay: email.Relay{Host: "127.0.0.1", Port: port, TLS: email.Insecure}}
}

// next is the next mail that the server took.
func (a *aiosmtpd) next(t *testing.T) understood {
	t.Helper()
	var m understood
	if err := json.Unmarshal([]byte(a.peer.line(t)), &m); err != nil {
		t.Fatal(err)
	}
	return m
}

func TestPythonReadsAMailAsItWasMeant(t *testing.T) {
	server := startAiosmtpd(t)
	ch := mailer(t, server.relay)
	for _, s := range []channeltest.Sample{
		{}, {Towns: 6, Kind: outages.Update, Seq: 2}, {Mode: outages.Drill}, {Kind: outages.AllClear, Seq: 3},
	} {
		m := fresh(s)
		m.To = "j.morales@example.net"
		t.Run(m.Texts[0].Title, func(t *testing.T) {
			if _, err := ch.Send(t.Context(), m); err != nil {
				t.Fatalf("Send: %v", err)
			}
			got := server.next(t)
			checkForm(t, got)
			checkHeaders(t, got, m)
			checkWords(t, got, m)
		})
	}
}

// checkForm checks what holds for every mail.
func checkForm(t *testing.T, got understood) {
	t.Helper()
	if len(got.Defects) > 0 {
		t.Errorf("Python finds defects: %q", got.Defects)
	}
	if got.LongestLine > 78 {
		t.Errorf("the longest line has %d bytes, want at most 78 (RFC 5322 section 2.1.1)", got.LongestLine)
	}
	var types []string
	for _, p := range got.Parts {
		types = append(types, p.Type)
	}
	if want := []string{"text/plain", "text/html"}; got.Type != "multipart/alternative" || !slices.Equal(types, want) {
		t.Errorf("the mail is %s of %q, want multipart/alternative of %q", got.Type, types, want)
	}
	if len(got.Recipients) != 1 || !strings.HasPrefix(got.MailFrom, "bounces+") {
		t.Errorf("from %q to %d people, want from a return path of its own to one", got.MailFrom, len(got.Recipients))
	}
}

func checkHeaders(t *testing.T, got understood, m channels.Message) {
	t.Helper()
	for name, want := range map[string]string{
		"To":                    m.To,
		"From":                  m.Bulletin.Facts.Speaker.Name + " <alerts@alerts.example.gov>",
		"Auto-Submitted":        "auto-generated",
		"List-Unsubscribe":      "<" + m.Leave + ">",
		"List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
		"Content-Language":      "en, es",
	} {
		if got.Headers[name] != want {
			t.Errorf("%s is %q, want %q", name, got.Headers[name], want)
		}
	}
	root := got.Headers["References"]
	if root == "" || root != got.Headers["In-Reply-To"] || root == got.Headers["Message-ID"] {
		t.Errorf("References %q, In-Reply-To %q, Message-ID %q: want the first two to name the outage's root",
			root, got.Headers["In-Reply-To"], got.Headers["Message-ID"])
	}
	if date, err := time.Parse(time.RFC1123Z, got.Headers["Date"]); err != nil || !date.Equal(m.Bulletin.Issued) {
		t.Errorf("Date is %q, want when the bulletin was issued, %v", got.Headers["Date"], m.Bulletin.Issued)
	}
}

// checkWords checks that every sentence and number reaches the reader, in both languages.
func checkWords(t *testing.T, got understood, m channels.Message) {
	t.Helper()
	if !strings.HasPrefix(got.Subject, m.Texts[0].Title) {
		t.Errorf("Subject is %q, want it to begin with %q", got.Subject, m.Texts[0].Title)
	}
	plain, rich := got.Parts[0].Text, got.Parts[1].Text
	for _, text := range m.Texts {
		if !strings.Contains(rich, `lang="`+string(text.Lang)+`"`) {
			t.Errorf("no part of the HTML is marked as %q", text.Lang)
		}
		clauses := append(slices.Clone(text.Opening), text.Closing...)
		for _, part := range text.Parts {
			clauses = append(clauses, part.Clauses...)
			for _, n := range part.Numbers {
				if !strings.Contains(rich, `href="tel:`+string(n.Tel)+`"`) {
					t.Errorf("the HTML does not dial the number of %s", n.Area)
				}
			}
		}
		for _, c := range clauses {
			if !strings.Contains(plain, c.Text) {
				t.Errorf("the plain text lacks %q", c.Text)
			}
		}
	}
}

// Promise 7.
func TestEachRecipientOfAiosmtpdHasItsOwnAnswer(t *testing.T) {
	server := startAiosmtpd(t)
	ch := mailer(t, server.relay)
	for _, c := range []struct {
		to   string
		want channels.Verdict
	}{
		{"gone.away@example.net", channels.Gone},
		{"full.box@example.net", channels.Refused},
		{"later@example.net", channels.Later},
	} {
		m := letters(1)[0]
		m.To = c.to
		_, err := ch.Send(t.Context(), m)
		if got, _ := channels.VerdictOf(err); err == nil || got != c.want {
			t.Errorf("Send to %s: %v, want %v", c.to, err, c.want)
		}
		if err != nil && strings.Contains(err.Error(), c.to) {
			t.Errorf("the error names the address: %v", err)
		}
	}
	m := letters(1)[0]
	if _, err := ch.Send(t.Context(), m); err != nil {
		t.Errorf("Send after refusals: %v", err)
	}
	if got := server.next(t); !slices.Equal(got.Recipients, []string{m.To}) {
		t.Errorf("the first mail taken is to %q, want %q", got.Recipients, m.To)
	}
}

func TestAiosmtpdTakesAMailOnlyThroughTLSAndSignedIn(t *testing.T) {
	const user, password = "callbox", "correct horse"
	dir := t.TempDir()
	roots := certify(t, dir)
	server := startAiosmtpd(t, filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem"), user, password)
	secure := email.Relay{Host: "127.0.0.1", Port: server.relay.Port, TLS: email.STARTTLS, User: user, Password: password}

	wrong := secure
	wrong.Password = "wrong horse"
	none := secure
	none.User, none.Password = "", ""
	for name, c := range map[string]struct {
		roots *x509.CertPool
		relay email.Relay
		want  channels.Verdict
	}{
		"a wrong password":                {roots, wrong, channels.Broken},
		"no sign-in":                      {roots, none, channels.Broken},
		"a certificate of somebody else":  {nil, secure, channels.Broken},
		"no TLS where the server asks it": {roots, server.relay, channels.Broken},
	} {
		_, err := mailerTrusting(t, c.roots, c.relay).Send(t.Context(), letters(1)[0])
		if got, _ := channels.VerdictOf(err); err == nil || got != c.want {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
		if err != nil && strings.Contains(err.Error(), "horse") {
			t.Errorf("%s: the error names the password: %v", name, err)
		}
	}

	if _, err := mailerTrusting(t, roots, secure).Send(t.Context(), letters(1)[0]); err != nil {
		t.Fatalf("Send: %v", err)
	}
	if got := server.next(t); !got.TLS || !got.Authenticated {
		t.Errorf("the first mail came with TLS %v, signed in %v; want both", got.TLS, got.Authenticated)
	}
}

// certify writes a certificate for 127.0.0.1 and its key to a folder, and returns who vouches for it.
func certify(t *testing.T, dir string) *x509.CertPool {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	form := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	der, certErr := x509.CreateCertificate(rand.Reader, form, form, key.Public(), key)
	pkcs8, keyErr := x509.MarshalPKCS8PrivateKey(key)
	cert, parseErr := x509.ParseCertificate(der)
	if err := errors.Join(err, certErr, keyErr, parseErr); err != nil {
		t.Fatal(err)
	}
	for name, block := range map[string]*pem.Block{
		"cert.pem": {Type: "CERTIFICATE", Bytes: der},
		"key.pem":  {Type: "PRIVATE KEY", Bytes: pkcs8},
	} {
		if err := os.WriteFile(filepath.Join(dir, name), pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	roots := x509.NewCertPool()
	roots.AddCert(cert)
	return roots
}
