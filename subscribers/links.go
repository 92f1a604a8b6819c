package subscribers

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"hash"
	"strings"
	"sync"
	"time"
)

// Purpose is the one thing that a link is good for. A link of one purpose is refused for every other:
// an unsubscribe link cannot read anything.
type Purpose string

// The purposes.
const (
	Confirm     Purpose = "confirm"
	Manage      Purpose = "manage"
	Unsubscribe Purpose = "unsubscribe"
	Approve     Purpose = "approve"
)

// Errors of [Links.Read].
var (
	ErrForged  = errors.New("this link is damaged or not for this page")
	ErrExpired = errors.New("this link has expired")
)

// Links makes and reads the tokens of links that need no sign-in. A token holds an ID and an expiry,
// signed with HMAC-SHA256 (128 bits kept) together with its purpose; nothing is stored. It may be used by
// many goroutines.
type Links struct {
	signers []*signer
}

// NewLinks makes links of the keys.
func NewLinks(k Keys) *Links {
	l := &Links{}
	for _, one := range k.links {
		l.signers = append(l.signers, newSigner(one))
	}
	if k.next != nil {
		l.signers = append(l.signers, newSigner(k.next.links))
	}
	return l
}

// signer is HMAC-SHA256 under one key. A mail carries a link of its own, so the state of the key is kept
// ready.
type signer struct {
	macs sync.Pool // of hash.Hash
}

func newSigner(k key) *signer {
	return &signer{sync.Pool{New: func() any { return hmac.New(sha256.New, k[:]) }}}
}

const (
	macSize  = 16
	maxToken = 64 // two varints of 10 bytes and the MAC make 48 characters
)

var tokenEncoding = base64.RawURLEncoding.Strict()

// Token makes the token of a link for one purpose and the ID of an address, or of what else the purpose
// is about. It is good up to and including expires, in whole seconds; a zero time never expires. The
// token has at most 48 characters that need no escaping in a URL.
func (l *Links) Token(p Purpose, id int64, expires time.Time) string {
	var until int64
	if !expires.IsZero() {
		until = max(expires.Unix(), 1)
	}
	claim := binary.AppendVarint(nil, id)
	claim = binary.AppendVarint(claim, until)
	return tokenEncoding.EncodeToString(append(claim, l.signers[0].sign(p, claim)...))
}

// Read returns the ID of a token. It returns ErrForged for a token that is damaged, of another
// installation or for another purpose, and ErrExpired, with the ID, for one whose time is over.
func (l *Links) Read(p Purpose, token string, now time.Time) (int64, error) {
	// The decoder skips line breaks, which would give one link many spellings.
	if len(token) > maxToken || strings.ContainsAny(token, "\r\n") {
		return 0, ErrForged
	}
	raw, err := tokenEncoding.DecodeString(token)
	if err != nil || len(raw) <= macSize {
		return 0, ErrForged
	}
	claim, mac := raw[:len(raw)-macSize], raw[len(raw)-macSize:]
	if !l.signed(p, claim, mac) {
		return 0, ErrForged
	}
	id, n := binary.Varint(claim)
	if n <= 0 {
		return 0, ErrForged
	}
	until, m := binary.Varint(claim[n:])
	if m <= 0 || n+m != len(claim) {
		return 0, ErrForged
	}
	if until != 0 && now.Unix() > until {
		return id, ErrExpired
	}
	return id, nil
}

func (l *Links) signed(p Purpose, claim, mac []byte) bool {
	for _, s := range l.signers {
		if hmac.Equal(mac, s.sign(p, claim)) {
			return true
		}
	}
	return false
}

func (s *signer) sign(p Purpose, claim []byte) []byte {
	mac := s.macs.Get().(hash.Hash)
	defer s.macs.Put(mac)
	mac.Reset()
	mac.Write([]byte("callbox link\x00" + string(p) + "\x00"))
	mac.Write(claim)
	return mac.Sum(nil)[:macSize]
}
