package declare

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"callbox/areas"
)

// mapWidth is the width of a map in its own units; its height follows from the places.
const mapWidth = 600

// Map is the outlines of the larger areas of a jurisdiction. It mirrors the list, which says the same.
type Map struct {
	Width, Height int
	Shapes        []Shape
}

// Across is the width with room for outlines.
func (m Map) Across() int { return m.Width + 8 }

// Down is the height with room for outlines.
func (m Map) Down() int { return m.Height + 8 }

// Shape is one area of a map.
type Shape struct {
	ID   areas.ID
	Name string
	Path string // SVG path data
	// Chosen is "all", "part" or "none": how much of the area is chosen.
	Chosen string
}

// draw makes a map of the counties of the jurisdiction; towns have no outlines of their own. It is nil where
// there is no outline.
func (p places) draw(chosen []areas.ID) *Map {
	var counties []areas.Area
	for _, a := range p.all {
		if a.ID.Kind() == areas.County {
			counties = append(counties, a)
		}
	}
	shapes := make([][]areas.Ring, 0, len(counties))
	box := bounds{math.Inf(1), math.Inf(1), math.Inf(-1), math.Inf(-1)}
	for _, a := range byName(counties) {
		rings := p.book.Shape(a.ID)
		shapes = append(shapes, rings)
		for _, ring := range rings {
			box.hold(ring)
		}
	}
	if math.IsInf(box.west, 1) {
		return nil
	}
	scale := mapWidth / (box.east - box.west)
	stretch := 1 / math.Cos((box.north+box.south)/2*math.Pi/180) // a degree of latitude is longer than one of longitude
	m := &Map{Width: mapWidth, Height: int(math.Ceil((box.north - box.south) * stretch * scale))}
	for i, a := range counties {
		var d strings.Builder
		for _, ring := range shapes[i] {
			for j, pt := range ring[:len(ring)-1] {
				fmt.Fprintf(&d, "%c%.0f %.0f", "ML"[min(j, 1)], (east(pt)-box.west)*scale, (box.north-pt[0])*stretch*scale)
			}
			d.WriteByte('Z')
		}
		m.Shapes = append(m.Shapes, Shape{a.ID, a.FullName(), d.String(), p.share(a.ID, chosen)})
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
