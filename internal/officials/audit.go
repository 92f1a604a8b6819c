package officials

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"time"
)

// Entry is one line of the audit trail.
type Entry struct {
	Seq    int64     `json:"seq"`
	At     time.Time `json:"at"`
	Agency string    `json:"agency,omitempty"`
	Actor  string    `json:"actor"`  // an official, "key:ID", "system" or "operator"
	Action string    `json:"action"` // "draft.submit", "bulletin.issue"
	Object string    `json:"object"` // what it was done to
	Detail string    `json:"detail,omitempty"`
}

// Chain returns the stored form of an entry and its hash, which covers the hash of the entry before it.
func Chain(before []byte, e Entry) (line, hash []byte, err error) {
	if line, err = json.Marshal(e); err != nil {
		return nil, nil, fmt.Errorf("audit entry: %w", err)
	}
	return line, Link(before, line), nil
}

// Link is the hash of a stored line after the hash before it.
func Link(before, line []byte) []byte {
	h := sha256.New()
	h.Write(before)
	h.Write(line)
	return h.Sum(nil)
}
