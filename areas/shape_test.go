package areas

import (
	"math"
	"testing"
)

// The limits of a wireless alert (cap profile): ten shapes, a hundred points in all.
func TestEveryShapeIsFitForAWirelessAlert(t *testing.T) {
	b := mustBook(t, Holdings{})
	for id := range b.areas {
		rings := b.Shape(id)
		points := 0
		for i, ring := range rings {
			points += len(ring)
			checkRing(t, id, ring)
			for _, other := range rings[:i] {
				if crossed(ring, other) {
					t.Errorf("%s: two rings cross", id)
				}
				if contains(other, middle(ring)) {
					t.Errorf("%s: a ring lies within another", id)
				}
			}
		}
		if len(rings) == 0 || len(rings) > 10 || points > 100 {
			t.Errorf("%s: %d rings and %d points, want 1 to 10 and at most 100", id, len(rings), points)
		}
	}
}

func checkRing(t *testing.T, id ID, ring Ring) {
	t.Helper()
	if len(ring) < 4 || ring[0] != ring[len(ring)-1] {
		t.Errorf("%s: a ring of %d points that begins at %v and ends at %v", id, len(ring), ring[0], ring[len(ring)-1])
	}
	seen := map[Point]bool{}
	for _, p := range ring[1:] {
		if seen[p] {
			t.Errorf("%s: the point %v stands twice", id, p)
		}
		seen[p] = true
		for _, v := range p {
			if scaled := v * 1e4; math.Abs(scaled-math.Round(scaled)) > 1e-6 {
				t.Errorf("%s: %v has more than four decimals", id, v)
			}
		}
		if p[0] < -15 || p[0] > 72 || p[1] < -180 || p[1] > 180 || p[1] > -64 && p[1] < 144 {
			t.Errorf("%s: %v is not a latitude and a longitude of the United States", id, p)
		}
	}
	if a := area(ring); a <= 0 {
		t.Errorf("%s: a ring of area %g, want it counter-clockwise", id, a)
	}
	if crossed(ring, ring) {
		t.Errorf("%s: a ring crosses itself", id)
	}
}

func area(r Ring) float64 {
	var sum float64
	for i := range r[1:] {
		sum += r[i][1]*r[i+1][0] - r[i+1][1]*r[i][0]
	}
	return sum / 2
}

// crossed reports whether edges of two rings meet, or of one ring other than where neighbours join.
func crossed(a, b Ring) bool {
	same := &a[0] == &b[0]
	for i := range a[1:] {
		for j := range b[1:] {
			if same && (j <= i+1 || i == 0 && j == len(a)-2) {
				continue
			}
			if meet(a[i], a[i+1], b[j], b[j+1]) {
				return true
			}
		}
	}
	return false
}

func side(a, b, c Point) int {
	v := (b[1]-a[1])*(c[0]-a[0]) - (b[0]-a[0])*(c[1]-a[1])
	switch {
	case v > 1e-12:
		return 1
	case v < -1e-12:
		return -1
	}
	return 0
}

func meet(a, b, c, d Point) bool {
	s1, s2, s3, s4 := side(a, b, c), side(a, b, d), side(c, d, a), side(c, d, b)
	if s1*s2 < 0 && s3*s4 < 0 {
		return true
	}
	return s1 == 0 && between(a, b, c) || s2 == 0 && between(a, b, d) || s3 == 0 && between(c, d, a) || s4 == 0 && between(c, d, b)
}

func between(a, b, p Point) bool {
	return min(a[0], b[0]) <= p[0] && p[0] <= max(a[0], b[0]) && min(a[1], b[1]) <= p[1] && p[1] <= max(a[1], b[1])
}

func middle(r Ring) Point { return Point{(r[0][0] + r[1][0]) / 2, (r[0][1] + r[1][1]) / 2} }

func contains(r Ring, p Point) bool {
	inside := false
	for i := range r[1:] {
		a, b := r[i], r[i+1]
		if (a[0] > p[0]) != (b[0] > p[0]) && p[1] < (b[1]-a[1])*(p[0]-a[0])/(b[0]-a[0])+a[1] {
			inside = !inside
		}
	}
	return inside
}

func TestAShapeHoldsTheMiddleOfItsArea(t *testing.T) {
	b := mustBook(t, Holdings{})
	for id, at := range map[ID]Point{
		"25": {42.36, -71.06}, "28049": {32.30, -90.18}, "09110": {41.76, -72.69}, "09": {41.5, -72.7},
		"02063": {61.1, -146.3}, "72127": {18.4, -66.07}, "66010": {13.45, 144.75},
	} {
		found := false
		for _, ring := range b.Shape(id) {
			found = found || contains(ring, at)
		}
		if !found {
			t.Errorf("the shape of %s does not hold %v", id, at)
		}
	}
}

func TestATownWithoutAShapeHasThatOfItsCounty(t *testing.T) {
	b := mustBook(t, connecticut())
	for id, holder := range map[ID]ID{"0911082590": "09110", "x-litchfield-dispatch": "09", "60040": "60"} {
		got, want := b.Shape(id), b.Shape(holder)
		if len(got) == 0 || got[0][0] != want[0][0] || len(got[0]) != len(want[0]) {
			t.Errorf("the shape of %s is not that of %s", id, holder)
		}
	}
	if got := b.Shape("x-none"); got != nil {
		t.Errorf("the shape of an unknown area = %v, want none", got)
	}
}
