//go:build interop

package interop_test

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"callbox/channels/email"
	"callbox/channels/email/mailtest"
)

// What we sign holds for a verifier of another author, and what was changed on the way does not.
func TestDkimpyVerifiesWhatWeSign(t *testing.T) {
	server, err := mailtest.Start(mailtest.Options{Keep: true})
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	_, edwards, err := ed25519.GenerateKey(rand.Reader)
	rsaKey, rsaErr := rsa.GenerateKey(rand.Reader, 2048)
	if err := errors.Join(err, rsaErr); err != nil {
		t.Fatal(err)
	}
	keys := []email.DKIM{{Domain: "alerts.example.gov", Selector: "e1", Key: edwards}, {Domain: "example.gov", Selector: "r1", Key: rsaKey}}
	ch, err := email.New(email.Config{From: "alerts@alerts.example.gov", DKIM: keys,
		Relays: []email.Relay{{Host: server.Host(), Port: server.Port(), TLS: email.Insecure}}})
	if err != nil {
		t.Fatal(err)
	}
	defer ch.Close()
	for _, m := range letters(2) {
		if _, err := ch.Send(t.Context(), m); err != nil {
			t.Fatal(err)
		}
	}
	args := []string{filepath.Join("testdata", "dkim", "verify.py")}
	for _, k := range keys {
		name, text, err := k.Record()
		if err != nil {
			t.Fatal(err)
		}
		args = append(args, name, text)
	}
	verify := func(raw []byte) string {
		cmd := exec.Command("/usr/bin/python3", args...)
		cmd.Stdin = bytes.NewReader(raw)
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("dkimpy (make interop-tools installs it): %v", err)
		}
		return strings.Join(strings.Fields(string(out)), " ")
	}
	for i, mail := range server.Mails() {
		if got := verify(mail.Data); got != "good good" {
			t.Errorf("mail %d: %q, want two good signatures", i, got)
		}
		changed := bytes.Replace(mail.Data, []byte("List-Unsubscribe: <"), []byte("List-Unsubscribe: <x"), 1)
		if got := verify(changed); got != "bad bad" {
			t.Errorf("mail %d with another link to leave: %q, want two bad signatures", i, got)
		}
	}
}
