package pages

import (
	"html/template"
	"regexp"
	"strings"

	"callbox/templates"
)

// piece is a stretch of a sentence: words, a telephone number that dials, or a time. The latter two do not
// break at the end of a line.
type piece struct {
	Text  string
	Link  template.HTMLAttr
	Whole bool
}

// timeOfDay is how wordings print one: "12:45 PM EDT", "12:45 p. m.".
var timeOfDay = regexp.MustCompile(`\b\d{1,2}:\d{2} (?:[AP]M|[ap]\. m\.)(?: [A-Z]{2,5}\b)?`)

// pieces takes a sentence apart at the numbers it may name and at times. Joined they are the sentence.
func pieces(text string, numbers []number) []piece {
	var out []piece
	for text != "" {
		at, end, found := len(text), len(text), piece{}
		if m := timeOfDay.FindStringIndex(text); m != nil {
			at, end, found = m[0], m[1], piece{Text: text[m[0]:m[1]], Whole: true}
		}
		for _, n := range numbers {
			if i := strings.Index(text, n.Local); n.Local != "" && i >= 0 && i < at {
				at, end, found = i, i+len(n.Local), piece{Text: n.Local, Link: n.Link, Whole: true}
			}
		}
		if at > 0 {
			out = append(out, piece{Text: text[:at]})
		}
		if found.Whole {
			out = append(out, found)
		}
		text = text[end:]
	}
	return out
}

// paragraph joins clauses.
func paragraph(clauses []templates.Clause) []piece {
	sentences := make([]string, len(clauses))
	for i, c := range clauses {
		sentences[i] = c.Text
	}
	return pieces(strings.Join(sentences, " "), nil)
}
