package push

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"callbox/templates"
)

// shown is how many characters of a body a screen shows at about the most. What may be dropped is dropped
// to stay within; what may not goes beyond.
const shown = 300

// body says what to do first, since a locked screen shows little more than the first line: a line for each
// of the first areas, with its numbers, and how many more areas there are. Then come who says it, what
// the areas have in common, and the closing.
func body(t templates.Text, named int) string {
	var lines []string
	for _, p := range t.Parts[:named] {
		lines = append(lines, line(t, p))
	}
	if rest := len(t.Parts) - named; rest > 0 {
		lines = append(lines, fmt.Sprintf("+%d: %s", rest, t.More))
	}
	head := strings.Join(lines, "\n")
	around := slices.Concat(t.Opening, common(t.Parts[:named]), t.Closing)
	if s := fit(around, shown-utf8.RuneCountInString(head)); s != "" {
		return head + "\n" + s
	}
	return head
}

// line is what one area's readers do. A part that has no brief form is said in full.
func line(t templates.Text, p templates.Part) string {
	if p.Brief != "" {
		return p.Brief
	}
	said := p.Name + ": " + fit(p.Clauses, shown)
	if t.Mark != "" {
		return t.Mark + " " + said
	}
	return said
}

// common returns the clauses that every part with numbers has (every part, if none has any), without
// those that its brief form has said already by printing the numbers. Of a single part these are all the
// others; of several, "tell them where you are first".
func common(parts []templates.Part) []templates.Clause {
	with := slices.DeleteFunc(slices.Clone(parts), func(p templates.Part) bool { return len(p.Numbers) == 0 })
	if len(with) == 0 {
		with = parts
	}
	var out []templates.Clause
	for _, c := range with[0].Clauses {
		others := !slices.ContainsFunc(with[1:], func(p templates.Part) bool { return !slices.Contains(p.Clauses, c) })
		if others && !said(with[0], c) {
			out = append(out, c)
		}
	}
	return out
}

// said reports whether the line of a part says a clause: word for word, or by the same numbers.
func said(p templates.Part, c templates.Clause) bool {
	if p.Brief == "" || strings.Contains(p.Brief, c.Text) {
		return true
	}
	printed := false
	for _, n := range p.Numbers {
		if strings.Contains(c.Text, n.Local) {
			if !strings.Contains(p.Brief, n.Local) {
				return false
			}
			printed = true
		}
	}
	return printed
}

// fit keeps to a budget of characters as far as clauses may be dropped.
func fit(clauses []templates.Clause, budget int) string {
	s, _, err := templates.Fit(clauses, budget, utf8.RuneCountInString)
	if err == nil {
		return s
	}
	kept := slices.DeleteFunc(slices.Clone(clauses), func(c templates.Clause) bool { return c.Rank > templates.Keep })
	s, _, _ = templates.Fit(kept, 1<<20, utf8.RuneCountInString) // nothing is left to drop
	return s
}
