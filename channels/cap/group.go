package cap

import (
	"errors"
	"fmt"
	"slices"

	"callbox/areas"
	"callbox/channels"
	"callbox/outages"
	"callbox/templates"
)

// maxDocuments is how many documents one bulletin may have; with more groups it has one for all that
// still fails and one for all that works again.
const maxDocuments = 8

// group is what one document speaks of: areas with the same advice, in each language.
type group struct {
	texts   []voice
	areas   []areas.Area
	fresh   bool // an area of it is told for the first time
	outlook outlook
}

// voice is one language's share of a group.
type voice struct {
	language string // of the info element
	text     templates.Text
	parts    []templates.Part
}

// languages of the info elements, in their order: IPAWS takes these two.
var languages = []struct {
	lang templates.Lang
	info string
}{{templates.English, "en-US"}, {templates.Spanish, "es-US"}}

// groupsOf divides the texts of a crowd into documents.
func groupsOf(m channels.Message) ([]group, error) {
	voices, err := voicesOf(m.Texts)
	if err != nil {
		return nil, err
	}
	advice := map[areas.ID]outages.Advice{}
	for _, a := range m.Bulletin.Facts.Advice {
		advice[a.Area.ID] = a
	}
	var out []group
	for _, part := range voices[0].parts {
		g := group{}
		for _, v := range voices {
			at := slices.IndexFunc(v.parts, func(p templates.Part) bool { return slices.Equal(p.Areas, part.Areas) })
			if at < 0 {
				return nil, fmt.Errorf("the %s text has no part for %s", v.language, part.Name)
			}
			v.parts = v.parts[at : at+1]
			g.texts = append(g.texts, v)
		}
		for _, id := range part.Areas {
			a, ok := advice[id]
			if !ok {
				return nil, fmt.Errorf("%s: the bulletin knows no advice for area %s", part.Name, id)
			}
			g.add(a, m.Bulletin.Kind)
		}
		// A renewal repeats what fails; that an area works again was told once.
		if m.Bulletin.Kind != outages.Renewal || !g.outlook.over() {
			out = append(out, g)
		}
	}
	if len(out) > maxDocuments {
		out = merge(out)
	}
	return out, nil
}

// voicesOf finds the text of each language, English first.
func voicesOf(texts []templates.Text) ([]voice, error) {
	var out []voice
	for _, l := range languages {
		at := slices.IndexFunc(texts, func(t templates.Text) bool { return t.Lang == l.lang })
		if at >= 0 {
			out = append(out, voice{language: l.info, text: texts[at], parts: texts[at].Parts})
		}
	}
	if len(out) == 0 || out[0].language != languages[0].info {
		return nil, errors.New("the feed needs an English text")
	}
	if len(out[0].parts) == 0 {
		return nil, errors.New("the text has no part, so there is no area to publish for")
	}
	return out, nil
}

func (g *group) add(a outages.Advice, kind outages.Kind) {
	g.areas = append(g.areas, a.Area)
	g.fresh = g.fresh || a.Change == outages.New
	g.outlook = max(g.outlook, outlookOf(a, kind))
}

// merge makes one group of all that fails and one of all that works again.
func merge(groups []group) []group {
	var fails, over []group
	for _, g := range groups {
		if g.outlook.over() {
			over = append(over, g)
		} else {
			fails = append(fails, g)
		}
	}
	var out []group
	for _, side := range [][]group{fails, over} {
		if len(side) == 0 {
			continue
		}
		all := side[0]
		all.texts = slices.Clone(all.texts)
		for _, g := range side[1:] {
			all.areas = slices.Concat(all.areas, g.areas)
			all.fresh = all.fresh || g.fresh
			all.outlook = max(all.outlook, g.outlook)
			for i := range all.texts {
				all.texts[i].parts = slices.Concat(all.texts[i].parts, g.texts[i].parts)
			}
		}
		out = append(out, all)
	}
	return out
}

// outlook is how bad it is for an area, the worst highest.
type outlook int

const (
	retracted outlook = iota // told in error
	ended                    // it works again
	minor                    // 911 works, something beside it does not
	moderate                 // 911 is reached, late or elsewhere, or texts to it are not
	likely                   // 911 is thought to fail
	severe                   // 911 fails
)

func (o outlook) over() bool { return o == ended || o == retracted }

func outlookOf(a outages.Advice, kind outages.Kind) outlook {
	switch {
	case kind == outages.Retract:
		return retracted
	case kind == outages.AllClear || a.Change == outages.Ended:
		return ended
	}
	worst := minor
	for _, c := range a.Standing {
		switch {
		case c.State.Works() || c.Service == outages.Admin || c.Service == outages.Location:
		case c.Service == outages.Text || c.State == outages.Delayed || c.State == outages.Rerouted:
			worst = max(worst, moderate)
		case c.Confidence == outages.Suspected:
			worst = max(worst, likely)
		default:
			worst = severe
		}
	}
	return worst
}

// forecast is an outlook in the words of CAP.
type forecast struct {
	urgency, severity, certainty string
	responses                    []string
}

func (o outlook) forecast() forecast {
	switch o {
	case retracted:
		return forecast{"Past", "Minor", "Unlikely", []string{"None"}}
	case ended:
		return forecast{"Past", "Minor", "Observed", []string{"AllClear"}}
	case minor:
		return forecast{"Expected", "Minor", "Observed", []string{"Monitor"}}
	case moderate:
		return forecast{"Immediate", "Moderate", "Observed", []string{"Execute", "Monitor"}}
	case likely:
		return forecast{"Immediate", "Severe", "Likely", []string{"Execute", "Monitor"}}
	}
	return forecast{"Immediate", "Severe", "Observed", []string{"Execute", "Monitor"}}
}
