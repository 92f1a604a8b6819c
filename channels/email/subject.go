package email

import (
	"mime"
	"strings"
	"unicode/utf8"

	"callbox/templates"
)

// maxSubject keeps a subject readable in one glance, in characters.
const maxSubject = 120

// subject joins the titles of all languages, best first. Where they do not fit together it leaves out
// the places of the later languages, then those languages, then the place of the first.
func subject(texts []templates.Text) string {
	first := oneLine(texts[0].Title)
	titles, topics := []string{first}, []string{first}
	for _, t := range texts[1:] {
		titles = append(titles, oneLine(t.Title))
		topics = append(topics, oneLine(t.Topic))
	}
	const between = " / "
	for _, s := range []string{
		strings.Join(titles, between), strings.Join(topics, between), first, oneLine(texts[0].Topic),
	} {
		if s != "" && utf8.RuneCountInString(s) <= maxSubject {
			return s
		}
	}
	return string([]rune(first)[:maxSubject-1]) + "…"
}

// encodeWords writes s as the encoded words of RFC 2047, separated by spaces, where it is not ASCII.
// Each word leaves room for "Subject: " on a line of 76 characters.
func encodeWords(s string) string {
	ascii := strings.IndexFunc(s, func(r rune) bool { return r >= utf8.RuneSelf }) < 0
	if ascii && !strings.Contains(s, "=?") {
		return s
	}
	// In Q encoding a byte takes at most three characters; twelve frame a word.
	const room = (66 - 12) / 3
	var words []string
	for s != "" {
		n := 0
		for n < len(s) {
			_, size := utf8.DecodeRuneInString(s[n:])
			if n+size > room {
				break
			}
			n += size
		}
		words = append(words, qWord(s[:n]))
		s = s[n:]
	}
	return strings.Join(words, " ")
}

// qWord always encodes, since a word left as it is would lose the space before an encoded neighbour.
func qWord(s string) string {
	if word := mime.QEncoding.Encode("utf-8", s); word != s {
		return word
	}
	return "=?utf-8?q?" + strings.NewReplacer(" ", "_", "=", "=3D", "?", "=3F", "_", "=5F").Replace(s) + "?="
}

// fold appends a header field, broken at spaces so that no line exceeds 76 characters where a space
// allows (RFC 2047 section 2).
func fold(dst []byte, name, value string) []byte {
	dst = append(append(dst, name...), ':')
	width := len(name) + 1
	for word := range strings.FieldsSeq(value) {
		if width+1+len(word) > 76 && width > len(name)+1 {
			dst = append(dst, "\r\n"...)
			width = 0
		}
		dst = append(append(dst, ' '), word...)
		width += 1 + len(word)
	}
	return append(dst, "\r\n"...)
}
