package areamap

import (
	"cmp"
	"embed"
	"html/template"
	"slices"
	"strings"
)

// Level is how well something covers a county, told apart by pattern and not by colour alone.
type Level int

// The levels, from what is not asked about to the best.
const (
	Blank  Level = iota // it is not about this county
	Nobody              // there is nobody, or nothing, to cover
	Few
	Most
	Full
)

// Class is the name of the pattern in the drawing.
func (l Level) Class() string { return [...]string{"blank", "nobody", "few", "most", "full"}[l] }

// Key explains a level under the map.
type Key struct {
	Level
	Text string
}

// Caption is what stands around a map.
type Caption struct {
	Title string // of the picture: what it shows, and where the same stands in words
	Keys  []Key
}

//go:embed coverage.html
var file embed.FS

var page = template.Must(template.ParseFS(file, "coverage.html"))

// WorstLast are the shapes in the order to draw them. Outlines may lie over each other, as those of Connecticut's
// planning regions do: then what is badly covered stays in sight.
func (m *Map) WorstLast() []Shape {
	return slices.SortedStableFunc(slices.Values(m.Shapes), func(a, b Shape) int {
		if (a.Level == Blank) != (b.Level == Blank) {
			return cmp.Compare(a.Level, b.Level)
		}
		return cmp.Compare(b.Level, a.Level)
	})
}

// Coverage renders a map of levels with its key; nothing without a map. A page shows at most one: patterns
// have names.
func (m *Map) Coverage(c Caption) (template.HTML, error) {
	if m == nil {
		return "", nil
	}
	var b strings.Builder
	err := page.Execute(&b, struct {
		*Map
		Caption
	}{m, c})
	return template.HTML(b.String()), err
}
