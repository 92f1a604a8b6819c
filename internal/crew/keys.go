package crew

import (
	"strings"

	"callbox/internal/store"
	"callbox/subscribers"
)

// Digest joins the digest of the configuration, which all processes must share, and the keys that a process
// holds, which may differ while they are rotated: then each must open what the other seals.
func Digest(configuration string, keys subscribers.Keys) string {
	return configuration + " " + string(keys.Ring())
}

// Ring says which keys a process holds.
func Ring(m store.Member) subscribers.Ring {
	_, ring, _ := strings.Cut(m.Digest, " ")
	return subscribers.Ring(ring)
}

// together reports whether processes of two digests may do the same work.
func together(a, b string) bool {
	one, mine, _ := strings.Cut(a, " ")
	other, theirs, _ := strings.Cut(b, " ")
	return a == b || one == other && subscribers.Ring(mine).Fits(subscribers.Ring(theirs))
}
