package cap

import (
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

var (
	timeForm   = regexp.MustCompile(`\b\d{1,2}(:\d{2})? ?([AaPp]\.? ?[Mm]\b|[AaPp]\. ?[Mm]\.)|\b\d{1,2}:\d{2}\b`)
	actionForm = regexp.MustCompile(`(?i)\b(call|text|go|use|tell|see|dial|llame|llamar|envie|vaya|use|diga|marque|vea|mande)\b|\d{3}-\d{4}|https?://`)
	dialsForm  = regexp.MustCompile(`(?i)((?:\b(?:not|no|can)|elsewhere,|lugares,) )?\b(?:call|dial|llame al|marque(?: el)?) 911\b( from| desde| first)?`)
)

// rule10: the texts for phones stand together or not at all, in what every phone shows; they should say
// who speaks, where, what to do and until when.
func (r Rules) rule10(s subject) (out report) {
	if !s.rings() {
		return silent(s)
	}
	for i, info := range s.Infos {
		handling, short, long := info.Parameter("WEAHandling"), info.Parameter("CMAMtext"), info.Parameter("CMAMlongtext")
		if len(handling) != 1 || len(short) != 1 || len(long) != 1 {
			out.block(10, s.at(i, "parameter"), "WEAHandling, CMAMtext and CMAMlongtext stand together, once each, in every language")
			continue
		}
		if slices.Contains(valuesOf(info.EventCodes, "SAME"), "TOE") && handling[0] != "Public Safety" {
			out.block(10, s.at(i, "WEAHandling"), "%.40q: a telephone outage is Public Safety", handling[0])
		}
		out.phoneText(s.at(i, "CMAMtext"), short[0], maxShort)
		out.phoneText(s.at(i, "CMAMlongtext"), long[0], maxLong)
		if !mentions(long[0], info.SenderName, r.Speaker.Short) {
			out.warn(10, s.at(i, "CMAMlongtext"), "does not name the agency, %s: a short name would fit", info.SenderName)
		}
		out.phoneWords(s, i, short[0], long[0])
	}
	return out
}

// silent warns that phones will not ring although the news is bad and new, as where no text fits.
func silent(s subject) (out report) {
	if s.Status == "Actual" && s.MsgType == "Alert" && len(s.Infos) > 0 && oneOf(s.Infos[0].Severity, "Extreme Severe") {
		out.warn(10, s.name, "does not ring phones: no text of %d and %d characters fits in every language", maxShort, maxLong)
	}
	return out
}

func (r *report) phoneText(place, text string, most int) {
	if n := utf8.RuneCountInString(text); n == 0 || n > most {
		r.block(10, place, "has %d characters, 1 to %d are allowed", n, most)
	}
	if strings.ContainsAny(text, `{}|\^~[]€`) || wea(text) != text {
		r.block(10, place, "only the GSM 7-bit basic alphabet, without accents that it lacks, tabs or double blanks")
	}
}

// phoneWords warns about what 47 CFR 10.420 wants a text to say. Words can be said in many ways, so
// that none of it blocks.
func (r *report) phoneWords(s subject, i int, short, long string) {
	place := s.at(i, "CMAMlongtext")
	var names []string
	for _, a := range s.Infos[i].Areas {
		name, _, _ := strings.Cut(a.Desc, " (")
		first, _, _ := strings.Cut(name, ",")
		names = append(names, name, first)
	}
	if !mentions(long, names...) {
		r.warn(10, place, "does not name the place: phones outside of it ring too")
	}
	if !actionForm.MatchString(long) {
		r.warn(10, place, "does not say what to do")
	}
	if !timeForm.MatchString(long) {
		r.warn(10, place, "does not say a time")
	}
	for _, text := range []string{short, long} {
		for _, m := range dialsForm.FindAllStringSubmatch(text, -1) {
			if m[1] == "" && m[2] == "" {
				r.warn(10, place, "gives 911 as a number to call: %q", m[0])
			}
		}
	}
}

// mentions reports whether a text for phones holds one of the names, as phones write it.
func mentions(text string, names ...string) bool {
	low := strings.ToLower(text)
	return slices.ContainsFunc(names, func(n string) bool { return n != "" && strings.Contains(low, strings.ToLower(wea(n))) })
}

// rule11: what rings phones and radios says from whom; everything else blocks those ways by name.
func rule11(s subject) (out report) {
	for i, info := range s.Infos {
		place := s.at(i, "BLOCKCHANNEL")
		blocked := info.Parameter("BLOCKCHANNEL")
		for _, b := range blocked {
			if !oneOf(b, "EAS CMAS NWEM") {
				out.block(11, place, "%.40q: EAS, CMAS or NWEM", b)
			}
		}
		org := info.Parameter("EAS-ORG")
		switch {
		case s.rings() && !slices.Equal(org, []string{"CIV"}):
			out.block(11, s.at(i, "EAS-ORG"), "%.40q: CIV, once", org)
		case s.rings() && slices.Contains(blocked, "CMAS"):
			out.block(11, place, "CMAS is blocked beside texts for phones")
		case !s.rings() && !(slices.Contains(blocked, "EAS") && slices.Contains(blocked, "CMAS") && slices.Contains(blocked, "NWEM")):
			out.block(11, place, "what does not ring carries EAS, CMAS and NWEM")
		}
	}
	return out
}
