package feed

import (
	"errors"
	"fmt"
	"math"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"callbox/areas"
	"callbox/channels/cap"
)

// selection is what the parameters of /alerts/active ask for. Lists are separated by commas; an empty
// list asks for everything.
type selection struct {
	lists map[string][]string
	point *[2]float64 // latitude, longitude
	limit int
}

// selectable are the parameters that are lists, and what each compares: the names of api.weather.gov.
var selectable = map[string]func(entry, cap.Info) []string{
	"status":       func(e entry, _ cap.Info) []string { return []string{e.alert.Status} },
	"message_type": func(e entry, _ cap.Info) []string { return []string{e.alert.MsgType} },
	"event":        func(_ entry, i cap.Info) []string { return []string{i.Event} },
	"code":         func(_ entry, i cap.Info) []string { return values(i.EventCodes) },
	"severity":     func(_ entry, i cap.Info) []string { return []string{i.Severity} },
	"urgency":      func(_ entry, i cap.Info) []string { return []string{i.Urgency} },
	"certainty":    func(_ entry, i cap.Info) []string { return []string{i.Certainty} },
}

func values(list []cap.Value) []string {
	var out []string
	for _, v := range list {
		out = append(out, v.Value)
	}
	return out
}

// parseSelection reads a query. An unknown parameter or a malformed value is an error that names it.
func parseSelection(query string) (selection, error) {
	s := selection{lists: map[string][]string{}, limit: math.MaxInt}
	asked, err := url.ParseQuery(query)
	if err != nil {
		return s, errors.New("the parameters cannot be read")
	}
	for name, given := range asked {
		text := strings.Join(given, ",")
		switch {
		case selectable[name] != nil:
			s.lists[name] = strings.Split(text, ",")
		case name == "area":
			for _, a := range strings.Split(text, ",") {
				if len(a) != 2 {
					return s, errors.New("area: states by their two letters, such as CT")
				}
				s.lists[name] = append(s.lists[name], strings.ToUpper(a))
			}
		case name == "point":
			if s.point, err = parsePoint(text); err != nil {
				return s, err
			}
		case name == "limit":
			if s.limit, err = strconv.Atoi(text); err != nil || s.limit < 1 || s.limit > 500 {
				return s, errors.New("limit: a number from 1 to 500")
			}
		default:
			return s, fmt.Errorf("parameter %.40q is not known", name)
		}
	}
	return s, nil
}

func parsePoint(text string) (*[2]float64, error) {
	lat, lon, _ := strings.Cut(text, ",")
	y, errY := strconv.ParseFloat(lat, 64)
	x, errX := strconv.ParseFloat(lon, 64)
	if errY != nil || errX != nil || !(math.Abs(y) <= 90 && math.Abs(x) <= 180) {
		return nil, errors.New("point: latitude,longitude in degrees, such as 41.76,-72.68")
	}
	return &[2]float64{y, x}, nil
}

// of returns the entries that are asked for.
func (s selection) of(entries []entry, atlas Atlas) []entry {
	var out []entry
	for _, e := range entries {
		if len(out) < s.limit && s.wants(e, atlas) {
			out = append(out, e)
		}
	}
	return out
}

func (s selection) wants(e entry, atlas Atlas) bool {
	i := e.in("en")
	for name, list := range s.lists {
		have := e.states(atlas)
		if field := selectable[name]; field != nil {
			have = field(e, i)
		}
		if !slices.ContainsFunc(have, func(h string) bool {
			return slices.ContainsFunc(list, func(l string) bool { return strings.EqualFold(h, l) })
		}) {
			return false
		}
	}
	return s.point == nil || holds(geometryOf(i), *s.point)
}

// states are the postal abbreviations of the states that the document is for.
func (e entry) states(atlas Atlas) []string {
	var out []string
	for _, code := range e.codes {
		if a, ok := atlas.Area(areas.ID(code[1:3])); ok {
			out = append(out, a.State)
		}
	}
	return out
}

// holds reports whether a point lies in one of the polygons, by counting crossings.
func holds(g *geometry, at [2]float64) bool {
	if g == nil {
		return false
	}
	for _, polygon := range g.Coordinates {
		in := false
		ring := polygon[0]
		for i := range len(ring) - 1 {
			a, b := ring[i], ring[i+1]
			if (a[1] > at[0]) != (b[1] > at[0]) && at[1] < (b[0]-a[0])*(at[0]-a[1])/(b[1]-a[1])+a[0] {
				in = !in
			}
		}
		if in {
			return true
		}
	}
	return false
}
