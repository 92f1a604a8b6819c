package pages

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// drawing is the icon as a PNG of some size, for systems that take no SVG.
type drawing struct {
	name    string
	side    int     // in pixels
	purpose string  // of the manifest's member of that name; empty is "any"
	scale   float64 // of the handset: a maskable icon keeps its content within the inner four fifths
	round   bool    // with the corners of the SVG
}

var drawings = []drawing{
	{"icon-192.png", 192, "", 1, true},
	{"icon-512.png", 512, "", 1, true},
	{"icon-maskable.png", 512, "maskable", .8, false},
	{"icon-apple.png", 180, "", .9, false},
}

// icons draws what assets/icon.svg shows. It is done once for all sites of a process.
var icons = sync.OnceValues(func() (map[string][]byte, error) {
	svg, err := assetFiles.ReadFile("assets/icon.svg")
	if err != nil {
		return nil, err
	}
	m := svgPath.FindSubmatch(svg)
	if m == nil {
		return nil, fmt.Errorf("icon.svg has no path")
	}
	handset, err := outline(string(m[1]))
	if err != nil {
		return nil, fmt.Errorf("icon.svg: %w", err)
	}
	out := map[string][]byte{}
	for _, d := range drawings {
		var b bytes.Buffer
		if err := png.Encode(&b, d.draw(handset)); err != nil {
			return nil, err
		}
		out[d.name] = b.Bytes()
	}
	return out, nil
})

// The measures of icon.svg.
const (
	iconSide   = 64.0
	iconCorner = 12.0
)

var (
	svgPath  = regexp.MustCompile(` d="([^"]+)"`)
	iconBlue = color.NRGBA{0x0b, 0x3d, 0x66, 0xff}
)

type spot struct{ x, y float64 }

// outline reads an SVG path of the commands M, C, l, h, v, c and z as one polygon.
func outline(d string) ([]spot, error) {
	var points []spot
	var at spot
	for _, m := range pathCommand.FindAllStringSubmatch(d, -1) {
		var args []float64
		for _, text := range pathNumber.FindAllString(m[2], -1) {
			v, err := strconv.ParseFloat(text, 64)
			if err != nil {
				return nil, err
			}
			args = append(args, v)
		}
		size := map[string]int{"M": 2, "l": 2, "h": 1, "v": 1, "c": 6, "C": 6, "z": 0}[m[1]]
		if m[1] == "z" {
			continue
		}
		if size == 0 || len(args)%size != 0 {
			return nil, fmt.Errorf("a path with the command %s and %d numbers", m[1], len(args))
		}
		for a := range slices.Chunk(args, size) {
			from := at
			if m[1] == strings.ToUpper(m[1]) {
				from = spot{}
			}
			switch size {
			case 1:
				at = map[string]spot{"h": {at.x + a[0], at.y}, "v": {at.x, at.y + a[0]}}[m[1]]
			case 2:
				at = spot{from.x + a[0], from.y + a[1]}
			case 6:
				points = append(points, curve(at, spot{from.x + a[0], from.y + a[1]}, spot{from.x + a[2], from.y + a[3]}, spot{from.x + a[4], from.y + a[5]})...)
				at = spot{from.x + a[4], from.y + a[5]}
			}
			points = append(points, at)
		}
	}
	return points, nil
}

var (
	pathCommand = regexp.MustCompile(`([A-Za-z])([^A-Za-z]*)`)
	pathNumber  = regexp.MustCompile(`-?\d*\.?\d+`)
)

// curve takes a cubic Bézier curve apart into short lines.
func curve(a, b, c, d spot) []spot {
	const steps = 16
	var out []spot
	for i := 1; i < steps; i++ {
		t := float64(i) / steps
		u := 1 - t
		f := [4]float64{u * u * u, 3 * u * u * t, 3 * u * t * t, t * t * t}
		out = append(out, spot{f[0]*a.x + f[1]*b.x + f[2]*c.x + f[3]*d.x, f[0]*a.y + f[1]*b.y + f[2]*c.y + f[3]*d.y})
	}
	return out
}

// samples is into how many rows and columns a pixel is divided, for smooth edges.
const samples = 4

// draw paints the handset in white on blue.
func (d drawing) draw(handset []spot) image.Image {
	img := image.NewNRGBA(image.Rect(0, 0, d.side, d.side))
	unit := iconSide / float64(d.side)
	for y := range d.side {
		white, blue := make([]int, d.side), make([]int, d.side)
		for row := range samples {
			sy := (float64(y) + (float64(row)+.5)/samples) * unit
			inside := crossings(handset, iconSide/2+(sy-iconSide/2)/d.scale)
			for col := range d.side * samples {
				sx := (float64(col) + .5) / samples * unit
				if d.round && outsideCorner(sx, sy) {
					continue
				}
				blue[col/samples]++
				if within(inside, iconSide/2+(sx-iconSide/2)/d.scale) {
					white[col/samples]++
				}
			}
		}
		for x := range d.side {
			img.SetNRGBA(x, y, mixed(white[x], blue[x]))
		}
	}
	return img
}

// crossings returns where a horizontal line crosses a polygon, in order.
func crossings(polygon []spot, y float64) []float64 {
	var out []float64
	for i, a := range polygon {
		b := polygon[(i+1)%len(polygon)]
		if (a.y <= y) != (b.y <= y) {
			out = append(out, a.x+(y-a.y)/(b.y-a.y)*(b.x-a.x))
		}
	}
	slices.Sort(out)
	return out
}

func within(crossed []float64, x float64) bool {
	n, _ := slices.BinarySearch(crossed, x)
	return n%2 == 1
}

func outsideCorner(x, y float64) bool {
	dx := max(iconCorner-x, x-(iconSide-iconCorner), 0)
	dy := max(iconCorner-y, y-(iconSide-iconCorner), 0)
	return dx*dx+dy*dy > iconCorner*iconCorner
}

// mixed is the colour of a pixel of which so many samples are white, and so many blue or white.
func mixed(white, painted int) color.NRGBA {
	if painted == 0 {
		return color.NRGBA{}
	}
	mix := func(blue uint8) uint8 { return uint8((255*white + int(blue)*(painted-white)) / painted) }
	return color.NRGBA{mix(iconBlue.R), mix(iconBlue.G), mix(iconBlue.B), uint8(255 * painted / (samples * samples))}
}
