package email

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
)

// Limits of RFC 5321 section 4.5.3.1 and RFC 1035 section 2.3.4, in octets.
const (
	maxLocal   = 64
	maxDomain  = 253
	maxAddress = 254
	maxLabel   = 63
)

// checkAddress accepts the addresses that every relay takes without SMTPUTF8: a dot-atom, an @ and a
// domain name. Its errors never contain the address.
func checkAddress(address string) error {
	if address == "" {
		return errors.New("the e-mail address is empty")
	}
	for _, c := range address {
		switch {
		case c <= ' ' || c == 0x7f:
			return errors.New("an e-mail address has no spaces, line breaks or control characters")
		case c > unicode.MaxASCII:
			return errors.New("the e-mail address has letters outside ASCII; give one without (a domain in its xn-- form)")
		}
	}
	local, domain, found := cutLast(address)
	if !found {
		return errors.New("an e-mail address has an @ between the name and the domain")
	}
	if len(address) > maxAddress || len(local) > maxLocal || len(domain) > maxDomain {
		return fmt.Errorf("the e-mail address is too long: at most %d characters, %d of them before the @", maxAddress, maxLocal)
	}
	if !isDotAtom(local) {
		return errors.New("the part before the @ may have letters, digits, single dots inside, and !#$%&'*+/=?^_`{|}~-")
	}
	if err := checkHost(domain); err != nil {
		return fmt.Errorf("the part after the @: %w", err)
	}
	return nil
}

// checkHost accepts a domain name of at least two labels.
func checkHost(host string) error {
	if !strings.Contains(host, ".") {
		return errors.New("a domain has a dot, as in example.org")
	}
	for label := range strings.SplitSeq(host, ".") {
		if label == "" || len(label) > maxLabel || label[0] == '-' || label[len(label)-1] == '-' {
			return fmt.Errorf("each part of a domain has 1 to %d characters and no hyphen at its ends", maxLabel)
		}
		for i := range len(label) {
			if c := label[i]; !isAlphanumeric(c) && c != '-' {
				return errors.New("a domain has letters, digits, hyphens and dots only")
			}
		}
	}
	if last := host[strings.LastIndexByte(host, '.')+1:]; strings.Trim(last, "0123456789") == "" {
		return errors.New("a domain does not end in a number; write a name, not an IP address")
	}
	return nil
}

// checkURL accepts what may stand in a header between angle brackets and in an attribute between quotes.
func checkURL(url string) error {
	if !strings.HasPrefix(url, "https://") && !strings.HasPrefix(url, "http://") {
		return errors.New("a link starts with https://")
	}
	// A header line holds at most 998 octets (RFC 5322 section 2.1.1), its name and brackets included.
	if len(url) > 900 {
		return errors.New("a link has at most 900 characters")
	}
	for i := range len(url) {
		if c := url[i]; c <= ' ' || c >= 0x7f || c == '<' || c == '>' || c == '"' || c == '\\' {
			return errors.New("a link has no spaces, quotes, angle brackets or letters outside ASCII")
		}
	}
	return nil
}

// oneLine turns control characters into spaces, so that a value cannot begin a header of its own.
func oneLine(s string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == '\u2028' || r == '\u2029' {
			return ' '
		}
		return r
	}, s))
}

func cutLast(address string) (local, domain string, found bool) {
	at := strings.LastIndexByte(address, '@')
	if at < 0 {
		return "", "", false
	}
	return address[:at], address[at+1:], true
}

// isDotAtom tells a dot-atom-text of RFC 5322 section 3.2.3.
func isDotAtom(s string) bool {
	if s == "" || s[0] == '.' || s[len(s)-1] == '.' || strings.Contains(s, "..") {
		return false
	}
	for i := range len(s) {
		if c := s[i]; !isAlphanumeric(c) && strings.IndexByte("!#$%&'*+-/=?^_`{|}~.", c) < 0 {
			return false
		}
	}
	return true
}

func isAlphanumeric(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}
