package cap

import (
	"errors"
	"slices"
	"strings"

	"callbox/templates"
)

func gsm7(s string) string {
	return strings.NewReplacer("á", "a", "í", "i", "ó", "o", "ú", "u", "Á", "A", "Í", "I", "Ó", "O", "Ú", "U").Replace(s)
}

func fit(clauses []templates.Clause, budget int, measure func(string) int) (string, []templates.Clause, error) {
	var keep []templates.Clause = slices.Clone(clauses)
	for {
		s := joined(keep)
		if measure(s) <= budget {
			return s, nil, nil
		}
		at := -1
		for i, c := range keep {
			if c.Rank > 0 && (at < 0 || c.Rank > keep[at].Rank) {
				at = i
			}
		}
		if at < 0 {
			return "", nil, errors.New("too long")
		}
		keep = slices.Delete(keep, at, at+1)
	}
}
