package areas

// Point is a latitude and a longitude in degrees (WGS 84), in this order, with at most four decimals.
type Point [2]float64

// Ring is a closed line: its last point is its first.
type Ring []Point

// Shape returns the outline of an area for a CAP alert: at most 10 rings and 100 points in all, each
// ring simple, counter-clockwise and closed, none within another. An area without a shape of its own,
// such as a town that an agency imported, has that of the nearest area it lies within.
func (b *Book) Shape(id ID) []Ring {
	for at, ok := b.areas[id]; ok; at, ok = b.areas[at.Within] {
		if rings := shapes().of(at.ID); rings != nil {
			return rings
		}
	}
	return nil
}
