package templates

import (
	"cmp"
	"fmt"
	"slices"
	"unicode/utf8"
)

// titleMax is how long a title may be before it counts places instead of naming them.
const titleMax = 50

// Join makes one text for a reader of several areas from stored texts of the same bulletin and language:
// what opens and closes them once, their parts in the order of their areas, the gravest topic. It is a
// fixed rule without any wording, so that a joined text says nothing that was not approved. Of no texts
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
	slices.SortStableFunc(out.Parts, func(a, b Part) int { return slices.Compare(a.Areas, b.Areas) })
	out.Parts = slices.CompactFunc(out.Parts, func(a, b Part) bool { return slices.Equal(a.Areas, b.Areas) })
	out.Title = title(out.Topic, out.Parts)
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

// title names the places of several parts: all, or the first and how many more.
func title(topic string, parts []Part) string {
	names := ""
	for i, p := range parts {
		if i > 0 {
			names += ", "
		}
		names += p.Name
	}
	full := topic + ": " + names
	if len(parts) < 2 || utf8.RuneCountInString(full) <= titleMax {
		return full
	}
	first := slices.MinFunc(parts, func(a, b Part) int {
		return cmp.Compare(utf8.RuneCountInString(a.Name), utf8.RuneCountInString(b.Name))
	})
	if utf8.RuneCountInString(topic+": "+parts[0].Name) <= titleMax-4 {
		first = parts[0]
	}
	return fmt.Sprintf("%s: %s +%d", topic, first.Name, len(parts)-1)
}
