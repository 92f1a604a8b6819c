package cap

import (
	"cmp"
	"math"
	"slices"
	"strconv"
	"strings"

	"callbox/areas"
)

// WEA takes at most 10 shapes and 100 points for one alert (IPAWS-OPEN Interface Design Guide 4.07).
const (
	maxShapes = 10
	maxPoints = 100
)

// point is a place in ten-thousandths of a degree: four decimals, all that WEA keeps. Integers make the
// geometry exact.
type point struct{ lat, lon int64 }

// ring is a closed line without its repeated last point.
type ring []point

const scale = 10_000

func ringOf(r areas.Ring) ring {
	var out ring
	for _, p := range r {
		q := point{int64(math.Round(p[0] * scale)), int64(math.Round(p[1] * scale))}
		if len(out) == 0 || out[len(out)-1] != q {
			out = append(out, q)
		}
	}
	if n := len(out); n > 1 && out[0] == out[n-1] {
		out = out[:n-1]
	}
	return out
}

// String writes the ring as a CAP polygon: "lat,lon lat,lon ...", closed.
func (r ring) String() string {
	var b strings.Builder
	for i := range len(r) + 1 {
		p := r[i%len(r)]
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(degrees(p.lat) + "," + degrees(p.lon))
	}
	return b.String()
}

func degrees(v int64) string { return strconv.FormatFloat(float64(v)/scale, 'f', 4, 64) }

// turn is positive where a, b, c turn to the left, counter-clockwise, with longitude to the right and
// latitude upwards; it is twice the area of their triangle.
func turn(a, b, c point) int64 {
	return (b.lon-a.lon)*(c.lat-a.lat) - (b.lat-a.lat)*(c.lon-a.lon)
}

// area2 is twice the area of the ring: positive when it runs counter-clockwise.
func (r ring) area2() int64 {
	var sum int64
	for i, p := range r {
		q := r[(i+1)%len(r)]
		sum += p.lon*q.lat - q.lon*p.lat
	}
	return sum
}

// crosses reports whether the segments ab and cd share a point.
func crosses(a, b, c, d point) bool {
	if max(a.lon, b.lon) < min(c.lon, d.lon) || max(c.lon, d.lon) < min(a.lon, b.lon) ||
		max(a.lat, b.lat) < min(c.lat, d.lat) || max(c.lat, d.lat) < min(a.lat, b.lat) {
		return false
	}
	return sign(turn(a, b, c))*sign(turn(a, b, d)) <= 0 && sign(turn(c, d, a))*sign(turn(c, d, b)) <= 0
}

func sign(v int64) int { return cmp.Compare(v, 0) }

// simple reports whether the ring has an area, no point twice, and no sides that touch or cross but
// where they follow each other.
func (r ring) simple() bool {
	n := len(r)
	if n < 3 || r.area2() == 0 {
		return false
	}
	seen := map[point]bool{}
	for _, p := range r {
		if seen[p] {
			return false
		}
		seen[p] = true
	}
	for i := range n {
		if back(r[(i+n-1)%n], r[i], r[(i+1)%n]) {
			return false
		}
		for j := i + 2; j < n; j++ {
			if i == 0 && j == n-1 {
				continue
			}
			if crosses(r[i], r[i+1], r[j], r[(j+1)%n]) {
				return false
			}
		}
	}
	return true
}

// back reports whether the line from a over b to c turns back on itself.
func back(a, b, c point) bool {
	return turn(a, b, c) == 0 && (a.lon-b.lon)*(c.lon-b.lon)+(a.lat-b.lat)*(c.lat-b.lat) > 0
}

// hull returns the smallest convex ring around points, counter-clockwise; nil when they lie on a line.
func hull(points []point) ring {
	sorted := slices.Clone(points)
	slices.SortFunc(sorted, func(a, b point) int {
		return cmp.Or(cmp.Compare(a.lon, b.lon), cmp.Compare(a.lat, b.lat))
	})
	sorted = slices.Compact(sorted)
	half := func(in []point) ring {
		var out ring
		for _, p := range in {
			for len(out) > 1 && turn(out[len(out)-2], out[len(out)-1], p) <= 0 {
				out = out[:len(out)-1]
			}
			out = append(out, p)
		}
		return out
	}
	lower := half(sorted)
	slices.Reverse(sorted)
	upper := half(sorted)
	if len(lower) < 2 || len(upper) < 2 {
		return nil
	}
	out := append(lower[:len(lower)-1], upper[:len(upper)-1]...)
	if len(out) < 3 {
		return nil
	}
	return out
}

// mend makes a ring simple and counter-clockwise: one that crosses itself becomes its hull. It returns
// nil for one without an area.
func (r ring) mend() ring {
	if !r.simple() {
		return hull(r)
	}
	if r.area2() < 0 {
		r = slices.Clone(r)
		slices.Reverse(r)
	}
	return r
}
