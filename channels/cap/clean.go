package cap

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"callbox/outages"
)

// clean makes a text fit for a document: valid UTF-8 in normal form C, without control characters,
// characters that turn the direction of writing, and those that XML 1.0 cannot hold. Blanks are single,
// lines keep.
func clean(s string) string {
	s = norm.NFC.String(strings.ToValidUTF8(s, ""))
	s = strings.Map(func(r rune) rune {
		switch {
		case r == '\n':
			return r
		case unsafeRune(r):
			if unicode.IsSpace(r) {
				return ' '
			}
			return -1
		}
		return r
	}, s)
	lines := strings.Split(s, "\n")
	for i, l := range lines {
		lines[i] = strings.Join(strings.Fields(l), " ")
	}
	return strings.TrimSpace(strings.Join(lines, "\n"))
}

// unsafeRune reports a character that has no place in a text: controls other than the line feed, bidi
// controls, invisible format characters, and what is no XML character (XML 1.0, production 2).
func unsafeRune(r rune) bool {
	return r != '\n' && unicode.IsControl(r) || unicode.Is(unicode.Cf, r) ||
		r == '\u2028' || r == '\u2029' || r == 0xFFFE || r == 0xFFFF
}

// marked cleans a text and puts the mode's word in front, where it does not stand there already.
func marked(mode outages.Mode, language, s string) string {
	s, m := clean(s), mark(mode, language)
	if s == "" || strings.HasPrefix(s, strings.TrimSuffix(m, ": ")) {
		return s
	}
	return m + s
}
