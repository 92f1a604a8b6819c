package watch

import (
	"context"
	"fmt"
	"html/template"

	"callbox/areas"
	"callbox/internal/desk"
	"callbox/internal/store"
	"callbox/internal/web/console/account"
	"callbox/internal/web/console/areamap"
)

// shapesMost bounds the map in an event of the stream: beyond, the table has to do.
const shapesMost = 300

// drawn is show with the map.
func drawn(ctx context.Context, of watched, l desk.Live) (figures, error) {
	f := show(l, of.zone)
	book, err := of.desk.Book(ctx)
	if err == nil {
		f.Map, err = mapped(l, book, of.actor.Agency.Jurisdiction)
	}
	return f, err
}

// mapped draws how many of each county have the bulletin.
func mapped(l desk.Live, book *areas.Book, jurisdiction []areas.ID) (template.HTML, error) {
	m := areamap.Of(book, jurisdiction)
	if m == nil || len(m.Shapes) > shapesMost {
		return "", nil
	}
	for i := range m.Shapes {
		s := &m.Shapes[i]
		var sum store.Totals
		about := false
		for _, a := range l.Areas {
			if book.Covers(s.ID, a.Area.ID) {
				about, sum = true, sum.Plus(a.Totals)
			}
		}
		if about {
			s.Level, s.Note = level(sum), fmt.Sprintf("%s of %s have it", account.Count(sum.Accepted), account.Count(sum.Targeted))
		}
	}
	return m.Coverage(areamap.Caption{Title: "Map of who has it; the table by area says the same", Keys: []areamap.Key{
		{Level: areamap.Full, Text: "9 of 10 or more have it"}, {Level: areamap.Most, Text: "Half or more"}, {Level: areamap.Few, Text: "Fewer than half"},
		{Level: areamap.Nobody, Text: "Nobody signed up"}, {Level: areamap.Blank, Text: "Not told anything"}}})
}

// level is how far a bulletin has come in a county.
func level(t store.Totals) areamap.Level {
	switch {
	case t.Targeted == 0:
		return areamap.Nobody
	case t.Accepted*10 >= t.Targeted*9:
		return areamap.Full
	case t.Accepted*2 >= t.Targeted:
		return areamap.Most
	}
	return areamap.Few
}
