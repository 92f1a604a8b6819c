package templates

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// titleMax is how long a title may be before it counts places instead of naming them.
const titleMax = 50

// Join makes one text for a reader of several areas from stored texts of the same bulletin and language:
// what opens and closes them once, their parts in the order of their areas, and as title the gravest
// topic with the places it is true of. It is a fixed rule without any wording, so that a joined text says nothing that was not approved. Of no texts
// it makes the zero Text.
func Join(texts []Text) Text {
	if len(texts) == 0 {
		return Text{}
	}
	if len(texts) == 1 {
		return texts[0]
	}
	out := texts[0]
	out.Opening, out.Closing, out.Parts = nil, nil, nil
	for _, t := range texts {
		if t.Grave > out.Grave {
			out.Grave, out.Topic = t.Grave, t.Topic
		}
		out.Opening = union(out.Opening, t.Opening)
		out.Closing = union(out.Closing, t.Closing)
		out.Parts = append(out.Parts, t.Parts...)
	}
	byAreas := func(a, b Part) int { return slices.Compare(a.Areas, b.Areas) }
	slices.SortStableFunc(out.Parts, byAreas)
	out.Parts = slices.CompactFunc(out.Parts, func(a, b Part) bool { return byAreas(a, b) == 0 })
	out.Title = out.Topic + ": " + places(texts, out)
	return out
}

// union appends the clauses that are not there yet.
func union(list, more []Clause) []Clause {
	for _, c := range more {
		if !slices.Contains(list, c) {
			list = append(list, c)
		}
	}
	return list
}

// places names the places that the topic is true of: all, or the first and how many more.
func places(texts []Text, joined Text) string {
	var names []string
	for _, p := range joined.Parts {
		grave := slices.ContainsFunc(texts, func(t Text) bool {
			return t.Grave == joined.Grave && slices.ContainsFunc(t.Parts, func(o Part) bool { return slices.Equal(o.Areas, p.Areas) })
		})
		if grave && !slices.Contains(names, p.Name) {
			names = append(names, p.Name)
		}
	}
	all := strings.Join(names, ", ")
	if len(names) < 2 || utf8.RuneCountInString(joined.Topic+": "+all) <= titleMax {
		return all
	}
	return names[0] + " +" + strconv.Itoa(len(names)-1)
}
