package outages

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
)

// Digest returns the hexadecimal SHA-256 of values in their canonical JSON: struct fields in the order
// they are declared, map keys sorted, one value a line.
func Digest(v ...any) (string, error) {
	h := sha256.New()
	enc := json.NewEncoder(h)
	enc.SetEscapeHTML(false)
	for _, x := range v {
		if err := enc.Encode(x); err != nil {
			return "", fmt.Errorf("write what is approved as JSON: %w", err)
		}
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// codeLetters has no two characters that look or sound alike on a bad line: no 0 and O, 1 and I.
const codeLetters = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"

// Code shortens a digest to six characters that two people can read to each other: "K7-MN-42". It
// tells drafts apart; the approval itself names the whole digest. A malformed digest has no code.
func Code(digest string) string {
	sum, err := hex.DecodeString(digest)
	if err != nil || len(sum) < 6 {
		return ""
	}
	var c [6]byte
	for i := range c {
		c[i] = codeLetters[int(sum[i])%len(codeLetters)]
	}
	return string(c[:2]) + "-" + string(c[2:4]) + "-" + string(c[4:])
}
