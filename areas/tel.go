package areas

import (
	"errors"
	"fmt"
	"strings"

	"github.com/nyaruka/phonenumbers"
)

// Tel is a telephone number of the North American Numbering Plan in E.164: "+18605550101".
type Tel string

// maxTel bounds what ParseTel looks at; no way of writing ten digits is longer.
const maxTel = 40

// ErrShortCode says that a text is 911, 988, 311 or another code of three digits. Such a code is what
// fails in an outage, or leads elsewhere, so it never stands in a directory.
var ErrShortCode = errors.New("a three-digit code cannot stand for 911: give a number of ten digits")

// ParseTel reads a telephone number as people write it: "860-555-0101", "(860) 555-0101",
// "+1 860 555 0101". It refuses codes of three digits with [ErrShortCode], and letters, extensions,
// numbers of other countries, and numbers without the NPA-NXX-XXXX form of the numbering plan. Its
// errors do not repeat the text.
func ParseTel(text string) (Tel, error) {
	text = strings.TrimSpace(text)
	if text == "" {
		return "", errors.New("no number given: ten digits such as 860-555-0101")
	}
	if len(text) > maxTel {
		return "", errors.New("too long for a telephone number: ten digits such as 860-555-0101")
	}
	if strings.ContainsFunc(strings.TrimPrefix(text, "tel:"), isLetter) {
		return "", errors.New("write ten digits, without letters or an extension: 860-555-0101")
	}
	parsed, err := phonenumbers.Parse(text, "US")
	if err != nil {
		return "", errors.New("not a telephone number: ten digits such as 860-555-0101")
	}
	national := phonenumbers.GetNationalSignificantNumber(parsed)
	switch {
	case len(national) == 3:
		return "", ErrShortCode
	case parsed.GetExtension() != "":
		return "", errors.New("a number with an extension cannot be dialled in one go: give a direct number")
	case parsed.GetCountryCode() != 1:
		return "", errors.New("a number of another country: numbers here begin with +1")
	}
	if err := checkPlan(national); err != nil {
		return "", err
	}
	return Tel("+1" + national), nil
}

func isLetter(r rune) bool { return 'a' <= r|0x20 && r|0x20 <= 'z' }

// checkPlan holds ten digits against the form of the numbering plan: NXX-NXX-XXXX, neither NXX being
// N11 (ATIS-0300055 and ATIS-0300119 of the Industry Numbering Committee). It does not ask whether a
// number is assigned, so that 555-0100 to 555-0199, reserved for examples, pass.
func checkPlan(national string) error {
	if len(national) != 10 {
		return fmt.Errorf("has %d digits after the country code, not ten", len(national))
	}
	area, exchange := national[:3], national[3:6]
	if area == "900" {
		return errors.New("a 900 number charges its caller: give another")
	}
	if !isNXX(area) {
		return fmt.Errorf("%s is not an area code", area)
	}
	if !isNXX(exchange) {
		return fmt.Errorf("%s after the area code is not an exchange", exchange)
	}
	return nil
}

func isNXX(s string) bool { return s[0] >= '2' && s[1:] != "11" }

// digits returns the ten digits of the number; ok is false when it is not the E.164 form of one.
func (t Tel) digits() (string, bool) {
	d, ok := strings.CutPrefix(string(t), "+1")
	if !ok || len(d) != 10 || strings.Trim(d, "0123456789") != "" {
		return "", false
	}
	return d, true
}

// Local returns the number as a text prints it: "860-555-0101". A Tel that is not of the numbering
// plan comes back as it is.
func (t Tel) Local() string {
	d, ok := t.digits()
	if !ok {
		return string(t)
	}
	return d[:3] + "-" + d[3:6] + "-" + d[6:]
}

// URI returns the number as a link (RFC 3966): "tel:+18605550101".
func (t Tel) URI() string { return "tel:" + string(t) }

// State returns the postal abbreviation of the state that the number's area code belongs to; it is
// empty where the code belongs to none, or the plan's data does not say.
func (t Tel) State() string {
	parsed, err := phonenumbers.Parse(string(t), "US")
	if err != nil {
		return ""
	}
	place, err := phonenumbers.GetGeocodingForNumber(parsed, "en")
	if err != nil {
		return ""
	}
	if i := strings.LastIndex(place, ", "); i >= 0 {
		place = place[i+2:]
	}
	for _, a := range builtIn().areas {
		if a.ID.Kind() == State && (a.State == place || a.Name == place) {
			return a.State
		}
	}
	return ""
}
