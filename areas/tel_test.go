package areas

import (
	"errors"
	"strings"
	"testing"
)

func TestATelephoneNumberIsReadAsPeopleWriteIt(t *testing.T) {
	for _, text := range []string{
		"860-555-0101", "(860) 555-0101", "+1 860 555 0101", "1-860-555-0101", "860.555.0101", "8605550101",
		"tel:+1-860-555-0101", " 860 555 0101 ", "+18605550101",
	} {
		got, err := ParseTel(text)
		if err != nil || got != "+18605550101" {
			t.Errorf("ParseTel(%q) = %q, %v, want +18605550101", text, got, err)
		}
	}
}

func TestWhatIsNoDirectNumberIsRefusedWithTheReason(t *testing.T) {
	for text, want := range map[string]string{
		"":                      "no number given",
		"911":                   "three-digit code",
		"9-1-1":                 "three-digit code",
		"988":                   "three-digit code",
		"311":                   "three-digit code",
		"+1 911":                "three-digit code",
		"555-0101":              "has 7 digits",
		"860 555 01012":         "has 11 digits",
		"860-555-0101 x12":      "extension",
		"860-555-0101;ext=3":    "extension",
		"1-800-CALL-NOW":        "without letters",
		"8OO-555-0101":          "without letters",
		"+44 20 7946 0958":      "another country",
		"011 44 20 79460958":    "another country",
		"911-555-0101":          "911 is not an area code",
		"160-555-0101":          "not an area code",
		"860-911-0101":          "911 after the area code",
		"860-155-0101":          "155 after the area code",
		"900-555-0101":          "charges its caller",
		"--":                    "not a telephone number",
		strings.Repeat("8", 41): "too long",
	} {
		got, err := ParseTel(text)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("ParseTel(%q) = %q, %v, want an error with %q", text, got, err, want)
		}
	}
	if _, err := ParseTel("911"); !errors.Is(err, ErrShortCode) {
		t.Errorf("ParseTel(911): %v is not ErrShortCode", err)
	}
}

func TestANumberIsPrintedInTheLocalFormAndAsALink(t *testing.T) {
	for tel, want := range map[Tel][2]string{
		"+18605550101":  {"860-555-0101", "tel:+18605550101"},
		"+442079460958": {"+442079460958", "tel:+442079460958"},
		"":              {"", "tel:"},
	} {
		if got := [2]string{tel.Local(), tel.URI()}; got != want {
			t.Errorf("%q prints as %q, want %q", tel, got, want)
		}
	}
}

func TestTheAreaCodeTellsTheState(t *testing.T) {
	for tel, want := range map[Tel]string{
		"+18605550101": "CT", "+16015550130": "MS", "+15045550132": "LA", "+18005550100": "", "+": "",
	} {
		if got := tel.State(); got != want {
			t.Errorf("state of %s = %q, want %q", tel, got, want)
		}
	}
}

func FuzzParseTel(f *testing.F) {
	for _, seed := range []string{"860-555-0101", "911", "+1 (860) 555-0101", "1-800-CALL-NOW", "tel:+1;ext=5", "८६०५५५०१०१"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		tel, err := ParseTel(text)
		if err != nil {
			return
		}
		if again, err := ParseTel(tel.Local()); err != nil || again != tel {
			t.Errorf("%q was read as %s, and its local form as %s, %v", text, tel, again, err)
		}
		if _, ok := tel.digits(); !ok {
			t.Errorf("%q was read as %s, which is not E.164 of the numbering plan", text, tel)
		}
	})
}
