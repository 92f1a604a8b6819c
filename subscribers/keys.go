package subscribers

import (
	"bufio"
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"log/slog"
	"slices"
	"strings"
)

// KeySize is the length of every key in bytes: AES-256 and HMAC-SHA256.
const KeySize = 32

// key is one secret. Its ID is derived from it, so that a damaged line of a key file is noticed.
type key [KeySize]byte

func (k key) id() keyID {
	sum := sha256.Sum256(append([]byte("callbox key id\x00"), k[:]...))
	return keyID(sum[:])
}

type keyID [4]byte

// Keys are the secrets of an installation. They live outside the database; without them nobody can be
// reached any more, so a copy belongs in escrow. Printed or logged they show only their fingerprint.
type Keys struct {
	seal  []key // newest first: the first seals, all open
	index key   // never changes: the index of every stored destination hangs on it
	links []key // newest first: the first signs, all read
	next  *next // of a rotation that has begun; nil without one
}

// GenerateKeys makes new keys.
func GenerateKeys() Keys {
	return Keys{seal: []key{newKey()}, index: newKey(), links: []key{newKey()}}
}

func newKey() key {
	var k key
	_, _ = rand.Read(k[:]) // never fails (Go 1.24)
	return k
}

// Rotate returns keys with a new one in front for sealing and for links. What the old ones sealed or
// signed can still be read.
func (k Keys) Rotate() Keys {
	k.seal = append([]key{newKey()}, k.seal...)
	k.links = append([]key{newKey()}, k.links...)
	return k
}

const keyFileHead = `# Callbox keys. Whoever holds this file can read every stored address, and without it nobody can.
# Keep a copy in escrow, apart from the database and its backups. Newest first: use, ID, key.
`

// File returns the text of a key file: one line for each key with its use (seal, index, links; next-seal and
// next-links while a rotation has begun), its ID (8 hex digits) and the key (base64, RFC 4648 section 4).
func (k Keys) File() []byte {
	var b bytes.Buffer
	b.WriteString(keyFileHead)
	line := func(use string, k key) {
		id := k.id()
		fmt.Fprintf(&b, "%s %s %s\n", use, hex.EncodeToString(id[:]), base64.StdEncoding.EncodeToString(k[:]))
	}
	for _, s := range k.seal {
		line("seal", s)
	}
	line("index", k.index)
	for _, l := range k.links {
		line("links", l)
	}
	if k.next != nil {
		line("next-seal", k.next.seal)
		line("next-links", k.next.links)
	}
	return b.Bytes()
}

// ParseKeys reads the text of a key file. Its errors name the line and never show a key.
func ParseKeys(file []byte) (Keys, error) {
	var keys Keys
	var index, nextSeal, nextLinks []key
	lines := bufio.NewScanner(bytes.NewReader(file))
	for n := 1; lines.Scan(); n++ {
		text := strings.TrimSpace(lines.Text())
		if text == "" || strings.HasPrefix(text, "#") {
			continue
		}
		use, k, err := parseKey(text)
		if err != nil {
			return Keys{}, fmt.Errorf("key file, line %d: %w", n, err)
		}
		switch use {
		case "seal":
			keys.seal = append(keys.seal, k)
		case "index":
			index = append(index, k)
		case "links":
			keys.links = append(keys.links, k)
		case "next-seal":
			nextSeal = append(nextSeal, k)
		case "next-links":
			nextLinks = append(nextLinks, k)
		default:
			return Keys{}, fmt.Errorf("key file, line %d: the use of a key is seal, index, links, next-seal or next-links", n)
		}
	}
	if err := lines.Err(); err != nil {
		return Keys{}, fmt.Errorf("key file: %w", err)
	}
	if len(keys.seal) == 0 || len(index) != 1 || len(keys.links) == 0 {
		return Keys{}, fmt.Errorf("key file: has %d seal, %d index and %d links keys; needs one or more, one, one or more",
			len(keys.seal), len(index), len(keys.links))
	}
	keys.index = index[0]
	if len(nextSeal) != len(nextLinks) || len(nextSeal) > 1 {
		return Keys{}, fmt.Errorf("key file: has %d next-seal and %d next-links keys; needs one of each, or none", len(nextSeal), len(nextLinks))
	}
	if len(nextSeal) == 1 {
		keys.next = &next{nextSeal[0], nextLinks[0]}
	}
	return keys, nil
}

func parseKey(line string) (use string, k key, err error) {
	fields := strings.Fields(line)
	if len(fields) != 3 {
		return "", k, fmt.Errorf("a line has a use, an ID and a key, not %d fields", len(fields))
	}
	raw, err := base64.StdEncoding.Strict().DecodeString(fields[2])
	if err != nil || len(raw) != KeySize {
		return "", k, fmt.Errorf("the key is not %d bytes in base64", KeySize)
	}
	k = key(raw)
	if id := k.id(); hex.EncodeToString(id[:]) != fields[1] {
		return "", key{}, fmt.Errorf("the key does not belong to its ID: the line is damaged")
	}
	return fields[0], k, nil
}

// Fingerprint returns a short hash of all keys, "3f2a-91bc-07de-55a0", to compare with the copy in
// escrow. It tells nothing of the keys and changes with every step of a rotation.
func (k Keys) Fingerprint() string {
	h := sha256.New()
	h.Write([]byte("callbox key fingerprint"))
	uses := [][]key{k.seal, {k.index}, k.links}
	if k.next != nil {
		uses = append(uses, []key{k.next.seal, k.next.links})
	}
	for use, keys := range uses {
		for _, one := range keys {
			h.Write([]byte{byte(use)})
			h.Write(one[:])
		}
	}
	var groups []string
	for pair := range slices.Chunk(h.Sum(nil)[:8], 2) {
		groups = append(groups, hex.EncodeToString(pair))
	}
	return strings.Join(groups, "-")
}

// String shows the fingerprint only.
func (k Keys) String() string { return "keys " + k.Fingerprint() }

// Format shows the fingerprint only, to every verb of fmt.
func (k Keys) Format(s fmt.State, _ rune) { _, _ = s.Write([]byte(k.String())) }

// LogValue shows the fingerprint only.
func (k Keys) LogValue() slog.Value { return slog.StringValue(k.String()) }

// MarshalText shows the fingerprint only.
func (k Keys) MarshalText() ([]byte, error) { return []byte(k.String()), nil }
