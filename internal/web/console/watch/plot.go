package watch

import (
	"fmt"
	"strings"
	"time"

	"callbox/internal/desk"
	"callbox/internal/web/console/account"
)

// plot is a line over time: which part was handed over since the release. Its units are those of the SVG.
type plot struct {
	Line, Area string // path data
	Ticks      []tick
	Desc       string
	Rows       []plotRow // the same as a table
}

type tick struct {
	X    int
	Text string
}

type plotRow struct{ After, Accepted, Part string }

// The field of a plot.
const (
	plotLeft, plotRight = 56, 340
	plotTop, plotBottom = 10, 150
	plotRows            = 12
)

// draw makes the plot of a bulletin; nil without a step. It does not change while the ledger does not:
// the axis ends at the last step.
func draw(steps []desk.Point, from time.Time) *plot {
	if len(steps) < 2 {
		return nil
	}
	last := steps[len(steps)-1]
	span := max(last.At.Sub(from), time.Second)
	x := func(t time.Time) int {
		return plotLeft + int(float64(plotRight-plotLeft)*min(max(float64(t.Sub(from))/float64(span), 0), 1))
	}
	y := func(p desk.Point) int {
		if p.Targeted == 0 {
			return plotBottom
		}
		return plotBottom - (plotBottom-plotTop)*p.Accepted/p.Targeted
	}
	var d strings.Builder
	fmt.Fprintf(&d, "M%d %d", plotLeft, y(steps[0]))
	for _, p := range steps[1:] {
		fmt.Fprintf(&d, "H%dV%d", x(p.At), y(p)) // nothing happened until it was noted
	}
	p := &plot{Line: d.String(), Area: fmt.Sprintf("%sV%dH%dZ", d.String(), plotBottom, plotLeft)}
	for i := range 3 {
		at := span * time.Duration(i) / 2
		p.Ticks = append(p.Ticks, tick{x(from.Add(at)), account.Took(at)})
	}
	for i, s := range steps {
		if len(steps) > plotRows && i%((len(steps)+plotRows-1)/plotRows) != 0 && i != len(steps)-1 {
			continue
		}
		p.Rows = append(p.Rows, plotRow{account.Took(s.At.Sub(from)), account.Count(s.Accepted), percent(s.Accepted, s.Targeted)})
	}
	p.Desc = fmt.Sprintf("From 0 to %s in %s after the release.", percent(last.Accepted, last.Targeted), account.Took(last.At.Sub(from)))
	return p
}
