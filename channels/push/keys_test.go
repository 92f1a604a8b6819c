package push_test

import (
	"encoding/json"
	"strings"
	"testing"

	"callbox/channels/push"
)

func unmarshal(t testing.TB, text string, into any) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), into); err != nil {
		t.Fatalf("not JSON: %v", err)
	}
}

func TestAChannelStartsOnlyWithKeysThatServe(t *testing.T) {
	otherPublic, otherPrivate, err := push.GenerateKeys()
	if err != nil {
		t.Fatal(err)
	}
	good := push.Config{PublicKey: keys.public, PrivateKey: keys.private, Subject: "ops@example.org"}
	tests := []struct {
		name   string
		change func(c *push.Config)
		want   string // empty where it starts
	}{
		{"as it is", func(*push.Config) {}, ""},
		{"padded keys", func(c *push.Config) { c.PublicKey += "="; c.PrivateKey += "=" }, ""},
		{"a subject with mailto:", func(c *push.Config) { c.Subject = "mailto:ops@example.org" }, ""},
		{"a subject that is a page", func(c *push.Config) { c.Subject = "https://example.org/contact" }, ""},
		{"the native engine", func(c *push.Config) { c.Engine = push.Native }, ""},

		{"another's public key", func(c *push.Config) { c.PublicKey = otherPublic }, "does not belong"},
		{"another's private key", func(c *push.Config) { c.PrivateKey = otherPrivate }, "does not belong"},
		{"no keys", func(c *push.Config) { c.PublicKey, c.PrivateKey = "", "" }, "private VAPID key"},
		{"a key of zeros", func(c *push.Config) { c.PrivateKey = strings.Repeat("A", 43) }, "private VAPID key"},
		{"keys exchanged", func(c *push.Config) { c.PublicKey, c.PrivateKey = c.PrivateKey, c.PublicKey }, "private VAPID key"},
		{"no subject", func(c *push.Config) { c.Subject = "" }, "push subject"},
		{"mailto: twice", func(c *push.Config) { c.Subject = "mailto:mailto:ops@example.org" }, "push subject"},
		{"a subject on this machine", func(c *push.Config) { c.Subject = "root@localhost" }, "push subject"},
		{"a subject of a private domain", func(c *push.Config) { c.Subject = "https://box.local" }, "push subject"},
		{"a subject by address", func(c *push.Config) { c.Subject = "https://192.0.2.1/" }, "push subject"},
		{"a plain http subject", func(c *push.Config) { c.Subject = "http://example.org" }, "push subject"},
		{"a subject with a name", func(c *push.Config) { c.Subject = "Ops <ops@example.org>" }, "push subject"},
		{"an unknown engine", func(c *push.Config) { c.Engine = "steam" }, "engine"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := good
			tt.change(&c)
			_, err := push.New(c)
			if tt.want == "" && err != nil {
				t.Fatalf("New: %v, want it to start", err)
			}
			if tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
				t.Fatalf("New says %v, want words with %q", err, tt.want)
			}
			if err != nil && c.PrivateKey != "" && strings.Contains(err.Error(), c.PrivateKey) {
				t.Error("the error shows the private key")
			}
		})
	}
}

func TestAKeyPairIsItsOwn(t *testing.T) {
	if err := push.CheckKeys(keys.public, keys.private); err != nil {
		t.Errorf("CheckKeys of a new pair: %v", err)
	}
	public, _, err := push.GenerateKeys()
	if err != nil {
		t.Fatal(err)
	}
	if public == keys.public {
		t.Error("two pairs are the same")
	}
	if len(public) != 87 {
		t.Errorf("the public key has %d characters, want 87 (65 bytes)", len(public))
	}
}
