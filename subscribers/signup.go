package subscribers

import (
	"fmt"
	"slices"
	"strings"

	"callbox/areas"
)

// MaxPlaces is how many places one subscriber may name.
const MaxPlaces = 10

// maxDestination bounds a destination in bytes; push subscriptions, the longest, stay below 1 KiB.
const maxDestination = 2 << 10

// SignUp is what somebody typed or chose to be told of outages.
type SignUp struct {
	Channel     string
	Destination Destination // as typed
	Places      []areas.Place
	Langs       []string // best first; empty means the default
}

// Rules are what a sign-up is held against.
type Rules struct {
	Book  *areas.Book
	Langs []string // offered, as RFC 5646 tags, the default first
	// Check has for each channel that is offered what tells whether a destination can be one, in words
	// that do not repeat it. E-mail is always offered, and its addresses are read by ParseEmail before.
	Check map[string]func(destination string) error
}

// FieldError is what is wrong with one field of a form.
type FieldError struct {
	Field   string `json:"field"`   // channel, destination, places or langs
	Problem string `json:"problem"` // a sentence: what is wrong and what would be right
}

func (e FieldError) Error() string { return e.Field + ": " + e.Problem }

// Problems are all that is wrong with a form, in the order of its fields.
type Problems []FieldError

func (p Problems) Error() string {
	texts := make([]string, len(p))
	for i, one := range p {
		texts[i] = one.Error()
	}
	return strings.Join(texts, "; ")
}

// Of returns the problems of one field.
func (p Problems) Of(field string) []string {
	var out []string
	for _, one := range p {
		if one.Field == field {
			out = append(out, one.Problem)
		}
	}
	return out
}

func (p *Problems) add(field, format string, args ...any) {
	*p = append(*p, FieldError{Field: field, Problem: fmt.Sprintf(format, args...)})
}

// Check returns the sign-up as it is kept: the destination in its proper form, languages as they are
// offered, nothing twice. Its error is [Problems], naming every field that is wrong.
func (s SignUp) Check(r Rules) (SignUp, error) {
	var bad Problems
	out := SignUp{Channel: s.Channel}
	out.Destination = r.destination(s.Channel, s.Destination.Reveal(), &bad)
	out.Places = r.places(s.Places, &bad)
	out.Langs = r.langs(s.Langs, &bad)
	if len(bad) > 0 {
		return SignUp{}, bad
	}
	return out, nil
}

func (r Rules) destination(channel, text string, bad *Problems) Destination {
	check, offered := r.Check[channel]
	switch text = strings.TrimSpace(text); {
	case channel == "":
		bad.add("channel", "choose how to be told")
	case !offered && channel != Email:
		bad.add("channel", "this channel is not offered")
	case text == "":
		bad.add("destination", "say where to send it")
	case len(text) > maxDestination:
		bad.add("destination", "this is too long to be one")
	default:
		return read(channel, text, check, bad)
	}
	return Destination{}
}

func read(channel, text string, check func(string) error, bad *Problems) Destination {
	d := NewDestination(text)
	if channel == Email {
		parsed, err := ParseEmail(text)
		if err != nil {
			bad.add("destination", "%v", err)
			return Destination{}
		}
		d = parsed
	}
	if check != nil {
		if err := check(d.Reveal()); err != nil {
			bad.add("destination", "%v", err)
		}
	}
	return d
}

func (r Rules) places(places []areas.Place, bad *Problems) []areas.Place {
	switch {
	case len(places) == 0:
		bad.add("places", "give a ZIP code")
	case len(places) > MaxPlaces:
		bad.add("places", "%d are too many: give at most %d", len(places), MaxPlaces)
		return nil
	}
	var out []areas.Place
	for _, p := range places {
		switch candidates := r.Book.Candidates(p.ZIP); {
		case candidates == nil:
			bad.add("places", "%s", r.noZIP(p.ZIP))
		case len(r.Book.At(p)) == 0:
			bad.add("places", "ZIP code %s does not lie in that area: choose %s", p.ZIP, r.names(candidates))
		case !slices.Contains(out, p):
			out = append(out, p)
		}
	}
	return out
}

func (r Rules) noZIP(zip areas.ZIP) string {
	if len(zip) != 5 || strings.Trim(string(zip), "0123456789") != "" {
		return "a ZIP code has five digits, such as 06107"
	}
	text := fmt.Sprintf("%s is not a ZIP code", zip)
	if near := r.Book.Suggest(zip); near != "" {
		area, _ := r.Book.Area(r.Book.Candidates(near)[0])
		text += fmt.Sprintf(": did you mean %s (%s)?", near, area.FullName())
	}
	return text
}

func (r Rules) names(ids []areas.ID) string {
	var names []string
	for _, id := range ids {
		area, _ := r.Book.Area(id)
		names = append(names, area.FullName())
	}
	return strings.Join(names, " or ")
}

func (r Rules) langs(langs []string, bad *Problems) []string {
	if len(langs) == 0 && len(r.Langs) > 0 {
		return r.Langs[:1:1]
	}
	var out []string
	for _, text := range langs {
		i := slices.IndexFunc(r.Langs, func(offered string) bool { return strings.EqualFold(offered, text) })
		switch {
		case i < 0:
			bad.add("langs", "choose %s", strings.Join(r.Langs, " or "))
		case !slices.Contains(out, r.Langs[i]):
			out = append(out, r.Langs[i])
		}
	}
	return out
}
