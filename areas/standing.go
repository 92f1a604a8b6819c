package areas

import (
	"slices"
	"time"
)

// Standing is how well the directory serves one area, before any outage. Its score says what is worth
// doing next; what may be printed in an outage is decided there, not here.
type Standing struct {
	Area ID `json:"area"`
	// Numbers counts the numbers that may be printed; relay lines are none.
	Numbers int `json:"numbers"`
	// Expired counts those among them that are printed for want of a better one: see [Number.Expired].
	Expired int `json:"expired,omitempty"`
	// Always, Confirmed, Needs and Apart say of the others: one is staffed around the clock; one
	// answered a call lately; police, fire and medical are all among them; and they do not all fail
	// together with the routine lines or with one carrier, as far as is known.
	Always    bool `json:"around_the_clock"`
	Confirmed bool `json:"confirmed"`
	Needs     bool `json:"all_needs"`
	Apart     bool `json:"independent"`
	// Score is 0 without a number, 20 where all have expired, else 40, and 20 for each of Always and
	// Confirmed, 10 for each of Needs and Apart: at most 100.
	Score int `json:"score"`
}

// Standing judges the numbers of an area. A confirmation counts for as long as within.
func (b *Book) Standing(id ID, now time.Time, within time.Duration) Standing {
	s := Standing{Area: id}
	all := slices.DeleteFunc(slices.Clone(b.Numbers(id)), func(n Number) bool { return n.For == Relay || n.Silent() })
	numbers := slices.DeleteFunc(slices.Clone(all), func(n Number) bool { return n.Expired(now) })
	for _, n := range all {
		if n.Expired(now) && !n.Covered(numbers) {
			s.Expired++
		}
	}
	s.Numbers = len(numbers) + s.Expired
	switch {
	case s.Numbers == 0:
		return s
	case len(numbers) == 0:
		s.Score = 20
		return s
	}
	any := func(is func(Number) bool) bool { return slices.ContainsFunc(numbers, is) }
	meets := func(need Need) bool { return any(func(n Number) bool { return n.For == need || n.For == All }) }
	s.Always = any(func(n Number) bool { return n.Hours == "" })
	s.Confirmed = any(func(n Number) bool { return !n.Due(now, within) })
	s.Needs = meets(Police) && meets(Fire) && meets(Medical)
	s.Apart = apart(numbers)
	s.Score = 40
	for _, p := range []struct {
		is     bool
		points int
	}{{s.Always, 20}, {s.Confirmed, 20}, {s.Needs, 10}, {s.Apart, 10}} {
		if p.is {
			s.Score += p.points
		}
	}
	return s
}

// apart reports whether some numbers are known to outlive what takes the others down: they ride on two
// carriers, not counting routine lines.
func apart(numbers []Number) bool {
	carriers := map[string]bool{}
	for _, n := range numbers {
		if !n.Admin && n.Carrier != "" {
			carriers[n.Carrier] = true
		}
	}
	return len(carriers) > 1
}
