package templates_test

import (
	"os"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	. "callbox/templates"
)

func load(files map[string]string) (*Wordings, error) {
	fsys := fstest.MapFS{}
	for name, text := range files {
		fsys[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return Load(fsys)
}

func TestTheBuiltInWordingsAreComplete(t *testing.T) {
	w, err := Load(nil)
	if err != nil {
		t.Fatal(err)
	}
	if got := w.Langs(); len(got) != 2 || got[0] != English || got[1] != Spanish {
		t.Errorf("got languages %v, want en and es", got)
	}
}

func TestAnAgencyMayReplaceAPhrase(t *testing.T) {
	w, err := load(map[string]string{"en.toml": "[closing]\ndo_not_test = \"Please do not call 911 to test it.\"\n"})
	if err != nil {
		t.Fatal(err)
	}
	d := draft(t, nil)
	texts, err := w.Render(d, Reader{Areas: ids("x-wp"), Langs: []Lang{English, Spanish}})
	if err != nil {
		t.Fatal(err)
	}
	if got := whole(texts[0]); !strings.Contains(got, "Please do not call 911 to test it.") {
		t.Errorf("got %q, want the agency's phrase", got)
	}
	if f := w.Lint(d, texts); f.Blocked() || find(f, "do-not-test").Rule != "" {
		t.Errorf("got %v, want the lint to know the agency's phrase", f)
	}
	built, err := Render(d, Reader{Areas: ids("x-wp"), Langs: []Lang{English}})
	if err != nil || strings.Contains(whole(built[0]), "Please") {
		t.Errorf("got %q (%v), want the built-in wording untouched", whole(built[0]), err)
	}
}

func TestAWordingThatIsNotRightFailsAtTheStart(t *testing.T) {
	for _, c := range []struct{ name, file, text, says string }{
		{"unknown key", "en.toml", "[closing]\nfarewell = \"Bye\"\n", "wording en.toml: phrase closing.farewell is not known"},
		{"unknown placeholder", "es.toml", "[closing]\nnext = \"{time} {tiempo}\"\n", "wording es.toml: phrase closing.next has the unknown placeholder {tiempo}"},
		{"missing placeholder", "en.toml", "[number]\ncall = \"Call now.\"\n", "wording en.toml: phrase number.call lacks {numbers}"},
		{"open brace", "en.toml", "[closing]\ndo_not_test = \"Do not {test\"\n", "brace that is not closed"},
		{"missing phrases", "fr.toml", vouched + "[closing]\ndo_not_test = \"Ne testez pas.\"\n", "wording fr.toml: phrase way.mobile is missing"},
		{"missing kind", "fr.toml", vouched + "[opening]\nalert = \"{agency} {extent} {time}\"\n", "wording fr.toml: phrase opening.all_clear is missing"},
		{"open action", "es.toml", "[voice]\ndown = \"En {area}{who}{since, las llamadas fallan.\"\n", "wording es.toml: phrase voice.down lacks {since}"},
		{"review by nobody", "fr.toml", "reviewed = {by = \" \", date = \"2026-11-20\"}\n", "wording fr.toml: reviewed needs who read it and when"},
		{"review at no time", "fr.toml", "reviewed = {by = \"A. Reader\", date = \"soon\"}\n", "wording fr.toml: reviewed needs who read it and when"},
		{"not TOML", "en.toml", "[closing\n", "wording en.toml:"},
		{"no phrase", "en.toml", "[closing]\nnext = 3\n", "wording en.toml:"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := load(map[string]string{c.file: c.text})
			if err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("got %v, want %q", err, c.says)
			}
		})
	}
}

// vouched marks a language as read by a person.
const vouched = "reviewed = {by = \"A. Reader\", date = \"2026-11-20\"}\n"

func TestALanguageIsOffUntilItIsCompleteAndAPersonVouchesForIt(t *testing.T) {
	english, err := os.ReadFile("wordings/en.toml")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, text string
		on         bool
		missing    int // when it is off
	}{
		{"complete and reviewed", vouched + string(english), true, 0},
		{"complete, not reviewed", string(english), false, 0},
		{"one phrase short, not reviewed", strings.Replace(string(english), "next = \"Next update by {time}.\"\n", "", 1), false, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			w, err := load(map[string]string{"fr.toml": c.text})
			if err != nil {
				t.Fatal(err)
			}
			if got := slices.Contains(w.Langs(), "fr"); got != c.on {
				t.Errorf("got French on: %v, want %v", got, c.on)
			}
			want := []Off{{Lang: "fr", Missing: c.missing}}
			if c.on {
				want = nil
			}
			if !slices.Equal(w.Off(), want) {
				t.Errorf("got %v off, want %v", w.Off(), want)
			}
			_, err = w.Render(draft(t, nil), Reader{Areas: ids("x-wp"), Langs: []Lang{"fr"}})
			if (err == nil) != c.on {
				t.Errorf("got %v when wording in French, want an error unless it is on (%v)", err, c.on)
			}
		})
	}
}

func TestALanguageWithoutAWordingIsAnError(t *testing.T) {
	if _, err := Render(draft(t, nil), Reader{Areas: ids("x-wp"), Langs: []Lang{"fr"}}); err == nil {
		t.Error("got no error, want one for French")
	}
}
