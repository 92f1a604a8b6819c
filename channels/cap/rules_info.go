package cap

import (
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// rule06: one info for each language, en-US first, es-US second; the facts are the same in both and the
// words differ, from each other and between the languages.
func rule06(s subject) (out report) {
	if len(s.Infos) == 0 {
		out.block(6, s.name, "has no info: readers drop it, even a Cancel")
		return out
	}
	if len(s.Infos) > len(languages) {
		out.block(6, s.name, "has %d infos: en-US, then es-US", len(s.Infos))
	}
	for i, info := range s.Infos {
		if i < len(languages) && info.Language != languages[i].info {
			out.block(6, s.at(i, "language"), "info %d is in %s", i+1, languages[i].info)
		}
		for _, f := range info.words() {
			if f.text == "" {
				out.block(6, s.at(i, f.name), "is empty")
			}
		}
		if info.Description == info.Headline || info.Description == info.Instruction || info.Headline == info.Instruction {
			out.block(6, s.at(i, "description"), "headline, description and instruction must differ")
		}
		if i > 0 {
			out.sameFacts(s, i)
			out.otherWords(s, i)
		}
	}
	return out
}

type field struct{ name, text string }

// words are the fields that each language words for itself.
func (i Info) words() []field {
	return []field{{"event", i.Event}, {"headline", i.Headline}, {"description", i.Description}, {"instruction", i.Instruction}}
}

func (r *report) sameFacts(s subject, i int) {
	a, b := s.Infos[0], s.Infos[i]
	for _, f := range []struct {
		name string
		same bool
	}{
		{"category", slices.Equal(a.Categories, b.Categories)},
		{"eventCode", slices.Equal(a.EventCodes, b.EventCodes)},
		{"urgency", a.Urgency == b.Urgency},
		{"severity", a.Severity == b.Severity},
		{"certainty", a.Certainty == b.Certainty},
		{"responseType", slices.Equal(a.ResponseTypes, b.ResponseTypes)},
		{"expires", a.Expires == b.Expires},
		{"area", slices.EqualFunc(a.Areas, b.Areas, func(x, y Area) bool {
			return slices.Equal(x.Polygons, y.Polygons) && slices.Equal(x.Geocodes, y.Geocodes)
		})},
	} {
		if !f.same {
			r.block(6, s.at(i, f.name), "differs from the first info")
		}
	}
}

func (r *report) otherWords(s subject, i int) {
	first := s.Infos[0].words()
	for n, f := range s.Infos[i].words() {
		if f.text != "" && f.text == first[n].text {
			r.block(6, s.at(i, f.name), "is the same in two languages")
		}
	}
}

// civilCodes are the event codes of 47 CFR 11.31(e) that are not of the weather and that IPAWS takes.
var civilCodes = strings.Fields("ADR AVA AVW BLU CAE CDW CEM DMO EQW EVI FRW HMW LAE LEW MEP NIC NMN NPT NUW RHW RMT RWT SPW TOE VOW")

// rule07: one SAME event code; lengths that Google, EAS and IPAWS show in full.
func rule07(s subject) (out report) {
	out.length(s.name+", source", s.Source, maxSource)
	for i, info := range s.Infos {
		codes := valuesOf(info.EventCodes, "SAME")
		if len(codes) != 1 || !slices.Contains(civilCodes, codes[0]) {
			out.block(7, s.at(i, "eventCode"), "exactly one SAME code is needed, such as TOE; got %.60q", codes)
		}
		out.length(s.at(i, "event"), info.Event, maxEvent)
		out.length(s.at(i, "headline"), info.Headline, maxHeadline)
		out.length(s.at(i, "description and instruction"), info.Description+info.Instruction, maxProse)
		for _, a := range info.Areas {
			out.length(s.at(i, "areaDesc"), a.Desc, maxAreaDesc)
			if a.Desc == "" {
				out.block(7, s.at(i, "areaDesc"), "is empty")
			}
		}
	}
	return out
}

func (r *report) length(place, text string, most int) {
	if n := utf8.RuneCountInString(text); n > most {
		r.block(7, place, "has %d characters, at most %d", n, most)
	}
}

// rule09: nothing is Unknown, and what rings phones is urgent, bad and sure enough for WEA.
func rule09(s subject) (out report) {
	for i, info := range s.Infos {
		for _, f := range []struct{ name, value, all, wea string }{
			{"urgency", info.Urgency, "Immediate Expected Future Past", "Immediate Expected"},
			{"severity", info.Severity, "Extreme Severe Moderate Minor", "Extreme Severe"},
			{"certainty", info.Certainty, "Observed Likely Possible Unlikely", "Observed Likely"},
		} {
			if !oneOf(f.value, f.all) {
				out.block(9, s.at(i, f.name), "%.40q: one of %s", f.value, f.all)
			} else if s.rings() && !oneOf(f.value, f.wea) {
				out.block(9, s.at(i, f.name), "%s does not ring phones: one of %s", f.value, f.wea)
			}
		}
		for _, response := range info.ResponseTypes {
			if !oneOf(response, "Shelter Evacuate Prepare Execute Avoid Monitor Assess AllClear None") {
				out.block(9, s.at(i, "responseType"), "%.40q is not one of CAP", response)
			} else if s.rings() && oneOf(response, "Assess AllClear None") {
				out.block(9, s.at(i, "responseType"), "%s does not ring phones", response)
			}
		}
		if s.rings() && len(info.ResponseTypes) == 0 {
			out.block(9, s.at(i, "responseType"), "phones need one")
		}
	}
	return out
}

func oneOf(value, list string) bool { return slices.Contains(strings.Fields(list), value) }

const maxURL = 2083

// rule12: web is an absolute https address without a query; resources have a type and an address and no
// digest.
func (r Rules) rule12(s subject) (out report) {
	for i, info := range s.Infos {
		if info.Web == "" || !r.goodURL(info.Web) {
			out.block(12, s.at(i, "web"), "an absolute https address of at most %d characters, without blanks and query", maxURL)
		}
		for _, res := range info.Resources {
			switch {
			case res.MIMEType == "" || res.URI == "":
				out.block(12, s.at(i, "resource"), "needs mimeType and uri")
			case !r.goodURL(res.URI):
				out.block(12, s.at(i, "resource"), "uri must be an absolute https address without a query")
			case res.Digest != "":
				out.block(12, s.at(i, "resource"), "leave the digest out: its encodings differ")
			}
		}
	}
	return out
}

func (r Rules) goodURL(text string) bool {
	u, err := url.Parse(text)
	if err != nil || len(text) > maxURL || strings.ContainsAny(text, "? \t\r\n") || u.Host == "" || u.User != nil {
		return false
	}
	if u.Scheme == "http" && r.Loopback {
		ip, err := netip.ParseAddr(u.Hostname())
		return u.Hostname() == "localhost" || err == nil && ip.IsLoopback()
	}
	return u.Scheme == "https"
}

var (
	tagForm    = regexp.MustCompile(`<[A-Za-z/!?]`)
	entityForm = regexp.MustCompile(`&(#[0-9]+|#x[0-9A-Fa-f]+|[A-Za-z]+);`)
)

// rule13: texts are plain: normal form C, no control characters, no markup. That "]]>" cannot stand raw
// follows from the escapes.
func rule13(s subject) (out report) {
	out.plain(s.name+", source", s.Source)
	out.plain(s.name+", note", s.Note)
	for i, info := range s.Infos {
		fields := append(info.words(), field{"senderName", info.SenderName}, field{"contact", info.Contact})
		for _, p := range info.Parameters {
			fields = append(fields, field{p.Name, p.Value})
		}
		for _, a := range info.Areas {
			fields = append(fields, field{"areaDesc", a.Desc})
		}
		for _, f := range fields {
			out.plain(s.at(i, f.name), f.text)
		}
	}
	return out
}

func (r *report) plain(place, text string) {
	if strings.ContainsFunc(text, unsafeRune) {
		r.block(13, place, "holds control characters or characters that are not seen")
	}
	if tagForm.MatchString(text) || entityForm.MatchString(text) {
		r.block(13, place, "holds markup: write plain text")
	}
	if !norm.NFC.IsNormalString(text) {
		r.block(13, place, "is not in Unicode normal form C")
	}
}
