package watch_test

import (
	"bufio"
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"callbox/areas"
	"callbox/channels"
	"callbox/channels/cap"
	"callbox/internal/dispatch"
	"callbox/internal/proofs"
	"callbox/internal/record"
	"callbox/internal/web/console/consoletest"
	"callbox/internal/web/console/watch"
	"callbox/internal/web/webtest"
	"callbox/outages"
	"callbox/subscribers"
	"callbox/templates"
)

// stage is a console with the live pages, an alert in three towns, and four people who are told of it.
type stage struct {
	*consoletest.Site
	address string // for real clients
	ada     *consoletest.Person
	outage  string
}

// emptyStage is a stage without anybody, and without an outage.
func emptyStage(t *testing.T) *stage {
	t.Helper()
	w, err := watch.New(watch.Config{Beat: 200 * time.Millisecond, Patience: time.Second})
	if err != nil {
		t.Fatal(err)
	}
	s := &stage{}
	s.Site, s.address = consoletest.Serve(t, w.Room())
	t.Cleanup(w.Stop)
	s.ada = s.SignIn(s.Ada)
	return s
}

func newStage(t *testing.T) *stage {
	t.Helper()
	s := emptyStage(t)
	for _, zip := range []areas.ZIP{"06107", "06117", "06880", "06825"} {
		s.resident(zip, "")
	}
	s.outage = s.Issue("", webtest.Alert)
	return s
}

func (s *stage) resident(zip areas.ZIP, name string) {
	s.T.Helper()
	s.OK(s.SignUp(s.T.Context(), subscribers.SignUp{Channel: "email", Destination: string(zip) + name + "@example.org",
		Places: []areas.Place{{ZIP: zip}}}))
	posted := s.Posted()
	s.OK(s.Confirm(s.T.Context(), posted[len(posted)-1].Token))
}

// send settles what waits, one delivery after the other with the next of the fates.
func (s *stage) send(fates ...dispatch.Fate) {
	s.T.Helper()
	ctx, i := s.T.Context(), 0
	for {
		lanes, err := s.Store.Lanes(ctx, s.Now())
		s.OK(err)
		if len(lanes) == 0 {
			return
		}
		batch, err := s.Store.Lease(ctx, lanes[0].ID, "me", s.Now())
		s.OK(err)
		if batch == nil {
			return
		}
		for n := range batch.Deliveries {
			batch.Deliveries[n].Fate = fates[i%len(fates)]
			i++
		}
		_, err = s.Store.Flush(ctx, batch, batch.Deliveries, true, s.Now())
		s.OK(err)
	}
}

func (s *stage) path(rest string) string { return "/console/live/outages/" + s.outage + rest }

func (s *stage) page(path string, want int) string {
	s.T.Helper()
	return s.ada.Page(path, want)
}

func (s *stage) post(path string, form url.Values, want int) string {
	s.T.Helper()
	return s.ada.Send(path, form, want)
}

// promise 13
func TestTheLivePageAddsUpAndNamesWhatFailed(t *testing.T) {
	s := newStage(t)
	page := s.page(s.path(""), http.StatusOK)
	s.Says(page, "0 of 4 (0 %) handed over. 4 still wait.", "4 targeted = 0 accepted + 4 waiting + 0 refused", "The next update is due at",
		`<noscript><meta http-equiv="refresh" content="15">`, `data-mode="live"`, "Stop and correct")
	s.send(dispatch.Accepted, dispatch.Accepted, dispatch.Accepted, dispatch.Refused)
	s.OK(s.NotePace(t.Context()))
	s.Says(s.page(s.path(""), http.StatusOK), "3 of 4 (75 %) handed over. Nobody waits any more.",
		"4 targeted = 3 accepted + 0 waiting + 1 refused + 0 gone + 0 expired", "<svg", "The same as a table")
	s.Says(s.page(s.path("/not-reached"), http.StatusOK), "Not reached: ", "call ")
	s.Says(s.page(s.path("/record"), http.StatusOK), "Bulletin 1, alert", "4 targeted")
	s.Says(s.page("/console/live/outages", http.StatusOK), "West Hartford", s.path(""))
	for range 2 { // a session that is used does not end
		s.Pass(40 * time.Minute)
		page = s.page(s.path(""), http.StatusOK)
	}
	s.Says(page, "Overdue:")
}

// Promise 9, for officials.
func TestTheRecordKeepsEveryTextAsItWasSent(t *testing.T) {
	s := newStage(t)
	published := cap.Document{Identifier: "urn:x-1", Feed: outages.Live, Incident: s.outage, Seq: 1, Sent: s.Now(), Expires: s.Now().Add(time.Hour), XML: []byte("<alert/>")}
	s.OK(s.Store.Shelf().Put(t.Context(), []cap.Document{published}))
	s.Says(s.page(s.path("/record"), http.StatusOK), "West Hartford, in English", "West Hartford, in Spanish", "860-555-0101",
		s.path("/record.json"), s.path("/record/1"), s.path("/cap/urn:x-1"), "Massachusetts, 2024-06-18")
	if got := s.page(s.path("/cap/urn:x-1"), http.StatusOK); got != "<alert/>" {
		t.Errorf("the document reads %q, want it byte for byte", got)
	}
	s.Says(s.page(s.path("/record/1?channel=email&lang=es&for=x-west-hartford"), http.StatusOK), "E-mail for West Hartford", "subject", "860-555-0101")
	s.page(s.path("/record/2"), http.StatusNotFound)
	s.page(s.path("/record/x"), http.StatusNotFound)
	s.page(s.path("/cap/urn:x-2"), http.StatusNotFound)
	var r record.Record
	s.OK(json.Unmarshal([]byte(s.page(s.path("/record.json"), http.StatusOK)), &r))
	if len(r.Bulletins) != 1 || len(r.Bulletins[0].Documents) != 1 || r.Bulletins[0].Documents[0].Identifier != "urn:x-1" {
		t.Fatalf("the file has the bulletins %+v, want one with one document", r.Bulletins)
	}
	for _, lang := range []templates.Lang{templates.English, templates.Spanish} {
		for _, channel := range []channels.Name{channels.Push, channels.Email} {
			if !slices.ContainsFunc(r.Bulletins[0].Sent, func(p proofs.Proof) bool {
				return p.Channel == channel && p.Lang == lang && strings.Contains(p.Text, "860-555-0101")
			}) {
				t.Errorf("the file lacks what %s carried in %q", channel, lang)
			}
		}
	}
}

func TestAnOutageIsShownInItsOwnSpaceAndToItsOwnAgency(t *testing.T) {
	s := newStage(t)
	for _, rest := range []string{"", "/stream", "/not-reached", "/record", "/record.csv", "/record.json", "/record/1", "/cap/x", "/update", "/restore", "/clear", "/correct", "/stop"} {
		s.page("/console/drill/outages/"+s.outage+rest, http.StatusNotFound)
		s.page("/console/live/outages/other-20241022-abcd"+rest, http.StatusNotFound)
	}
	for _, rest := range []string{"/update", "/restore", "/clear", "/correct", "/stop"} {
		s.post("/console/drill/outages/"+s.outage+rest, url.Values{"reason": {outages.SentInError}}, http.StatusNotFound)
	}
	s.page(s.path("?bulletin=9"), http.StatusNotFound)
	s.page(s.path("?bulletin=x"), http.StatusNotFound)
}

func TestAnUpdateIsPreparedFromWhatStandsAndShowsWhatChanges(t *testing.T) {
	s := newStage(t)
	s.Says(s.page(s.path("/update"), http.StatusOK), "calls to 911 from landlines fail", "no change", "860-555-0101", `value="12:40 PM"`)
	form := url.Values{"c-x-westport-voice": {"down"}, "next_update": {"2:30 PM"}, "silent": {"+12035550104"}}
	page := s.post(s.path("/update"), form, http.StatusOK)
	s.Says(page, "Now and after", "connect only sometimes", "203-555-0104", "struck out", `data-group="changed"`)
	if drafts, err := s.Drafts(t.Context(), s.Ada); err != nil || len(drafts) != 0 {
		t.Fatalf("comparing wrote %d drafts (%v), want none", len(drafts), err)
	}
	form.Set("go", "draft")
	form.Set("once", "1")
	to := s.post(s.path("/update"), form, http.StatusSeeOther)
	if again := s.post(s.path("/update"), form, http.StatusSeeOther); again != to {
		t.Errorf("the second press leads to %s, want %s", again, to)
	}
	drafts, err := s.Drafts(t.Context(), s.Ada)
	s.OK(err)
	if len(drafts) != 1 || to != "/console/live/drafts/"+drafts[0].ID+"/preview" {
		t.Fatalf("got %d drafts and %s, want one and its preview", len(drafts), to)
	}
	d := drafts[0].Declaration
	if len(d.Conditions) != 1 || d.Conditions[0].Area != "x-westport" || d.Conditions[0].State != outages.Down || len(d.NotAnswering) != 1 {
		t.Errorf("got %+v, want calls in Westport down and one number struck out", d)
	}
	s.Says(s.page(s.path(""), http.StatusOK), "A draft of this outage waits")
}

func TestAFormThatIsWrongNamesTheFieldAndKeepsWhatWasTyped(t *testing.T) {
	s := newStage(t)
	for _, c := range []struct {
		form string
		sent url.Values
		want string
	}{
		{"/update", url.Values{"next_update": {"soon <b>"}}, `href="#next_update"`},
		{"/update", url.Values{}, "Promise a time"},
		{"/update", url.Values{"next_update": {"2:30 PM"}, "c-x-westport-voice": {"melted"}}, `href="#c-x-westport-voice"`},
		{"/restore", url.Values{"next_update": {"2:30 PM"}}, "Tick at least one"},
		{"/restore", url.Values{"cell": {"x-nowhere.voice"}, "next_update": {"2:30 PM"}}, "Tick at least one"},
		{"/clear", url.Values{"since": {"noonish"}}, `href="#since"`},
		{"/correct", url.Values{"reason": {"because"}}, `href="#reason"`},
	} {
		page := s.post(s.path(c.form), c.sent, http.StatusUnprocessableEntity)
		s.Says(page, c.want, "There is a problem")
	}
	if drafts, err := s.Drafts(t.Context(), s.Ada); err != nil || len(drafts) != 0 {
		t.Errorf("%d drafts were written (%v), want none", len(drafts), err)
	}
	s.Says(s.ada.Post(s.path("/update"), url.Values{"next_update": {"soon <b>"}}).Body.String(), `value="soon &lt;b&gt;"`)
}

func TestAPartialRestorationGroupsEveryAreaOnceAndOffersTheAllClear(t *testing.T) {
	s := newStage(t)
	s.send(dispatch.Accepted)
	form := url.Values{"cell": {"x-west-hartford.voice"}, "next_update": {"2:30 PM"}, "since": {"12:15 PM"}}
	page := s.post(s.path("/restore"), form, http.StatusOK)
	restored, out := between(page, `data-group="restored"`, "</li>"), between(page, `data-group="unchanged"`, "</li>")
	if !strings.Contains(restored, "West Hartford") || strings.Contains(restored, "Westport") || !strings.Contains(restored, "2 people") {
		t.Errorf("restored: got %q, want West Hartford alone, 2 people", restored)
	}
	if strings.Contains(out, "West Hartford") || !strings.Contains(out, "Westport") || !strings.Contains(out, "Fairfield") {
		t.Errorf("still out: got %q, want the other two", out)
	}
	if strings.Contains(page, `id="offer"`) {
		t.Error("the all-clear is offered while cells are down")
	}
	form["cell"] = []string{"x-west-hartford.voice", "x-westport.voice", "x-fairfield.voice"}
	s.Says(s.post(s.path("/restore"), form, http.StatusOK), `id="offer"`, s.path("/clear?cell="))
}

func TestAnAllClearIsRefusedWhileOneCellIsNotConfirmed(t *testing.T) {
	s := newStage(t)
	s.send(dispatch.Accepted)
	form := url.Values{"cell": {"x-west-hartford.voice", "x-westport.voice"}, "since": {"12:15 PM"}}
	s.Says(s.post(s.path("/clear"), form, http.StatusUnprocessableEntity), `href="#c-x-fairfield-voice"`, "partial restoration")
	form.Add("cell", "x-fairfield.voice")
	to := s.post(s.path("/clear"), form, http.StatusSeeOther)
	if !strings.HasSuffix(to, "/preview") {
		t.Errorf("it leads to %s, want the preview", to)
	}
}

// promise 4: a retraction needs one person; promise 6: it reaches exactly those who were told.
func TestStopAndCorrectTakesOnePersonAndDropsWhatWaits(t *testing.T) {
	s := newStage(t)
	lanes, err := s.Store.Lanes(t.Context(), s.Now())
	s.OK(err)
	batch, err := s.Store.Lease(t.Context(), lanes[0].ID, "me", s.Now())
	s.OK(err)
	batch.Deliveries[0].Fate = dispatch.Accepted
	_, err = s.Store.Flush(t.Context(), batch, batch.Deliveries[:1], true, s.Now())
	s.OK(err)

	s.Says(s.page(s.path("/correct"), http.StatusOK), "tell 1 person", "Correction", `lang="es"`, "1 person had been told")
	to := s.post(s.path("/correct"), url.Values{"reason": {outages.SentInError}}, http.StatusSeeOther)
	if to != s.path("") {
		t.Errorf("it leads to %s, want the live page", to)
	}
	s.Says(s.page(s.path(""), http.StatusOK), "Sending is stopped. The correction leaves at")
	s.Pass(time.Second)
	n, err := s.Release(t.Context())
	s.OK(err)
	live, err := s.Live(t.Context(), s.Ada, s.outage, 0)
	s.OK(err)
	if n != 1 || live.Bulletin.Kind != outages.Retract || live.People.Targeted != 1 {
		t.Errorf("released %d, a %s to %d, want a retraction to the one who was told", n, live.Bulletin.Kind, live.People.Targeted)
	}
	s.send(dispatch.Accepted) // what was leased is given back
	first, err := s.Live(t.Context(), s.Ada, s.outage, 1)
	s.OK(err)
	if first.People.Stopped != 3 || first.People.Waiting != 0 {
		t.Errorf("of the alert: %+v, want 3 stopped", first.People)
	}
	s.page(s.path("/correct"), http.StatusConflict)
}

func TestStoppingTellsNobodyAnything(t *testing.T) {
	s := newStage(t)
	s.Says(s.page(s.path("/stop"), http.StatusOK), "4 people still wait", "Stopping tells nobody")
	s.post(s.path("/stop"), nil, http.StatusSeeOther)
	live, err := s.Live(t.Context(), s.Ada, s.outage, 0)
	s.OK(err)
	if live.People.Stopped != 4 || live.Bulletin.Seq != 1 {
		t.Errorf("got %+v of bulletin %d, want 4 stopped of bulletin 1", live.People, live.Bulletin.Seq)
	}
}

func TestAViewerWatchesAndChangesNothing(t *testing.T) {
	s := newStage(t)
	bob := s.SignIn(s.Bob) // approves, does not draft
	if w := bob.Get(s.path("")); w.Code != http.StatusOK || strings.Contains(w.Body.String(), "Post update") || !strings.Contains(w.Body.String(), "Stop and correct") {
		t.Errorf("an approver: got status %d, want the figures and the correction, not the update", w.Code)
	}
	for _, form := range []string{"/update", "/restore", "/clear"} {
		if w := bob.Post(s.path(form), url.Values{}); w.Code != http.StatusForbidden {
			t.Errorf("POST %s by who may not draft: got status %d, want 403", form, w.Code)
		}
	}
	if w := bob.Get(s.path("/correct")); w.Code != http.StatusOK {
		t.Errorf("an approver may correct: got status %d", w.Code)
	}
}

// events reads a stream of one person until want is seen in it, and returns what came.
func (s *stage) events(ctx context.Context, want string, header ...string) string {
	s.T.Helper()
	ctx, stop := context.WithTimeout(ctx, 10*time.Second)
	defer stop()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, s.address+s.path("/stream"), nil)
	s.OK(err)
	r.Header.Set("Cookie", s.ada.Cookie())
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	res, err := http.DefaultClient.Do(r)
	s.OK(err)
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK || res.Header.Get("X-Accel-Buffering") != "no" || !strings.Contains(res.Header.Get("Cache-Control"), "no-store") {
		s.T.Fatalf("got status %d and headers %v", res.StatusCode, res.Header)
	}
	var got strings.Builder
	for lines := bufio.NewScanner(res.Body); lines.Scan(); {
		got.WriteString(lines.Text() + "\n")
		if strings.Contains(lines.Text(), want) {
			return got.String()
		}
	}
	s.T.Fatalf("the stream ended without %q:\n%s", want, got.String())
	return ""
}

func TestAStreamSendsTheFiguresOnceAndThenSignsOfLife(t *testing.T) {
	s := newStage(t)
	got := s.events(t.Context(), "event: beat")
	if n := strings.Count(got, "event: figures"); n != 1 || !strings.Contains(got, "data: <p class=\"headline\">0 of 4") {
		t.Errorf("got %d figures before a sign of life, want 1:\n%s", n, got)
	}
	_, id, _ := strings.Cut(got, "id: ")
	id, _, _ = strings.Cut(id, "\n")
	if again := s.events(t.Context(), "event: beat", "Last-Event-ID", id); strings.Contains(again, "event: figures") {
		t.Errorf("who has the newest figures got them again:\n%s", again)
	}
	s.send(dispatch.Accepted)
	s.events(t.Context(), "4 of 4 (100 %) handed over", "Last-Event-ID", id)
}

func TestAPersonMayWatchInSixWindows(t *testing.T) {
	s := newStage(t)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	for i := range 7 {
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, s.address+s.path("/stream"), nil)
		s.OK(err)
		r.Header.Set("Cookie", s.ada.Cookie())
		res, err := http.DefaultClient.Do(r)
		s.OK(err)
		defer res.Body.Close()
		want := http.StatusOK
		if i == 6 {
			want = http.StatusTooManyRequests
		}
		if res.StatusCode != want {
			t.Errorf("window %d: got status %d, want %d", i+1, res.StatusCode, want)
		}
	}
}

func between(s, from, to string) string {
	_, s, _ = strings.Cut(s, from)
	s, _, _ = strings.Cut(s, to)
	return s
}
