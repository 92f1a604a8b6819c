package email_test

import (
	"bytes"
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/emersion/go-msgauth/dkim"

	"callbox/channels/email"
	"callbox/channels/email/mailtest"
)

// signers are keys of both kinds; making an RSA key takes long.
var signers = sync.OnceValue(func() []email.DKIM {
	_, edwards, err := ed25519.GenerateKey(rand.Reader)
	rsaKey, rsaErr := rsa.GenerateKey(rand.Reader, 2048)
	if err := errors.Join(err, rsaErr); err != nil {
		panic(err)
	}
	return []email.DKIM{{Domain: "example.gov", Selector: "e2026", Key: edwards}, {Domain: "alerts.example.gov", Selector: "r2026", Key: rsaKey}}
})

// lookup answers as the DNS with the records of keys.
func lookup(t testing.TB, keys []email.DKIM) func(string) ([]string, error) {
	t.Helper()
	records := map[string]string{}
	for _, k := range keys {
		name, text, err := k.Record()
		if err != nil {
			t.Fatal(err)
		}
		records[name] = text
	}
	return func(name string) ([]string, error) {
		if text, ok := records[strings.TrimSuffix(name, ".")]; ok {
			return []string{text}, nil
		}
		return nil, errors.New("no such record")
	}
}

// verified checks every signature of a mail and returns the domains of those that hold.
func verified(t testing.TB, raw []byte, keys []email.DKIM) (domains []string, covered []string) {
	t.Helper()
	found, err := dkim.VerifyWithOptions(bytes.NewReader(raw), &dkim.VerifyOptions{LookupTXT: lookup(t, keys)})
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range found {
		if v.Err == nil {
			domains = append(domains, v.Domain)
			covered = v.HeaderKeys
		}
	}
	slices.Sort(domains)
	return domains, covered
}

// A mail is made of spliced pieces; what arrives must verify for each reader, the fields of RFC 8058
// included.
func TestEveryMailThatArrivesIsSigned(t *testing.T) {
	server := serve(t, mailtest.Options{Keep: true})
	cfg := settings(relayTo(server, email.Insecure))
	cfg.DKIM = signers()
	c := open(t, cfg)
	for _, key := range []string{"a.1.1", "a.1.2"} {
		if _, err := c.Send(t.Context(), message(key)); err != nil {
			t.Fatal(err)
		}
	}
	letter := email.Letter{To: resident, Lang: "es", Subject: "¿Confirma?", Paragraphs: []string{"Sí."}, Action: "Abrir", Link: "https://alerts.example.gov/confirm/x"}
	if err := c.Write(t.Context(), letter); err != nil {
		t.Fatal(err)
	}
	mails := server.Mails()
	for i, m := range mails {
		domains, covered := verified(t, m.Data, cfg.DKIM)
		if strings.Join(domains, " ") != "alerts.example.gov example.gov" {
			t.Errorf("mail %d: signatures of %q hold, want both", i, domains)
		}
		for _, field := range []string{"From", "Subject", "List-Unsubscribe", "List-Unsubscribe-Post", "Content-Type"} {
			if !slices.Contains(covered, field) {
				t.Errorf("mail %d: %s is not covered", i, field)
			}
		}
	}
	if len(mails) != 3 {
		t.Fatalf("%d mails, want 3", len(mails))
	}
	for what, change := range map[string][2]string{
		"another way to leave": {"List-Unsubscribe-Post: ", "List-Unsubscribe-Post: x"},
		"another sender":       {"From: ", "From: x"},
		"another number":       {"555", "556"},
		"a second subject":     {"Subject: ", "Subject: other\r\nSubject: "},
	} {
		changed := bytes.Replace(mails[0].Data, []byte(change[0]), []byte(change[1]), 1)
		if bytes.Equal(changed, mails[0].Data) {
			t.Errorf("%s: the mail holds no %q", what, change[0])
		}
		if domains, _ := verified(t, changed, cfg.DKIM); len(domains) != 0 {
			t.Errorf("%s: signatures of %q still hold", what, domains)
		}
	}
}

func TestAKeyThatCannotSignIsRefused(t *testing.T) {
	short, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	file := func(key any, err error) []byte {
		der, err2 := x509.MarshalPKCS8PrivateKey(key)
		if err := errors.Join(err, err2); err != nil {
			t.Fatal(err)
		}
		return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
	}
	for what, text := range map[string][]byte{"a short key": file(short, nil), "nothing": nil, "no key": []byte("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n")} {
		if _, err := email.ParseDKIMKey(text); err == nil {
			t.Errorf("%s is taken for a key", what)
		}
	}
	for _, s := range signers() {
		k, err := email.ParseDKIMKey(file(s.Key, nil))
		if err != nil || !k.Public().(interface{ Equal(crypto.PublicKey) bool }).Equal(s.Key.Public()) {
			t.Errorf("a good key is read as another one: %v", err)
		}
	}
	good := signers()[0]
	for want, change := range map[string]func(*email.DKIM){
		"dkim[0].domain":   func(d *email.DKIM) { d.Domain = "example.org" },
		"dkim[0].selector": func(d *email.DKIM) { d.Selector = "" },
		"dkim[0].key":      func(d *email.DKIM) { d.Key = nil },
	} {
		cfg := settings(email.Relay{Host: "localhost", TLS: email.Insecure})
		bad := good
		change(&bad)
		cfg.DKIM = []email.DKIM{bad}
		if _, err := email.New(cfg); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %s to be named", err, want)
		}
	}
}
