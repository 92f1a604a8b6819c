package cap

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"

	"callbox/areas"
)

// rule08: every area has real SAME codes and polygons within the limits of WEA that are closed, simple,
// counter-clockwise and inside the jurisdiction.
func (r Rules) rule08(s subject) (out report) {
	within, bounded := r.bounds()
	for i, info := range s.Infos {
		if len(info.Areas) == 0 {
			out.block(8, s.at(i, "area"), "is missing")
		}
		var codes, shapes, points int
		for _, a := range info.Areas {
			for _, problem := range r.geocodes(a) {
				out.block(8, s.at(i, "geocode"), "%s", problem)
			}
			if len(a.Polygons) == 0 {
				out.block(8, s.at(i, "polygon"), "is missing: readers drop an area without one")
			}
			if len(a.Circles) > 0 {
				out.block(8, s.at(i, "circle"), "use polygons")
			}
			for _, text := range a.Polygons {
				drawn, problem := polygon(text)
				if problem == "" && bounded && !inside(within, drawn) {
					problem = "lies outside the jurisdiction: are latitude and longitude swapped?"
				}
				if problem != "" {
					out.block(8, s.at(i, "polygon"), "%s", problem)
				}
				points += len(strings.Fields(text))
			}
			codes += len(valuesOf(a.Geocodes, "SAME"))
			shapes += len(a.Polygons)
		}
		if codes > maxCodes {
			out.block(8, s.at(i, "geocode"), "%d SAME codes, at most %d", codes, maxCodes)
		}
		if shapes > maxShapes || points > maxPoints {
			out.block(8, s.at(i, "polygon"), "%d shapes and %d points, at most %d and %d", shapes, points, maxShapes, maxPoints)
		}
	}
	return out
}

var pairForm = regexp.MustCompile(`^-?\d{1,2}(\.\d{1,4})?,-?\d{1,3}(\.\d{1,4})?$`)

// polygon reads "lat,lon lat,lon ..." strictly, and says what is wrong with it.
func polygon(text string) (ring, string) {
	var out ring
	for _, pair := range strings.Split(text, " ") {
		if !pairForm.MatchString(pair) {
			return nil, fmt.Sprintf("%.40q: pairs are lat,lon with at most four decimals, and one blank between them", pair)
		}
		lat, lon, _ := strings.Cut(pair, ",")
		p := point{tenThousandths(lat), tenThousandths(lon)}
		if p.lat < -90*scale || p.lat > 90*scale || p.lon < -180*scale || p.lon > 180*scale {
			return nil, fmt.Sprintf("%s is not on earth", pair)
		}
		out = append(out, p)
	}
	n := len(out)
	switch {
	case n < 4:
		return nil, fmt.Sprintf("%d pairs, at least 4", n)
	case out[0] != out[n-1]:
		return nil, "is not closed: the last pair must be the first"
	}
	out = out[:n-1]
	switch {
	case !out.simple():
		return nil, "touches or crosses itself, or has no area"
	case out.area2() < 0:
		return nil, "runs clockwise"
	}
	return out, ""
}

// tenThousandths reads what pairForm let pass.
func tenThousandths(text string) int64 {
	v, _ := strconv.ParseFloat(text, 64)
	return int64(math.Round(v * scale))
}

// slack is how far a polygon may reach over the box of the jurisdiction: outlines are simplified each by
// itself. It is far less than what swapped coordinates are off.
const slack = scale / 10

// bounds is the box around the jurisdiction; false where it is not known.
func (r Rules) bounds() (box, bool) {
	var out box
	found := false
	for _, id := range r.Speaker.Jurisdiction {
		if r.Atlas == nil {
			break
		}
		for _, shape := range r.Atlas.Shape(id) {
			r := ringOf(shape)
			if len(r) == 0 {
				continue
			}
			b := boxOf(r)
			if found {
				b = b.with(out)
			}
			out, found = b, true
		}
	}
	out.low.lat, out.low.lon = out.low.lat-slack, out.low.lon-slack
	out.high.lat, out.high.lon = out.high.lat+slack, out.high.lon+slack
	return out, found
}

func inside(b box, r ring) bool {
	for _, p := range r {
		if !b.holds(p) {
			return false
		}
	}
	return true
}

var sameForm = regexp.MustCompile(`^[0-9]{6}$`)

func (r Rules) geocodes(a Area) []string {
	codes := valuesOf(a.Geocodes, "SAME")
	if len(codes) == 0 {
		return []string{"no SAME code"}
	}
	var out []string
	for _, code := range codes {
		switch {
		case !sameForm.MatchString(code):
			out = append(out, fmt.Sprintf("%.20q: a SAME code has six digits", code))
		case !r.real(code):
			out = append(out, fmt.Sprintf("%s is not the code of a county", code))
		}
	}
	return out
}

func (r Rules) real(code string) bool { return r.Atlas == nil || IsSAME(r.Atlas, code) }

// IsSAME reports whether six digits are the code of a state or county (47 CFR 11.31(f)). The old counties
// of Connecticut are among them: SAME has kept them.
func IsSAME(atlas interface {
	Area(areas.ID) (areas.Area, bool)
}, code string) bool {
	if !sameForm.MatchString(code) {
		return false
	}
	id := areas.ID(code[1:])
	if code[3:] == "000" {
		id = areas.ID(code[1:3])
	}
	if _, ok := atlas.Area(id); ok {
		return true
	}
	county, _ := strconv.Atoi(code[3:])
	return code[1:3] == "09" && county%2 == 1 && county <= 15
}
