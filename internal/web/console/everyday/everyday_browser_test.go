//go:build browser

package everyday_test

import (
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"callbox/areas"
	"callbox/internal/browser"
	"callbox/internal/dispatch"
	"callbox/internal/officials"
	"callbox/internal/store"
	"callbox/internal/web/console/approve"
	"callbox/internal/web/console/consoletest"
	"callbox/internal/web/console/declare"
	"callbox/internal/web/console/everyday"
	"callbox/internal/web/console/office"
	"callbox/internal/web/console/watch"
	"callbox/internal/web/webtest"
)

// site is the whole console for browsers.
type site struct {
	*stage
	address string
	b       *browser.Browser
}

func newSite(t *testing.T) *site {
	t.Helper()
	own, err := everyday.Room()
	if err != nil {
		t.Fatal(err)
	}
	desks, err := office.Room()
	if err != nil {
		t.Fatal(err)
	}
	w, err := watch.New(watch.Config{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Stop)
	s := &site{stage: &stage{}, b: browser.Start(t)}
	s.Site, s.address = consoletest.Serve(t, declare.Room(), approve.Room(), w.Room(), desks, own)
	s.ada = s.SignIn(s.person("eve", officials.Directory, officials.Wording, officials.Drafter, officials.Approver, officials.Viewer))
	return s
}

// window opens a window with the session of eve.
func (s *site) window(width int) *browser.Tab {
	tab := s.b.Tab(width)
	tab.Go(s.address + "/console/sign-in")
	browser.Eval[string](tab, "document.cookie = '"+s.ada.Cookie()+"; Path=/; Secure; SameSite=Strict'")
	return tab
}

// look checks a page at both widths, and that it says which space it is of.
func look(tab *browser.Tab, name string) {
	tab.T.Helper()
	for _, width := range []int{browser.Desk, browser.Phone} {
		tab.Width(width)
		tab.Accessible()
		tab.Picture("everyday-" + name + "-" + strconv.Itoa(width))
	}
	drill := strings.HasPrefix(tab.Title(), "DRILL: ") && tab.Has(".band")
	if want := strings.Contains(tab.URL(), "/console/drill/"); drill != want {
		tab.T.Errorf("%s: the title %q and the band say drill: %v, want %v", name, tab.Title(), drill, want)
	}
	if foreign := tab.Foreign(); len(foreign) > 0 {
		tab.T.Errorf("%s asks other sites: %q", name, foreign)
	}
}

func TestEveryEverydayPageIsAccessible(t *testing.T) {
	s := newSite(t)
	s.resident("06880")
	tab := s.window(browser.Desk)
	complaints := tab.Complaints()
	for name, path := range map[string]string{"directory": "/directory", "area": "/directory/areas/x-westport", "ring": "/directory/ring",
		"import": "/directory/import", "wordings": "/wordings", "versions": "/wordings/versions", "phrase": "/wordings/opening.all_clear", "subscribers": "/subscribers"} {
		for _, space := range []string{"live", "drill"} {
			if got := tab.Go(s.address + "/console/" + space + path); got != http.StatusOK {
				t.Fatalf("%s %s: status %d", space, path, got)
			}
			look(tab, name+"-"+space)
		}
	}
	tab.Go(s.address + "/console/live/directory/import")
	tab.Set("#csv", "area,for,tel\nx-berlin,police,911\nx-berlin,fire,860-555-0109\n")
	tab.Press("main form button")
	if focus := browser.Eval[string](tab, `document.activeElement.id`); focus != "errors" || !strings.Contains(tab.Text("#bad"), "tel") {
		t.Errorf("the focus is on %q, want on the summary of errors:\n%s", focus, tab.Text("main"))
	}
	look(tab, "import-wrong")
	tab.Set("#csv", "area,for,tel\nx-berlin,fire,860-555-0109\n")
	tab.Press("main form button")
	look(tab, "import-change")
	tab.Go(s.address + "/console/live/wordings/opening.all_clear")
	tab.Fill("#text-en", "It is over.")
	tab.Press("button[value=try]")
	look(tab, "phrase-wrong")
	tab.Fill("#text-en", "{agency} says: it is over.")
	tab.Press("button[value=try]")
	if got := tab.Text("#samples + .cards section"); !strings.Contains(got, "says: it is over.") {
		t.Errorf("the sample reads %q", got)
	}
	look(tab, "phrase-tried")
	if said := complaints(); len(said) > 0 {
		t.Errorf("the pages complain: %q", said)
	}
}

// Acceptance check 20.
func TestANumberThatDoesNotAnswerDropsOutEverywhere(t *testing.T) {
	s := newSite(t)
	outage := s.Issue("", webtest.Alert)
	tab := s.window(browser.Phone)
	tab.Go(s.address + "/console/live/directory")
	before := tab.Text(".headline")
	tab.Go(s.address + "/console/live/directory/areas/x-westport")
	tab.Press(`form[action$="/flag"] button`)
	if !strings.HasSuffix(tab.URL(), "/preview") || !strings.Contains(tab.Text(".said"), "this update takes it back") {
		t.Fatalf("it leads to %s, which says\n%s", tab.URL(), tab.Text("main"))
	}
	look(tab, "flagged")
	if texts := s.update(outage); strings.Contains(texts, "203-555-0103") {
		t.Errorf("the update prints the number: %s", texts)
	}
	tab.Go(s.address + "/console/live/directory")
	if after := tab.Text(".headline"); after == before {
		t.Errorf("the directory is still %q", after)
	}
	if missing := tab.Text("#missing"); !strings.Contains(missing, "Westport, CT") {
		t.Errorf("the red list is %q, want Westport on it", missing)
	}
}

// Acceptance check 20, its other half: a number that nobody rang for half a year.
func TestAnExpiredNumberDropsOutWhereAnotherServes(t *testing.T) {
	s := newSite(t)
	old, lately := s.Now().Add(time.Hour-areas.ConfirmFor).Format(time.RFC3339), s.Now().Add(-time.Hour).Format(time.RFC3339)
	_, err := s.ImportDirectory(t.Context(), s.Ada, strings.NewReader("area,for,tel,confirmed_by,confirmed_at\n"+
		"x-westport,all,203-555-0103,eve,"+old+"\nx-westport,all,203-555-0113,eve,"+lately+"\nx-fairfield,all,203-555-0104,eve,"+old+"\n"))
	s.OK(err)
	outage := s.Issue("", webtest.Alert)
	tab := s.window(browser.Phone)
	tab.Go(s.address + "/console/live/directory")
	before := tab.Text("main")
	tab.Go(s.address + "/elsewhere") // a page that finds its session over takes the cookie of the next one away
	s.Pass(2 * time.Hour)
	s.ada = s.SignIn(s.ada.Actor)
	tab = s.window(browser.Phone)
	tab.Go(s.address + "/console/live/directory")
	after := tab.Text("main")
	if complete(t, after) >= complete(t, before) || !strings.Contains(after, "In 3 areas every number has expired") {
		t.Errorf("the directory says\n%s\nbefore it said\n%s\nwant less complete, and why", after, before)
	}
	tab.Go(s.address + "/console/live/directory/areas/x-fairfield")
	if got := tab.Text("main"); !strings.Contains(got, "Score 20 of 100") || !strings.Contains(got, "printed last where none does") {
		t.Errorf("the page of the area with one number says\n%s", got)
	}
	tab.Go(s.address + "/console/live/directory/areas/x-westport")
	look(tab, "expired")
	tab.Press(`.alarm a[href$="/update"]`) // the live outage offers an update
	tab.Press(`main form button`)
	tab.Press(`main form.row button`)
	if got := tab.Text("main"); !strings.HasSuffix(tab.URL(), "/preview") || !strings.Contains(got, "nobody confirmed to answer within the last 180 days, because no better one is known; ring it now") {
		t.Errorf("it leads to %s, which says\n%s\nwant the preview with a warning of the last number", tab.URL(), got)
	}
	look(tab, "expired-preview")
	texts := s.update(outage)
	for tel, want := range map[string]bool{"203-555-0103": false, "203-555-0113": true, "203-555-0104": true} {
		if got := strings.Contains(texts, tel); got != want {
			t.Errorf("the update tells %s: %v, want %v", tel, got, want)
		}
	}
}

// update returns what the one draft of an outage that waits would tell.
func (s *site) update(outage string) string {
	s.T.Helper()
	status, err := s.Status(s.T.Context(), s.ada.Actor, outage)
	s.OK(err)
	if len(status.Drafts) != 1 || status.Drafts[0].State != store.DraftOpen {
		s.T.Fatalf("the drafts are %+v, want one update that waits", status.Drafts)
	}
	draft, err := s.Desk.Draft(s.T.Context(), s.ada.Actor, status.Drafts[0].ID)
	s.OK(err)
	var out strings.Builder
	for _, text := range draft.Texts.All() {
		out.WriteString(strings.Join(text.Paragraphs(), "\n"))
	}
	if out.Len() == 0 {
		s.T.Fatal("the update tells nobody anything")
	}
	return out.String()
}

// complete reads the score of the directory off its page.
func complete(t *testing.T, page string) int {
	t.Helper()
	found := regexp.MustCompile(`Complete to (\d+) of 100`).FindStringSubmatch(page)
	if found == nil {
		t.Fatalf("the page has no score:\n%s", page)
	}
	n, err := strconv.Atoi(found[1])
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// send hands every delivery over that waits, at the same moment.
func (s *site) send() {
	s.T.Helper()
	ctx := s.T.Context()
	for {
		lanes, err := s.Store.Lanes(ctx, s.Now())
		s.OK(err)
		if len(lanes) == 0 {
			break
		}
		batch, err := s.Store.Lease(ctx, lanes[0].ID, "me", s.Now())
		s.OK(err)
		if batch == nil {
			break
		}
		for i := range batch.Deliveries {
			batch.Deliveries[i].Fate = dispatch.Accepted
		}
		_, err = s.Store.Flush(ctx, batch, batch.Deliveries, true, s.Now())
		s.OK(err)
	}
	s.OK(s.NotePace(ctx))
}

// A game day: a drill from its start to its record, with nothing but the console.
func TestAGameDayIsPlayedInTheConsole(t *testing.T) {
	s := newSite(t)
	const contacts = "channel,destination,places,list,consent_source,consent_date\nemail,drill@example.org,06880,drill,roster,2024-01-02\n"
	_, err := s.ImportSubscribers(t.Context(), s.Ada, strings.NewReader(contacts), nil)
	s.OK(err)
	tab := s.window(browser.Phone)
	tab.Go(s.address + "/console/live/office")
	tab.Press(`a[href="/console/drill/drills"]`)
	look(tab, "drills")
	if got := tab.Text(`form:has(input[value=plains]) button`); !strings.HasPrefix(got, "Start drill for 1 drill contact") {
		t.Errorf("the button says %q", got)
	}
	tab.Press(`form:has(input[value=plains]) button`)
	drill := tab.URL()
	for step := 1; ; step++ {
		if got := tab.Text("main"); !strings.Contains(got, "Step "+strconv.Itoa(step)+" of 3") {
			t.Fatalf("step %d: the page says\n%s", step, got)
		}
		look(tab, "drill-"+strconv.Itoa(step))
		s.Pass(time.Minute)
		tab.Press(`a[href^="/console/drill/drafts/"]`)
		if !strings.HasSuffix(tab.URL(), "/preview") {
			t.Fatalf("step %d: the draft is not complete: %s\n%s", step, tab.URL(), tab.Text("main"))
		}
		browser.Eval[any](tab, `document.querySelectorAll('input[name=tick]').forEach((e) => { e.checked = true; }); null`)
		if tab.Has("#count") {
			tab.Fill("#count", "1")
		}
		tab.Press(`form[action$="/submit"] button`)
		s.Pass(time.Minute)
		tab.Click("#read") // in a drill one may approve one's own
		tab.Press("#send button")
		s.Pass(time.Second)
		_, err := s.Release(t.Context())
		s.OK(err)
		s.send()
		tab.Go(drill)
		if step == 3 {
			break
		}
		tab.Press(`form[action$="/next"] button`)
	}
	tab.Press(`a[href$="/record"]`)
	if got := tab.Text("main"); !strings.Contains(got, "From issue to nine of ten people") || !tab.Has(`a[href$="/record.json"]`) || !strings.Contains(got, "Bulletin 3, all-clear") {
		t.Errorf("the record says\n%s", got)
	}
	tab.Go(s.address + "/console/drill/drills")
	if got := tab.Text("main table"); !strings.Contains(got, "Mobile phones only") || strings.Contains(got, "not yet") {
		t.Errorf("the score is %q, want every step timed", got)
	}
	look(tab, "drills-scored")
}
