package areas

import (
	_ "embed"
	"fmt"
	"strconv"
	"strings"
	"sync"
)

// Point is a latitude and a longitude in degrees (WGS 84), in this order, with at most four decimals.
type Point [2]float64

// Ring is a closed line: its last point is its first.
type Ring []Point

// Shape returns the outline of an area for a CAP alert, the largest ring first: at most 10 rings and 100
// points in all, each ring simple, counter-clockwise and closed, none within another. An area without a
// shape of its own, such as a town that an agency imported, has that of the nearest area it lies
// within; it is nil when there is none.
//
// Holes are filled and coasts are coarse. A planning region of Connecticut has the outline of the old
// counties that its SAME codes name, so that both say the same.
func (b *Book) Shape(id ID) []Ring {
	for at, ok := b.areas[id]; ok; at, ok = b.areas[at.Within] {
		if line, ok := shapes()[at.ID]; ok {
			rings, err := readRings(line)
			if err != nil {
				panic(fmt.Sprintf("areas: the embedded shape of %s: %v", at.ID, err))
			}
			return rings
		}
	}
	return nil
}

//go:embed shapes.tsv.gz
var shapeTable []byte

// shapes returns the shapes as the table has them; few are ever read.
var shapes = sync.OnceValue(func() map[ID]string {
	text, err := inflate(shapeTable)
	if err != nil {
		panic("areas: the embedded shapes: " + err.Error())
	}
	out := make(map[ID]string, strings.Count(text, "\n"))
	for line := range strings.Lines(text) {
		id, rings, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
		out[ID(id)] = rings
	}
	return out
})

// readRings reads rings parted by semicolons: a first point and the steps to the others, as latitude
// and longitude in ten-thousandths of a degree, without the closing point.
func readRings(line string) ([]Ring, error) {
	var rings []Ring
	for part := range strings.SplitSeq(line, ";") {
		steps := strings.Fields(part)
		if len(steps)%2 != 0 {
			return nil, fmt.Errorf("a latitude without its longitude")
		}
		ring := make(Ring, 0, len(steps)/2+1)
		var at [2]int
		for i := 0; i < len(steps); i += 2 {
			for axis := range at {
				step, err := strconv.Atoi(steps[i+axis])
				if err != nil {
					return nil, err
				}
				at[axis] += step
			}
			ring = append(ring, Point{float64(at[0]) / 1e4, float64(at[1]) / 1e4})
		}
		rings = append(rings, append(ring, ring[0]))
	}
	return rings, nil
}
