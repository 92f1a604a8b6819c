package cap

import (
	"encoding/binary"
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"callbox/areas"
)

// checkOutline fails where polygons break what rule 8 says about their form.
func checkOutline(t interface{ Errorf(string, ...any) }, rings []ring) {
	points := 0
	for _, r := range rings {
		if _, problem := polygon(r.String()); problem != "" {
			t.Errorf("polygon %s: %s", r, problem)
		}
		points += len(r) + 1
	}
	if len(rings) > maxShapes || points > maxPoints {
		t.Errorf("%d shapes and %d points, want at most %d and %d", len(rings), points, maxShapes, maxPoints)
	}
}

// Rule 8, for any lines that a map may hold.
func TestRule08AnyLinesBecomePolygonsWithinTheLimits(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		corner := rapid.Custom(func(t *rapid.T) areas.Point {
			return areas.Point{rapid.Float64Range(24, 49).Draw(t, "lat"), rapid.Float64Range(-125, -67).Draw(t, "lon")}
		})
		near := rapid.Custom(func(t *rapid.T) areas.Ring {
			at := corner.Draw(t, "corner")
			offsets := rapid.SliceOfN(rapid.IntRange(-20, 20), 0, 60).Draw(t, "offsets")
			var out areas.Ring
			for pair := range slices.Chunk(offsets, 2) {
				out = append(out, areas.Point{at[0] + float64(pair[0])/100, at[1] + float64(pair[len(pair)-1])/100})
			}
			return out
		})
		checkOutline(t, outline(rapid.SliceOfN(near, 0, 30).Draw(t, "rings")))
	})
}

func TestRule08NoAreaIsLeftOutWhereRingsAreJoined(t *testing.T) {
	var shapes []areas.Ring
	for i := range 40 {
		shapes = append(shapes, square(40+float64(i%7), -80+float64(i/7), 0.5))
	}
	rings := outline(shapes)
	checkOutline(t, rings)
	for _, s := range shapes {
		middle := point{int64((s[0][0] + 0.25) * scale), int64((s[0][1] + 0.25) * scale)}
		if !slices.ContainsFunc(rings, func(r ring) bool { return holds(r, middle) }) {
			t.Errorf("the square at %v lies in no polygon", s[0])
		}
	}
}

// holds counts the crossings of a ray to the east.
func holds(r ring, p point) bool {
	in := false
	for i, a := range r {
		b := r[(i+1)%len(r)]
		if (a.lat > p.lat) != (b.lat > p.lat) && (turn(a, b, p) > 0) == (b.lat > a.lat) {
			in = !in
		}
	}
	return in
}

func TestRule08ThinningKeepsTheShape(t *testing.T) {
	var circle areas.Ring
	for i := range 400 {
		a := 2 * math.Pi * float64(i) / 400
		circle = append(circle, areas.Point{42 + math.Sin(a), -72 + math.Cos(a)})
	}
	circle = append(circle, circle[0])
	rings := outline([]areas.Ring{circle})
	checkOutline(t, rings)
	whole, kept := ringOf(circle).area2(), rings[0].area2()
	if len(rings) != 1 || float64(kept) < 0.99*float64(whole) {
		t.Errorf("%d rings, area %d of %d, want at least 99 %%", len(rings), kept, whole)
	}
}

func TestRule08BadRingsAreMended(t *testing.T) {
	for name, c := range map[string]struct {
		in   areas.Ring
		want int // rings
	}{
		"clockwise":       {areas.Ring{{1, 1}, {2, 1}, {2, 2}, {1, 2}, {1, 1}}, 1},
		"open":            {areas.Ring{{1, 1}, {1, 2}, {2, 2}, {2, 1}}, 1},
		"crossing":        {areas.Ring{{1, 1}, {2, 2}, {2, 1}, {1, 2}, {1, 1}}, 1},
		"a point twice":   {areas.Ring{{1, 1}, {1, 2}, {1, 2}, {2, 2}, {1, 1}}, 1},
		"a spike":         {areas.Ring{{1, 1}, {1, 2}, {3, 2}, {2, 2}, {2, 1}, {1, 1}}, 1},
		"a line":          {areas.Ring{{1, 1}, {2, 2}, {3, 3}, {1, 1}}, 0},
		"a point":         {areas.Ring{{1, 1}, {1, 1}, {1, 1}, {1, 1}}, 0},
		"nothing":         {nil, 0},
		"finer than 1e-4": {areas.Ring{{1, 1}, {1, 1.00001}, {1.00001, 1.00001}, {1, 1}}, 0},
	} {
		rings := outline([]areas.Ring{c.in})
		if len(rings) != c.want {
			t.Errorf("%s: %d rings, want %d", name, len(rings), c.want)
		}
		checkOutline(t, rings)
	}
}

func TestRule08TheSameOutlineOfManyTownsIsDrawnOnce(t *testing.T) {
	s := square(41, -72, 1)
	if got := outline([]areas.Ring{s, s, s}); len(got) != 1 {
		t.Errorf("%d polygons, want 1", len(got))
	}
}

// FuzzOutline takes the bytes for coordinates.
func FuzzOutline(f *testing.F) {
	f.Add([]byte{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16})
	f.Add([]byte("a hundred points would be drawn from this line if it were only long enough"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > 2000 {
			return
		}
		var shapes []areas.Ring
		for chunk := range slices.Chunk(data, 48) {
			var r areas.Ring
			for pair := range slices.Chunk(chunk, 4) {
				if len(pair) == 4 {
					lat, lon := binary.LittleEndian.Uint16(pair), binary.LittleEndian.Uint16(pair[2:])
					r = append(r, areas.Point{float64(lat)/400 - 80, float64(lon)/200 - 160})
				}
			}
			shapes = append(shapes, r)
		}
		checkOutline(t, outline(shapes))
	})
}

// FuzzPolygon reads any text as a polygon.
func FuzzPolygon(f *testing.F) {
	for _, seed := range []string{goodPolygon, "", "1,1", "1,1 2,2 3,3 1,1", "(1,1) 2,2", "1e9,1 2,2", "-0,0 0,1 1,1 -0,0"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 4000 {
			return
		}
		r, problem := polygon(text)
		if problem == "" {
			if again, problem := polygon(r.String()); problem != "" || !slices.Equal(r, again) {
				t.Errorf("%q reads as %v, written and read again %v %s", text, r, again, problem)
			}
		}
	})
}
