// Package areamap draws the counties of an agency as SVG, from the gazetteer alone: no tiles, no script. A map
// is a picture of what a list or table beside it says, never the only place that says it.
package areamap

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"callbox/areas"
)

// width is the width of a map in its own units; its height follows from the places.
const width = 600

// Map is the outlines of counties. Towns have none of their own.
type Map struct {
	Width, Height int
	Shapes        []Shape // by name
}

// Across is the width with room for outlines.
func (m Map) Across() int { return m.Width + 8 }

// Down is the height with room for outlines.
func (m Map) Down() int { return m.Height + 8 }

// Shape is one county of a map. What it looks like is up to the page.
type Shape struct {
	ID   areas.ID
	Name string
	Path string // SVG path data
	// Chosen is how much of it is chosen on maps for choosing: "all", "part" or "none".
	Chosen string
	Level  Level  // on maps of coverage
	Note   string // what its level stands for there, such as "90 % have it"
}

// Of draws the counties of a jurisdiction. It is nil where there is none, as where an agency speaks for a town
// alone.
func Of(book *areas.Book, jurisdiction []areas.ID) *Map {
	counties := countiesOf(book, jurisdiction)
	shapes := make([][]areas.Ring, 0, len(counties))
	box := bounds{math.Inf(1), math.Inf(1), math.Inf(-1), math.Inf(-1)}
	for _, a := range counties {
		rings := book.Shape(a.ID)
		shapes = append(shapes, rings)
		for _, ring := range rings {
			box.hold(ring)
		}
	}
	if math.IsInf(box.west, 1) {
		return nil
	}
	scale := width / (box.east - box.west)
	stretch := 1 / math.Cos((box.north+box.south)/2*math.Pi/180) // a degree of latitude is longer than one of longitude
	m := &Map{Width: width, Height: int(math.Ceil((box.north - box.south) * stretch * scale))}
	for i, a := range counties {
		var d strings.Builder
		for _, ring := range shapes[i] {
			for j, pt := range ring[:len(ring)-1] {
				fmt.Fprintf(&d, "%c%.0f %.0f", "ML"[min(j, 1)], (east(pt)-box.west)*scale, (box.north-pt[0])*stretch*scale)
			}
			d.WriteByte('Z')
		}
		m.Shapes = append(m.Shapes, Shape{ID: a.ID, Name: a.FullName(), Path: d.String()})
	}
	return m
}

// countiesOf finds the counties of a jurisdiction from what is known in it, by name.
func countiesOf(book *areas.Book, jurisdiction []areas.ID) []areas.Area {
	found := map[areas.ID]areas.Area{}
	for _, j := range jurisdiction {
		for _, id := range append(book.Readers(j), j) {
			for a, ok := book.Area(id); ok && book.Inside(jurisdiction, a.ID); a, ok = book.Area(a.Within) {
				if a.ID.Kind() == areas.County {
					found[a.ID] = a
				}
			}
		}
	}
	var out []areas.Area
	for _, a := range found {
		out = append(out, a)
	}
	slices.SortFunc(out, func(a, b areas.Area) int {
		return cmp.Or(cmp.Compare(a.State, b.State), cmp.Compare(a.Name, b.Name), cmp.Compare(a.ID, b.ID))
	})
	return out
}

type bounds struct{ west, south, east, north float64 }

func (b *bounds) hold(ring areas.Ring) {
	for _, pt := range ring {
		b.west, b.east = min(b.west, east(pt)), max(b.east, east(pt))
		b.south, b.north = min(b.south, pt[0]), max(b.north, pt[0])
	}
}

// east is a longitude that does not jump in the Aleutians and beyond Guam.
func east(pt areas.Point) float64 {
	if pt[1] > 0 {
		return pt[1] - 360
	}
	return pt[1]
}
