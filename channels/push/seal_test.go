package push

import (
	"bytes"
	"testing"
	"time"
)

// webpush-go appends a delimiter and padding to the message it is given, and would write them into
// whatever lies behind it in memory.
func TestSealingLeavesTheMemoryBehindThePayload(t *testing.T) {
	public, private, err := GenerateKeys()
	if err != nil {
		t.Fatal(err)
	}
	pair, err := parseKeys(public, private)
	if err != nil {
		t.Fatal(err)
	}
	to := subscription{
		endpoint: "https://push.example.net/x", origin: "https://push.example.net", auth: make([]byte, authSize),
	}
	if to.key, err = pair.private.PublicKey.ECDH(); err != nil {
		t.Fatal(err)
	}
	for name, e := range map[string]engine{
		"library": &library{keys: pair, subject: "ops@example.org"},
		"native":  &native{signer: signer{keys: pair, subject: "ops@example.org", now: time.Now}},
	} {
		memory := bytes.Repeat([]byte("Z"), 2000)
		copy(memory, "payload")
		want := bytes.Clone(memory)
		req, err := e.request(t.Context(), push{to: to, payload: memory[:7], size: 512, topic: "t", ttl: 60})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if !bytes.Equal(memory, want) {
			t.Errorf("%s: sealing changed the memory behind the payload", name)
		}
		if req.ContentLength != 512 {
			t.Errorf("%s: the body has %d bytes, want 512", name, req.ContentLength)
		}
	}
}
