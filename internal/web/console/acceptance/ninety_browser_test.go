//go:build browser

package acceptance_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"callbox/areas"
	"callbox/internal/browser"
	"callbox/internal/store"
)

// hand is somebody on a telephone, and counts what they do.
type hand struct {
	*browser.Tab
	screens  []string // by their headings
	taps     int      // those that open a list and choose from it are two
	thoughts int      // decisions: before each tap that is no part of another action, each list and each field
	keys     int      // characters typed
	touches  int      // of the passkey
}

// screen notes that a screen was looked at.
func (p *hand) screen() {
	p.T.Helper()
	p.screens = append(p.screens, p.Text("h1"))
}

// press taps what leads to another screen.
func (p *hand) press(selector string) {
	p.T.Helper()
	p.tap()
	p.Press(selector)
	p.screen()
}

func (p *hand) tap() { p.thoughts, p.taps = p.thoughts+1, p.taps+1 }

// touch is press where the passkey is asked for.
func (p *hand) touch(selector string) {
	p.T.Helper()
	p.touches++
	p.press(selector)
}

// tick taps what stays on its screen.
func (p *hand) tick(selector string) {
	p.T.Helper()
	p.tap()
	p.Click(selector)
}

// choose chooses from a list.
func (p *hand) choose(selector, value string) {
	p.T.Helper()
	p.tap()
	p.taps++
	p.Set(selector, value)
}

// write types into a field.
func (p *hand) write(selector, text string) {
	p.T.Helper()
	p.tap()
	p.keys += len(text)
	p.Fill(selector, text)
}

// Times of the keystroke-level model (Card, Moran and Newell, The Psychology of Human-Computer Interaction, 1983,
// chapter 8). A tap is their pointing and the press of a button; typing takes what they give for random letters,
// because thumbs are slower than hands.
const (
	thinking = 1350 * time.Millisecond // M
	tapping  = 1200 * time.Millisecond // P, and 0.1 s to press
	typing   = 500 * time.Millisecond  // K
)

// Ours: how long a finger on a sensor takes, and how long a page takes to come over a telephone network.
const (
	touching = 2 * time.Second
	loading  = time.Second
)

// estimate is how long what was done takes somebody who knows the screens, without reading.
func (p *hand) estimate() time.Duration {
	return time.Duration(p.thoughts)*thinking + time.Duration(p.taps)*tapping + time.Duration(p.keys)*typing +
		time.Duration(p.touches)*touching + time.Duration(len(p.screens))*loading
}

func (p *hand) String() string {
	return fmt.Sprintf("%d screens (%s), %d taps, %d characters, %d touches of the passkey, %d decisions: about %.0f s by the keystroke-level model",
		len(p.screens), strings.Join(p.screens, "; "), p.taps, p.keys, p.touches, p.thoughts, p.estimate().Seconds())
}

// signedOut is a window in which somebody has a passkey, and nobody is signed in.
func (h *house) signedOut(tab *browser.Tab) *hand {
	tab.T.Helper()
	tab.Go(h.at + "/console/")
	tab.Press(".top form button")
	return &hand{Tab: tab}
}

// Guard G12: a live alert for a saved set of areas, from a telephone that is signed out to a bulletin on its way,
// by two people. What they do is counted, not timed: docs/decisions/0016-ninety-seconds.md says what that comes to.
func TestALiveAlertFromTwoTelephonesTakesFewActions(t *testing.T) {
	h := newHouse(t)
	h.fill(everywhere...)
	h.OK(h.SaveAreaSet(t.Context(), h.Ada, store.AreaSet{Name: "Westport", Areas: []areas.ID{"x-westport"}}))
	ada := h.signedOut(h.window(browser.Phone, h.Ada))
	bob := h.signedOut(h.window(browser.Phone, h.Bob))

	ada.Go(h.at + "/console/")
	ada.screen()
	ada.touch("main form[data-passkey] button")
	ada.press(`a[href="/console/live/"].button`)
	ada.press(`a[href="/console/live/declare"].button`)
	ada.choose("#set", "Westport")
	for _, line := range []string{"wireless", "voip", "text"} {
		ada.choose("#g0-"+line, "working")
	}
	ada.choose("#g0-landline", "down")
	ada.press("main form button:not(.away)")
	ada.write("#began", "11:49")
	ada.press("p > button[value=continue]")
	for range browser.Eval[int](ada.Tab, `document.querySelectorAll('input[name=tick]').length`) {
		ada.tick("input[name=tick]:not(:checked)")
	}
	if ada.Has("#count") {
		t.Error("one town of three asks for a count")
	}
	declared := len(ada.screens)
	ada.press(`form[action$="/submit"] button:not(.away)`)
	d := h.draft(path(ada.Tab))
	if d.State != store.DraftSubmitted {
		t.Fatalf("the draft is %s, want it submitted: %s", d.State, ada.Text("main"))
	}

	bob.Go(ada.URL()) // by the link that wakes
	bob.screen()
	bob.touch("main form[data-passkey] button")
	bob.tick("#read")
	bob.touch("#send button:not(.away)")
	h.sent(d.Outage)

	t.Logf("declares: %v", ada)
	t.Logf("approves: %v", bob)
	if declared > 6 || ada.taps > 20 || ada.keys > 5 || ada.touches > 1 {
		t.Errorf("declaring takes %d screens to submit, and %v; want at most 6 screens, 20 taps, 5 characters and one touch", declared, ada)
	}
	if len(bob.screens) > 3 || bob.taps > 3 || bob.keys > 0 || bob.touches > 2 {
		t.Errorf("approving takes %v; want at most 3 screens, 3 taps and two touches, and nothing typed", bob)
	}
	if both := ada.estimate() + bob.estimate(); both > 90*time.Second {
		t.Errorf("both together take about %v, want at most 90 s", both)
	}
	quiet(ada.Tab, "waiting")
	quiet(bob.Tab, "approved")
}
