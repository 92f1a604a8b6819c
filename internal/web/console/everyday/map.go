package everyday

import (
	"fmt"
	"html/template"

	"callbox/areas"
	"callbox/internal/desk"
	"callbox/internal/web/console/areamap"
	"callbox/internal/web/console/frame"
)

// coverageMap draws where the directory has numbers: county by county, how many of its areas do.
func coverageMap(c *frame.Call, book *areas.Book, coverage desk.Coverage) (template.HTML, error) {
	m := areamap.Of(book, c.Actor.Agency.Jurisdiction)
	if m == nil {
		return "", nil
	}
	with := map[areas.ID]bool{}
	for _, s := range coverage.Standings {
		with[s.Area] = s.Numbers > 0
	}
	for i := range m.Shapes {
		s := &m.Shapes[i]
		readers, n := book.Readers(s.ID), 0
		for _, id := range readers {
			if with[id] {
				n++
			}
		}
		s.Note = fmt.Sprintf("%d of %s with a number", n, counted(len(readers), "area", "areas"))
		switch {
		case n == 0:
			s.Level = areamap.Nobody
		case n < len(readers):
			s.Level = areamap.Few
		default:
			s.Level = areamap.Full
		}
	}
	return m.Coverage(areamap.Caption{Title: "Map of numbers; the table says the same", Keys: []areamap.Key{
		{Level: areamap.Full, Text: "Every area has a number"}, {Level: areamap.Few, Text: "Some have"}, {Level: areamap.Nobody, Text: "None has"}}})
}
