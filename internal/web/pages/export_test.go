package pages_test

import (
	"io/fs"
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"callbox/areas"
	"callbox/internal/web/webtest"
)

func TestTheCopyForASecondHostEqualsTheLivePages(t *testing.T) {
	s := newSite(t)
	agency := s.Ada.Agency // of a state there would be hundreds of ZIP codes
	agency.Jurisdiction = []areas.ID{"x-west-hartford", "x-westport", "x-fairfield", "x-berlin"}
	s.OK(s.SaveAgency(t.Context(), agency))
	ended := s.issue("", webtest.Alert)
	s.Pass(time.Hour)
	s.issue(ended, webtest.Update)
	s.Pass(time.Hour)
	s.issue(ended, webtest.AllClear)
	s.Pass(70 * time.Hour)
	tested := s.issue("", strings.Replace(webtest.Alert, `"live"`, `"test"`, 1))
	drilled := s.issue("", strings.Replace(webtest.Alert, `"live"`, `"drill"`, 1))
	id := s.issue("", webtest.Alert)
	dir := t.TempDir()
	s.OK(s.Export(t.Context(), dir))

	copied := os.DirFS(dir)
	files := map[string]bool{}
	s.OK(fs.WalkDir(copied, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		files["/"+name] = true
		at := "/" + strings.TrimSuffix(strings.TrimSuffix(name, "index.html"), "/")
		if len(at) == 3 {
			at += "/" // the first page of a language
		}
		live := webtest.Ask(t, s.Pages, "GET", at, "")
		got, err := fs.ReadFile(copied, name)
		if want := sameOn(live.Body.String()); name != "404.html" && (live.Code != http.StatusOK || sameOn(string(got)) != want) {
			t.Errorf("%s differs from %s, which answers %d", name, at, live.Code)
		}
		return err
	}))
	for _, want := range []string{"/index.html", "/es/index.html", "/es/zip/06107/index.html", "/outages/" + id + "/index.html", "/es/outages/" + ended + "/index.html",
		"/tests/" + tested + "/index.html", "/a/x-berlin/index.html", "/sw.js", "/404.html", "/en/manifest.webmanifest"} {
		if !files[want] {
			t.Errorf("the copy lacks %s", want)
		}
	}
	if files["/outages/"+drilled+"/index.html"] {
		t.Error("a drill was copied")
	}
	s.refersToCopied(copied, files)
}

// sameOn takes out of a page what may differ between the site and its copy: the words that it is one, and
// where links lead that a plain host cannot answer.
func sameOn(page string) string {
	return strings.ReplaceAll(copyNote.ReplaceAllString(page, ""), `="`+webtest.Base+"/", `="/`)
}

var (
	link       = regexp.MustCompile(`(?:href|src|action)="([^"#?]*)`)
	alternates = regexp.MustCompile(`<link rel="alternate".*>\n`)
)

var copyNote = regexp.MustCompile(`<p class="copy">.*</p>\n`)

// refersToCopied holds the links of the copied pages against the files: all lead somewhere, those that a
// plain host cannot answer to the site itself.
func (s *site) refersToCopied(copied fs.FS, files map[string]bool) {
	s.T.Helper()
	feeds := regexp.MustCompile(`^/(cap|alerts)/`) // the feed makes its own copy
	away := map[string]bool{}
	for name := range files {
		page, err := fs.ReadFile(copied, name[1:])
		s.OK(err)
		if !strings.HasSuffix(name, ".html") {
			continue
		}
		if !strings.Contains(string(page), `<p class="copy">`) {
			s.T.Errorf("%s does not say that it is a copy, and of what", name)
		}
		for _, m := range link.FindAllStringSubmatch(alternates.ReplaceAllString(string(page), ""), -1) {
			if at, ok := strings.CutPrefix(m[1], webtest.Base); ok {
				away[at] = true
			} else if at, ok := strings.CutPrefix(m[1], "/"); ok && !files["/"+at] && !files["/"+strings.TrimSuffix(at, "/")+"/index.html"] && !feeds.MatchString(m[1]) {
				s.T.Errorf("%s refers to %s, which was not copied", name, m[1])
			}
		}
	}
	for _, want := range []string{"/en/subscribe", "/es/subscribe", "/es/card/06107", "/en/poster/06107", "/es/manage", "/en/v", "/api/v1/openapi.json"} {
		if !away[want] {
			s.T.Errorf("nothing of the copy leads to %s of the site", want)
		}
	}
}
