package templates

import (
	"strings"
	"testing"
)

func TestAnEditedPhraseKeepsItsPlaceholders(t *testing.T) {
	w, err := Load(nil)
	if err != nil {
		t.Fatal(err)
	}
	edited, err := w.With(Edits{English: {"opening.all_clear": "{agency} says: 911 works again.", "topic.here": ""}})
	if err != nil {
		t.Fatal(err)
	}
	if got := edited.Phrase(English, "opening.all_clear"); got != "{agency} says: 911 works again." {
		t.Errorf("the phrase is %q", got)
	}
	if w.Phrase(English, "opening.all_clear") == edited.Phrase(English, "opening.all_clear") {
		t.Error("the wordings that were edited changed themselves")
	}
	if edited.Phrase(English, "topic.here") != w.Phrase(English, "topic.here") {
		t.Error("an empty edit took a phrase away")
	}
	for wrong, says := range map[string]Edits{
		"lacks {agency}":            {English: {"opening.all_clear": "911 works again."}},
		"unknown placeholder {zip}": {English: {"opening.all_clear": "{agency}: {zip}."}},
		"is not known":              {English: {"opening.party": "Hello."}},
		"brace that is not closed":  {English: {"opening.all_clear": "{agency}: }."}},
		"is not in use":             {"tlh": {"opening.all_clear": "{agency}."}},
	} {
		if _, err := w.With(says); err == nil || !strings.Contains(err.Error(), wrong) {
			t.Errorf("%v: %v, want %q", says, err, wrong)
		}
	}
}
