package templates

import (
	"cmp"
	"encoding/json"
	"slices"

	"callbox/areas"
	"callbox/outages"
)

// situation is how 911 does in an area, from the least to the most grave.
type situation int

const (
	mistaken situation = iota // retracted: 911 works and did
	here                      // it works, and the agency says so because others fail
	mended                    // it worked, and what failed beside it works again
	again                     // it works again
	lines                     // it works, routine lines do not
	location                  // it works, and may not see where callers are
	texts                     // calls work, texts do not
	unsteady                  // some calls connect, or late, or elsewhere
	outage                    // calls do not connect, for some phones or all
)

var topicKeys = [...]string{"retract", "here", "mended", "again", "lines", "location", "texts", "unsteady", "outage"}

// group is some areas with the same advice; their numbers may differ.
type group struct {
	situation situation
	list      []outages.Advice
}

// assess tells the situation of an area.
func assess(kind outages.Kind, a outages.Advice) situation {
	switch {
	case kind == outages.Retract:
		return mistaken
	case a.Change == outages.Ended && slices.ContainsFunc(a.Standing, func(c outages.Condition) bool {
		return c.Service == outages.Voice && c.State == outages.Restored
	}):
		return again
	case a.Change == outages.Ended:
		return mended
	}
	worst := here
	for _, c := range a.Standing {
		worst = max(worst, conditionSituation(c))
	}
	return worst
}

func conditionSituation(c outages.Condition) situation {
	switch {
	case c.State == outages.Watched && c.Service == outages.Voice:
		return again
	case c.State.Works():
		return here
	case c.Service == outages.Voice && c.State == outages.Down && c.Confidence != outages.Suspected:
		return outage
	case c.Service == outages.Voice:
		return unsteady
	case c.Service == outages.Text:
		return texts
	case c.Service == outages.Location:
		return location
	}
	return lines
}

// apart makes a group of each area.
func (w *writer) apart(list []outages.Advice) []group {
	groups := make([]group, len(list))
	for i, a := range list {
		groups[i] = group{assess(w.kind, a), []outages.Advice{a}}
	}
	return groups
}

// together groups areas of the same advice: the gravest first, so that a post does not open with where
// 911 works, and groups as grave in the order of their first area.
func (w *writer) together(list []outages.Advice) []group {
	var groups []group
	at := map[string]int{}
	for _, a := range list {
		key := adviceKey(a)
		i, ok := at[key]
		if !ok {
			i = len(groups)
			at[key] = i
			groups = append(groups, group{situation: assess(w.kind, a)})
		}
		groups[i].list = append(groups[i].list, a)
	}
	slices.SortStableFunc(groups, func(a, b group) int { return cmp.Compare(b.situation, a.situation) })
	return groups
}

// adviceKey is the same for areas whose residents are told the same but for numbers and names.
func adviceKey(a outages.Advice) string {
	type key struct {
		Change   outages.Change
		Standing []outages.Condition
		Ways     []areas.Way
		Numbers  bool
	}
	k := key{Change: a.Change, Standing: slices.Clone(a.Standing), Ways: slices.Clone(a.Ways), Numbers: len(a.Numbers) > 0}
	if a.Change == outages.Ended { // only what works again is said then
		k.Standing = slices.DeleteFunc(k.Standing, func(c outages.Condition) bool { return c.State == outages.Working })
	}
	for i := range k.Standing {
		k.Standing[i].Area = ""
		if k.Standing[i].Confidence != outages.Suspected {
			k.Standing[i].Confidence = ""
		}
	}
	for i := range k.Ways {
		k.Ways[i].Area = ""
	}
	b, err := json.Marshal(k)
	if err != nil { // plain data always marshals
		return string(a.Area.ID)
	}
	return string(b)
}
