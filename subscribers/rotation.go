package subscribers

import (
	"encoding/hex"
	"slices"
	"strings"
)

// next is a pair of keys that open and read already, and do not seal or sign yet: every process has to hold
// them before one uses them.
type next struct{ seal, links key }

// Prepare returns keys with a next pair, to be given to every process. Keys that have one stay as they are.
func (k Keys) Prepare() Keys {
	if k.next == nil {
		k.next = &next{newKey(), newKey()}
	}
	return k
}

// Prepared reports whether a next pair waits.
func (k Keys) Prepared() bool { return k.next != nil }

// Promote returns keys whose next pair seals and signs from now on; the others go on opening and reading.
func (k Keys) Promote() Keys {
	if k.next == nil {
		return k
	}
	k.seal = append([]key{k.next.seal}, k.seal...)
	k.links = append([]key{k.next.links}, k.links...)
	k.next = nil
	return k
}

// Old returns the IDs of the keys that open only, as [Sealer.KeyOf] tells them.
func (k Keys) Old() (ids []string) {
	for _, old := range k.seal[1:] {
		ids = append(ids, old.name())
	}
	return ids
}

// Retire returns keys without an old key that seals nothing any more, named by its ID. The newest stays.
func (k Keys) Retire(id string) Keys {
	k.seal = append([]key{k.seal[0]}, slices.DeleteFunc(slices.Clone(k.seal[1:]), func(old key) bool { return old.name() == id })...)
	return k
}

// RetireLinks returns keys that know the newest links only: older mails lead nowhere any more.
func (k Keys) RetireLinks() Keys {
	k.links = k.links[:1]
	return k
}

// OldLinks is how many keys read links and do not sign any.
func (k Keys) OldLinks() int { return len(k.links) - 1 }

func (k key) name() string {
	id := k.id()
	return hex.EncodeToString(id[:])
}

// Ring says which keys somebody holds, by their IDs, and with which they seal and sign. It is no secret.
type Ring string

// Ring says which keys these are: the index key, then those that seal, then those that sign links.
func (k Keys) Ring() Ring {
	seal, links := slices.Clone(k.seal), slices.Clone(k.links)
	if k.next != nil {
		seal, links = append(seal, k.next.seal), append(links, k.next.links)
	}
	return Ring(k.index.name() + "/" + names(seal) + "/" + names(links))
}

func names(keys []key) string {
	var out []string
	for _, k := range keys {
		out = append(out, k.name())
	}
	return strings.Join(out, "+")
}

// Fits reports whether each of two holders opens and reads what the other seals and signs.
func (r Ring) Fits(other Ring) bool {
	mine, theirs := strings.Split(string(r), "/"), strings.Split(string(other), "/")
	if len(mine) != 3 || len(theirs) != 3 || mine[0] != theirs[0] {
		return false
	}
	for i := 1; i < 3; i++ {
		a, b := strings.Split(mine[i], "+"), strings.Split(theirs[i], "+")
		if !slices.Contains(a, b[0]) || !slices.Contains(b, a[0]) {
			return false
		}
	}
	return true
}

// SealsLike reports whether two holders seal and sign with the same keys.
func (r Ring) SealsLike(other Ring) bool { return r.newest() == other.newest() }

func (r Ring) newest() (out [3]string) {
	for i, part := range strings.SplitN(string(r), "/", 3) {
		out[i], _, _ = strings.Cut(part, "+")
	}
	return out
}

// KeyOf returns the ID of the key that sealed something, eight hex digits; empty for what nobody sealed.
func (s *Sealer) KeyOf(sealed []byte) string {
	if len(sealed) < sealHead {
		return ""
	}
	return hex.EncodeToString(sealed[1:sealHead])
}

// Renew seals a destination anew with the newest key.
func (s *Sealer) Renew(sealed []byte) ([]byte, error) {
	d, err := s.Open(sealed)
	if err != nil {
		return nil, err
	}
	return s.Seal(d), nil
}

// RenewFor seals anew what [Sealer.SealFor] sealed for a purpose.
func (s *Sealer) RenewFor(purpose string, sealed []byte) ([]byte, error) {
	plain, err := s.OpenFor(purpose, sealed)
	if err != nil {
		return nil, err
	}
	return s.SealFor(purpose, plain), nil
}
