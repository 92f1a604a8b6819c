// Package crowd prepares a text for a post that a crowd reads: it takes out what hides or turns words, and
// says what gives way when a post has little room.
//
// A crowd's post may have to speak for hundreds of areas. What gives way stands on the page that the post
// links to.
package crowd

import (
	"cmp"
	"regexp"
	"slices"
	"sort"
	"strings"
	"unicode"

	"callbox/templates"
)

// Plain returns s as one line of visible characters. Zero-width characters, which hide words, and
// bidirectional controls, which turn them around, are taken out; white space becomes single spaces. What
// [templates.Isolated] put around a number stays.
func Plain(s string) string {
	numbered := isolated.MatchString(s) && !strings.ContainsAny(isolated.ReplaceAllString(s, ""), "\u2066\u2069")
	visible := func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case numbered && (r == '\u2066' || r == '\u2069'):
			return r
		case unicode.In(r, unicode.C):
			return -1
		}
		return r
	}
	return strings.Join(strings.Fields(strings.Map(visible, strings.ToValidUTF8(s, ""))), " ")
}

// isolated is a number or a time between the marks that keep its order.
var isolated = regexp.MustCompile(`\x{2066}[\d+(][^\p{C}]{0,40}\x{2069}`)

// Line is a clause, or the name of a part.
type Line struct {
	Text string
	Part int  // the part it belongs to; -1 in the opening, the number of parts in the closing
	Name bool // it is the name of its part

	number bool // it holds numbers
	goes   int  // the cut at which it is left out; zero for never
}

// Sheet is a text that can be cut, from cut 0 where everything stands to cut Last. First go the clauses of
// the highest ranks. The rest goes only where a link tells it instead, from the last area to the first:
// the clauses with numbers one by one, then what else is said of an area, then its name. The opening and
// the closing stay.
type Sheet struct {
	lines  []Line
	linked int // the last cut that needs no link
	last   int
}

// NewSheet takes a text apart. clean makes each line safe for the place where it is shown.
func NewSheet(t templates.Text, clean func(string) string) Sheet {
	var s Sheet
	var ranks []templates.Rank // of the lines
	add := func(part int, clauses []templates.Clause, numbers []templates.Number) {
		for _, c := range clauses {
			holds := slices.ContainsFunc(numbers, func(n templates.Number) bool { return strings.Contains(c.Text, n.Local) })
			s.lines = append(s.lines, Line{Text: clean(c.Text), Part: part, number: holds})
			ranks = append(ranks, c.Rank)
		}
	}
	add(-1, t.Opening, nil)
	for i, p := range t.Parts {
		s.lines, ranks = append(s.lines, Line{Text: clean(p.Name), Part: i, Name: true}), append(ranks, templates.Keep)
		add(i, p.Clauses, p.Numbers)
	}
	add(len(t.Parts), t.Closing, nil)
	s.order(ranks, len(t.Parts))
	return s
}

// order decides at which cut each line goes.
func (s *Sheet) order(ranks []templates.Rank, parts int) {
	falling := slices.Compact(slices.SortedFunc(slices.Values(ranks), func(a, b templates.Rank) int { return cmp.Compare(b, a) }))
	for _, rank := range falling {
		if rank <= templates.Keep {
			break
		}
		s.last++
		for i := range s.lines {
			if ranks[i] == rank {
				s.lines[i].goes = s.last
			}
		}
	}
	s.linked = s.last
	for _, next := range []func(*Line) bool{
		func(l *Line) bool { return l.number },
		func(l *Line) bool { return !l.Name },
		func(*Line) bool { return true },
	} {
		for i := len(s.lines) - 1; i >= 0; i-- {
			l := &s.lines[i]
			if inPart := l.Part >= 0 && l.Part < parts; inPart && l.goes == 0 && next(l) {
				s.last++
				l.goes = s.last
			}
		}
	}
}

// At returns the lines that stand at a cut, and how many that hold numbers went because room was short.
func (s Sheet) At(cut int) (lines []Line, missing int) {
	for _, l := range s.lines {
		switch {
		case l.goes == 0 || l.goes > cut:
			lines = append(lines, l)
		case l.number && l.goes > s.linked:
			missing++
		}
	}
	return lines, missing
}

// Fit returns the first cut that fits, given that what fits at one cut fits at every later one, and
// whether there is any. Without a link only ranks may go.
func (s Sheet) Fit(link bool, fits func(cut int) bool) (int, bool) {
	if fits(0) {
		return 0, true
	}
	last := s.last
	if !link {
		last = s.linked
	}
	cut := sort.Search(last+1, fits)
	return cut, cut <= last
}
