package email

import (
	"crypto/sha256"
	"encoding/hex"

	"callbox/channels"
)

// messageID names a mail, without its angle brackets: the same at every attempt, so that a repeat is
// recognised as the same mail.
func messageID(key, host string) string { return atom(key, maxLocal) + "@" + host }

// rootID names the mail that all mails of an outage answer to. Nobody ever sent it; clients thread on
// it all the same (RFC 5322 section 3.6.4), and nothing has to be remembered.
func rootID(outage, host string) string { return "outage." + atom(outage, maxLocal) + "@" + host }

// listID names the mailing list of an agency (RFC 2919): one for each mode, so that a reader's filter
// for drills never hides an alert.
func listID(m channels.Message, host string) string {
	return label(string(m.Mode)) + "." + label(m.Bulletin.Facts.Speaker.ID) + "." + host
}

// atom returns s where it is a dot-atom of at most limit characters, else a digest of it.
func atom(s string, limit int) string {
	if len(s) <= limit && isDotAtom(s) {
		return s
	}
	return digest(s)
}

// label turns a name of ours into one label of a domain name.
func label(s string) string {
	b := []byte(s)
	for i, c := range b {
		if !isAlphanumeric(c) {
			b[i] = '-'
		}
	}
	if len(b) == 0 || len(b) > maxLabel {
		return digest(s)
	}
	return string(b)
}

func digest(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:16])
}
