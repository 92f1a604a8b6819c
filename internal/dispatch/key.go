package dispatch

import (
	"strconv"
	"strings"
)

// ParseKey takes a key apart that Key made: for bounces, whose mail servers may have changed its case. Names
// of outages have no capital letters. It reports false for any other text.
func ParseKey(key string) (outage string, seq int, address int64, ok bool) {
	parts := strings.Split(strings.ToLower(key), ".")
	if len(parts) != 3 {
		return "", 0, 0, false
	}
	outage, ok = readable(parts[0])
	seq, seqErr := strconv.Atoi(parts[1])
	address, addressErr := strconv.ParseInt(parts[2], 10, 64)
	if !ok || outage == "" || seqErr != nil || addressErr != nil || seq < 1 || address < 1 {
		return "", 0, 0, false
	}
	return outage, seq, address, true
}

// readable undoes plain.
func readable(s string) (string, bool) {
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(s, "_")
		b.WriteString(before)
		if !found {
			return b.String(), true
		}
		if len(rest) < 2 {
			return "", false
		}
		c, err := strconv.ParseUint(rest[:2], 16, 8)
		if err != nil {
			return "", false
		}
		b.WriteByte(byte(c))
		s = rest[2:]
	}
}
