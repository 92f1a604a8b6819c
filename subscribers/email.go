package subscribers

import (
	"errors"
	"net/mail"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/idna"
)

// Email is the name of the channel whose destinations this package reads by itself.
const Email = "email"

// Limits of a mail address in bytes: RFC 5321 section 4.5.3.1, the whole path without its brackets.
const (
	maxLocalPart = 64
	maxDomain    = 255
	maxAddress   = 254
)

// errEmail is told for every malformed address; what exactly is wrong would repeat parts of it.
var errEmail = errors.New("not a mail address such as name@example.org")

// ParseEmail reads one mail address: a plain addr-spec (RFC 5322 section 3.4.1) without a display name,
// quotes or comments. The domain comes back in lower case and in its ASCII form (RFC 5891), the local
// part as it was typed. Its errors do not repeat the text.
func ParseEmail(text string) (Destination, error) {
	text = strings.TrimSpace(text)
	if text == "" {
		return Destination{}, errors.New("no mail address given, such as name@example.org")
	}
	if len(text) > 2*maxAddress || !utf8.ValidString(text) || strings.ContainsAny(text, "\r\n\x00 \t\"<>()") {
		return Destination{}, errEmail
	}
	parsed, err := mail.ParseAddress(text)
	if err != nil || parsed.Address != text {
		return Destination{}, errEmail
	}
	at := strings.LastIndexByte(text, '@')
	local := text[:at]
	if strings.ContainsFunc(local, func(r rune) bool { return r > '~' }) {
		return Destination{}, errors.New("not every mail server takes such letters before the @: use an address in plain letters")
	}
	domain, err := idna.Lookup.ToASCII(text[at+1:])
	if err != nil || !strings.Contains(domain, ".") || strings.HasSuffix(domain, ".") {
		return Destination{}, errors.New("no domain such as example.org after the @")
	}
	if len(local) > maxLocalPart || len(domain) > maxDomain || len(local)+1+len(domain) > maxAddress {
		return Destination{}, errors.New("too long for a mail address")
	}
	return NewDestination(local + "@" + domain), nil
}
