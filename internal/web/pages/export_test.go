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
		if want := live.Body.String(); name != "404.html" && (live.Code != http.StatusOK || string(got) != want) {
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

// refersToCopied holds the links of a few copied pages against the files: all lead somewhere, but for what
// needs this host.
func (s *site) refersToCopied(copied fs.FS, files map[string]bool) {
	s.T.Helper()
	here := regexp.MustCompile(`^/[a-z]{2}/(subscribe|card|poster)|^/(cap|alerts|api)/`)
	for _, name := range []string{"es/index.html", "es/zip/06824/index.html", "en/zip/index.html", "en/outages/index.html", "404.html"} {
		page, err := fs.ReadFile(copied, name)
		s.OK(err)
		for _, m := range regexp.MustCompile(`(?:href|src)="(/[^"#?]*)`).FindAllStringSubmatch(string(page), -1) {
			at := m[1]
			if !files[at] && !files[strings.TrimSuffix(at, "/")+"/index.html"] && !here.MatchString(at) {
				s.T.Errorf("%s refers to %s, which was not copied", name, at)
			}
		}
	}
}
