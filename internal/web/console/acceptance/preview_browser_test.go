//go:build browser

package acceptance_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"callbox/internal/browser"
	"callbox/internal/web/webtest"
	"callbox/templates"
)

// promise 15; acceptance check 11, in the browser of an official: what stands on the screen for each channel,
// language and area is what the far sides receive, of an alert, an update and the all-clear.
func TestWhatStandsOnTheScreenIsWhatEveryFarSideReceives(t *testing.T) {
	h := newHouse(t)
	h.fill(everywhere...)
	ada, bob := h.window(browser.Desk, h.Ada), h.window(browser.Phone, h.Bob)
	outage := ""
	for seq, write := range []func(*browser.Tab, string){h.alert, h.update, h.allClear} {
		write(ada, outage)
		since := h.mark()
		shown := leaf(ada)
		if status := submit(ada); status != 200 {
			t.Fatalf("bulletin %d: submitted with status %d: %s", seq+1, status, ada.Text("#errors"))
		}
		d := h.draft(path(ada))
		outage = d.Outage
		approveIn(bob, ada.URL())
		h.sent(outage)
		page := webtest.Base + "/outages/" + outage
		want, got := settled(shown, page), settled(h.received(since, outage, seq+1), page)
		maps.DeleteFunc(want, func(x heard, _ string) bool { return strings.HasPrefix(x.to, "Phone alert") }) // is handed over by a person
		if n := len(seen(want)); n != 10 {
			t.Errorf("bulletin %d: the screen shows %q, want five channels in two languages", seq+1, seen(want))
		}
		for _, x := range slices.Concat(slices.Collect(maps.Keys(want)), slices.Collect(maps.Keys(got))) {
			if got[x] != want[x] {
				t.Errorf("bulletin %d: %+v\n got %q\nwant %q", seq+1, x, got[x], want[x])
			}
		}
		quiet(ada, "the waiting page")
	}
}

// alert writes an alert on the screens, up to its preview, with a number for this outage and a cause.
func (h *house) alert(tab *browser.Tab, _ string) {
	tab.T.Helper()
	tab.Go(h.at + "/console/live/declare")
	state(tab)
	tab.Press("main form button:not(.away)")
	choose(tab)
	tab.Fill("#began", "11:49 AM")
	tab.Fill("#next", "12:40 PM")
	for field, value := range map[string]string{"n0-tel": "203-555-0199", "n0-area": "x-westport", "n0-for": "fire", "n0-label": "Fire desk",
		"cause": "a cut cable", "cause_by": "the carrier"} {
		tab.Set("#"+field, value)
	}
	tab.Press(`p > button[value=continue]`)
}

// update says that landlines work again in West Hartford.
func (h *house) update(tab *browser.Tab, outage string) {
	tab.T.Helper()
	h.Pass(20 * 60e9)
	tab.Go(h.at + "/console/live/outages/" + outage + "/restore")
	browser.Eval[any](tab, `[...document.querySelectorAll('label:has([name=cell])')].find((e) => e.innerText.includes('West Hartford')).click(); null`)
	tab.Press("main form:last-of-type button")
	tab.Press(`form:has([name=go]) button`)
}

// allClear says that it works again everywhere.
func (h *house) allClear(tab *browser.Tab, outage string) {
	tab.T.Helper()
	h.Pass(20 * 60e9)
	tab.Go(h.at + "/console/live/outages/" + outage + "/clear")
	browser.Eval[any](tab, `document.querySelectorAll('main form input[type=checkbox]').forEach((e) => { e.checked = true; }); null`)
	tab.Press("main form button")
}

// onScreen reads the words of a page as they stand there, with what opens by a click.
const onScreen = `document.querySelectorAll('.words details').forEach((e) => { e.open = true; }), ({to: document.querySelector('.words h3').innerText, lang: document.querySelector('dl.proofs').lang,
	strings: [...document.querySelectorAll('dl.proofs dt')].map((dt) => [dt.firstChild.data.trim(), dt.nextElementSibling.querySelector('pre').innerText])})`

// leaf leafs through a preview by its links and its list of readers, and returns every string that stood on
// the screen.
func leaf(tab *browser.Tab) map[heard]string {
	tab.T.Helper()
	out := map[heard]string{}
	read := func() {
		v := browser.Eval[struct {
			To      string
			Lang    templates.Lang
			Strings [][2]string
		}](tab, onScreen)
		for _, x := range v.Strings {
			out[heard{v.To, v.Lang, x[0]}] = x[1]
		}
		quiet(tab, v.To)
	}
	links := func(nav string) int {
		return browser.Eval[int](tab, `document.querySelectorAll('nav[aria-label="`+nav+`"] a').length`)
	}
	press := func(nav string, n int) {
		if !tab.Has(nth(nav, n) + "[aria-current]") {
			tab.Press(nth(nav, n))
		}
	}
	for channel := range links("Channel") {
		press("Channel", channel+1)
		for lang := range links("Language") {
			press("Language", lang+1)
			read()
			here := browser.Eval[string](tab, `document.querySelector('#for')?.value ?? ''`)
			for _, reader := range browser.Eval[[]string](tab, `[...document.querySelectorAll('#for option')].map((o) => o.value)`) {
				if reader != here {
					here = reader
					tab.Set("#for", reader)
					tab.Press("section.words form button")
					read()
				}
			}
		}
	}
	return out
}
