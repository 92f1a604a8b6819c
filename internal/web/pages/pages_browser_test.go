//go:build browser

package pages_test

import (
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"

	"callbox/internal/browser"
	"callbox/internal/web/webtest"
)

// Acceptance check 25, and the extras: every page in both languages, narrow and wide, with forced colours,
// dark, and with text of twice the size; nothing is asked of other sites, and no script complains.
func TestEveryPageCanBeReadByEverybody(t *testing.T) {
	l := newLive(t)
	pages := l.everyPage()
	b := browser.Start(t)
	for _, width := range []int{browser.Phone, browser.Desk} {
		tab := l.at(b.Tab(width))
		complaints := tab.Complaints()
		for _, name := range slices.Sorted(maps.Keys(pages)) {
			for _, lang := range []string{"en", "es"} {
				if width == browser.Desk && lang == "es" && os.Getenv("BROWSER_PICTURES") == "" {
					continue // its words are read in the narrow window, where they have least room
				}
				tab.Go(l.Origin + "/" + lang + pages[name])
				tab.Accessible()
				tab.Picture(name + "-" + lang + "-" + map[int]string{browser.Phone: "narrow", browser.Desk: "wide"}[width])
				if got := browser.Eval[string](tab, `document.documentElement.lang`); got != lang {
					t.Errorf("%s in %s says that it is in %q", name, lang, got)
				}
			}
		}
		if said := complaints(); len(said) > 0 {
			t.Errorf("scripts complain: %q", said)
		}
		if foreign := tab.Foreign(); len(foreign) > 0 {
			t.Errorf("requests to other sites: %q", foreign)
		}
	}
	for _, colors := range []string{"forced", "dark"} {
		tab := l.at(b.Tab(browser.Desk))
		tab.Colors(colors)
		for _, name := range []string{"two-towns", "outage", "subscribe", "privacy", "drill"} {
			tab.Go(l.Origin + "/en" + pages[name])
			tab.Accessible()
			tab.Picture(name + "-" + colors)
		}
	}
	large := l.at(b.Tab(2 * browser.Phone))
	for _, name := range slices.Sorted(maps.Keys(pages)) {
		large.Go(l.Origin + "/es" + pages[name])
		if wide := browser.Eval[int](large, `(document.documentElement.style.fontSize = '200%', document.documentElement.scrollWidth - innerWidth)`); wide > 0 {
			t.Errorf("%s scrolls sideways by %d pixels with text of twice the size", name, wide)
		}
		large.Picture(name + "-large")
	}
}

// Acceptance check 21.
func TestWithoutScriptsAZIPCodeShowsStateAndNumbers(t *testing.T) {
	l := newLive(t)
	l.issue("", webtest.Alert)
	for _, width := range []int{browser.Phone, browser.Desk} {
		tab := browser.Start(t).Tab(width, browser.NoScript)
		tab.Go(l.Origin + "/en/")
		tab.Fill("#zip", "06107")
		tab.Press(".zip button")
		if got := tab.Text(".services"); !strings.Contains(got, "Calls to 911 from landlines") || !strings.Contains(got, "not working") || !strings.Contains(got, "Text to 911") {
			t.Errorf("the services: %q", got)
		}
		if !tab.Has(`a.call[href="tel:+18605550101"]`) {
			t.Error("no number that dials")
		}
		if high := browser.Eval[float64](tab, `document.querySelector('a.call').getBoundingClientRect().height`); high < 44 {
			t.Errorf("a number to tap is %g pixels high, want 44", high)
		}
		tab.Fill("#zip", "06100")
		tab.Press(".zip button")
		if got := tab.Text("#zip-error"); !strings.Contains(got, "did you mean") {
			t.Errorf("an unknown ZIP code: %q", got)
		}
		tab.Fill("#zip", "06824")
		tab.Press(".zip button")
		for _, tel := range []string{"+12035550103", "+12035550104"} {
			if !tab.Has(`a.call[href="tel:` + tel + `"]`) {
				t.Errorf("a ZIP code of two towns lacks %s", tel)
			}
		}
		tab.Press(`.towns a[href="#x-fairfield"]`)
	}
}

func TestCardsAndPosterPrintOnOnePage(t *testing.T) {
	l := newLive(t)
	tab := browser.Start(t).Tab(browser.Desk)
	for _, path := range []string{"/en/card/06107", "/es/card/06824", "/es/card/06824?area=x-fairfield", "/en/poster/06107", "/es/poster/06824"} {
		tab.Go(l.Origin + path)
		if got := tab.Pages(); got != 1 {
			t.Errorf("%s prints on %d pages, want 1", path, got)
		}
	}
	tab.Go(l.Origin + "/en/card/06824")
	if got := browser.Eval[int](tab, `document.querySelectorAll('.wallet').length`); got != 8 {
		t.Errorf("%d cards on the page, want 8", got)
	}
	if cut := browser.Eval[int](tab, `[...document.querySelectorAll('.wallet')].filter((e) => e.scrollHeight > e.clientHeight + 1).length`); cut > 0 {
		t.Errorf("%d cards are cut off", cut)
	}
}

// A host of plain files cannot answer a form: the script finds the page of the ZIP code there, and without
// scripts the list of all ZIP codes does.
func TestTheCopyOnAPlainHostAnswersAZIPCode(t *testing.T) {
	l := newLive(t)
	l.issue("", webtest.Alert)
	dir := t.TempDir()
	l.OK(l.Export(t.Context(), dir))
	host := httptest.NewServer(http.FileServer(http.Dir(dir)))
	t.Cleanup(host.Close)
	b := browser.Start(t)
	tab := l.at(b.Tab(browser.Phone))
	tab.Go(host.URL + "/es/")
	tab.Fill("#zip", "06107")
	tab.Press(".zip button")
	tab.Wait(`!!document.querySelector('a.call[href="tel:+18605550101"]')`)
	if !tab.Has(`a.button[href="` + webtest.Base + `/es/subscribe?zip=06107"]`) {
		t.Error("the button to sign up does not lead to the site itself")
	}
	tab.Accessible()
	tab.Picture("copy")
	tab.Go(host.URL + "/404.html")
	tab.Accessible()
	tab.Picture("copy-missing")
	plain := b.Tab(browser.Phone, browser.NoScript)
	plain.Go(host.URL + "/es/")
	plain.Press(`a[href="/es/zip"]`)
	plain.Press(`a[href="/es/zip/06107"]`)
	if !plain.Has(`a.call[href="tel:+18605550101"]`) {
		t.Error("the list of ZIP codes does not lead to the numbers")
	}
}
