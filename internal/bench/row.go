package bench

import (
	"fmt"
	"math"
	"slices"
)

// sample is what several rounds measured.
type sample []float64

// median is the middle value, or the mean of the middle two.
func (s sample) median() float64 {
	if len(s) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(s))
	return (sorted[(len(s)-1)/2] + sorted[len(s)/2]) / 2
}

// percentile is the smallest value that p percent of the sample do not exceed.
func (s sample) percentile(p float64) float64 {
	if len(s) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(s))
	return sorted[max(0, int(math.Ceil(p/100*float64(len(s))))-1)]
}

func (s sample) span() [2]float64 {
	if len(s) == 0 {
		return [2]float64{}
	}
	return [2]float64{slices.Min(s), slices.Max(s)}
}

// ours fills in what we need.
func (r Row) ours(s sample) Row {
	r.Ours, r.OursRange = s.median(), s.span()
	return r
}

// beside fills in a reference that was measured in the same rounds. The ratio is the median of the
// rounds' ratios: what disturbs the machine disturbs both sides of a round.
func (r Row) beside(what string, s, ours sample) Row {
	r.ReferenceWhat, r.Reference, r.ReferenceRange = what, s.median(), s.span()
	var ratios sample
	for i := range min(len(s), len(ours)) {
		if s[i] > 0 {
			ratios = append(ratios, ours[i]/s[i])
		}
	}
	r.Ratio = ratios.median()
	return r
}

// atMost judges a value against a goal.
func (r Row) atMost(goal, value float64, unit string) Row {
	met := value <= goal
	r.Met, r.Goal = &met, fmt.Sprintf("<= %g%s", goal, unit)
	return r
}

// atLeast judges a value against a goal.
func (r Row) atLeast(goal, value float64, unit string) Row {
	met := value >= goal
	r.Met, r.Goal = &met, fmt.Sprintf(">= %g%s", goal, unit)
	return r
}
