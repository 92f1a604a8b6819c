package templates_test

import (
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"callbox/outages"
	. "callbox/templates"
)

// The Commission's words between the slots, to be held against DA 25-12, Appendix C.
var federalWords = map[Lang][]string{
	English: {": A 9-1-1 OUTAGE ALERT is in effect for ", ". Please contact police, fire, medical, or other emergency services directly " +
		"at their local phone numbers in case of emergency. If you dial 9-1-1, you may not get help. "},
	Spanish: {": UNA ALERTA POR INTERRUPCIÓN DE LOS SERVICIOS 9-1-1 está en efecto en ", ". En caso de emergencia, comuníquese directamente " +
		"con la policía, los bomberos, los servicios médicos u otros servicios de emergencia, llamando a sus números locales. " +
		"Si llama al 9-1-1, es posible que no reciba ayuda. "},
}

func federal(t *testing.T, d outages.Draft, link string) ([]Federal, error) {
	t.Helper()
	w, err := Load(nil)
	if err != nil {
		t.Fatal(err)
	}
	return w.Federal(d, "x-wp", link)
}

func TestTheFederalTemplateIsFilledInWordForWord(t *testing.T) {
	const link = "https://ct.example.gov/a/wp"
	for _, c := range []struct {
		name, short string
		left        map[Lang]string
	}{
		{"Connecticut 911", "", map[Lang]string{Spanish: "time"}},
		{"Connecticut Department of Emergency Services and Public Protection, Statewide Emergency Telecommunications", "CT 911", map[Lang]string{Spanish: "time"}},
		{"Connecticut 911", "CT", nil},
	} {
		d := draft(t, nil)
		d.Facts.Speaker.Name, d.Facts.Speaker.Short = c.name, c.short
		list, err := federal(t, d, link)
		if err != nil || len(list) != 2 {
			t.Fatalf("got %d texts and %v, want two", len(list), err)
		}
		for _, f := range list {
			words := federalWords[f.Lang]
			if want := f.Agency + words[0] + f.Place + words[1] + link; f.Text != want {
				t.Errorf("got %q, want %q", f.Text, want)
			}
			if n := utf8.RuneCountInString(f.Text); n > FederalMax || n != f.Length {
				t.Errorf("got %d characters, counted as %d, want at most %d", n, f.Length, FederalMax)
			}
			if f.Left != c.left[f.Lang] {
				t.Errorf("%s: got %q left out, want %q: %q", f.Lang, f.Left, c.left[f.Lang], f.Text)
			}
			if timed := strings.Contains(f.Place, "11:49"); timed != (f.Left == "") || !strings.Contains(f.Place, "Westport, CT") {
				t.Errorf("got the place %q with %q left out", f.Place, f.Left)
			}
		}
	}
}

func TestTheFederalTemplateSaysWhenThereIsNoRoom(t *testing.T) {
	if _, err := federal(t, draft(t, nil), "https://alerts.example.gov/"+strings.Repeat("x", 80)); !errors.Is(err, ErrTooLong) {
		t.Errorf("got %v, want %v", err, ErrTooLong)
	}
}

func TestTheFederalTemplateIsForLiveFailuresOnly(t *testing.T) {
	for name, change := range map[string]func(*outages.Declaration){
		"a drill": func(d *outages.Declaration) { d.Mode = outages.Drill },
		"911 works": func(d *outages.Declaration) {
			d.Conditions[0].State, d.Conditions[0].Hit = outages.Working, outages.Hit{}
		},
		"texts fail":    func(d *outages.Declaration) { d.Conditions[0].Service = outages.Text },
		"another place": func(d *outages.Declaration) { d.Conditions[0].Area = "x-cl" },
	} {
		if list, err := federal(t, draft(t, change), "https://ct.example.gov"); err != nil || len(list) > 0 {
			t.Errorf("%s: got %v and %v, want no template", name, list, err)
		}
	}
}
