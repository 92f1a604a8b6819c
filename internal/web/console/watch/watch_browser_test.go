//go:build browser

package watch_test

import (
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"callbox/internal/browser"
	"callbox/internal/desk"
	"callbox/internal/dispatch"
	"callbox/internal/web/webtest"
	"callbox/outages"
)

var drillAlert = strings.Replace(webtest.Alert, `"mode": "live"`, `"mode": "drill"`, 1)

// enter gives a window the session of ada.
func (s *stage) enter(tab *browser.Tab) {
	tab.Go(s.address + "/console/sign-in")
	browser.Eval[string](tab, "document.cookie = '"+s.ada.Cookie()+"; Path=/; Secure; SameSite=Strict'")
}

// screens are the pages of an outage.
var screens = []string{"", "/not-reached", "/record", "/record/1", "/update", "/restore", "/clear", "/correct", "/stop"}

// Acceptance check 1: what is a drill says so on every page, and nothing else does.
func TestEveryScreenIsAccessibleAndNamesItsSpace(t *testing.T) {
	s := newStage(t)
	live := s.outage
	s.send(dispatch.Accepted, dispatch.Accepted, dispatch.Refused)
	s.OK(s.NotePace(t.Context()))
	drill := s.Issue("", drillAlert)
	b := browser.Start(t)
	for _, width := range []int{browser.Phone, browser.Desk} {
		tab := b.Tab(width)
		s.enter(tab)
		for space, outage := range map[string]string{"live": live, "drill": drill} {
			for _, screen := range append(screens, "list") {
				path := "/console/" + space + "/outages/" + outage + screen
				if screen == "list" {
					path = "/console/" + space + "/outages"
				}
				if status := tab.Go(s.address + path); status != http.StatusOK {
					t.Fatalf("%s: got status %d", path, status)
				}
				mode := browser.Eval[string](tab, "document.documentElement.dataset.mode")
				isDrill := strings.HasPrefix(tab.Title(), "DRILL: ") && tab.Has(".band")
				if mode != space || isDrill != (space == "drill") {
					t.Errorf("%s: got mode %q and title %q", path, mode, tab.Title())
				}
				tab.Accessible()
				tab.Picture("watch-" + space + "-" + strings.ReplaceAll(strings.Trim(screen, "/"), "/", "-") + "-" + map[int]string{browser.Phone: "320", browser.Desk: "1280"}[width])
			}
		}
		tab.Go(s.address + "/console/you/wake")
		tab.Accessible()
		if other := tab.Foreign(); len(other) > 0 {
			t.Errorf("requests left the site: %v", other)
		}
	}
	tab := b.Tab(browser.Phone)
	s.enter(tab)
	tab.Go(s.address + "/console/live/outages/" + live + "/stop")
	inLive := tab.Text("main form button")
	tab.Go(s.address + "/console/drill/outages/" + drill + "/stop")
	if inDrill := tab.Text("main form button"); inDrill == inLive || !strings.Contains(inDrill, "drill") {
		t.Errorf("the buttons of live and drill are %q and %q", inLive, inDrill)
	}
}

// The record of an outage is kept on paper too: 18 cm wide, all words, nothing to press.
func TestTheRecordPrints(t *testing.T) {
	s := newStage(t)
	s.send(dispatch.Accepted, dispatch.Accepted, dispatch.Refused)
	s.OK(s.NotePace(t.Context()))
	tab := browser.Start(t).Tab(680)
	s.enter(tab)
	tab.Go(s.address + s.path("/record"))
	_, err := chromedp.Call(tab.Ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: "print"})
	s.OK(err)
	if wide := browser.Eval[bool](tab, `document.documentElement.scrollWidth > innerWidth`); wide {
		t.Error("the page is wider than the paper")
	}
	seen := tab.Text("body") // as far as it is shown
	for _, want := range []string{"Bulletin 1, alert", "submitted bulletin 1", "860-555-0101", "West Hartford, in Spanish"} {
		if !strings.Contains(seen, want) {
			t.Errorf("the paper lacks %q:\n%s", want, seen)
		}
	}
	for _, not := range []string{"CSV", "Sign out", "Directory", "Back to the delivery"} {
		if strings.Contains(seen, not) {
			t.Errorf("the paper shows %q, which nobody can press there", not)
		}
	}
	tab.Picture("watch-record-paper")
}

// Acceptance check 10: two clicks of one person, exactly those who were told, and the word "correction".
func TestStopAndCorrectTakesTwoClicks(t *testing.T) {
	s := newStage(t)
	s.send(dispatch.Accepted, dispatch.Refused)
	tab := browser.Start(t).Tab(browser.Phone)
	s.enter(tab)
	tab.Go(s.address + s.path(""))
	tab.Press("a.stop")
	if page := tab.Text("main"); !strings.Contains(page, "Correction") || !strings.Contains(page, "2 people had been told") {
		t.Errorf("before the second click the page says:\n%s", page)
	}
	tab.Press("button.stop")
	if page := tab.Text("main"); !strings.Contains(page, "Sending is stopped") {
		t.Errorf("after the second click the page says:\n%s", page)
	}
	s.Pass(1e9)
	_, err := s.Release(t.Context())
	s.OK(err)
	l, err := s.Live(t.Context(), s.Ada, s.outage, 0)
	s.OK(err)
	if l.Bulletin.Kind != outages.Retract || l.People.Targeted != 2 {
		t.Errorf("got a %s to %d, want a retraction to 2", l.Bulletin.Kind, l.People.Targeted)
	}
}

// Acceptance check 13: the page follows by itself.
func TestTheLivePageFollowsWithoutAReload(t *testing.T) {
	s := newSending(t)
	tab := browser.Start(t).Tab(browser.Desk)
	s.enter(tab)
	complaints := tab.Complaints()
	tab.Go(s.address + s.path(""))
	tab.Wait(`document.querySelector("#live .headline").textContent.startsWith("0 of 80")`)
	browser.Eval[bool](tab, `document.querySelector("#proves").open = true, window.stayed = true`)
	stop := s.run()
	defer stop()
	tab.Wait(`!document.querySelector("#live .headline").textContent.startsWith("0 of 80")`)
	tab.Wait(`document.querySelector("#live .headline").textContent.startsWith("80 of 80")`)
	if sum := tab.Text("#sum"); !strings.HasPrefix(sum, "80 targeted = 80 accepted + 0 waiting") {
		t.Errorf("the sum is %q", sum)
	}
	if !browser.Eval[bool](tab, `window.stayed && document.querySelector("#proves").open`) {
		t.Error("the page was loaded anew, or closed what was opened")
	}
	tab.Accessible()
	if said := complaints(); len(said) > 0 {
		t.Errorf("the page complains: %v", said)
	}
}

// cut is a handler whose streams can fall silent while they stay open, as when a network is cut.
type cut struct {
	http.Handler
	silent atomic.Bool
}

func (c *cut) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if strings.HasSuffix(r.URL.Path, "/stream") {
		w = &wire{w, c}
	}
	c.Handler.ServeHTTP(w, r)
}

type wire struct {
	http.ResponseWriter
	cut *cut
}

func (w *wire) Write(b []byte) (int, error) {
	if w.cut.silent.Load() {
		return len(b), nil
	}
	return w.ResponseWriter.Write(b)
}

func (w *wire) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// Acceptance check 14: silence shows, and passes by itself; the figures are right afterwards.
func TestFiguresThatStoppedSaySoAndRecover(t *testing.T) {
	s := newStage(t)
	wires := &cut{Handler: s.Handler}
	s.Handler = wires
	b := browser.Start(t)
	tab := b.Tab(browser.Phone)
	s.enter(tab)
	tab.Go(s.address + s.path(""))
	tab.Wait(`document.querySelector("#stale").hidden`)
	wires.silent.Store(true)
	tab.Wait(`!document.querySelector("#stale").hidden`)
	if bar := tab.Text("#stale"); !strings.HasPrefix(bar, "Figures stopped at ") || !strings.Contains(bar, "Sending continues") || !tab.Has("#stale a") {
		t.Errorf("the bar says %q", bar)
	}
	tab.Accessible()
	s.send(dispatch.Accepted)
	wires.silent.Store(false)
	tab.Wait(`document.querySelector("#stale").hidden`)
	tab.Wait(`document.querySelector("#live .headline").textContent.startsWith("4 of 4")`)

	plain := b.Tab(browser.Phone)
	s.enter(plain)
	bare := plain.Beside(browser.Phone, browser.NoScript)
	bare.Go(s.address + s.path(""))
	if !browser.Eval[bool](bare, `document.querySelector("meta[http-equiv=refresh]")?.content === "15"`) || !strings.Contains(bare.Text("#now"), "4 of 4") {
		t.Error("without scripts the page neither shows the figures nor loads itself anew")
	}
}

// Acceptance check 15: nobody hears both, and the all-clear waits for every cell.
func TestAPartialRestorationAndThenTheAllClear(t *testing.T) {
	s := newStage(t)
	s.send(dispatch.Accepted)
	b := browser.Start(t)
	for _, width := range []int{browser.Phone, browser.Desk} {
		tab := b.Tab(width)
		s.enter(tab)
		tab.Go(s.address + s.path("/restore"))
		tab.Click("#c-x-west-hartford-voice")
		tab.Press("main form button")
		restored, out := tab.Text("[data-group=restored]"), tab.Text("[data-group=unchanged]")
		if !strings.Contains(restored, "West Hartford") || strings.Contains(out, "West Hartford") || !strings.Contains(out, "Westport") || strings.Contains(restored, "Westport") {
			t.Fatalf("at %d px: got %q and %q, want nobody in both", width, restored, out)
		}
		tab.Accessible()
	}
	tab := b.Tab(browser.Desk)
	s.enter(tab)
	tab.Go(s.address + s.path("/restore"))
	tab.Click("#c-x-west-hartford-voice")
	tab.Press("main form button")
	tab.Press("main form button") // write the draft
	s.approve()
	texts, err := s.Store.Texts(t.Context(), s.outage, 2)
	s.OK(err)
	for _, text := range texts.Areas {
		if text.Lang != "en" {
			continue
		}
		again := strings.Contains(text.Title, "again")
		if area := text.Parts[0].Areas[0]; again != (area == "x-west-hartford") {
			t.Errorf("%s reads %q", area, text.Title)
		}
	}

	tab.Go(s.address + s.path("/clear"))
	tab.Click("#c-x-westport-voice")
	if status := tab.Press("main form button"); status != http.StatusUnprocessableEntity || !tab.Has(".errors a[href='#c-x-fairfield-voice']") {
		t.Fatalf("one cell is still down: got status %d and %q", status, tab.Text("main"))
	}
	if focus := browser.Eval[string](tab, "document.activeElement.id"); focus != "errors" {
		t.Errorf("the focus is on %q, want the errors", focus)
	}
	tab.Accessible()
	tab.Click("#c-x-fairfield-voice")
	tab.Press("main form:not([action]) button")
	s.approve()
	board, err := s.Board(t.Context(), outages.Live)
	s.OK(err)
	if p, ok := board.Outage(s.outage); !ok || p.Open() {
		t.Error("the public still reads that it is open")
	}
}

// approve submits, approves and releases the one draft that waits.
func (s *stage) approve() {
	s.T.Helper()
	ctx := s.T.Context()
	drafts, err := s.Drafts(ctx, s.Ada)
	s.OK(err)
	if len(drafts) != 1 {
		s.T.Fatalf("%d drafts wait, want 1", len(drafts))
	}
	d, err := s.Submit(ctx, s.Ada, drafts[0].ID)
	s.OK(err)
	_, err = s.Approve(ctx, s.Bob, d.ID, desk.Word{Code: d.Code})
	s.OK(err)
	s.Pass(1e9)
	_, err = s.Release(ctx)
	s.OK(err)
}
