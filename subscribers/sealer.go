package subscribers

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Errors of [Sealer.Open].
var (
	ErrUnknownKey = errors.New("sealed with a key that the key file does not hold")
	ErrBroken     = errors.New("the sealed destination is damaged or was sealed for another purpose")
)

// Sealer seals destinations for storage and opens them for sending. A sealed destination is
//
//	version (1 byte), key ID (4), nonce (12, random), AES-256-GCM ciphertext, tag (16)
//
// with the version, the key ID and the purpose as associated data. It may be used by many goroutines.
type Sealer struct {
	newest keyID
	aeads  map[keyID]cipher.AEAD
	index  key
}

const (
	sealVersion = 1
	sealHead    = 1 + len(keyID{})
	sealPurpose = "callbox destination"
)

// NewSealer makes a sealer of the keys. It panics on keys that neither GenerateKeys nor ParseKeys made.
func NewSealer(k Keys) *Sealer {
	s := &Sealer{newest: k.seal[0].id(), aeads: map[keyID]cipher.AEAD{}, index: k.index}
	all := slices.Clone(k.seal)
	if k.next != nil {
		all = append(all, k.next.seal)
	}
	for _, one := range all {
		block, err := aes.NewCipher(one[:])
		if err != nil {
			panic(fmt.Sprintf("subscribers: AES-256 of a key of %d bytes: %v", KeySize, err))
		}
		aead, err := cipher.NewGCMWithRandomNonce(block)
		if err != nil {
			panic(fmt.Sprintf("subscribers: GCM of AES-256: %v", err))
		}
		s.aeads[one.id()] = aead
	}
	return s
}

// Seal encrypts a destination with the newest key. Two seals of one destination differ.
func (s *Sealer) Seal(d Destination) []byte {
	head := append([]byte{sealVersion}, s.newest[:]...)
	return s.aeads[s.newest].Seal(head, nil, []byte(d.Reveal()), associated(head))
}

// Open decrypts what Seal made, with whichever key sealed it. It returns ErrUnknownKey or ErrBroken.
func (s *Sealer) Open(sealed []byte) (Destination, error) {
	if len(sealed) < sealHead || sealed[0] != sealVersion {
		return Destination{}, ErrBroken
	}
	head, body := sealed[:sealHead], sealed[sealHead:]
	aead, ok := s.aeads[keyID(head[1:])]
	if !ok {
		return Destination{}, ErrUnknownKey
	}
	plain, err := aead.Open(nil, nil, body, associated(head))
	if err != nil {
		return Destination{}, ErrBroken
	}
	return NewDestination(string(plain)), nil
}

func associated(head []byte) []byte { return append([]byte(sealPurpose), head...) }

// Newest reports whether the newest key sealed it; after a rotation the others are sealed anew.
func (s *Sealer) Newest(sealed []byte) bool {
	return len(sealed) >= sealHead && keyID(sealed[1:sealHead]) == s.newest
}

// Index returns the 32 bytes by which a stored destination is found again: an HMAC-SHA256 of the channel
// and the destination under a key of its own. Mail addresses that differ only in case are one, and so
// are push subscriptions with one endpoint.
func (s *Sealer) Index(channel string, d Destination) []byte {
	mac := hmac.New(sha256.New, s.index[:])
	mac.Write([]byte("callbox index\x00" + channel + "\x00" + canonical(channel, d)))
	return mac.Sum(nil)
}

// canonical is the one spelling by which a destination is known.
func canonical(channel string, d Destination) string {
	switch channel {
	case Email:
		return strings.ToLower(d.Reveal())
	case Push:
		return endpointOf(d.Reveal())
	}
	return d.Reveal()
}
