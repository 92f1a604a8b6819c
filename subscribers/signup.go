package subscribers

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"

	"callbox/areas"
)

// MaxPlaces is how many places one subscriber may name.
const MaxPlaces = 10

// maxDestination bounds a destination in bytes; push subscriptions, the longest, stay below 1 KiB.
const maxDestination = 2 << 10

// SignUp is what somebody typed or chose to be told of outages. Printed, logged
// or marshalled it hides all of it.
type SignUp struct {
	Channel     string
	Destination string
	Places      []areas.Place
	Langs       []string // best first; empty means the default
	List        List     // empty means Live
	WantsTests  bool
}

// Format hides the sign-up from every verb of fmt.
func (SignUp) Format(s fmt.State, _ rune) { _, _ = s.Write([]byte(hidden)) }

// MarshalText hides the sign-up from JSON and other encodings.
func (SignUp) MarshalText() ([]byte, error) { return []byte(hidden), nil }

// LogValue hides the sign-up from logs.
func (SignUp) LogValue() slog.Value { return slog.StringValue(hidden) }

// Rules are what a sign-up is held against.
type Rules struct {
	Book  *areas.Book
	Langs []string // offered, as RFC 5646 tags, the default first
	// Check returns what is wrong with a destination of a channel, in words that do not repeat it; nil
	// takes every destination. For a channel that is not offered it returns an error that wraps
	// ErrChannel. Mail addresses are read by ParseEmail before.
	Check func(channel, destination string) error
}

// ErrChannel says that a channel is not offered.
var ErrChannel = errors.New("this channel is not offered")

// FieldError is what is wrong with one field of a form.
type FieldError struct {
	Field   string `json:"field"`   // channel, destination, places, langs or list
	Problem string `json:"problem"` // a sentence: what is wrong and what would be right
}

func (e FieldError) Error() string { return e.Field + ": " + e.Problem }

// FieldErrors are all that is wrong with a form, in the order of its fields.
type FieldErrors []FieldError

func (e FieldErrors) Error() string {
	texts := make([]string, len(e))
	for i, one := range e {
		texts[i] = one.Error()
	}
	return strings.Join(texts, "; ")
}

// Of returns the problems of one field.
func (e FieldErrors) Of(field string) []string {
	var out []string
	for _, one := range e {
		if one.Field == field {
			out = append(out, one.Problem)
		}
	}
	return out
}

func (e *FieldErrors) add(field, format string, args ...any) {
	*e = append(*e, FieldError{Field: field, Problem: fmt.Sprintf(format, args...)})
}

// Accept turns a sign-up into a subscriber without consent and an unconfirmed address: the destination in
// its proper form, languages as they are offered, nothing twice. Its error is [FieldErrors], naming every
// field that is wrong.
func (r Rules) Accept(s SignUp) (Subscriber, Address, error) {
	var bad FieldErrors
	sub := Subscriber{List: cmp.Or(s.List, Live), WantsTests: s.WantsTests}
	addr := Address{Channel: s.Channel, State: Unconfirmed, Destination: r.destination(s.Channel, s.Destination, &bad)}
	sub.Places = r.places(s.Places, &bad)
	sub.Langs = r.langs(s.Langs, &bad)
	if sub.List != Live && sub.List != Drill {
		bad.add("list", "choose %s or %s", Live, Drill)
	}
	if len(bad) > 0 {
		return Subscriber{}, Address{}, bad
	}
	return sub, addr, nil
}

func (r Rules) destination(channel, text string, bad *FieldErrors) Destination {
	d := NewDestination(strings.TrimSpace(text))
	switch {
	case channel == "":
		bad.add("channel", "choose how to be told")
		return Destination{}
	case d.Reveal() == "":
		bad.add("destination", "say where to send it")
		return Destination{}
	case len(text) > maxDestination:
		bad.add("destination", "this is too long to be one")
		return Destination{}
	}
	if channel == Email {
		parsed, err := ParseEmail(text)
		if err != nil {
			bad.add("destination", "%v", err)
			return Destination{}
		}
		d = parsed
	}
	if r.Check == nil {
		return d
	}
	switch err := r.Check(channel, d.Reveal()); {
	case errors.Is(err, ErrChannel):
		bad.add("channel", "%v", ErrChannel)
	case err != nil:
		bad.add("destination", "%v", err)
	}
	return d
}

func (r Rules) places(places []areas.Place, bad *FieldErrors) []areas.Place {
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

func (r Rules) langs(langs []string, bad *FieldErrors) []string {
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
