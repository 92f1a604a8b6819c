package outages

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"callbox/areas"
)

// help fills in the numbers and ways of an area. An area in which calls to 911 work needs none: its
// residents call 911. A watched one keeps its numbers, as it may fail again.
func (r *resolver) help(a *Advice) {
	voice := a.of(Voice)
	calls := slices.ContainsFunc(voice, func(c Condition) bool { return !c.over() })
	a.Numbers, a.Struck = r.numbers(a)
	if !calls {
		a.Numbers = slices.DeleteFunc(a.Numbers, func(n areas.Number) bool { return n.For != areas.Relay || !a.Open() })
		return
	}
	for _, kind := range phones(voice) {
		a.Ways = append(a.Ways, areas.Way{Area: a.Area.ID, Kind: kind})
	}
	if texts := a.of(Text); len(texts) > 0 && !slices.ContainsFunc(texts, func(c Condition) bool { return !c.State.Works() }) {
		a.Ways = append(a.Ways, areas.Way{Area: a.Area.ID, Kind: areas.TextTo911})
	}
	a.Ways = append(a.Ways, r.kept(a)...)
	if len(a.Numbers) == 0 && !a.reachable() && slices.Contains(r.after.noNumber, a.Area.ID) {
		a.Ways = append(a.Ways, areas.Way{Area: a.Area.ID, Kind: areas.Station})
	}
	order := []areas.WayKind{areas.Mobile, areas.LandlineCall, areas.VoIPCall, areas.OtherCarrier,
		areas.TextTo911, areas.FireBox, areas.Station, areas.CallBack}
	slices.SortStableFunc(a.Ways, func(v, w areas.Way) int {
		return slices.Index(order, v.Kind) - slices.Index(order, w.Kind)
	})
}

// of returns the conditions of one service.
func (a Advice) of(s Service) []Condition {
	var out []Condition
	for _, c := range a.Standing {
		if c.Service == s {
			out = append(out, c)
		}
	}
	return out
}

// reachable reports whether there is a way that does not depend on being called back.
func (a Advice) reachable() bool {
	return slices.ContainsFunc(a.Ways, func(w areas.Way) bool { return w.Kind != areas.CallBack })
}

// kept returns the ways of the directory and of the declarations. Which phone works, and whether texts
// are answered, follows from the conditions alone.
func (r *resolver) kept(a *Advice) []areas.Way {
	var out []areas.Way
	known := r.book.Ways(a.Area.ID)
	for _, w := range r.after.ways {
		if r.serves(w.Area, a) {
			known = append(known, w)
		}
	}
	for _, w := range known {
		switch w.Kind {
		case areas.FireBox, areas.Station, areas.CallBack:
			w.Area = a.Area.ID
			if !slices.Contains(out, w) {
				out = append(out, w)
			}
		}
	}
	return out
}

// serves reports whether what is declared for one area counts in another: that area itself, one that it
// lies within, or a district that serves it.
func (r *resolver) serves(declared areas.ID, a *Advice) bool {
	return declared == a.Area.ID || slices.Contains(a.Under, declared) || slices.Contains(a.Area.ServedBy, declared)
}

// numbers returns the numbers to print, in the order to try, and those struck out. Numbers declared for
// this outage come first; then, for each need still open, the directory along ServedBy. A struck number
// leaves its need open, so that the next holder's is used (shared fate). So does an expired one, which is
// struck where others serve its needs; where they do not it comes last, as better than none.
func (r *resolver) numbers(a *Advice) (usable []areas.Number, struck []Struck) {
	take := func(list []areas.Number, met map[areas.Need]bool) {
		before := maps.Clone(met)
		for _, n := range list {
			if before[n.For] || before[areas.All] && n.For != areas.Relay {
				continue
			}
			if slices.ContainsFunc(usable, func(u areas.Number) bool { return u.Tel == n.Tel && u.For == n.For }) {
				continue
			}
			if why := r.strike(n, a); why != "" {
				struck = append(struck, Struck{Number: n, Why: why})
				continue
			}
			met[n.For] = true
			usable = append(usable, n)
		}
	}
	var declared []areas.Number
	for _, n := range r.after.numbers {
		if r.serves(n.Area, a) {
			declared = append(declared, n)
		}
	}
	met, late := map[areas.Need]bool{}, map[areas.Need]bool{} // by what is current, and by what has expired
	take(declared, met)
	var expired [][]areas.Number // by holder
	for _, holder := range append([]areas.ID{a.Area.ID}, a.Area.ServedBy...) {
		own, old := r.held(holder, met)
		take(own, met)
		expired = append(expired, old)
	}
	current := slices.Clip(usable)
	for _, list := range expired {
		take(slices.DeleteFunc(list, func(n areas.Number) bool {
			covered := n.Covered(current)
			if covered && !slices.ContainsFunc(current, func(u areas.Number) bool { return u.Tel == n.Tel }) {
				struck = append(struck, Struck{Number: n, Why: cmp.Or(r.strike(n, a), tooOld)})
			}
			return covered
		}), late)
	}
	return usable, struck
}

// held returns what a holder itself keeps for the needs that are not met yet, expired numbers apart.
func (r *resolver) held(holder areas.ID, met map[areas.Need]bool) (current, expired []areas.Number) {
	for _, n := range r.book.Numbers(holder) {
		switch {
		case n.Area != holder || met[n.For] || met[areas.All] && n.For != areas.Relay:
		case n.Expired(r.now):
			expired = append(expired, n)
		default:
			current = append(current, n)
		}
	}
	return current, expired
}

// tooOld is why an expired number is struck.
const tooOld = "nobody confirmed within the last 180 days that it answers, and others do"

// strike says why a number must not be printed in an area; it is empty when it may.
func (r *resolver) strike(n areas.Number, a *Advice) string {
	switch {
	case emergency(n.Tel):
		return "911 and other three-digit codes cannot stand in for 911"
	case n.Silent():
		return "nobody answered the last two calls to confirm it"
	case slices.Contains(r.after.silent, n.Tel):
		return "it was found not to be answered"
	case !n.Until.IsZero() && !n.Until.After(r.now):
		return "it was temporary and has ended"
	case n.Carrier != "" && named(r.after.failed, n.Carrier):
		return "it rides on " + n.Carrier + ", whose network failed"
	}
	for _, c := range a.Standing {
		switch {
		case c.Service == Admin && c.State == Down && n.Admin:
			return "it is a routine line, and those are down"
		case c.Service == Voice && c.State == Down && n.Carrier != "" && c.Hit.fells(n.Carrier):
			return "it rides on " + n.Carrier + ", which is down"
		}
	}
	return ""
}

// emergency reports whether a number is 911 or another N11 code rather than a telephone number.
func emergency(t areas.Tel) bool {
	return len(strings.TrimPrefix(strings.TrimPrefix(string(t), "+1"), "+")) <= 3
}

// fells reports whether a condition takes down a landline number that rides on a carrier.
func (h Hit) fells(name string) bool {
	if len(h.Carriers) == 0 || len(h.Lines) > 0 && !slices.Contains(h.Lines, Landline) {
		return false
	}
	return named(h.Carriers, name) != h.Except
}

// phones returns the kinds of phone from which 911 can still be called, as far as the conditions say so.
// While no call is lost for certain there is nothing to choose.
func phones(voice []Condition) []areas.WayKind {
	var hits []Hit // where calls are lost or may be; delayed and rerouted ones are answered
	lost := false
	for _, c := range voice {
		if c.State == Down || c.State == Intermittent {
			hits = append(hits, c.Hit)
			lost = lost || c.State == Down
		}
	}
	if !lost {
		return nil
	}
	// A carrier named without a line type is taken for its phones: landlines of others stay a way, and
	// the wording says "of another carrier".
	spared := func(l Line) bool {
		return !slices.ContainsFunc(hits, func(h Hit) bool {
			if len(h.Lines) == 0 {
				return l != Landline || len(h.Carriers) == 0 || h.Except
			}
			return slices.Contains(h.Lines, l)
		})
	}
	var ways []areas.WayKind
	if spared(Wireless) {
		ways = append(ways, areas.Mobile)
	}
	if spared(Landline) {
		ways = append(ways, areas.LandlineCall)
	}
	if len(ways) == 0 && spared(VoIP) {
		ways = append(ways, areas.VoIPCall)
	}
	if hit, spared := mobiles(hits); len(hit)+len(spared) > 0 {
		ways = append(ways, areas.OtherCarrier)
	}
	return ways
}

// Carriers tells for which mobile carriers calls fail, when other carriers work; and, where all but some
// fail, which are spared. Both are empty when mobile phones work or fail without regard to carriers.
func (a Advice) Carriers() (hit, spared []string) {
	var hits []Hit
	for _, c := range a.of(Voice) {
		if c.State == Down || c.State == Intermittent {
			hits = append(hits, c.Hit)
		}
	}
	return mobiles(hits)
}

func mobiles(hits []Hit) (hit, spared []string) {
	except := false
	for _, h := range hits {
		switch {
		case len(h.Lines) > 0 && !slices.Contains(h.Lines, Wireless):
		case len(h.Carriers) == 0:
			return nil, nil
		case h.Except && !except:
			except, spared = true, slices.Clone(h.Carriers)
		case h.Except:
			spared = slices.DeleteFunc(spared, func(c string) bool { return !named(h.Carriers, c) })
		default:
			for _, c := range h.Carriers {
				if !named(hit, c) {
					hit = append(hit, c)
				}
			}
		}
	}
	if !except {
		return hit, nil
	}
	return nil, slices.DeleteFunc(spared, func(c string) bool { return named(hit, c) })
}

// named reports whether a list holds a carrier, however it is spelled.
func named(list []string, name string) bool {
	return slices.ContainsFunc(list, func(c string) bool { return carrier(c) == carrier(name) })
}
