//go:build browser

package pages_test

import (
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"callbox/channels/channeltest"
	"callbox/channels/push"
	"callbox/internal/browser"
	"callbox/internal/web/webtest"
)

// panel waits for a state of the device panel, and holds that nothing else is shown.
func panel(tab *browser.Tab, state string) {
	tab.T.Helper()
	tab.Wait(`document.querySelector('#device').dataset.now === '` + state + `'`)
	if got := browser.Eval[string](tab, `[...document.querySelectorAll('[data-state]')].filter((e) => e.checkVisibility()).map((e) => e.dataset.state).join()`); got != state {
		tab.T.Errorf("the panel shows %q, want %q", got, state)
	}
}

// Acceptance check 23: the panel is right in all six states, and in the seventh, a device that the site
// has lost.
func TestTheDevicePanelSaysWhatIsPossible(t *testing.T) {
	const form = "/en/subscribe?zip=06107"
	for name, c := range map[string]struct {
		permission, before string
		want               string
		then               func(l *live, tab *browser.Tab)
	}{
		"default":     {permission: "prompt", want: "off"},
		"denied":      {permission: "denied", want: "denied", then: func(_ *live, tab *browser.Tab) { noButton(tab) }},
		"unsupported": {permission: "prompt", before: `delete window.PushManager;`, want: "unsupported", then: func(_ *live, tab *browser.Tab) { noButton(tab) }},
		"iOS, not installed": {permission: "prompt", want: "install",
			before: `delete window.PushManager; Object.defineProperty(navigator, 'userAgent', {value: 'iPhone'});`},
		"granted": {permission: "granted", want: "off", then: func(l *live, tab *browser.Tab) {
			tab.Click(".push-on")
			panel(tab, "on")
			if l.active() != 1 {
				t.Errorf("%d devices on the roll, want 1", l.active())
			}
			tab.Reload()
			panel(tab, "on")
			tab.Accessible()
			tab.Picture("panel-on")
			tab.Click(".push-off")
			panel(tab, "off")
			if l.active() != 0 {
				t.Errorf("turned off: %d devices on the roll, want none", l.active())
			}
		}},
		"failed": {permission: "granted", want: "off", then: func(_ *live, tab *browser.Tab) {
			browser.Eval[any](tab, `PushManager.prototype.subscribe = async () => { throw new Error('no service'); }; null`)
			tab.Click(".push-on")
			panel(tab, "failed")
			tab.Accessible()
		}},
		"lost": {permission: "granted", want: "off", then: func(l *live, tab *browser.Tab) {
			tab.Click(".push-on")
			panel(tab, "on")
			l.OK(l.LeaveDevice(t.Context(), l.Device))
			tab.Reload()
			panel(tab, "lost")
		}},
	} {
		t.Run(name, func(t *testing.T) {
			l := newLive(t)
			tab := l.at(browser.Start(t).Tab(browser.Phone))
			tab.Permit(l.Origin, "notifications", c.permission)
			l.aDevice(tab)
			if c.before != "" {
				tab.Before(c.before)
			}
			tab.Go(l.Origin + form)
			panel(tab, c.want)
			tab.Picture("panel-" + c.want)
			if c.then != nil {
				c.then(l, tab)
			}
		})
	}
}

// noButton holds that the panel offers nothing to press.
func noButton(tab *browser.Tab) {
	tab.T.Helper()
	if n := browser.Eval[int](tab, `[...document.querySelectorAll('#device button')].filter((e) => e.checkVisibility()).length`); n > 0 {
		tab.T.Errorf("%d buttons, want none", n)
	}
}

// aPush is what the push channel seals for a device.
func aPush(t *testing.T, sample channeltest.Sample) string {
	t.Helper()
	return aPushTo(t, sample, "https://alerts.example.gov/outages/x#7KM-N42")
}

// aPushTo is one that leads to a page.
func aPushTo(t *testing.T, sample channeltest.Sample, page string) string {
	t.Helper()
	m := sample.Message()
	m.Page = page
	body, err := push.Compose(m)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

// shown are the notifications on the screen.
const shown = `navigator.serviceWorker.ready.then((r) => r.getNotifications()).then((l) => l.map((n) => n.title + '|' + n.body + '|' + n.tag))`

// awaitShown waits until the screen shows a number of notifications, and returns them.
func awaitShown(tab *browser.Tab, n int) []string {
	tab.T.Helper()
	tab.Wait(`(` + shown + `).then((l) => l.length === ` + string(rune('0'+n)) + `)`)
	return browser.Eval[[]string](tab, shown)
}

// visit opens a page and waits until its worker is at work and the device has the numbers.
func (l *live) visit(tab *browser.Tab, path string) {
	tab.T.Helper()
	tab.Go(l.Origin + path)
	tab.Wait(`navigator.serviceWorker.ready.then(() => caches.match('/numbers', {cacheName: 'callbox-device'})).then((kept) => !!kept)`)
}

// Acceptance check 23: what is pushed is shown with its numbers, once for an outage; and something is shown
// whatever comes.
func TestAPushIsShownWithItsNumbers(t *testing.T) {
	l := newLive(t)
	l.issue("", webtest.Alert)
	tab := l.at(browser.Start(t).Tab(browser.Desk))
	tab.Permit(l.Origin, "notifications", "granted")
	l.visit(tab, "/en/zip/06107")
	tab.Push(l.Origin, aPush(t, channeltest.Sample{Seq: 1}))
	first := awaitShown(tab, 1)
	if !strings.Contains(first[0], "555-01") {
		t.Errorf("on the screen: %q, want the numbers", first)
	}
	tab.Push(l.Origin, aPush(t, channeltest.Sample{Seq: 2}))
	if again := awaitShown(tab, 1); strings.SplitN(again[0], "|", 3)[2] != strings.SplitN(first[0], "|", 3)[2] {
		t.Errorf("the next bulletin has another tag: %q after %q", again, first)
	}
	tab.Push(l.Origin, aPush(t, channeltest.Sample{Seq: 1}))
	if seqs := browser.Eval[[]int](tab, `navigator.serviceWorker.ready.then((r) => r.getNotifications()).then((l) => l.map((n) => n.data.seq))`); !slices.Equal(seqs, []int{2}) {
		t.Errorf("after the former bulletin came late, the screen shows bulletins %v, want 2", seqs)
	}
	for _, strange := range []string{"", "not JSON", `{"web_push": 8030}`} {
		tab.Push(l.Origin, strange)
	}
	if got := awaitShown(tab, 4); !strings.Contains(strings.Join(got, "\n"), "911 alert / Aviso del 911") {
		t.Errorf("of strange pushes the screen shows %q", got)
	}
}

// Acceptance check 23: a tap on what was pushed opens the page of the outage, at the bulletin. No test can tap
// on a screen's notification, and browsers let a worker open windows after a true tap only. So the worker
// that residents have gets the event that a tap on the notification sends, and what it would open is opened.
func TestATapOnAPushOpensTheOutage(t *testing.T) {
	l := newLive(t)
	id := l.issue("", webtest.Alert)
	posted, err := l.Desk.Posted(t.Context(), id)
	l.OK(err)
	code := l.BulletinCode(posted.Bulletins[0])
	tab := l.at(browser.Start(t).Tab(browser.Phone))
	tab.Permit(l.Origin, "notifications", "granted")
	l.visit(tab, "/es/zip/06107")
	tap := func(page string) string {
		tab.Push(l.Origin, aPushTo(t, channeltest.Sample{Seq: 1}, page))
		awaitShown(tab, 1)
		return browser.InWorker[string](tab, `(async () => {
			const [shown] = await registration.getNotifications();
			const opened = new Promise((open) => { Clients.prototype.openWindow = async (url) => open(url); });
			dispatchEvent(new NotificationEvent('notificationclick', { notification: shown }));
			return opened;
		})()`)
	}
	opened := tap(l.Origin + "/outages/" + id + "#" + code)
	if want := l.Origin + "/outages/" + id + "#" + code; opened != want {
		t.Fatalf("a tap opens %s, want %s", opened, want)
	}
	tab.Wait(`(` + shown + `).then((l) => l.length === 0)`)
	if status := tab.Go(opened); status != http.StatusOK || !strings.Contains(tab.Text("h1"), "West Hartford") || !tab.Has(`[id="`+code+`"] a.call[href="tel:+18605550101"]`) {
		t.Errorf("the page that a tap opens answers %d with %q, want the outage with its numbers", status, tab.Text("h1"))
	}
	if opened := tap("https://elsewhere.example.com/outages/x"); opened != l.Origin+"/" {
		t.Errorf("a push that leads to another site opens %s, want our first page", opened)
	}
}

// Acceptance check 25: after one visit, the numbers of the ZIP code are there without a network, with when
// they were saved; an alert that came since stands above them.
func TestWithoutANetworkTheNumbersAreThere(t *testing.T) {
	l := newLive(t)
	l.issue("", webtest.Alert)
	tab := l.at(browser.Start(t).Tab(browser.Phone))
	tab.Permit(l.Origin, "notifications", "granted")
	l.visit(tab, "/es/zip/06824")
	l.Pass(5 * time.Minute)
	l.OK(l.Refresh(t.Context()))
	l.visit(tab, "/es/zip/06107")
	tab.Wait(`caches.match('/numbers', {cacheName: 'callbox-device'}).then((kept) => kept.text()).then((text) => text.includes('06107'))`)
	l.lose()
	tab.Push(l.Origin, aPush(t, channeltest.Sample{Seq: 1}))
	awaitShown(tab, 1)
	tab.Wait(`caches.match('/last', {cacheName: 'callbox-device'}).then((kept) => !!kept)`)

	tab.Go(l.Origin + "/es/outages")
	tab.Wait(`!!document.querySelector('#kept a.call')`)
	tab.Accessible()
	tab.Picture("offline-kept")
	if got := plain(tab.Text("#saved")); !strings.Contains(got, "12:25 p. m.") || !strings.Contains(got, "22 de octubre de 2024") {
		t.Errorf("the offline page says %q, want when the numbers were saved", got)
	}
	for _, tel := range []string{"+18605550101", "+12035550103", "+12035550104"} {
		if !tab.Has(`a.call[href="tel:` + tel + `"]`) {
			t.Errorf("the offline page lacks %s", tel)
		}
	}
	if !tab.Has(`#kept .notice a[href^="tel:+1"]`) {
		t.Error("the alert that came last is not on the offline page")
	}
	if tab.Go(l.Origin + "/"); tab.Text("h1") != "Sin conexión" {
		t.Errorf("without a language in the address the page says %q, want the device's", tab.Text("h1"))
	}
}

func TestADeviceThatKeepsNothingIsToldWhereToLook(t *testing.T) {
	l := newLive(t)
	tab := browser.Start(t).Tab(browser.Phone)
	tab.Go(l.Origin + "/en/offline")
	tab.Wait(`!document.querySelector('#nothing').hidden`)
	if got := tab.Text("#nothing"); !strings.Contains(got, "card") {
		t.Errorf("the page says %q", got)
	}
}

// A worker of the version before still shows what is pushed, and the new one takes its place.
func TestAWorkerOfTheVersionBeforeGoesOnAndIsReplaced(t *testing.T) {
	old, err := os.ReadFile("testdata/sw-before-offline.js")
	if err != nil {
		t.Fatal(err)
	}
	script := string(old)
	l := newLive(t)
	l.worker.Store(&script)
	tab := l.at(browser.Start(t).Tab(browser.Desk))
	tab.Permit(l.Origin, "notifications", "granted")
	l.visit(tab, "/en/zip/06107")
	tab.Push(l.Origin, aPush(t, channeltest.Sample{Seq: 1}))
	if got := awaitShown(tab, 1); !strings.Contains(got[0], "555-01") {
		t.Errorf("the old worker shows %q", got)
	}
	l.worker.Store(nil)
	browser.Eval[any](tab, `navigator.serviceWorker.getRegistration().then((r) => r.update()).then(() => null)`)
	tab.Wait(`caches.keys().then((keys) => keys.some((k) => k.startsWith('callbox-shell-')))`)
	tab.Wait(`navigator.serviceWorker.getRegistration().then((r) => !r.installing && !r.waiting && r.active.state === 'activated')`)
	l.lose()
	tab.Go(l.Origin + "/en/")
	tab.Wait(`!!document.querySelector('#kept a.call')`)
}
