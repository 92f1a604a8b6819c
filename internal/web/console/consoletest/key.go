package consoletest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"net/url"
	"testing"

	"callbox/internal/desk/door"
)

// Key is an authenticator in software with one passkey (WebAuthn Level 3, section 6), for tests without a browser.
type Key struct {
	// Unverified leaves out that the user was verified.
	Unverified bool
	// Origin is where the browser says that the answer was given.
	Origin string

	t       testing.TB
	host    string
	id      []byte
	private *ecdsa.PrivateKey
	handle  string // of its user, base64url
	count   uint32
}

// NewKey returns an authenticator for the site at an origin.
func NewKey(t testing.TB, origin string) *Key {
	t.Helper()
	u, err := url.Parse(origin)
	if err != nil {
		t.Fatal(err)
	}
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	id := make([]byte, 16)
	rand.Read(id)
	return &Key{t: t, Origin: origin, host: u.Hostname(), id: id, private: private}
}

var b64 = base64.RawURLEncoding

// The flags of authenticator data.
const (
	present  = 0x01
	verified = 0x04
	attested = 0x40
)

func (k *Key) authData(flags byte) []byte {
	if !k.Unverified {
		flags |= verified
	}
	sum := sha256.Sum256([]byte(k.host))
	k.count++
	return binary.BigEndian.AppendUint32(append(sum[:], flags|present), k.count)
}

// options are what a question holds, as far as an authenticator reads them.
type options struct {
	Challenge string `json:"challenge"`
	User      struct {
		ID string `json:"id"`
	} `json:"user"`
}

func (k *Key) read(q door.Question) options {
	k.t.Helper()
	var o options
	b, err := json.Marshal(q.Options)
	if err == nil {
		err = json.Unmarshal(b, &o)
	}
	if err != nil || o.Challenge == "" {
		k.t.Fatalf("the question has no challenge (%v)", err)
	}
	return o
}

func (k *Key) client(kind string, o options) []byte {
	b, err := json.Marshal(map[string]any{"type": kind, "challenge": o.Challenge, "origin": k.Origin, "crossOrigin": false})
	if err != nil {
		k.t.Fatal(err)
	}
	return b
}

func (k *Key) answer(q door.Question, response map[string]string) door.Answer {
	c, err := json.Marshal(map[string]any{"id": b64.EncodeToString(k.id), "rawId": b64.EncodeToString(k.id), "type": "public-key",
		"response": response, "clientExtensionResults": map[string]any{}})
	if err != nil {
		k.t.Fatal(err)
	}
	return door.Answer{State: q.State, Credential: c}
}

// Make makes the passkey.
func (k *Key) Make(q door.Question) door.Answer {
	k.t.Helper()
	o := k.read(q)
	k.handle = o.User.ID
	point, err := k.private.PublicKey.Bytes() // 4, x, y
	if err != nil {
		k.t.Fatal(err)
	}
	data := append(k.authData(attested), make([]byte, 16)...) // no AAGUID
	data = append(binary.BigEndian.AppendUint16(data, uint16(len(k.id))), k.id...)
	// COSE key (RFC 9053): EC2, ES256, P-256.
	data = append(append(data, 0xa5, 1, 2, 3, 0x26, 0x20, 1, 0x21, 0x58, 32), point[1:33]...)
	data = append(append(data, 0x22, 0x58, 32), point[33:]...)
	object := append([]byte("\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x58"), byte(len(data)))
	return k.answer(q, map[string]string{"clientDataJSON": b64.EncodeToString(k.client("webauthn.create", o)),
		"attestationObject": b64.EncodeToString(append(object, data...))})
}

// Answer signs a challenge with the passkey.
func (k *Key) Answer(q door.Question) door.Answer {
	k.t.Helper()
	client, data := k.client("webauthn.get", k.read(q)), k.authData(0)
	sum := sha256.Sum256(client)
	digest := sha256.Sum256(append(data[:len(data):len(data)], sum[:]...))
	signature, err := ecdsa.SignASN1(rand.Reader, k.private, digest[:])
	if err != nil {
		k.t.Fatal(err)
	}
	return k.answer(q, map[string]string{"clientDataJSON": b64.EncodeToString(client), "authenticatorData": b64.EncodeToString(data),
		"signature": b64.EncodeToString(signature), "userHandle": k.handle})
}

// Get is Answer as the field "touch" of a form.
func (k *Key) Get(q door.Question) string {
	k.t.Helper()
	b, err := json.Marshal(k.Answer(q))
	if err != nil {
		k.t.Fatal(err)
	}
	return string(b)
}
