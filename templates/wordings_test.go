package templates_test

import (
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
		{"missing phrases", "fr.toml", "[closing]\ndo_not_test = \"Ne testez pas.\"\n", "wording fr.toml: phrase way.mobile is missing"},
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

func TestALanguageWithoutAWordingIsAnError(t *testing.T) {
	if _, err := Render(draft(t, nil), Reader{Areas: ids("x-wp"), Langs: []Lang{"fr"}}); err == nil {
		t.Error("got no error, want one for French")
	}
}
