package pages

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"callbox/areas"
	"callbox/outages"
)

// chart is the map of an outage: the states it is in, and the places it names. It is a picture of what the
// page lists, and nothing that only the map says.
type chart struct {
	Width, Height int
	Land          []string // paths of states, SVG
	Places        []placeOnMap
	Names         string
}

type placeOnMap struct {
	Name, Path string
	Open       bool // 911 fails in it or in some of it
}

// mapWidth is that of the drawing, in its own units. A unit is about half a pixel of a phone.
const mapWidth = 640

// chart draws what a bulletin tells of; nil where there is nothing to draw.
func (v view) chart(book *areas.Book, f outages.Facts) *chart {
	var land []areas.Ring
	for _, s := range f.States {
		land = append(land, book.Shape(s.ID)...)
	}
	if len(land) == 0 {
		return nil
	}
	p := newProjection(land)
	c := &chart{Width: mapWidth, Height: p.height}
	for _, s := range f.States {
		c.Land = append(c.Land, p.path(book.Shape(s.ID)))
	}
	var names []string
	for _, a := range f.Scope {
		names = append(names, a.Name)
		open := slices.ContainsFunc(f.Open, func(o areas.Area) bool { return book.Covers(a.ID, o.ID) || book.Covers(o.ID, a.ID) })
		c.add(placeOnMap{a.Name, p.path(book.Shape(a.ID)), open})
	}
	c.Names = strings.Join(names, ", ")
	return c
}

// add draws a place. Towns have no outline of their own: those of one county share its outline.
func (c *chart) add(p placeOnMap) {
	for i := range c.Places {
		if same := &c.Places[i]; same.Path == p.Path {
			same.Name += ", " + p.Name
			same.Open = same.Open || p.Open
			return
		}
	}
	c.Places = append(c.Places, p)
}

// projection lays degrees on the drawing: equirectangular, true in the middle. States are small enough.
type projection struct {
	west, north, across, down float64
	height                    int
}

func newProjection(land []areas.Ring) projection {
	south, north, west, east := math.Inf(1), math.Inf(-1), math.Inf(1), math.Inf(-1)
	for _, ring := range land {
		for _, pt := range ring {
			south, north = min(south, pt[0]), max(north, pt[0])
			west, east = min(west, longitude(pt)), max(east, longitude(pt))
		}
	}
	const margin = 4
	p := projection{west: west, north: north}
	p.across = (mapWidth - 2*margin) / max(east-west, 1e-6)
	p.down = p.across / math.Cos((south+north)/2*math.Pi/180)
	p.height = int((north-south)*p.down) + 2*margin + 1
	p.west -= margin / p.across
	p.north += margin / p.down
	return p
}

// longitude keeps Alaska in one piece: what lies beyond the date line is west of it.
func longitude(pt areas.Point) float64 {
	if pt[1] > 0 {
		return pt[1] - 360
	}
	return pt[1]
}

// path writes rings as an SVG path of whole units. Points that fall on the one before them are left out.
func (p projection) path(rings []areas.Ring) string {
	var b strings.Builder
	for _, ring := range rings {
		command, lastX, lastY := "M", 0, 0
		for _, pt := range ring {
			x, y := int((longitude(pt)-p.west)*p.across), int((p.north-pt[0])*p.down)
			if command != "M" && x == lastX && y == lastY {
				continue
			}
			if command == "l" {
				fmt.Fprintf(&b, "l%d %d", x-lastX, y-lastY)
			} else {
				fmt.Fprintf(&b, "M%d %d", x, y)
			}
			command, lastX, lastY = "l", x, y
		}
		b.WriteString("z")
	}
	return b.String()
}
