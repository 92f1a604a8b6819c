package cap

import (
	"strings"
	"unicode/utf8"

	"callbox/outages"
	"callbox/templates"
)

// WEA texts in characters (47 CFR 10.430).
const (
	maxShort = 90
	maxLong  = 360
)

// addWEA gives a document the parameters that ring phones, or those that keep it from them. Phones ring
// when areas hear of a failure for the first time: not for updates, renewals, ends, drills and tests.
func (f frame) addWEA(a *Alert, g group) {
	rings := f.message.Mode == outages.Live && g.fresh && g.outlook >= likely && f.message.Bulletin.Kind != outages.Renewal
	var params [][]Value
	for _, v := range g.texts {
		short, long := f.weaTexts(v)
		if short == "" || long == "" {
			rings = false // together in every language, or not at all
		}
		params = append(params, []Value{
			{"EAS-ORG", "CIV"}, {"WEAHandling", "Public Safety"}, {"CMAMtext", short}, {"CMAMlongtext", long},
		})
	}
	for i := range a.Infos {
		if rings {
			a.Infos[i].Parameters = params[i]
		} else {
			a.Infos[i].Parameters = []Value{{"BLOCKCHANNEL", "EAS"}, {"BLOCKCHANNEL", "CMAS"}, {"BLOCKCHANNEL", "NWEM"}}
		}
	}
}

// weaTexts returns the short and the long text for phones, or nothing where none fits: those of a single
// part, with the link where it has room; else the title and the link.
func (f frame) weaTexts(v voice) (short, long string) {
	short, long = f.weaLink(v)
	if len(v.parts) == 1 {
		part := v.parts[0]
		if part.Short != "" {
			short = part.Short
		}
		if part.Long != "" {
			long = part.Long
		}
		if linked := part.Long + " " + f.message.Page; part.Long != "" && utf8.RuneCountInString(linked) <= maxLong {
			long = linked
		}
	}
	short, long = wea(short), wea(long)
	if utf8.RuneCountInString(short) > maxShort || utf8.RuneCountInString(long) > maxLong {
		return "", ""
	}
	return short, long
}

// weaLink tells a bulletin by its title and the link where all of it is.
func (f frame) weaLink(v voice) (short, long string) {
	link := " " + v.text.More + ": " + f.message.Page
	short = v.text.Title + "." + link
	opening, _, err := templates.Fit(v.text.Opening, maxLong-utf8.RuneCountInString(short)-1, utf8.RuneCountInString)
	if long = short; err == nil {
		long = v.text.Title + ". " + opening + link
	}
	if utf8.RuneCountInString(short) > maxShort {
		short = v.text.Title + ". " + f.message.Page
	}
	return short, long
}

// wea folds a text into what WEA shows: the GSM 7-bit basic alphabet, in one line.
func wea(s string) string { return strings.Join(strings.Fields(templates.GSM7(clean(s))), " ") }
