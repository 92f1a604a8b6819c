//go:build browser

package acceptance_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"callbox/internal/browser"
	"callbox/internal/officials"
	"callbox/internal/web/console"
	"callbox/internal/web/console/consoletest"
	"callbox/internal/web/console/watch"
)

// house is a stage whose whole console browsers reach.
type house struct {
	*stage
	at string // its address
	b  *browser.Browser
}

func newHouse(t *testing.T) *house {
	t.Helper()
	keys := newVAPID(t)
	rooms, stop, err := console.Rooms(watch.Config{PushKey: keys.public})
	if err != nil {
		t.Fatal(err)
	}
	site, at := consoletest.Serve(t, rooms...)
	t.Cleanup(stop)
	return &house{set(site, keys), at, browser.Start(t)}
}

// window opens a window in which somebody has a passkey and is signed in. What tries to run in it, or what its
// pages' policies stop, is noted: see quiet.
func (h *house) window(width int, a officials.Actor) *browser.Tab {
	h.T.Helper()
	tab := h.b.Tab(width)
	watched(tab)
	key := tab.Authenticator()
	link, err := h.Door.Link(h.T.Context(), *a.Official)
	h.OK(err)
	tab.Go(h.Door.URL(link))
	tab.Press("main button")
	tab.Go(h.at + "/console/you/passkeys/new")
	tab.Press("main button")
	if key.Keys() != 1 {
		h.T.Fatalf("%d passkeys, want one; the page says %q", key.Keys(), tab.Text("main"))
	}
	return tab
}

// watched notes in every page of a tab whether a dialog was opened, and what its policy (CSP, Trusted Types)
// stopped.
func watched(tab *browser.Tab) {
	tab.Before(`window.ran = [];
		for (const name of ['alert', 'confirm', 'prompt']) window[name] = (...x) => { ran.push(name + '(' + x + ')'); };
		document.addEventListener('securitypolicyviolation', (e) => ran.push(e.violatedDirective + ' stopped ' + e.blockedURI + ' ' + e.sample));
		window.addEventListener('error', (e) => ran.push('error ' + e.message));`)
}

// quiet checks that nothing ran in the page that a tab shows but its own scripts, and that none was stopped.
func quiet(tab *browser.Tab, what string) {
	tab.T.Helper()
	if ran := browser.Eval[[]string](tab, `window.ran ?? ['nothing watches this page']`); len(ran) > 0 {
		tab.T.Errorf("%s: %q", what, ran)
	}
}

// literal makes a value of strings a literal of a script.
func literal(x any) string {
	b, err := json.Marshal(x)
	if err != nil {
		return "null" // strings always have a JSON form
	}
	return string(b)
}

// state says what fails, on the first screen: landlines, and nothing else.
func state(tab *browser.Tab) {
	tab.T.Helper()
	for field, state := range map[string]string{"wireless": "working", "landline": "down", "voip": "working", "text": "working"} {
		tab.Set("#g0-"+field, state)
	}
}

// choose chooses the towns of the tests on the second screen, by ZIP codes that are pasted.
func choose(tab *browser.Tab) {
	tab.T.Helper()
	zips := ""
	for _, town := range towns {
		zips += string(town.zip) + "\n"
	}
	tab.Set("#zips", zips)
	tab.Press(`#zips ~ button[value=add]`)
	tab.Press(`p > button[value=continue]`)
}

// submit consents to everything that a preview asks for, and submits.
func submit(tab *browser.Tab) int {
	tab.T.Helper()
	consent(tab)
	return tab.Press(`form[action$="/submit"] button:not(.away)`)
}

// consent ticks every box of a preview, and types the count that it asks for.
func consent(tab *browser.Tab) {
	tab.T.Helper()
	browser.Eval[any](tab, `document.querySelectorAll('input[name=tick]').forEach((e) => { e.checked = true; }); null`)
	if tab.Has("#count") {
		_, n, _ := strings.Cut(tab.Text("label[for=count]"), ": ")
		tab.Fill("#count", n)
	}
}

// path returns the path of the page that a tab shows.
func path(tab *browser.Tab) string {
	tab.T.Helper()
	return browser.Eval[string](tab, `location.pathname`)
}

// approveIn approves a draft in the window of another.
func approveIn(tab *browser.Tab, draft string) {
	tab.T.Helper()
	if status := tab.Go(draft); status != 200 {
		tab.T.Fatalf("the page to approve: %d", status)
	}
	quiet(tab, "the page to approve")
	tab.Click("#read")
	tab.Press("#send button:not(.away)")
	if got := tab.Text("h1"); !strings.HasPrefix(got, "Approved: it leaves") {
		tab.T.Fatalf("after approving the page is %q: %s", got, tab.Text("main"))
	}
}

// sent lets the window of undoing pass, and an approved bulletin go to the far sides.
func (h *house) sent(outage string) {
	h.T.Helper()
	h.Pass(h.Ada.Agency.Undo + 1e9)
	n, err := h.Release(h.T.Context())
	h.OK(err)
	if n != 1 {
		h.T.Fatalf("released %d bulletins, want 1", n)
	}
	h.transmit(outage)
}

// nth names the n-th link of a navigation, from 1.
func nth(nav string, n int) string {
	return fmt.Sprintf(`nav[aria-label="%s"] a:nth-of-type(%d)`, nav, n)
}
