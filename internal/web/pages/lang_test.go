package pages_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"callbox/internal/web/webtest"
)

func unzip(t testing.TB, b []byte) string {
	t.Helper()
	z, err := gzip.NewReader(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(z)
	if err != nil {
		t.Fatalf("the compressed page breaks off: %v", err)
	}
	return string(text)
}

func TestTheLanguageIsTheOneAskedForElseTheBrowsers(t *testing.T) {
	s := newSite(t)
	for name, c := range map[string]struct{ path, accept, want string }{
		"nothing said":       {"/", "", "en"},
		"the browser's":      {"/", "es-MX,es;q=0.9,en;q=0.5", "es"},
		"one we lack":        {"/", "vi", "en"},
		"asked for":          {"/?lang=es", "en-US", "es"},
		"asked for nonsense": {"/?lang=%3Cscript%3E", "es", "es"},
		"hostile header":     {"/", "es;q=" + strings.Repeat("9", 5000), "en"},
		"many tags":          {"/", strings.Repeat("x-y-z,", 400), "en"},
		"no header at all":   {"/", "*;;q=,,=\x00", "en"},
		"weights":            {"/", "en;q=0.1, es;q=0.8", "es"},
	} {
		w := webtest.Ask(t, s.Pages, "GET", c.path, "", "Accept-Language", c.accept)
		if want := `<html lang="` + c.want + `"`; !strings.Contains(w.Body.String(), want) {
			t.Errorf("%s: the page is not %s", name, want)
		}
		if !strings.Contains(w.Header().Get("Vary")+strings.Join(w.Header().Values("Vary"), ","), "Accept-Language") {
			t.Errorf("%s: Vary is %v", name, w.Header().Values("Vary"))
		}
	}
}

// Every page exists in every language, and has a title, one heading of the first level, and a link to
// itself in the other language.
func TestEveryPageIsCompleteInBothLanguages(t *testing.T) {
	s := newSite(t)
	id := s.issue("", webtest.Alert)
	token := s.LeaveToken(1)
	seen := map[string]string{}
	for _, path := range []string{"/", "/?zip=06107", "/?zip=xx", "/outages/" + id, "/subscribe", "/subscribe/sent", "/confirm/" + token, "/leave/" + token, "/privacy", "/nothing",
		"/zip", "/outages", "/tests", "/v", "/v/AAAAAA", "/feeds", "/about", "/accessibility", "/offline", "/card/06107", "/poster/06107"} {
		for _, lang := range []string{"en", "es"} {
			separator := "?"
			if strings.Contains(path, "?") {
				separator = "&"
			}
			page := webtest.Ask(t, s.Pages, "GET", path+separator+"lang="+lang, "").Body.String()
			holds(t, path, page, `<html lang="`+lang+`"`, `aria-current="true">`+map[string]string{"en": "English", "es": "Español"}[lang], "<main", "!<style", "!style=", "!onclick", "!<no value>")
			if n := strings.Count(page, "<h1"); n != 1 {
				t.Errorf("%s in %s has %d headings of the first level, want 1", path, lang, n)
			}
			title := regexp.MustCompile(`<title>(.*)</title>`).FindString(page)
			if other, ok := seen[path]; ok && other == title {
				t.Errorf("%s has the same title in both languages: %s", path, title)
			}
			seen[path] = title
			for _, m := range regexp.MustCompile(`<(input|button|a)\b[^>]*>`).FindAllString(page, -1) {
				if strings.HasPrefix(m, "<input") && !strings.Contains(m, "hidden") && !labelled(page, m) {
					t.Errorf("%s: no label for %s", path, m)
				}
			}
		}
	}
}

var fieldID = regexp.MustCompile(` id="([^"]+)"`)

// labelled reports whether a field has a label: around it, or one that names it.
func labelled(page, field string) bool {
	if m := fieldID.FindStringSubmatch(field); m != nil && strings.Contains(page, `<label for="`+m[1]+`"`) {
		return true
	}
	before, _, _ := strings.Cut(page, field)
	return strings.LastIndex(before, "<label") > strings.LastIndex(before, "</label>")
}

// Phrases that the program itself asks for are in the table: those of templates are checked at start.
func TestEveryPhraseThatTheProgramAsksForExists(t *testing.T) {
	table, err := os.ReadFile("phrases/en.toml")
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	asked := regexp.MustCompile(`"((?:fault|zip|zips|kind|home|confirm|leave|privacy|missing|failed|toomany|sent|subscribe|outage|site|service|state|line|need|way|map|said|past|tests|feeds|card|poster|offline)\.[a-z0-9_]+)"`)
	found := 0
	for _, file := range files {
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range asked.FindAllStringSubmatch(string(source), -1) {
			section, name, _ := strings.Cut(m[1], ".")
			if slices.Contains([]string{".css", ".svg", ".js"}, filepath.Ext(m[1])) {
				continue
			}
			found++
			_, rest, ok := strings.Cut(string(table), "["+section+"]\n")
			rest, _, _ = strings.Cut(rest, "\n[")
			if !ok || !strings.Contains("\n"+rest, "\n"+name+" = ") {
				t.Errorf("%s asks for the phrase %s, which nobody wrote", file, m[1])
			}
		}
	}
	if found < 20 {
		t.Errorf("found %d phrases in the program, want many", found)
	}
}
