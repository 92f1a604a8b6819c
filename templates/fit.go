package templates

import (
	"errors"
	"slices"
	"strings"
)

// ErrTooLong says that the clauses that are never dropped do not fit.
var ErrTooLong = errors.New("the clauses that must stay do not fit")

// Fit joins clauses with blanks into a text of at most budget by the given measure. It drops those of
// the highest rank first, the later of equals before the earlier, and never one of rank Keep. It returns
// what it dropped, in reading order, and [ErrTooLong] when the rest does not fit either.
func Fit(clauses []Clause, budget int, measure func(string) int) (text string, dropped []Clause, err error) {
	kept := slices.Clone(clauses)
	var gone []int // indices into clauses
	index := make([]int, len(kept))
	for i := range index {
		index[i] = i
	}
	for {
		text = join(kept)
		if measure(text) <= budget {
			break
		}
		worst := -1
		for i, c := range kept {
			if c.Rank > Keep && (worst < 0 || c.Rank >= kept[worst].Rank) {
				worst = i
			}
		}
		if worst < 0 {
			return "", nil, ErrTooLong
		}
		gone = append(gone, index[worst])
		kept = slices.Delete(kept, worst, worst+1)
		index = slices.Delete(index, worst, worst+1)
	}
	slices.Sort(gone)
	for _, i := range gone {
		dropped = append(dropped, clauses[i])
	}
	return text, dropped, nil
}

// join reads clauses as running text.
func join(clauses []Clause) string {
	parts := make([]string, 0, len(clauses))
	for _, c := range clauses {
		if c.Text != "" {
			parts = append(parts, c.Text)
		}
	}
	return strings.Join(parts, " ")
}
