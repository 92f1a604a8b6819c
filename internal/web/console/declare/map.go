package declare

import (
	"slices"

	"callbox/areas"
	"callbox/internal/web/console/areamap"
)

// draw makes a map of the counties of the jurisdiction, which mirrors the list: the list says the same. It is
// nil where there is no outline.
func (p places) draw(chosen []areas.ID) *areamap.Map {
	m := areamap.Of(p.book, p.jurisdiction)
	if m == nil {
		return nil
	}
	for i := range m.Shapes {
		m.Shapes[i].Chosen = p.share(m.Shapes[i].ID, chosen)
	}
	return m
}

// share says how much of an area is chosen.
func (p places) share(id areas.ID, chosen []areas.ID) string {
	readers := p.book.Readers(id)
	n := 0
	for _, r := range readers {
		if p.book.Inside(chosen, r) {
			n++
		}
	}
	switch {
	case len(readers) > 0 && n == len(readers), slices.Contains(chosen, id):
		return "all"
	case n > 0:
		return "part"
	}
	return "none"
}
