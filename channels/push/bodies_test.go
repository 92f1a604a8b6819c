package push

import (
	"testing"

	"callbox/templates"
)

// Promise 15: what is kept never differs from what Compose makes.
func TestAKeptBodyIsUsedForEqualTextsOnly(t *testing.T) {
	base := func() templates.Text {
		return templates.Text{Lang: "en", Title: "911 outage: Hartford", More: "More", Opening: []templates.Clause{{Text: "The agency says 911 is down."}},
			Closing: []templates.Clause{{Text: "Do not test."}}, Parts: []templates.Part{{Name: "Hartford", Brief: "Police 860-555-0101",
				Clauses: []templates.Clause{{Text: "Call 860-555-0101."}, {Text: "Say where you are."}}, Numbers: []templates.Number{{Local: "860-555-0101"}}}}}
	}
	var kept bodies
	for name, change := range map[string]func(*templates.Text){
		"as it is":           func(*templates.Text) {},
		"another brief form": func(t *templates.Text) { t.Parts[0].Brief = "Police 860-555-0102" },
		"another clause":     func(t *templates.Text) { t.Parts[0].Clauses[1].Text = "Say it twice." },
		"another number":     func(t *templates.Text) { t.Parts[0].Numbers[0].Local = "860-555-0199" },
		"another opening":    func(t *templates.Text) { t.Opening[0].Text = "Nobody says anything." },
		"another closing":    func(t *templates.Text) { t.Closing = nil },
		"another mark":       func(t *templates.Text) { t.Mark, t.Parts[0].Brief = "DRILL", "" },
		"another part": func(t *templates.Text) {
			t.Parts = append(t.Parts, templates.Part{Name: "Avon", Brief: "Avon: 860-555-0103"})
		},
	} {
		text := base()
		change(&text)
		for range 2 {
			if got, want := kept.of(text, len(text.Parts)), body(text, len(text.Parts)); got != want {
				t.Errorf("%s: kept %q, want %q", name, got, want)
			}
		}
	}
	text := base()
	kept.of(text, 1)
	text.Parts[0].Brief = "Police 860-555-0177" // the owner changes it in place
	if got, want := kept.of(text, 1), body(text, 1); got != want {
		t.Errorf("after a change in place: kept %q, want %q", got, want)
	}
}
