//go:build browser

package acceptance_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"callbox/channels"
	"callbox/channels/email"
	"callbox/channels/push"
	"callbox/internal/browser"
	"callbox/internal/desk"
	"callbox/internal/web/webtest"
	"callbox/subscribers"
)

// bell tells officials by the channels of the stage, as a program does.
type bell struct {
	pushes *push.Channel
	mails  *email.Channel
	base   string
}

// Ring implements [desk.Bell].
func (b bell) Ring(ctx context.Context, way string, to subscribers.Destination, s desk.Summons) error {
	if way == "email" {
		return b.mails.Write(ctx, email.Letter{To: to.Reveal(), Lang: "en", Subject: s.Subject, Paragraphs: s.Says, Action: "Open it in the console", Link: b.base + s.Path})
	}
	return b.pushes.Notify(ctx, push.Notice{To: to.Reveal(), Lang: "en", Title: s.Subject, Body: strings.Join(s.Says, " "), Link: b.base + s.Path, Tag: s.Tag, TTL: time.Minute})
}

// ring gives the desk a bell.
func (h *house) ring() {
	h.Desk.Bell = bell{h.Channels[channels.Push].(*push.Channel), h.Channels[channels.Email].(*email.Channel), h.at}
}

// phone is a telephone of bob, which may show notifications or not. Headless Chromium reaches no push service: its
// subscription is one of the tests' own, and what it is asked for is kept.
func (h *house) phone(permission string) *browser.Tab {
	h.T.Helper()
	h.ring()
	tab := h.window(browser.Phone, h.Bob)
	tab.Permit(h.at, "notifications", permission)
	tab.Before(`PushManager.prototype.subscribe = async (options) => {
		sessionStorage.setItem('asked', JSON.stringify(options));
		return {toJSON: () => (` + h.far.push.Subscribe(h.PushKey) + `)};
	}`)
	tab.Go(h.at + "/console/you/wake")
	return tab
}

// notices are the notifications of the console on the screen.
const notices = `navigator.serviceWorker.getRegistration('/console/').then((r) => r.getNotifications()).then((l) => l.map((n) => [n.title, n.body, n.data]))`

// An official adds their telephone, is woken on it when a draft waits for them, and comes by the notification to
// what waits.
func TestAnOfficialIsWokenOnTheirTelephone(t *testing.T) {
	h := newHouse(t)
	tab := h.phone("granted")
	complaints := tab.Complaints()
	tab.Accessible()
	tab.Fill("#label", "Bob's telephone")
	tab.Press("#device button")
	if got := tab.Text("main"); !strings.Contains(got, "You are woken on this device") || !strings.Contains(got, "Bob's telephone, added") {
		t.Fatalf("after adding the device the page says %q", got)
	}
	if asked := browser.Eval[string](tab, `sessionStorage.getItem('asked')`); asked != `{"userVisibleOnly":true,"applicationServerKey":`+literal(h.PushKey)+`}` {
		t.Errorf("the browser was asked for %s, want what shows everything, for our key", asked)
	}
	decl, err := h.Read(t.Context(), h.Ada, []byte(webtest.Alert))
	h.OK(err)
	d, err := h.Declare(t.Context(), h.Ada, "", decl)
	h.OK(err)
	d, err = h.Submit(t.Context(), h.Ada, d.ID)
	h.OK(err)
	h.OK(h.Wake(t.Context()))
	rung := h.far.push.Received()
	if len(rung) != 1 {
		t.Fatalf("%d words at the push service, want one", len(rung))
	}
	tab.Push(h.at, string(rung[0].Payload))
	tab.Wait(`(` + notices + `).then((l) => l.length === 1)`)
	shown := browser.Eval[[][]string](tab, notices)[0]
	if !strings.Contains(shown[0]+shown[1], "Westport") || !strings.HasPrefix(shown[2], h.at+"/console/live/drafts/"+d.ID) {
		t.Errorf("on the screen stands %q, want what waits and where", shown)
	}
	tab.Go(shown[2])
	if got := tab.Text("h1"); got != "Approve a live alert?" {
		t.Errorf("it leads to %q", got)
	}
	tab.Go(h.at + "/console/you/wake")
	tab.Press(`form[action$="/remove"] button`)
	h.OK(h.Remind(t.Context(), h.Ada, d.ID))
	h.OK(h.Wake(t.Context()))
	if n := len(h.far.push.Received()); n != 1 {
		t.Errorf("%d words, want none after the device was removed", n-1)
	}
	if said := complaints(); len(said) > 0 {
		t.Errorf("the pages complain: %q", said)
	}
	quiet(tab, "how one is woken")
}

// Whatever is pushed, something is shown: a browser takes the permission from who pushes in silence.
func TestAStrangePushStillShowsThatSomethingWaits(t *testing.T) {
	h := newHouse(t)
	tab := h.phone("granted")
	tab.Press("#device button")
	for _, strange := range []string{"", "not JSON", `{"web_push": 8030}`} {
		tab.Push(h.at, strange)
	}
	tab.Wait(`(` + notices + `).then((l) => l.length === 3)`)
	for _, n := range browser.Eval[[][]string](tab, notices) {
		if n[0] != "Callbox" || n[1] != "Something waits for you." || n[2] != "/console/" {
			t.Errorf("the screen shows %q", n)
		}
	}
}

// A telephone that may not show anything is not added, and its owner reads why.
func TestATelephoneThatMayNotNotifyIsNotAdded(t *testing.T) {
	h := newHouse(t)
	tab := h.phone("denied")
	tab.Click("#device button")
	tab.Wait(`!document.querySelector('#no-push').hidden`)
	if got := tab.Text("#no-push"); !strings.Contains(got, "notifications are not allowed here") {
		t.Errorf("the page says %q", got)
	}
	tab.Accessible()
	devices, err := h.Devices(t.Context(), h.Bob)
	h.OK(err)
	if len(devices) != 0 {
		t.Errorf("%d devices, want none", len(devices))
	}
}
