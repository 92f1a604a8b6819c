package officials

import (
	"crypto/sha256"
	"time"
)

// Passkey is a WebAuthn credential of an official.
type Passkey struct {
	ID         []byte    `json:"-"` // the credential ID
	Official   string    `json:"official"`
	Name       string    `json:"name"` // what its owner calls it
	Credential []byte    `json:"-"`    // the credential record (WebAuthn Level 3, section 4), as JSON
	Created    time.Time `json:"created"`
	Used       time.Time `json:"used,omitzero"`
}

// Handle is the user handle of an official: what a discoverable passkey keeps of its owner. It tells
// nothing to whoever finds the authenticator.
func Handle(official string) []byte {
	h := sha256.Sum256([]byte("callbox official\x00" + official))
	return h[:]
}

// Factors are the means an official has to sign in.
type Factors struct {
	Passkeys []Passkey
	Code     bool // an app that shows codes is set up
}

// None reports whether nothing is set up.
func (f Factors) None() bool { return len(f.Passkeys) == 0 && !f.Code }

// Recovery is the request of one administrator to let somebody in again who lost their means to sign in.
// Another administrator confirms it.
type Recovery struct {
	ID       string    `json:"id"`
	Agency   string    `json:"agency"`
	Official string    `json:"official"`
	Reason   string    `json:"reason"`
	By       string    `json:"by"`
	At       time.Time `json:"at"`
}

// RecoveryLives is how long a request waits for the second administrator.
const RecoveryLives = 24 * time.Hour

// Wait returns how long the next attempt to sign in is held back after so many failures in a row: not
// after the first two, then 1, 2, 4 … 60 seconds.
func Wait(failures int) time.Duration {
	if failures < 3 {
		return 0
	}
	return min(time.Second<<min(failures-3, 6), time.Minute)
}
