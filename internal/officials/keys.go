package officials

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base32"
	"fmt"
	"hash/crc32"
	"strings"
	"time"

	"callbox/outages"
)

// Key is a bearer key: a person's, or a machine's that is bound to one mode and can only propose.
// The secret is shown once and never stored.
type Key struct {
	ID       string       `json:"id"`
	Agency   string       `json:"agency"`
	Official string       `json:"official,omitempty"` // empty for a machine
	Name     string       `json:"name"`
	Mode     outages.Mode `json:"mode,omitempty"` // machines only
	Scopes   []Role       `json:"scopes,omitempty"`
	Created  time.Time    `json:"created"`
	Expires  time.Time    `json:"expires,omitzero"`
}

// Secret is the full text of a key. It never prints itself.
type Secret string

func (Secret) String() string   { return "cbx_…" }
func (Secret) GoString() string { return "cbx_…" }

// MarshalText keeps the secret out of logs and JSON.
func (Secret) MarshalText() ([]byte, error) { return []byte("cbx_…"), nil }

// Reveal returns the text, for the one time it is shown.
func (s Secret) Reveal() string { return string(s) }

var lower = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// NewSecret makes the secret of a new key: "cbx_", the key's ID, 256 random bits and a checksum, so
// that leaks can be scanned for. It returns the key's ID and the hash to store.
func NewSecret() (id string, s Secret, hash []byte) {
	raw := make([]byte, 5+32)
	rand.Read(raw)
	id = lower.EncodeToString(raw[:5])
	body := id + "_" + lower.EncodeToString(raw[5:])
	s = Secret(fmt.Sprintf("cbx_%s_%08x", body, crc32.ChecksumIEEE([]byte(body))))
	return id, s, hashOf(s)
}

// ReadSecret returns the ID inside a secret, or ErrUnknown for a text that is no key at all.
func ReadSecret(s Secret) (id string, hash []byte, err error) {
	f := strings.Split(string(s), "_")
	if len(f) != 4 || f[0] != "cbx" {
		return "", nil, ErrUnknown
	}
	if fmt.Sprintf("%08x", crc32.ChecksumIEEE([]byte(f[1]+"_"+f[2]))) != f[3] {
		return "", nil, ErrUnknown
	}
	return f[1], hashOf(s), nil
}

// SameHash compares two hashes in constant time.
func SameHash(a, b []byte) bool { return subtle.ConstantTimeCompare(a, b) == 1 }

func hashOf(s Secret) []byte {
	h := sha256.Sum256([]byte(s))
	return h[:]
}
