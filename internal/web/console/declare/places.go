package declare

import (
	"cmp"
	"slices"
	"strings"

	"callbox/areas"
)

// places are the areas that an official may declare an outage in: those of the agency, or their own part of them.
type places struct {
	book         *areas.Book
	jurisdiction []areas.ID
	all          map[areas.ID]areas.Area
}

func newPlaces(book *areas.Book, jurisdiction []areas.ID) places {
	p := places{book, jurisdiction, map[areas.ID]areas.Area{}}
	for _, j := range jurisdiction {
		for _, id := range append(book.Readers(j), j) {
			for a, ok := book.Area(id); ok && book.Inside(jurisdiction, a.ID); a, ok = book.Area(a.Within) {
				p.all[a.ID] = a
			}
		}
	}
	return p
}

// may reports whether the official may name an area.
func (p places) may(id areas.ID) bool { return p.book.Inside(p.jurisdiction, id) }

// name returns an area as officials read it.
func (p places) name(id areas.ID) string {
	if a, ok := p.book.Area(id); ok {
		return a.FullName()
	}
	return string(id)
}

// within returns the areas directly within another, by name; of no area the jurisdiction itself, or what lies
// in it where that is one area.
func (p places) within(id areas.ID) []areas.Area {
	if id == "" && len(p.jurisdiction) == 1 {
		if below := p.within(p.jurisdiction[0]); len(below) > 0 {
			return below
		}
	}
	var out []areas.Area
	for _, a := range p.all {
		if a.Within == id && id != "" || id == "" && slices.Contains(p.jurisdiction, a.ID) {
			out = append(out, a)
		}
	}
	return byName(out)
}

// Bounds of a search: how many answers it has, and how many bytes are searched for.
const (
	searchMost    = 40
	searchLongest = 100
)

// search finds areas by a part of their name, or by a ZIP code.
func (p places) search(text string) []areas.Area {
	text = strings.ToLower(strings.TrimSpace(text))
	if text == "" || len(text) > searchLongest {
		return nil
	}
	var out []areas.Area
	for _, id := range p.book.Candidates(areas.ZIP(text)) {
		if a, ok := p.book.Area(id); ok && p.may(id) {
			out = append(out, a)
		}
	}
	if a, err := p.book.Find(text); err == nil && p.may(a.ID) {
		out = append(out, a)
	}
	for _, a := range p.all {
		if strings.Contains(strings.ToLower(a.FullName()), text) && !slices.ContainsFunc(out, func(o areas.Area) bool { return o.ID == a.ID }) {
			out = append(out, a)
		}
	}
	out = byName(out)
	return out[:min(len(out), searchMost)]
}

func byName(list []areas.Area) []areas.Area {
	slices.SortFunc(list, func(a, b areas.Area) int {
		return cmp.Or(cmp.Compare(a.State, b.State), cmp.Compare(a.Name, b.Name), cmp.Compare(a.ID, b.ID))
	})
	return list
}

// choose gives groups the chosen areas: those that are in a group stay there, new ones join the group at
// index into. An area that lies within another of its group is left out.
func (p places) choose(groups []Group, chosen []areas.ID, into int) []Group {
	groups = slices.Clone(groups)
	left := slices.Clone(chosen)
	for i := range groups {
		groups[i].Areas = slices.DeleteFunc(slices.Clone(groups[i].Areas), func(id areas.ID) bool { return !slices.Contains(chosen, id) })
		left = slices.DeleteFunc(left, func(id areas.ID) bool { return slices.Contains(groups[i].Areas, id) })
	}
	if into < 0 || into >= len(groups) {
		into = 0
	}
	groups[into].Areas = append(groups[into].Areas, left...)
	for i := range groups {
		groups[i].Areas = p.tidy(groups[i].Areas)
	}
	kept := slices.DeleteFunc(slices.Clone(groups), func(g Group) bool { return len(g.Areas) == 0 })
	if len(kept) == 0 {
		kept = groups[:1] // what fails stays, until somebody says where
	}
	return kept
}

// tidy sorts areas, and leaves out what is named twice.
func (p places) tidy(ids []areas.ID) []areas.ID {
	ids = slices.Clone(ids)
	slices.Sort(ids)
	ids = slices.Compact(ids)
	all := slices.Clone(ids)
	return slices.DeleteFunc(ids, func(id areas.ID) bool {
		return slices.ContainsFunc(all, func(o areas.ID) bool { return o != id && p.book.Covers(o, id) })
	})
}
