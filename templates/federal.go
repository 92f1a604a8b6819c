package templates

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/pelletier/go-toml/v2"

	"callbox/areas"
	"callbox/outages"
)

//go:embed wordings/federal/outage.toml
var federalFile []byte

// federalPhrases are the federal template by language: "text" and "since".
var federalPhrases = sync.OnceValues(func() (map[Lang]phrases, error) {
	var list map[Lang]phrases
	if err := toml.Unmarshal(federalFile, &list); err != nil {
		return nil, fmt.Errorf("read the federal template: %w", err)
	}
	return list, nil
})

// FederalMax is how many characters a phone shows of a federal template (47 CFR 10.430).
const FederalMax = 360

// Federal is the FCC's 911-outage template for phones (DA 25-12, Appendix C), filled in. Its words say
// nothing of numbers, so its link should lead to where the area's numbers are.
type Federal struct {
	Lang   Lang   `json:"lang"`
	Agency string `json:"agency"` // the slots, as an alert origination program asks for them
	Place  string `json:"place"`  // with the time where that fits
	Link   string `json:"link"`
	Text   string `json:"text"`             // what phones show, at most [FederalMax] characters
	Left   string `json:"left,omitempty"`   // what there was no room for: "time"
	Length int    `json:"length,omitempty"` // of Text, in characters
}

// Federal fills in the federal template for one area of a draft, in each language that it was taken over
// in. The agency gives way to its short name, then the time is left out, and Left says so; an error says
// which language has no room even so. It returns none where calls to 911 do not fail, or when the draft
// is no live alert or update: the template has no other use.
func (w *Wordings) Federal(d outages.Draft, id areas.ID, link string) ([]Federal, error) {
	i := slices.IndexFunc(d.Facts.Advice, func(a outages.Advice) bool { return a.Area.ID == id })
	if i < 0 || d.Declaration.Kind.Ends() || d.Declaration.Mode != outages.Live {
		return nil, nil
	}
	g := group{assess(d.Declaration.Kind, d.Facts.Advice[i]), d.Facts.Advice[i : i+1]}
	if g.situation < unsteady {
		return nil, nil
	}
	fixed, err := federalPhrases()
	if err != nil {
		return nil, err
	}
	zone, err := zoneOf(d.Facts.Speaker.Zone)
	if err != nil {
		return nil, fmt.Errorf("word the federal template in time zone %q: %w", d.Facts.Speaker.Zone, err)
	}
	var out []Federal
	for _, lang := range []Lang{English, Spanish} {
		writer := &writer{phrases: w.langs[lang], lang: lang, kind: d.Declaration.Kind, said: d.Declaration, facts: d.Facts, zone: zone}
		f, err := writer.federal(fixed[lang], g, link)
		if err != nil {
			return nil, err
		}
		out = append(out, f)
	}
	return out, nil
}

// federal tries the fullest filling first.
func (w *writer) federal(fixed phrases, g group, link string) (Federal, error) {
	place := w.inState(g, w.cover(g, w.the))
	began := w.facts.Began
	for _, c := range g.list[0].Standing {
		if c.Service == outages.Voice && !c.State.Works() && !c.Since.IsZero() {
			began = c.Since
		}
	}
	dated := fixed.say("since", "place", place, "time", w.zoned(began))
	for _, try := range []struct{ agency, place, left string }{
		{w.facts.Speaker.Name, dated, ""}, {w.sender(), dated, ""},
		{w.facts.Speaker.Name, place, "time"}, {w.sender(), place, "time"},
	} {
		text := strings.TrimSpace(fixed.say("text", "agency", try.agency, "place", try.place, "link", link))
		if n := utf8.RuneCountInString(text); n <= FederalMax {
			return Federal{Lang: w.lang, Agency: try.agency, Place: try.place, Link: link, Text: text, Left: try.left, Length: n}, nil
		}
	}
	return Federal{}, fmt.Errorf("%w: the federal template in %q for %s; give the agency a short name and use a shorter link",
		ErrTooLong, w.lang, place)
}
