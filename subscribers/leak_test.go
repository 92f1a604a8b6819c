package subscribers

import (
	"bytes"
	"database/sql/driver"
	"encoding/base64"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"text/template"
)

const secret = "very.secret.reader@example.org"

// Promise 12: no address and no key in anything that is printed, logged or marshalled.
func TestDestinationsAndKeysShowNothingOfThemselves(t *testing.T) {
	keys := GenerateKeys()
	addr := Address{ID: 7, Channel: Email, Destination: NewDestination(secret), State: Active}
	hiding := map[string]any{
		"destination":       addr.Destination,
		"pointer":           &addr.Destination,
		"address":           addr,
		"line":              Line{Address: addr},
		"unexported field":  struct{ d Destination }{addr.Destination},
		"sign-up":           SignUp{Channel: Email, Destination: secret},
		"sign-up in a list": []SignUp{{Destination: secret}},
		"keys":              keys,
		"map":               map[string]any{"k": keys, "d": addr.Destination},
	}
	secrets := []string{secret, secret[:8], fmt.Sprintf("%x", secret), base64.StdEncoding.EncodeToString(keys.index[:]),
		fmt.Sprintf("%x", keys.index[:]), fmt.Sprintf("%v", keys.seal[0])}
	for name, v := range hiding {
		for how, shown := range show(t, v) {
			for _, s := range secrets {
				if strings.Contains(shown, s) {
					t.Errorf("%s by %s shows a secret", name, how)
				}
			}
		}
	}
}

// show prints a value in every way that code may stumble into.
func show(t *testing.T, v any) map[string]string {
	t.Helper()
	out := map[string]string{}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		out[verb] = fmt.Sprintf(verb, v)
	}
	var text, structured bytes.Buffer
	slog.New(slog.NewTextHandler(&text, nil)).Info("m", "v", v)
	slog.New(slog.NewJSONHandler(&structured, nil)).Info("m", "v", v)
	out["slog text"], out["slog JSON"] = text.String(), structured.String()
	j, err := json.Marshal(v)
	out["JSON"] = string(j) + fmt.Sprint(err)
	x, err := xml.Marshal(v)
	out["XML"] = string(x) + fmt.Sprint(err)
	var page bytes.Buffer
	if err := template.Must(template.New("").Parse("{{.}}")).Execute(&page, v); err == nil {
		out["template"] = page.String()
	}
	out["error"] = fmt.Errorf("deliver to %v: %w", v, ErrBroken).Error()
	return out
}

// Promise 12: a destination does not reach a database in plain.
func TestADatabaseIsRefusedAPlainDestination(t *testing.T) {
	var v driver.Valuer = NewDestination(secret)
	if got, err := v.Value(); err == nil || got != nil || strings.Contains(err.Error(), secret) {
		t.Errorf("Value() = %v, %v, want an error", got, err)
	}
}

func TestADestinationIsRevealedAndCompared(t *testing.T) {
	a, b, none := NewDestination(secret), NewDestination(secret), Destination{}
	if a.Reveal() != secret || none.Reveal() != "" {
		t.Error("a destination does not reveal what it was made of")
	}
	if !a.Equal(b) || a.Equal(none) || !none.Equal(NewDestination("")) {
		t.Error("Equal does not compare by what destinations reveal")
	}
}

// Promise 12: what is refused is not repeated either.
func TestErrorsShowNoDestination(t *testing.T) {
	rules := testRules(t)
	for _, text := range []string{"very.secret.reader", "very.secret.reader@", secret + "\r\nBcc: x@example.org", "<" + secret + ">",
		"very.secret.reader@example", secret + strings.Repeat("x", 300), "véry.secret.reader@example.org"} {
		_, _, err := rules.Accept(SignUp{Channel: Email, Destination: text})
		if err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("the error of a refused address repeats it, or there is none")
		}
	}
	file := "channel,destination,places\nemail," + secret + "x y,06107\nemail," + secret + ",06107\nemail," + secret + ",06107\n\"x\"" + secret + ",,\n"
	err := Read(strings.NewReader(file), rules, noon, func(Line) error { return nil })
	if err == nil || strings.Contains(err.Error(), "secret") {
		t.Errorf("the report of a file repeats an address, or there is none")
	}
}
