//go:build browser

package pages_test

import (
	"net/http"
	"net/mail"
	"strings"
	"testing"
	"time"

	"callbox/channels"
	"callbox/channels/channeltest"
	"callbox/channels/email"
	"callbox/internal/browser"
	"callbox/internal/desk"
	"callbox/internal/web/webtest"
	"callbox/outages"
)

// signs fills in the form to sign up as a person does, and returns the page that answers.
func (l *live) signs(tab *browser.Tab, address string) string {
	l.T.Helper()
	tab.Go(l.Origin + "/en/subscribe")
	tab.Fill("#places", "06107 06824")
	tab.Fill("#email", address)
	tab.Press("#signup button")
	return tab.URL() + "\n" + tab.Text("main")
}

// Acceptance check 22: without scripts, who is new, waiting and known reads the same; scanners change
// nothing, the button does, twice too; and the fourth request in an hour sends no mail.
func TestSigningUpWithoutScriptsTellsOnlyTheMailbox(t *testing.T) {
	l := newLive(t)
	tab := browser.Start(t).Tab(browser.Phone, browser.NoScript)
	first := l.signs(tab, "known@example.org")
	known := l.Posted()[0].Token
	scan := func(path string) {
		for range 3 {
			webtest.Ask(t, l.Pages, "GET", path, "")
			webtest.Ask(t, l.Pages, "HEAD", path, "")
		}
	}
	scan("/confirm/" + known)
	if l.active() != 0 {
		t.Error("a program that scans mail has confirmed")
	}
	for range 2 {
		tab.Go(l.Origin + "/confirm/" + known)
		if code := tab.Press("main button"); code != http.StatusOK || !tab.Has(`a.button[href="/en/manage"]`) || l.active() != 1 {
			t.Errorf("the button: %d, %q and %d active, want it done at every press", code, tab.Text("h1"), l.active())
		}
	}
	for _, address := range []string{"new@example.org", "new@example.org", "known@example.org"} { // the second is waiting
		if got := l.signs(tab, address); got != first {
			t.Errorf("%s reads:\n%s\nwant what everybody reads:\n%s", address, got, first)
		}
		l.Posted()
	}
	for range 3 {
		if got := l.signs(tab, "new@example.org"); got != first {
			t.Errorf("asked too often reads:\n%s\nwant what everybody reads", got)
		}
		l.Posted()
	}
	kinds := map[desk.LetterKind]int{}
	for _, p := range l.Posted() {
		kinds[p.Kind]++
	}
	if kinds[desk.ConfirmLetter] != 4 || kinds[desk.KnownLetter] != 1 {
		t.Errorf("letters: %v, want three an hour to the new one, one to confirm and one to who is known", kinds)
	}
}

// Acceptance check 24: a mail says how to leave by one click, which needs no cookie and no redirect and
// counts at once; opening the link changes nothing, and its token opens nothing else.
func TestOneClickInAMailLeaves(t *testing.T) {
	l := newLive(t)
	tab := browser.Start(t).Tab(browser.Phone, browser.NoScript)
	l.signs(tab, "pat@example.org")
	l.post("/confirm/"+l.Posted()[0].Token, nil)
	m := channeltest.Message(outages.Live)
	m.To, m.Leave = "pat@example.org", l.Origin+"/leave/"+l.LeaveToken(1)
	raw, err := email.Compose(m, email.Sender{Address: "alerts@example.gov", Host: "example.gov"})
	l.OK(err)
	read, err := mail.ReadMessage(strings.NewReader(string(raw)))
	l.OK(err)
	link := strings.Trim(read.Header.Get("List-Unsubscribe"), "<>")
	if link != m.Leave || read.Header.Get("List-Unsubscribe-Post") != "List-Unsubscribe=One-Click" {
		t.Fatalf("the mail says %q and %q, want the link and that one click is enough", link, read.Header.Get("List-Unsubscribe-Post"))
	}
	tab.Go(link)
	if l.active() != 1 {
		t.Error("opening the link has left")
	}
	tab.Go(strings.Replace(link, "/leave/", "/manage/", 1))
	if code := tab.Press("main button"); code != http.StatusGone || strings.Contains(tab.Text("body"), "pat@") || len(tab.Cookies()) != 0 {
		t.Errorf("its token at the page to manage: %d and %d cookies, want 410 and none", code, len(tab.Cookies()))
	}
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := client.Post(link, "application/x-www-form-urlencoded", strings.NewReader("List-Unsubscribe=One-Click"))
	l.OK(err)
	_ = res.Body.Close()
	if res.StatusCode != http.StatusOK || l.active() != 0 {
		t.Errorf("one click: %d and %d active, want 200 and none", res.StatusCode, l.active())
	}
	id := l.issue("", webtest.Alert)
	figures, err := l.Store.Figures(t.Context(), id, false)
	l.OK(err)
	for _, f := range figures {
		if f.Channel == channels.Email && f.Targeted != 0 {
			t.Errorf("the next alert is for %d mailboxes, want none", f.Targeted)
		}
	}
}

// manager opens the page to manage in a tab, by a mailed link, and returns to it.
func (l *live) manager(tab *browser.Tab) {
	l.T.Helper()
	tab.Go(l.Origin + "/en/manage")
	tab.Fill("#email", "pat@example.org")
	tab.Press("main form button")
	l.Pass(16 * time.Minute) // letters stand back where an alert is going out
	posted := l.Posted()
	tab.Go(l.Origin + "/manage/" + posted[len(posted)-1].Token)
	tab.Press("main button")
	if !strings.HasSuffix(tab.URL(), "/en/manage") || !strings.Contains(tab.Text("main"), "pat@example.org") {
		l.T.Fatalf("the link leads to %s: %q, want the page to manage", tab.URL(), tab.Text("h1"))
	}
}

func TestAResidentManagesWithoutScripts(t *testing.T) {
	l := newLive(t)
	tab := browser.Start(t).Tab(browser.Phone, browser.NoScript)
	l.signs(tab, "pat@example.org")
	l.post("/confirm/"+l.Posted()[0].Token, nil)
	l.manager(tab)
	for _, c := range tab.Cookies() {
		if !c.HTTPOnly || !c.Secure || string(c.SameSite) != "Strict" {
			t.Errorf("the cookie %s is not kept to this site", c.Name)
		}
	}
	tab.Fill("#places", "06880")
	tab.Press("#signup button")
	if got := tab.Text("[role=status]"); !strings.HasPrefix(got, "Saved.") || l.active() != 0 {
		t.Errorf("after saving: %q and %d active in the old place, want it saved and none", got, l.active())
	}
	tab.Press(`form[action$="/pause"] button`)
	tab.Press(`form[action$="/resume"] button`)
	tab.Press(`form[action$="/test"] button`)
	if posted := l.Posted(); posted[len(posted)-1].Kind != desk.TestLetter {
		t.Errorf("the last letter is to %s, want the test", posted[len(posted)-1].Kind)
	}
	tab.Go(l.Origin + "/en/manage/erase")
	tab.Press("main button")
	if got := tab.Text("[role=status]"); !strings.HasPrefix(got, "We erased your data.") || len(tab.Cookies()) != 0 {
		t.Errorf("after erasing: %q and %d cookies, want it done and none", got, len(tab.Cookies()))
	}
}

// Every page to manage can be used by everybody, on a phone and on a desk, in both languages.
func TestThePagesToManageAreForEverybody(t *testing.T) {
	l := newLive(t)
	cookie := l.resident("pat@example.org", "06107 06824")
	l.adopt(cookie)
	l.issue("", webtest.Alert)
	l.goneDevice()
	b := browser.Start(t)
	for _, width := range []int{browser.Phone, browser.Desk} {
		tab := b.Tab(width)
		look := func(name string) {
			tab.Accessible()
			tab.Picture(name)
		}
		for _, lang := range []string{"en", "es"} {
			to := func(path string) {
				tab.Go(l.Origin + "/" + lang + path)
			}
			for name, path := range map[string]string{"ask": "/manage", "enter": "/manage/nonsense", "asked": "/manage/sent", "leave-question": "/leave/" + l.LeaveToken(1)} {
				to(path)
				look(name + "-" + lang)
			}
			to("/manage")
			tab.Press("main form button") // without an address
			look("ask-wrong-" + lang)
		}
		l.manager(tab)
		for _, lang := range []string{"en", "es"} {
			tab.Go(l.Origin + "/" + lang + "/manage")
			look("manage-" + lang)
			tab.Fill("#places", "00000")
			tab.Press("#signup button")
			look("manage-wrong-" + lang)
			tab.Go(l.Origin + "/" + lang + "/manage/erase")
			look("erase-" + lang)
			tab.Go(l.Origin + "/" + lang + "/manage")
			tab.Press(`form[action$="/pause"] button`)
			look("manage-paused-" + lang)
			tab.Press(`form[action$="/resume"] button`)
		}
		if foreign := tab.Foreign(); len(foreign) > 0 {
			t.Errorf("requests to other sites: %v", foreign)
		}
		l.Pass(2 * time.Hour) // the limit of letters to one address
	}
}

// A device without a mail address opens the page by itself; with one, a device is added there.
func TestADeviceManagesAndIsAddedByItsBrowser(t *testing.T) {
	l := newLive(t)
	b := browser.Start(t)
	alone := b.Tab(browser.Phone)
	l.aDevice(alone)
	alone.Permit(l.Origin, "notifications", "granted")
	alone.Go(l.Origin + "/en/subscribe?zip=06107")
	panel(alone, "off")
	alone.Click(".push-on")
	panel(alone, "on")
	alone.Press(".push-manage")
	if got := browser.Eval[string](alone, `document.querySelector('#places')?.value`); got != "06107" {
		t.Errorf("the device opens %s with %q, want its places", alone.URL(), got)
	}
	alone.Accessible()
	alone.Press(`form[action$="/remove"] button`)
	if l.active() != 0 || alone.Has("#places") {
		t.Errorf("removed: %d active, want none and nothing to manage", l.active())
	}

	beside := b.Tab(browser.Phone)
	l.aDevice(beside)
	beside.Permit(l.Origin, "notifications", "granted")
	l.signs(beside, "pat@example.org")
	beside.Go(l.Origin + "/confirm/" + l.Posted()[0].Token)
	beside.Press("main button")
	beside.Press("main a.button")
	panel(beside, "off")
	beside.Click(".push-on")
	panel(beside, "on")
	beside.Reload()
	if got := beside.Text("main ul"); !strings.Contains(got, "pat@example.org") || !strings.Contains(got, "A phone or computer") || l.active() != 2 {
		t.Errorf("after adding the device: %q and %d active, want both", got, l.active())
	}
}
