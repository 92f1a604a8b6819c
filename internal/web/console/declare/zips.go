package declare

import (
	"fmt"
	"strings"
	"unicode"

	"callbox/areas"
)

// maxZIPs bounds how many ZIP codes are read from one paste: the largest states have fewer than 3,000.
const maxZIPs = 5000

// pasted is what became of one ZIP code that was pasted.
type pasted struct {
	Line    int // from 1
	Text    string
	Areas   []areas.ID // of the jurisdiction, that it may lie in
	Problem string     // why it was not taken, and what would be right
}

// readZIPs reads ZIP codes separated by line breaks, spaces, commas or semicolons. A ZIP code stands for every
// area of the jurisdiction that it may lie in.
func readZIPs(text string, book *areas.Book, jurisdiction []areas.ID) []pasted {
	var out []pasted
	n := 0
	for line := range strings.Lines(text) {
		n++
		for _, word := range strings.FieldsFunc(line, func(r rune) bool { return unicode.IsSpace(r) || r == ',' || r == ';' }) {
			p := pasted{Line: n, Text: word}
			if len(out) == maxZIPs {
				p.Problem = fmt.Sprintf("only the first %d ZIP codes are read; name a larger area instead", maxZIPs)
				return append(out, p)
			}
			p.Areas, p.Problem = resolveZIP(word, book, jurisdiction)
			out = append(out, p)
		}
	}
	return out
}

func resolveZIP(word string, book *areas.Book, jurisdiction []areas.ID) (ids []areas.ID, problem string) {
	zip, _, _ := strings.Cut(word, "-") // ZIP+4
	all := book.Candidates(areas.ZIP(zip))
	for _, id := range all {
		if book.Inside(jurisdiction, id) {
			ids = append(ids, id)
		}
	}
	if len(ids) > 0 {
		return ids, ""
	}
	if len(all) > 0 {
		a, _ := book.Area(all[0])
		return nil, "lies in " + a.FullName() + ", outside your jurisdiction"
	}
	problem = "is no ZIP code that exists"
	if len(zip) != 5 || strings.Trim(zip, "0123456789") != "" {
		problem = "is no ZIP code; write five digits"
	}
	if near := book.Suggest(areas.ZIP(zip)); near != "" && len(zip) == 5 {
		problem += "; did you mean " + string(near) + "?"
	}
	return nil, problem
}
