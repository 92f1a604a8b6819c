package templates

import (
	"slices"
	"strings"
)

// rightToLeft are the languages, by their primary subtag, that are written from right to left.
var rightToLeft = []string{"ar", "fa", "he", "ps", "ur", "yi"}

// RightToLeft reports whether a language is written from right to left.
func RightToLeft(l Lang) bool {
	primary, _, _ := strings.Cut(strings.ToLower(string(l)), "-")
	return slices.Contains(rightToLeft, primary)
}

// The marks around what keeps its own direction: left-to-right isolate and pop directional isolate.
const (
	isolate = "\u2066"
	pop     = "\u2069"
)

// Isolated returns a number or time so that it reads in its own order within a language. After Arabic
// letters the groups of 860-555-0101 would change places (Unicode Standard Annex 9, rules W2 and W4): in
// languages from right to left it stands between isolates. It has no other effect.
func Isolated(l Lang, s string) string {
	if s == "" || !RightToLeft(l) || strings.HasPrefix(s, isolate) {
		return s
	}
	return isolate + s + pop
}

// plainly takes the isolates of a right-to-left text away, those that [Isolated] put there in pairs.
func plainly(l Lang, s string) string {
	if !RightToLeft(l) || strings.Count(s, isolate) != strings.Count(s, pop) {
		return s
	}
	return strings.NewReplacer(isolate, "", pop, "").Replace(s)
}
