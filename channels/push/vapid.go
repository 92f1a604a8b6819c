package push

import (
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"time"
)

const (
	tokenLife = 12 * time.Hour // RFC 8292 section 2 allows 24
	tokenKept = 6 * time.Hour  // Apple wants a token to serve for an hour at least
	maxTokens = 256            // push services have few origins; Windows the most, one for each data centre
)

// signer makes VAPID tokens (RFC 8292) and keeps one for each origin.
type signer struct {
	keys    keyPair
	subject string
	now     func() time.Time

	mu     sync.Mutex
	tokens map[string]token
}

type token struct {
	header string // the value of Authorization
	until  time.Time
}

// authorization returns the Authorization header for an origin.
func (s *signer) authorization(origin string) (string, error) {
	now := s.now()
	s.mu.Lock()
	defer s.mu.Unlock()
	if t, ok := s.tokens[origin]; ok && now.Before(t.until) && now.After(t.until.Add(-tokenLife)) {
		return t.header, nil
	}
	header, err := s.sign(origin, now.Add(tokenLife))
	if err != nil {
		return "", fmt.Errorf("signing a VAPID token: %w", err)
	}
	if s.tokens == nil || len(s.tokens) >= maxTokens {
		s.tokens = map[string]token{}
	}
	s.tokens[origin] = token{header: header, until: now.Add(tokenKept)}
	return header, nil
}

// tokenHeader is {"typ":"JWT","alg":"ES256"}.
const tokenHeader = "eyJ0eXAiOiJKV1QiLCJhbGciOiJFUzI1NiJ9"

// sign makes a JSON Web Token (RFC 7519) with ES256 (RFC 7518 section 3.4): both numbers in 32 bytes each.
func (s *signer) sign(origin string, expires time.Time) (string, error) {
	subject := s.subject
	if !strings.HasPrefix(subject, "https://") {
		subject = "mailto:" + subject
	}
	claims, err := json.Marshal(map[string]any{"aud": origin, "exp": expires.Unix(), "sub": subject})
	if err != nil {
		return "", err
	}
	text := tokenHeader + "." + encode(claims)
	sum := sha256.Sum256([]byte(text))
	a, b, err := ecdsa.Sign(rand.Reader, s.keys.private, sum[:])
	if err != nil {
		return "", err
	}
	var signature [64]byte
	a.FillBytes(signature[:32])
	b.FillBytes(signature[32:])
	return "vapid t=" + text + "." + encode(signature[:]) + ", k=" + s.keys.publicText, nil
}
