package subscribers

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"callbox/areas"

	"github.com/google/go-cmp/cmp"
)

var book = sync.OnceValues(func() (*areas.Book, error) { return areas.NewBook(areas.Holdings{}) })

// testRules offer e-mail and push in English and Spanish.
func testRules(t testing.TB) Rules {
	t.Helper()
	b, err := book()
	if err != nil {
		t.Fatal(err)
	}
	return Rules{Book: b, Langs: []string{"en", "es"}, Check: func(channel, destination string) error {
		switch {
		case channel == "push" && !strings.HasPrefix(destination, "https://"):
			return errors.New("not a push subscription")
		case channel != "push" && channel != Email:
			return fmt.Errorf("%s: %w", channel, ErrChannel)
		}
		return nil
	}}
}

func TestASignUpBecomesASubscriberWithoutConsent(t *testing.T) {
	sub, addr, err := testRules(t).Accept(SignUp{
		Channel: Email, Destination: " Ana@Example.ORG ", Langs: []string{"ES", "en", "es"},
		Places: []areas.Place{{ZIP: "06107"}, {ZIP: "77494", Area: "48157"}, {ZIP: "06107"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	want := Subscriber{List: Live, Langs: []string{"es", "en"}, Places: []areas.Place{{ZIP: "06107"}, {ZIP: "77494", Area: "48157"}}}
	if diff := cmp.Diff(want, sub); diff != "" {
		t.Errorf("the subscriber differs (-want +got):\n%s", diff)
	}
	if sub.Consent.Given() {
		t.Error("consent is given before anybody confirmed")
	}
	if addr.State != Unconfirmed || addr.Channel != Email || addr.Destination.Reveal() != "Ana@example.org" {
		t.Errorf("the address is %s on %s, want it unconfirmed, its domain in lower case and nothing else", addr.State, addr.Channel)
	}
	if sub, _, err := testRules(t).Accept(SignUp{Channel: "push", Destination: "https://push.example.org/x",
		Places: []areas.Place{{ZIP: "06107"}}, List: Drill}); err != nil || sub.List != Drill || !cmp.Equal(sub.Langs, []string{"en"}) {
		t.Errorf("a drill contact without languages = %+v, %v, want the drill list and the default language", sub, err)
	}
}

func TestEveryFieldThatIsWrongIsNamed(t *testing.T) {
	good := SignUp{Channel: Email, Destination: "ana@example.org", Places: []areas.Place{{ZIP: "06107"}}}
	many := make([]areas.Place, MaxPlaces+1)
	for name, tc := range map[string]struct {
		change func(*SignUp)
		want   []string
	}{
		"nothing filled in": {func(s *SignUp) { *s = SignUp{} },
			[]string{"channel: choose how to be told", "places: give a ZIP code"}},
		"no destination":      {func(s *SignUp) { s.Destination = " " }, []string{"destination: say where to send it"}},
		"endless destination": {func(s *SignUp) { s.Destination = strings.Repeat("x", maxDestination+1) }, []string{"destination: this is too long"}},
		"no address":          {func(s *SignUp) { s.Destination = "ana" }, []string{"destination: not a mail address"}},
		"refused by channel":  {func(s *SignUp) { s.Channel = "push" }, []string{"destination: not a push subscription"}},
		"unknown channel":     {func(s *SignUp) { s.Channel = "fax" }, []string{"channel: this channel is not offered"}},
		"too many places":     {func(s *SignUp) { s.Places = many }, []string{"places: 11 are too many: give at most 10"}},
		"no digits":           {func(s *SignUp) { s.Places[0].ZIP = "6107" }, []string{"places: a ZIP code has five digits"}},
		"mistyped":            {func(s *SignUp) { s.Places[0].ZIP = "06197" }, []string{"places: 06197 is not a ZIP code: did you mean 06"}},
		"foreign area": {func(s *SignUp) { s.Places[0].Area = "25025" },
			[]string{"places: ZIP code 06107 does not lie in that area: choose Capitol Planning Region, CT"}},
		"unknown language": {func(s *SignUp) { s.Langs = []string{"en", "tlh"} }, []string{"langs: choose en or es"}},
		"unknown list":     {func(s *SignUp) { s.List = "test" }, []string{"list: choose live or drill"}},
		"several at once": {func(s *SignUp) { s.Destination, s.Langs = "x", []string{"fr"} },
			[]string{"destination: not a mail address", "langs: choose en or es"}},
	} {
		s := good
		s.Places = append([]areas.Place(nil), good.Places...)
		tc.change(&s)
		_, _, err := testRules(t).Accept(s)
		fields, ok := errors.AsType[FieldErrors](err)
		if !ok || len(fields) != len(tc.want) {
			t.Errorf("%s: %v, want %q", name, err, tc.want)
			continue
		}
		for i, want := range tc.want {
			if !strings.HasPrefix(fields[i].Error(), want) {
				t.Errorf("%s: %q, want %q", name, fields[i].Error(), want)
			}
			if got := fields.Of(fields[i].Field); len(got) != 1 || got[0] != fields[i].Problem {
				t.Errorf("%s: Of(%s) = %q, want its problem", name, fields[i].Field, got)
			}
		}
	}
}

func TestAMailAddressIsReadStrictly(t *testing.T) {
	for text, want := range map[string]string{
		"ana@example.org": "ana@example.org", "Ana.B+911@EXAMPLE.org": "Ana.B+911@example.org", " a@b.example.com ": "a@b.example.com",
		"ana@bücher.example.com": "ana@xn--bcher-kva.example.com", "o'neil@example.org": "o'neil@example.org",
	} {
		if got, err := ParseEmail(text); err != nil || got.Reveal() != want {
			t.Errorf("ParseEmail(%q) = %q, %v, want %q", text, got.Reveal(), err, want)
		}
	}
	for _, text := range []string{"", "ana", "@example.org", "ana@", "ana@example", "ana@example.org.", "ana@@example.org", "ana b@example.org",
		"Ana <ana@example.org>", "\"ana\"@example.org", "ana@[192.0.2.1]", "ana(c)@example.org", "ana@example.org, b@example.org",
		"ana@example.org\r\nBcc: b@example.org", "ana\x00@example.org", "ana@-example.org", "ana@exa_mple.org", "ana..b@example.org",
		".ana@example.org", "aña@example.org", strings.Repeat("a", 65) + "@example.org", "a@" + strings.Repeat("b.", 130) + "org",
		"ana@example.org\xff", "=cmd@example .org",
	} {
		if got, err := ParseEmail(text); err == nil {
			t.Errorf("ParseEmail(%q) = %q, want an error", text, got.Reveal())
		}
	}
}

func FuzzParseEmail(f *testing.F) {
	for _, seed := range []string{"ana@example.org", "a@bücher.example.com", "\"a b\"@example.org", "a@example.org\r\nBcc: b@example.org"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		d, err := ParseEmail(text)
		if err != nil {
			return
		}
		got := d.Reveal()
		if strings.ContainsAny(got, "\r\n\x00 <>,;\"") || len(got) > maxAddress {
			t.Errorf("%q was read as %q", text, got)
		}
		if again, err := ParseEmail(got); err != nil || !again.Equal(d) {
			t.Errorf("%q was read as %q, and that as %q, %v", text, got, again.Reveal(), err)
		}
	})
}
