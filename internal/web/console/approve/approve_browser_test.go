//go:build browser

package approve_test

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"callbox/areas"
	"callbox/internal/browser"
	"callbox/internal/officials"
	"callbox/internal/store"
	"callbox/internal/web/console/approve"
	"callbox/internal/web/console/consoletest"
	"callbox/internal/web/console/declare"
	"callbox/outages"
	"callbox/subscribers"
)

// stage is a console that browsers reach, with an undo window and break-glass.
type stage struct {
	*page
	at string
	b  *browser.Browser
}

func newStage(t *testing.T) *stage {
	t.Helper()
	s, at := consoletest.Serve(t, declare.Room(), approve.Room())
	agency := s.Ada.Agency
	agency.Undo = 10 * time.Second
	agency.Policy.BreakGlass = true
	s.OK(s.SaveAgency(t.Context(), agency))
	for _, zip := range []areas.ZIP{"06880", "06825"} {
		s.OK(s.SignUp(t.Context(), subscribers.SignUp{Channel: "email", Destination: string(zip) + "@example.org", Places: []areas.Place{{ZIP: zip}}}))
		posted := s.Posted()
		s.OK(s.Confirm(t.Context(), posted[len(posted)-1].Token))
	}
	s.OK(s.SaveAreaSet(t.Context(), s.Ada, store.AreaSet{Name: "Shore", Areas: []areas.ID{"x-westport", "x-fairfield"}}))
	return &stage{&page{Site: s, t: t}, at, browser.Start(t)}
}

// window opens a window in which somebody has a passkey and is signed in.
func (s *stage) window(width int, a officials.Actor) (*browser.Tab, *browser.Authenticator) {
	s.t.Helper()
	tab := s.b.Tab(width)
	key := tab.Authenticator()
	link, err := s.Door.Link(s.t.Context(), *a.Official)
	s.OK(err)
	tab.Go(s.Door.URL(link))
	tab.Press("main button")
	tab.Go(s.at + "/console/you/passkeys/new")
	tab.Press("main button")
	if key.Keys() != 1 {
		s.t.Fatalf("%d passkeys, want one; the page says %q", key.Keys(), tab.Text("main"))
	}
	return tab, key
}

// look checks a screen at both widths, and that it says which space it is of.
func look(tab *browser.Tab, space, name string) {
	tab.T.Helper()
	for _, width := range []int{browser.Desk, browser.Phone} {
		tab.Width(width)
		tab.Accessible()
		tab.Picture(fmt.Sprintf("%s-%s-%d", name, space, width))
	}
	drill := strings.HasPrefix(tab.Title(), "DRILL: ") && tab.Has(".band") && browser.Eval[string](tab, `document.documentElement.dataset.mode`) == "drill"
	if drill != (space == "drill") {
		tab.T.Errorf("%s: mode and title of the %s space are wrong: %q", name, space, tab.Title())
	}
	if foreign := tab.Foreign(); len(foreign) > 0 {
		tab.T.Errorf("%s asks other sites: %q", name, foreign)
	}
}

// fails states that landlines fail and the rest works.
func fails(tab *browser.Tab) {
	tab.T.Helper()
	for field, state := range map[string]string{"wireless": "working", "landline": "down", "voip": "working", "text": "working"} {
		tab.Set("#g0-"+field, state)
	}
}

// tickAll ticks every warning, and types the count where it is asked for.
func tickAll(tab *browser.Tab) {
	tab.T.Helper()
	browser.Eval[any](tab, `document.querySelectorAll('input[name=tick]').forEach((e) => { e.checked = true; }); null`)
	if tab.Has("#count") {
		m := regexp.MustCompile(`: (\d+)`).FindStringSubmatch(tab.Text("label[for=count]"))
		tab.Fill("#count", m[1])
	}
}

// Guard G12: from sign-in to submit in at most six screens, with a saved set.
func TestADrillIsSubmittedInSixScreens(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	tab, _ := s.window(browser.Phone, s.Ada)
	tab.Press(".top form button") // sign out
	var screens []string
	at := func() {
		if now := tab.Text("h1"); len(screens) == 0 || screens[len(screens)-1] != now {
			screens = append(screens, now)
		}
	}
	tab.Go(s.at + "/console/sign-in")
	at()
	tab.Press("main form[data-passkey] button")
	at()
	tab.Press(`a[href="/console/drill/"].button`)
	at()
	tab.Press(`a[href="/console/drill/declare"]`)
	at()
	tab.Set("#set", "Shore")
	fails(tab)
	tab.Press("main form button")
	at()
	tab.Fill("#began", "11:49")
	tab.Press("main p button")
	at()
	tickAll(tab)
	tab.Press(`form[action$="/submit"] button`)
	if got := tab.Text("#code"); len(got) < 7 {
		t.Fatalf("there is no code: %s\n%s", tab.URL(), tab.Text("main"))
	}
	if len(screens) > 6 {
		t.Errorf("%d screens, want at most 6: %q", len(screens), screens)
	}
}

// Acceptance checks 1 to 3 and 11, and axe: every screen of declaring, at both widths, in both spaces.
func TestEveryScreenOfDeclaring(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	tab, _ := s.window(browser.Desk, s.Ada)
	complaints := tab.Complaints()
	for _, space := range []string{"drill", "live"} {
		tab.Width(browser.Desk)
		tab.Go(s.at + "/console/" + space + "/declare")
		look(tab, space, "declare-what")
		tab.Press("main form button")
		if focus := browser.Eval[string](tab, `document.activeElement.id`); focus != "errors" {
			t.Errorf("the focus is on %q, want on the summary of errors", focus)
		}
		look(tab, space, "declare-what-wrong")
		fails(tab)
		tab.Press("main form[data-form] > button")
		tab.Press("main p button") // check 2: on without an area
		if got := tab.Text("#errors"); !strings.Contains(got, "there is no default area") {
			t.Errorf("without an area the page says %q", got)
		}
		tab.Fill("#zips", "06880\n0688O\n99999")
		tab.Press(`#zips ~ button[value=add]`)
		look(tab, space, "declare-where-wrong")
		tab.Press("button[value=good]")
		tab.Fill("#q", "fair")
		tab.Press("button[value=search]")
		look(tab, space, "declare-where")
		tab.Press(`p > button[value=continue]`)
		look(tab, space, "declare-help")
		tab.Fill("#began", "11:49")
		tab.Press(`p > button[value=continue]`)
		look(tab, space, "declare-preview")
		for _, channel := range []string{"email", "discord", "mastodon"} {
			if !tab.Has(`.tabs a[href*="channel=` + channel + `"]`) {
				continue
			}
			tab.Press(`.tabs a[href*="channel=` + channel + `"]`)
			look(tab, space, "declare-preview-"+channel)
		}
		tickAll(tab)
		tab.Press(`form[action$="/submit"] button`)
		look(tab, space, "declare-waiting")
	}
	if said := complaints(); len(said) > 0 {
		t.Errorf("the pages complain: %q", said)
	}
}

// The map mirrors the boxes, and the boxes the map; the sentence about whom they hold follows.
func TestTheMapMirrorsTheList(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	tab, _ := s.window(browser.Desk, s.Ada)
	tab.Go(s.at + "/console/drill/declare")
	fails(tab)
	tab.Press("main form button")
	id := browser.Eval[string](tab, `document.querySelector('.map path.none').dataset.area`)
	before := tab.Text(".reach")
	browser.Eval[any](tab, `document.querySelector('.map path[data-area="`+id+`"]').dispatchEvent(new MouseEvent('click', {bubbles: true})); null`)
	if !browser.Eval[bool](tab, `document.querySelector('input[name=area][value="`+id+`"]').checked`) {
		t.Error("a press on the map ticks no box")
	}
	tab.Wait(`document.querySelector('.reach').textContent !== ` + "`" + before + "`")
	tab.Click(`input[name=area][value="` + id + `"]`)
	if class := browser.Eval[string](tab, `document.querySelector('.map path[data-area="`+id+`"]').getAttribute('class')`); class != "none" {
		t.Errorf("after unticking the shape is %q, want none", class)
	}
	tab.Wait(`document.querySelector('.reach').textContent === ` + "`" + before + "`")
}

// Acceptance check 7: a double click opens one draft.
func TestADoubleClickOpensOneDraft(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	tab, _ := s.window(browser.Desk, s.Ada)
	tab.Go(s.at + "/console/drill/declare")
	fails(tab)
	browser.Eval[any](tab, `const b = document.querySelector('main form button'); b.addEventListener('click', () => b.click(), {once: true}); null`)
	tab.Press("main form button")
	if got := tab.URL(); !strings.HasSuffix(got, "/where") {
		t.Errorf("it leads to %s, want to where", got)
	}
	drafts, err := s.Drafts(t.Context(), s.Ada)
	s.OK(err)
	if len(drafts) != 1 {
		t.Errorf("%d drafts, want 1", len(drafts))
	}
}

// Without scripts a drill is declared and approved all the same.
func TestADrillWorksWithoutScripts(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	tab := s.b.Tab(browser.Phone, browser.NoScript)
	link, err := s.Door.Link(t.Context(), *s.Ada.Official)
	s.OK(err)
	tab.Go(s.Door.URL(link))
	tab.Press("main button")
	tab.Go(s.at + "/console/drill/declare")
	fails(tab)
	tab.Set("#set", "Shore")
	tab.Press("main form button")
	tab.Fill("#began", "11:49")
	tab.Press(`p > button[value=continue]`)
	tickAll(tab)
	tab.Press(`form[action$="/submit"] button`) // in a drill one may approve one's own
	tab.Click("#read")
	tab.Press("#send button:not(.away)")
	if got := tab.Text("h1"); !strings.Contains(got, "the drill leaves") {
		t.Errorf("the page is %q at %s", got, tab.URL())
	}
}

// Acceptance checks 1, 5, 6, 8 and 9 in the hands of two people on two telephones.
func TestTwoPeopleSendALiveAlert(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	bob, key := s.window(browser.Phone, s.Bob)
	eve, _ := s.window(browser.Phone, s.official("eve"))
	d := s.submitted(outages.Live)
	page := s.at + at(d)
	bob.Go(page)
	eve.Go(page)
	look(bob, "live", "approve")
	if got := bob.Text("#send button"); got != "Send live alert to 1 subscriber in Westport, CT (2 ZIPs)" {
		t.Errorf("the button says %q", got)
	}
	bob.Width(browser.Phone)
	if status := bob.Press("#send button"); status != http.StatusUnprocessableEntity || !strings.Contains(bob.Text("#errors"), "Tick that you have read it") {
		t.Errorf("without the tick: %d, %q", status, bob.Text("#errors"))
	}
	look(bob, "live", "approve-wrong")
	bob.Click("#read")
	bob.Press("#send button")
	if got := bob.Text("h1"); !strings.HasPrefix(got, "Approved: it leaves at") {
		t.Fatalf("the page is %q at %s", got, bob.URL())
	}
	look(bob, "live", "approve-window")
	eve.Click("#read")
	if status := eve.Press("#send button"); status != http.StatusConflict || !strings.Contains(eve.Text("#moved"), "already approved by bob") {
		t.Errorf("the second approver: %d, %q", status, eve.Text("main"))
	}
	look(eve, "live", "approve-moved")
	bob.Press("form button.stop") // undo
	if n := s.issued(); n != 0 {
		t.Fatalf("%d bulletins after the undo, want none", n)
	}
	key.Refuse()
	bob.Go(page)
	bob.Click("#read")
	bob.Click("#send button")
	bob.Wait(`document.activeElement?.classList.contains('passkey-said')`)
	if n := s.issued(); n != 0 {
		t.Fatalf("%d bulletins with a wrong finger, want none", n)
	}
	eve.Go(page)
	eve.Click("#read")
	eve.Press("#send button")
	undo := eve.Beside(browser.Phone)
	undo.Go(eve.URL())
	if n := s.issued(); n != 1 {
		t.Fatalf("%d bulletins, want 1", n)
	}
	if status := undo.Press("form button.stop"); status != http.StatusConflict || !undo.Has(`a[href$="/correct"]`) {
		t.Errorf("too late: %d, want 409 and the correction\n%s", status, undo.Text("main"))
	}
	look(undo, "live", "approve-late")
}

// official adds an approver.
func (s *stage) official(id string) officials.Actor {
	s.t.Helper()
	secret, err := s.AddOfficial(s.t.Context(), officials.Official{ID: id, Agency: "despp", Name: id, Roles: []officials.Role{officials.Approver}})
	s.OK(err)
	a, err := s.Who(s.t.Context(), secret)
	s.OK(err)
	return a
}

// Acceptance check 6 and guard G6, with every screen that is left.
func TestTheScreensOfWaitingAndGivingBack(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	ada, _ := s.window(browser.Phone, s.Ada)
	bob, _ := s.window(browser.Phone, s.Bob)
	d := s.submitted(outages.Live)
	page := s.at + at(d)
	bob.Go(page)
	decl := d.Declaration
	decl.NextUpdate = decl.NextUpdate.Add(time.Hour)
	_, err := s.Revise(t.Context(), s.Ada, d.ID, d.Version, decl)
	s.OK(err)
	_, err = s.Submit(t.Context(), s.Ada, d.ID)
	s.OK(err)
	bob.Click("#read")
	bob.Press("#send button")
	if got := bob.Text("main table"); !strings.Contains(got, "1:30 PM") || !strings.Contains(got, "2:30 PM") {
		t.Errorf("the page does not say what changed: %q", bob.Text("main"))
	}
	look(bob, "live", "approve-changed")
	s.Pass(5 * time.Minute)
	ada.Go(page)
	ada.Click("details:has(form[action$='/alone']) summary")
	look(ada, "live", "declare-alone")
	ada.Fill("#reason", "nobody answers")
	ada.Fill("#area", "Westport")
	ada.Press("form[action$='/alone'] button")
	if got := ada.Text("main"); !strings.Contains(got, "alone, without a second person") {
		t.Errorf("after sending alone the page says %q", got)
	}
	ada.Press("form button.stop") // undo
	bob.Go(page + "/approve")
	bob.Click("details:has(form[action$='/reject']) summary")
	bob.Fill("#reject-reason", "not ours")
	bob.Press("form[action$='/reject'] button")
	ada.Go(page)
	if got := ada.Text("main"); !strings.Contains(got, "Rejected by bob") {
		t.Errorf("the page says %q", got)
	}
	look(ada, "live", "declare-withdrawn")
	if n := s.issued(); n != 0 {
		t.Errorf("%d bulletins, want none", n)
	}
}

// Two officials who change one draft: the second sees both, at both widths.
func TestTheScreenOfAConflict(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	tab, _ := s.window(browser.Desk, s.Ada)
	tab.Go(s.at + "/console/drill/declare")
	fails(tab)
	tab.Set("#set", "Shore")
	tab.Press("main form button")
	other := tab.Beside(browser.Desk)
	other.Go(tab.URL())
	tab.Fill("#began", "11:49")
	tab.Press(`p > button[value=continue]`)
	other.Fill("#began", "10:30")
	if status := other.Press(`p > button[value=continue]`); status != http.StatusConflict {
		t.Errorf("status %d, want 409", status)
	}
	look(other, "drill", "declare-conflict")
	other.Press("main form button")
	drafts, err := s.Drafts(t.Context(), s.Ada)
	s.OK(err)
	if !slices.ContainsFunc(drafts, func(d store.Draft) bool { return d.Declaration.Began.Format("15:04") == "14:30" }) {
		t.Error("the second one's time was not put in the place of the first")
	}
}
