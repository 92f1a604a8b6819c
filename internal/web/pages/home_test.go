package pages_test

import (
	"html"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"callbox/internal/web/pages"
	"callbox/internal/web/webtest"
)

// site is a room with its pages.
type site struct {
	*webtest.Room
	*pages.Pages
}

const drillKey = "a-key-for-drills-and-tests"

func newSite(t testing.TB) *site {
	t.Helper()
	s := &site{Room: webtest.New(t)}
	var err error
	s.Pages, err = pages.New(pages.Config{Desk: s.Desk, Base: webtest.Base, DrillKey: drillKey, PushKey: s.PushKey, Now: s.Now})
	s.OK(err)
	s.OK(s.Refresh(t.Context()))
	return s
}

// Board is in both halves of a site.
func (s *site) Board() any { return s.Pages.Board() }

// issue issues a bulletin and renews the pages.
func (s *site) issue(outage, file string) string {
	s.T.Helper()
	id := s.Issue(outage, file)
	s.OK(s.Refresh(s.T.Context()))
	return id
}

// get returns the text of a page, with its entities resolved.
func (s *site) get(path string, want int) string {
	s.T.Helper()
	w := webtest.Ask(s.T, s.Pages, "GET", path, "")
	if w.Code != want {
		s.T.Errorf("GET %s: %d, want %d", path, w.Code, want)
	}
	return plain(w.Body.String())
}

// plain resolves the entities of a page, and lets its lines break where they may not.
func plain(page string) string {
	return strings.ReplaceAll(html.UnescapeString(unbroken.ReplaceAllString(page, "$1")), "\u00a0", " ")
}

var unbroken = regexp.MustCompile(`<span class="whole">([^<]*)</span>`)

// says holds a page against what it must and must not say; what must not begins with "!".
func (s *site) says(path string, want ...string) {
	s.T.Helper()
	page := s.get(path, http.StatusOK)
	holds(s.T, path, page, want...)
}

func holds(t testing.TB, what, page string, want ...string) {
	t.Helper()
	_, main, _ := strings.Cut(page, "<main")
	for _, text := range want {
		if not, ok := strings.CutPrefix(text, "!"); ok {
			if strings.Contains(page, not) {
				t.Errorf("%s says %q", what, not)
			}
		} else if !strings.Contains(page, text) {
			t.Errorf("%s does not say %q:\n%s", what, text, main)
		}
	}
}

func TestAZIPCodeShowsTheStateAndTheNumbersOfItsTown(t *testing.T) {
	s := newSite(t)
	s.says("/?zip=06107", "No outage reported for West Hartford, CT as of 12:20 PM EDT", "Call 911 in an emergency. Do not call to test.")
	s.issue("", webtest.Alert)
	s.says("/?zip=06107&lang=en", `href="tel:+18605550101"`, "860-555-0101", "860-555-0102", "police", "West Hartford", "Call 911 from a mobile phone.",
		"Next update by 1:30 PM", "!203-555-0103", "!No outage reported for West Hartford")
	s.says("/?zip=06107&lang=es", `lang="es"`, `href="tel:+18605550101"`, "teléfono", "!Call 911 from", "policía")
	s.says("/?zip=06037", "No outage reported for Berlin, CT", "!860-555-0107")
	s.says("/?zip=+06107-1234+", "860-555-0101")
	s.says("/", "911 outage: West Hartford", "!No outage reported as of")
}

// promise 2: a reader sees the numbers of the own area, each labelled with it.
func TestAZIPCodeOfTwoTownsShowsBothWithTheirOwnNumbers(t *testing.T) {
	s := newSite(t)
	s.issue("", webtest.Alert)
	page := s.get("/?zip=06824", http.StatusOK)
	holds(t, "the page", page, "is in more than one town")
	for town, c := range map[string]struct{ own, others string }{
		"Westport, CT":  {"203-555-0103", "203-555-0104"},
		"Fairfield, CT": {"203-555-0104", "203-555-0103"},
	} {
		_, section, _ := strings.Cut(page, "<h2>"+town+"</h2>")
		section, _, _ = strings.Cut(section, "</section>")
		holds(t, town, section, c.own, "!"+c.others)
	}
}

func TestAWrongZIPCodeIsToldWhatWouldBeRight(t *testing.T) {
	s := newSite(t)
	for zip, want := range map[string]string{
		"0610":         "Enter 5 digits",
		"abcde":        "Enter 5 digits",
		"00000":        "00000 is not a ZIP code",
		"06108x":       "Enter 5 digits",
		"06100":        "did you mean",
		"%F0%9F%9A%91": "Enter 5 digits",
	} {
		page := s.get("/?zip="+zip, http.StatusUnprocessableEntity)
		holds(t, zip, page, want, `id="zip"`)
	}
	s.says("/?zip=90210", "This site does not report on", "!No outage reported for")
}

// promise 6: past its promise a page says so, and never that all is well.
func TestSilenceIsNeverTakenForAnEnd(t *testing.T) {
	s := newSite(t)
	id := s.issue("", webtest.Alert)
	s.Pass(2 * time.Hour)
	s.OK(s.Refresh(t.Context()))
	for _, path := range []string{"/?zip=06107", "/outages/" + id} {
		s.says(path, "No word since 12:20 PM EDT", "An update was promised by 1:30 PM EDT and has not come.", "860-555-0101", "!restored", "!works again", "!This outage is over")
	}
	s.says("/", "No word since 12:20 PM EDT")
	s.says("/?zip=06107&lang=es", "Sin noticias desde: 12:20 p. m. EDT")
	s.Pass(3 * 24 * time.Hour)
	s.OK(s.Refresh(t.Context()))
	s.says("/?zip=06107", "No word since October 22, 2024, 12:20 PM EDT", "!No outage reported for")
}

func TestATownThatWorksAgainReadsSoAndTheOthersDoNot(t *testing.T) {
	s := newSite(t)
	id := s.issue("", webtest.Alert)
	s.Pass(time.Hour)
	s.issue(id, webtest.Update)
	s.says("/?zip=06107", "911 works again", "No outage reported for West Hartford")
	s.says("/?zip=06880", "203-555-0103", "!No outage reported for Westport")
	s.Pass(time.Hour)
	s.issue(id, webtest.AllClear)
	s.says("/?zip=06880", "No outage reported for Westport", "911 works again")
	s.says("/", "No outage reported as of", "Ended in the last two days", id)
	s.says("/outages/"+id, "This outage is over", "What was said before", "Alert", "Update")
	s.Pass(30 * 24 * time.Hour)
	s.OK(s.Refresh(t.Context()))
	s.says("/outages/"+id, "This outage is over", "860-555-0101")
}

// The pages survive the loss of the database, and say of what time they are.
func TestPagesAnswerFromMemoryWhenTheDatabaseFails(t *testing.T) {
	s := newSite(t)
	id := s.issue("", webtest.Alert)
	s.OK(s.Desk.Store.Close())
	s.Pass(10 * time.Minute)
	if err := s.Refresh(t.Context()); err == nil {
		t.Error("Refresh of a lost database: no error")
	}
	for _, path := range []string{"/?zip=06107", "/outages/" + id} {
		s.says(path, "860-555-0101", "This page could not be renewed since 12:20 PM EDT")
	}
	holds(t, "a page that was never read", s.get("/outages/other", http.StatusServiceUnavailable), "In an emergency, call 911")
}

func TestNothingIsClaimedBeforeTheFirstReading(t *testing.T) {
	r := webtest.New(t)
	p, err := pages.New(pages.Config{Desk: r.Desk, Base: webtest.Base, Now: r.Now})
	r.OK(err)
	w := webtest.Ask(t, p, "GET", "/?zip=06107", "")
	if w.Code != http.StatusServiceUnavailable || w.Header().Get("Retry-After") == "" || strings.Contains(w.Body.String(), "No outage") {
		t.Errorf("before the first reading: %d, want 503 and no word on outages", w.Code)
	}
}

func TestADrillIsBehindItsKey(t *testing.T) {
	s := newSite(t)
	id := s.issue("", strings.Replace(webtest.Alert, `"live"`, `"drill"`, 1))
	page := s.get("/outages/"+id+"?key="+drillKey, http.StatusOK)
	holds(t, "the page of a drill", page, `data-mode="drill"`, "<title>DRILL", "!DRILL DRILL", "DRILL: this is only an exercise")
	for _, path := range []string{"/outages/" + id, "/outages/" + id + "?key=", "/outages/" + id + "?key=wrong", "/outages/..%2f", "/outages/" + strings.Repeat("a", 200)} {
		holds(t, path, s.get(path, http.StatusNotFound), "There is no such page", `id="zip"`, "!DRILL")
	}
	for _, path := range []string{"/", "/?zip=06107"} {
		s.says(path, "!DRILL", "!860-555-0101")
	}
}

func TestCachesMayKeepAPageButNotForLong(t *testing.T) {
	s := newSite(t)
	id := s.issue("", webtest.Alert)
	for _, path := range []string{"/", "/?zip=06107", "/outages/" + id} {
		first := webtest.Ask(t, s.Pages, "GET", path, "")
		if c := first.Header().Get("Cache-Control"); !strings.Contains(c, "max-age=15") || !strings.Contains(c, "stale-if-error") {
			t.Errorf("%s: Cache-Control %q", path, c)
		}
		again := webtest.Ask(t, s.Pages, "GET", path, "", "If-None-Match", first.Header().Get("ETag"))
		if again.Code != http.StatusNotModified || again.Body.Len() != 0 {
			t.Errorf("%s again: %d with %d bytes, want 304 and none", path, again.Code, again.Body.Len())
		}
		head := webtest.Ask(t, s.Pages, "HEAD", path, "")
		if head.Code != http.StatusOK || head.Body.Len() != 0 || head.Header().Get("ETag") != first.Header().Get("ETag") {
			t.Errorf("HEAD %s: %d with %d bytes", path, head.Code, head.Body.Len())
		}
		zipped := webtest.Ask(t, s.Pages, "GET", path, "", "Accept-Encoding", "br, gzip")
		if zipped.Header().Get("Content-Encoding") != "gzip" || zipped.Header().Get("ETag") == first.Header().Get("ETag") {
			t.Errorf("%s with gzip: headers %v", path, zipped.Header())
		}
		if got := unzip(t, zipped.Body.Bytes()); got != first.Body.String() {
			t.Errorf("%s with gzip is another page:\n%s", path, got)
		}
	}
}

// The first view has at most 30 KB: the page, its style, its icon and its scripts with what they import,
// compressed. It asks nothing of other sites.
func TestTheFirstViewIsSmallAndAsksNothingOfOthers(t *testing.T) {
	s := newSite(t)
	id := s.issue("", webtest.Alert)
	for _, path := range []string{"/", "/?zip=06824", "/outages/" + id, "/subscribe"} {
		page := webtest.Ask(t, s.Pages, "GET", path, "", "Accept-Encoding", "gzip")
		size, text := page.Body.Len(), unzip(t, page.Body.Bytes())
		counted := map[string]bool{}
		for _, m := range regexp.MustCompile(`(?:href|src|action)="([^"]+)"`).FindAllStringSubmatch(text, -1) {
			link := html.UnescapeString(m[1])
			switch {
			case strings.HasPrefix(link, "/assets/"):
				size += s.weight(link, counted)
			case !strings.HasPrefix(link, "/") && !strings.HasPrefix(link, "#") && !strings.HasPrefix(link, "tel:+1") && !strings.HasPrefix(link, webtest.Base):
				t.Errorf("%s refers to %q", path, link)
			}
		}
		if size > 30<<10 {
			t.Errorf("%s is %d bytes compressed, want at most 30 KB", path, size)
		}
	}
}

// weight is how many bytes an asset is as it travels, with the scripts that it imports.
func (s *site) weight(asset string, counted map[string]bool) int {
	s.T.Helper()
	if counted[asset] {
		return 0
	}
	counted[asset] = true
	size := webtest.Ask(s.T, s.Pages, "GET", asset, "", "Accept-Encoding", "gzip").Body.Len()
	if size == 0 {
		s.T.Errorf("%s is empty", asset)
	}
	for _, m := range regexp.MustCompile(`from '(/assets/[^']+)'`).FindAllStringSubmatch(webtest.Ask(s.T, s.Pages, "GET", asset, "").Body.String(), -1) {
		size += s.weight(m[1], counted)
	}
	return size
}

func TestTheShortAddressOfAnAreaShowsItsNumbers(t *testing.T) {
	s := newSite(t)
	s.says("/a/x-west-hartford", "911 in West Hartford, CT", "No outage reported for West Hartford, CT")
	s.issue("", webtest.Alert)
	s.says("/a/x-west-hartford", "860-555-0101", "!203-555-0103", "!No outage reported for West Hartford")
	s.says("/a/x-west-hartford?lang=es", "El 911 en West Hartford, CT", "policía")
	s.get("/a/x-nowhere", http.StatusNotFound)
}
