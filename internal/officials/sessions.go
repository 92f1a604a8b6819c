package officials

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"time"
)

// How long a session in the console lives: without a request, and in all (NIST SP 800-63B, AAL2).
const (
	SessionIdle = time.Hour
	SessionMost = 12 * time.Hour
)

// How says by what an official signed in.
type How string

// The ways to sign in.
const (
	ByPasskey How = "passkey" // the authenticator verified its user
	ByCode    How = "code"    // a personal key and a time-based code
	ByLink    How = "link"    // a one-time link, which only leads to the setting up of the others
)

// Strong reports whether it took two factors.
func (h How) Strong() bool { return h == ByPasskey || h == ByCode }

// Session is one browser in which an official is signed in.
type Session struct {
	ID       string    `json:"id"` // shown in lists and links; it opens nothing
	Official string    `json:"official"`
	How      How       `json:"how"`
	Network  string    `json:"network"` // where it was begun from
	Agent    string    `json:"agent"`   // what the browser calls itself
	Created  time.Time `json:"created"`
	Seen     time.Time `json:"seen"`
	Proved   time.Time `json:"proved"` // when the official last proved who they are
}

// Ends returns when the session ends unless something is done in it, and whether only signing in again
// lengthens it.
func (s Session) Ends() (at time.Time, final bool) {
	idle, most := s.Seen.Add(SessionIdle), s.Created.Add(SessionMost)
	if most.Before(idle) {
		return most, true
	}
	return idle, false
}

// ProofLives is how long a proof of who somebody is lets them change their ways to sign in.
const ProofLives = 5 * time.Minute

// Fresh reports whether the official proved a moment ago who they are.
func (s Session) Fresh(now time.Time) bool { return now.Sub(s.Proved) < ProofLives }

// Token is the secret of a session or of a one-time link: 256 random bits. It never prints itself.
type Token string

func (Token) String() string   { return "…" }
func (Token) GoString() string { return "…" }

// MarshalText keeps the token out of logs and JSON.
func (Token) MarshalText() ([]byte, error) { return []byte("…"), nil }

// Reveal returns the text, for a cookie or for the one time it is shown.
func (t Token) Reveal() string { return string(t) }

// NewToken makes a token.
func NewToken() Token {
	raw := make([]byte, 32)
	rand.Read(raw)
	return Token(base64.RawURLEncoding.EncodeToString(raw))
}

// Hash is what is stored of a token.
func (t Token) Hash() []byte {
	h := sha256.Sum256([]byte(t))
	return h[:]
}
