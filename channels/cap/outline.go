package cap

import (
	"math"
	"slices"

	"callbox/areas"
)

// outline makes the polygons of one alert from the rings of its areas, within the limits of WEA. Rings
// that are too many are joined with their neighbours, so that no part of an area is left out; then the
// points that matter least are dropped.
func outline(shapes []areas.Ring) []ring {
	var out []ring
	for _, s := range shapes {
		r := ringOf(s).mend()
		same := func(o ring) bool { return slices.Equal(o, r) }
		if r != nil && !slices.ContainsFunc(out, same) {
			out = append(out, r)
		}
	}
	out = join(out)
	thin(out)
	return out
}

// box is the smallest rectangle around a ring.
type box struct{ low, high point }

func boxOf(r ring) box {
	b := box{r[0], r[0]}
	for _, p := range r {
		b = b.with(box{p, p})
	}
	return b
}

func (b box) with(o box) box {
	return box{
		point{min(b.low.lat, o.low.lat), min(b.low.lon, o.low.lon)},
		point{max(b.high.lat, o.high.lat), max(b.high.lon, o.high.lon)},
	}
}

func (b box) size() int64 { return (b.high.lat - b.low.lat) * (b.high.lon - b.low.lon) }

func (b box) holds(p point) bool {
	return p.lat >= b.low.lat && p.lat <= b.high.lat && p.lon >= b.low.lon && p.lon <= b.high.lon
}

// join puts hulls around the rings that lie closest together until no more than maxShapes are left.
func join(rings []ring) []ring {
	boxes := make([]box, len(rings))
	for i, r := range rings {
		boxes[i] = boxOf(r)
	}
	for len(rings) > maxShapes {
		a, b := closest(boxes)
		rings[a] = hull(slices.Concat(rings[a], rings[b]))
		boxes[a] = boxes[a].with(boxes[b])
		rings, boxes = slices.Delete(rings, b, b+1), slices.Delete(boxes, b, b+1)
	}
	return rings
}

// closest returns the two boxes whose common box adds the least to their own.
func closest(boxes []box) (int, int) {
	var a, b int
	least := int64(math.MaxInt64)
	for i := range boxes {
		for j := i + 1; j < len(boxes); j++ {
			added := boxes[i].with(boxes[j]).size() - boxes[i].size() - boxes[j].size()
			if added < least {
				a, b, least = i, j, added
			}
		}
	}
	return a, b
}

// thin drops points, the one that changes the area least first (Visvalingam's rule), until no more than
// maxPoints pairs are left, the closing ones counted. A ring that would touch itself becomes its hull.
func thin(rings []ring) {
	for pairs(rings) > maxPoints {
		at, drop := -1, -1
		least := int64(math.MaxInt64)
		for i, r := range rings {
			if len(r) <= 3 {
				continue
			}
			for j := range r {
				cost := abs(turn(r[(j+len(r)-1)%len(r)], r[j], r[(j+1)%len(r)]))
				if cost < least {
					at, drop, least = i, j, cost
				}
			}
		}
		if at < 0 {
			return // triangles only: 10 of them have 40 pairs
		}
		if rings[at].spares(drop) {
			rings[at] = slices.Delete(slices.Clone(rings[at]), drop, drop+1)
			continue
		}
		// A convex ring stays simple without a point, so this one is not convex and its hull is smaller.
		rings[at] = hull(rings[at])
	}
}

// spares reports whether a simple ring of more than three points stays simple without one of them: the
// side that closes the gap must meet no other.
func (r ring) spares(drop int) bool {
	n := len(r)
	from, to := (drop+n-1)%n, (drop+1)%n
	for i := range n {
		next := (i + 1) % n
		if i == drop || next == drop {
			continue
		}
		a, b := r[i], r[next]
		switch {
		case next == from: // the side before: it shares the point from
			if back(a, b, r[to]) {
				return false
			}
		case i == to: // the side after
			if back(r[from], a, b) {
				return false
			}
		case crosses(a, b, r[from], r[to]):
			return false
		}
	}
	return n > 4 || turn(r[from], r[to], r[(to+1)%n]) != 0
}

func pairs(rings []ring) int {
	n := 0
	for _, r := range rings {
		n += len(r) + 1
	}
	return n
}

func abs(v int64) int64 { return max(v, -v) }
