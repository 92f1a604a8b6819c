package templates_test

import (
	"os"
	"strings"
	"testing"

	. "callbox/templates"
)

func TestNumbersKeepTheirOrderInLanguagesFromRightToLeft(t *testing.T) {
	for _, c := range []struct {
		lang Lang
		want string
	}{
		{"en", "860-555-0101"}, {"es-US", "860-555-0101"}, {"arn", "860-555-0101"},
		{"ar", "\u2066860-555-0101\u2069"}, {"AR-EG", "\u2066860-555-0101\u2069"}, {"he", "\u2066860-555-0101\u2069"},
	} {
		if got := Isolated(c.lang, "860-555-0101"); got != c.want {
			t.Errorf("%s: got %q, want %q", c.lang, got, c.want)
		}
		if got := Isolated(c.lang, Isolated(c.lang, "860-555-0101")); got != c.want {
			t.Errorf("%s: got %q when isolated twice, want %q", c.lang, got, c.want)
		}
	}
	if got := Isolated("ar", ""); got != "" {
		t.Errorf("got %q, want nothing around nothing", got)
	}
}

// The English phrases stand in for Arabic ones: what is tested is what the renderer puts around numbers.
func TestEveryNumberOfARightToLeftTextIsIsolated(t *testing.T) {
	phrases, err := os.ReadFile("wordings/en.toml")
	if err != nil {
		t.Fatal(err)
	}
	w, err := load(map[string]string{"ar.toml": vouched + string(phrases)})
	if err != nil {
		t.Fatal(err)
	}
	d := draft(t, nil)
	texts, err := w.Render(d, Reader{Areas: ids("x-wp"), Langs: []Lang{"ar", English, Spanish}})
	if err != nil {
		t.Fatal(err)
	}
	ar := texts[0]
	said := strings.Join(append(ar.Paragraphs(), ar.Parts[0].Brief), "\n")
	const number = "860-555-0100"
	if n := strings.Count(said, number); n < 2 || n != strings.Count(said, "\u2066"+number+"\u2069") {
		t.Errorf("got %q, want every number between isolates", said)
	}
	if f := w.Lint(d, texts); f.Blocked() {
		t.Errorf("got %v, want isolates in pairs to pass", f)
	}
	ar.Title = "911 \u2066 outage"
	if f := w.Lint(d, []Text{ar}); find(f, "control").Rule == "" {
		t.Errorf("got %v, want an isolate without its end blocked", f)
	}
}
