package approve_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"callbox/areas"
	"callbox/internal/desk"
	"callbox/internal/officials"
	"callbox/internal/store"
	"callbox/internal/web/console/approve"
	"callbox/internal/web/console/consoletest"
	"callbox/internal/web/console/declare"
	"callbox/outages"
	"callbox/subscribers"
)

// page is the console with a drafter and an approver, each with a passkey.
type page struct {
	*consoletest.Site
	t        *testing.T
	ada, bob *consoletest.Person
}

func newPage(t *testing.T) *page {
	t.Helper()
	s := consoletest.New(t, declare.Room(), approve.Room())
	agency := s.Ada.Agency
	agency.Undo = 10 * time.Second
	agency.Policy.BreakGlass = true
	s.OK(s.SaveAgency(t.Context(), agency))
	for _, zip := range []areas.ZIP{"06880", "06825"} {
		s.OK(s.SignUp(t.Context(), subscribers.SignUp{Channel: "email", Destination: string(zip) + "@example.org", Places: []areas.Place{{ZIP: zip}}}))
		posted := s.Posted()
		s.OK(s.Confirm(t.Context(), posted[len(posted)-1].Token))
	}
	return &page{s, t, s.SignIn(s.Ada), s.SignIn(s.Bob)}
}

const alert = `{"kind": "alert", "mode": "MODE", "began": "11:49", "next_update": "13:30", "conditions": [
	{"area": "CT/Westport", "voice": "down", "hit": {"lines": "landline"}, "text": "working"}]}`

// submitted declares and submits an alert of a mode.
func (p *page) submitted(mode outages.Mode) desk.Draft {
	p.t.Helper()
	return p.submit("", strings.ReplaceAll(alert, "MODE", string(mode)))
}

func (p *page) submit(outage, file string) desk.Draft {
	p.t.Helper()
	decl, err := p.Read(p.t.Context(), p.Ada, []byte(file))
	p.OK(err)
	d, err := p.Declare(p.t.Context(), p.Ada, outage, decl)
	p.OK(err)
	d, err = p.Submit(p.t.Context(), p.Ada, d.ID)
	p.OK(err)
	return d
}

func at(d desk.Draft) string {
	return "/console/" + string(d.Declaration.Mode) + "/drafts/" + d.ID
}

func (p *page) want(w *httptest.ResponseRecorder, status int) string {
	p.t.Helper()
	if w.Code != status {
		html := w.Body.String()
		p.t.Fatalf("status %d, want %d\n%.2500s", w.Code, status, html[max(0, strings.Index(html, "<main")):])
	}
	return w.Body.String()
}

func (p *page) led(w *httptest.ResponseRecorder) string {
	p.t.Helper()
	p.want(w, http.StatusSeeOther)
	return w.Header().Get("Location")
}

func (p *page) draft(id string) desk.Draft {
	p.t.Helper()
	d, err := p.Draft(p.t.Context(), p.Ada, id)
	p.OK(err)
	return d
}

// word is the form of an approver who ticked the box and touched their passkey.
func word(b *consoletest.Person, d desk.Draft) url.Values {
	v := url.Values{"hash": {d.Hash}, "read": {"1"}}
	if d.Declaration.Mode == outages.Live {
		v.Set("touch", b.Touch("approve:"+d.Hash))
	}
	return v
}

func (p *page) audited(action string) []officials.Entry {
	p.t.Helper()
	var out []officials.Entry
	p.OK(p.Store.Audit(p.t.Context(), 0, func(e officials.Entry) error {
		if e.Action == action {
			out = append(out, e)
		}
		return nil
	}))
	return out
}

// issued says how many bulletins there are after the undo window.
func (p *page) issued() int {
	p.t.Helper()
	p.Pass(11 * time.Second)
	n, err := p.Release(p.t.Context())
	p.OK(err)
	return n
}

func TestASecondPersonSendsWhatTheyRead(t *testing.T) {
	p := newPage(t)
	d := p.submitted(outages.Live)
	if to := p.led(p.bob.Get(at(d))); to != at(d)+"/approve" {
		t.Fatalf("the draft leads an approver to %s", to)
	}
	html := p.want(p.bob.Get(at(d)+"/approve"), 200)
	for _, want := range []string{d.Code, "Send live alert to 1 subscriber in Westport, CT (2 ZIPs)", "It goes now to 1 person in 2 ZIP codes.", "203-555-0103", `data-touch="approve:` + d.Hash} {
		if !strings.Contains(html, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	if to := p.led(p.bob.Post(at(d)+"/approve", word(p.bob, d))); to != at(d)+"/window" {
		t.Errorf("it leads to %s, want to the window", to)
	}
	html = p.want(p.bob.Get(at(d)+"/window"), 200)
	if !strings.Contains(html, "Undo: do not send it") || !strings.Contains(html, `http-equiv="refresh"`) {
		t.Error("the window offers no undo, or does not end")
	}
	if n := p.issued(); n != 1 {
		t.Errorf("%d bulletins, want 1", n)
	}
	if to := p.led(p.bob.Get(at(d) + "/window")); p.led(p.bob.Get(to)) != "/console/live/outages/"+d.Outage {
		t.Errorf("after the window it leads to %s", to)
	}
}

// acceptance check 1: words and counts of the two spaces differ.
func TestADrillNeverReadsLikeTheRealThing(t *testing.T) {
	p := newPage(t)
	d := p.submitted(outages.Drill)
	html := p.want(p.bob.Get(at(d)+"/approve"), 200)
	for _, want := range []string{`data-mode="drill"`, "<title>DRILL: ", "This is a drill. It goes only to 0 drill contacts.", "Send drill to 0 drill contacts", "DRILL"} {
		if !strings.Contains(html, want) {
			t.Errorf("the page of a drill does not say %q", want)
		}
	}
	for _, bad := range []string{"Send live", "It goes now", "data-touch"} {
		if strings.Contains(html, bad) {
			t.Errorf("the page of a drill says %q", bad)
		}
	}
	p.led(p.bob.Post(at(d)+"/approve", word(p.bob, d)))
	live := p.submitted(outages.Live)
	p.want(p.bob.Get(strings.Replace(at(live), "/live/", "/drill/", 1)+"/approve"), http.StatusNotFound)
	p.want(p.bob.Post(strings.Replace(at(live), "/live/", "/drill/", 1)+"/approve", word(p.bob, live)), http.StatusNotFound)
}

// promise 4; acceptance check 4.
func TestWhoWroteItSeesNoControlAndAForgedPostIsRefusedAndRecorded(t *testing.T) {
	p := newPage(t)
	d := p.submitted(outages.Live)
	if to := p.led(p.ada.Get(at(d) + "/approve")); to != at(d) {
		t.Errorf("the submitter is led to %s, want to the waiting page", to)
	}
	if html := p.want(p.ada.Get(at(d)), 200); strings.Contains(html, "/approve") || !strings.Contains(html, d.Code) {
		t.Error("the waiting page offers to approve, or shows no code")
	}
	for name, form := range map[string]url.Values{"with a touch": word(p.ada, d), "without": {"hash": {d.Hash}, "read": {"1"}}, "with nothing": {}} {
		p.want(p.ada.Post(at(d)+"/approve", form), http.StatusForbidden)
		if got := p.draft(d.ID); got.State != store.DraftSubmitted {
			t.Errorf("%s: it is %s", name, got.State)
		}
	}
	if got := p.audited("draft.approve.refused"); len(got) != 3 || got[0].Actor != "ada" || got[0].Object != d.ID {
		t.Errorf("audited %+v, want ada's three tries", got)
	}
}

// acceptance check 5.
func TestWithoutTheTickOrTheTouchNothingIsSent(t *testing.T) {
	p := newPage(t)
	d := p.submitted(outages.Live)
	other := p.submitted(outages.Live)
	for name, form := range map[string]url.Values{
		"without the tick":         {"hash": {d.Hash}, "touch": {p.bob.Touch("approve:" + d.Hash)}},
		"without the touch":        {"hash": {d.Hash}, "read": {"1"}},
		"touched for another":      {"hash": {d.Hash}, "read": {"1"}, "touch": {p.bob.Touch("approve:" + other.Hash)}},
		"touched for another deed": {"hash": {d.Hash}, "read": {"1"}, "touch": {p.bob.Touch("alone:" + d.Hash)}},
	} {
		html := p.want(p.bob.Post(at(d)+"/approve", form), http.StatusUnprocessableEntity)
		if !strings.Contains(html, "Nothing was sent.") || !strings.Contains(html, `id="errors"`) {
			t.Errorf("%s: the page does not say that nothing was sent", name)
		}
		if got := p.draft(d.ID); got.State != store.DraftSubmitted {
			t.Errorf("%s: it is %s", name, got.State)
		}
	}
	if n := p.issued(); n != 0 {
		t.Errorf("%d bulletins, want none", n)
	}
}

// acceptance check 6.
func TestWhatChangedMeanwhileIsShownAndNotSent(t *testing.T) {
	p := newPage(t)
	d := p.submitted(outages.Live)
	html := p.want(p.bob.Get(at(d)+"/approve"), 200)
	_, seen, _ := strings.Cut(html, `name="seen" value="`)
	seen, _, _ = strings.Cut(seen, `"`)
	form := word(p.bob, d)
	form.Set("seen", strings.NewReplacer("&#34;", `"`, "&#43;", "+", "&amp;", "&").Replace(seen))
	decl := d.Declaration
	decl.NextUpdate = decl.NextUpdate.Add(time.Hour)
	revised, err := p.Revise(t.Context(), p.Ada, d.ID, d.Version, decl)
	p.OK(err)
	html = p.want(p.bob.Post(at(d)+"/approve", form), http.StatusConflict)
	if !strings.Contains(html, "taken back for editing") {
		t.Errorf("it does not say that it is being edited")
	}
	_, err = p.Submit(t.Context(), p.Ada, revised.ID)
	p.OK(err)
	html = p.want(p.bob.Post(at(d)+"/approve", form), http.StatusConflict)
	for _, want := range []string{"Next update", "1:30 PM", "2:30 PM", "Nothing was sent."} {
		if !strings.Contains(html, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	if strings.Contains(html, "<th scope=\"row\">Began") {
		t.Error("it names what is the same")
	}
	if n := p.issued(); n != 0 {
		t.Errorf("%d bulletins, want none", n)
	}
}

// acceptance check 7: double click, reload, back and again.
func TestAFormThatIsSentTwiceActsOnce(t *testing.T) {
	p := newPage(t)
	d := p.submitted(outages.Live)
	form := word(p.bob, d)
	form.Set("once", "abc")
	first, second := p.led(p.bob.Post(at(d)+"/approve", form)), p.led(p.bob.Post(at(d)+"/approve", form))
	if first != second {
		t.Errorf("the second press leads to %s, the first to %s", second, first)
	}
	form.Set("once", "another") // the page from the back button
	if html := p.want(p.bob.Post(at(d)+"/approve", form), http.StatusConflict); !strings.Contains(html, "already approved by bob") {
		t.Error("it does not say by whom it was approved")
	}
	if n := p.issued(); n != 1 {
		t.Errorf("%d bulletins, want 1", n)
	}
	p.want(p.bob.Post(at(d)+"/approve", form), http.StatusConflict)
	s, err := p.Status(t.Context(), p.Ada, d.Outage)
	p.OK(err)
	if len(s.Outage.Bulletins) != 1 || s.Figures[0].Targeted != 1 {
		t.Errorf("%d bulletins, figures %+v, want one to one person", len(s.Outage.Bulletins), s.Figures)
	}
}

// acceptance check 8.
func TestOfTwoApproversAtOnceOneIsToldOfTheOther(t *testing.T) {
	p := newPage(t)
	secret, err := p.AddOfficial(t.Context(), officials.Official{ID: "eve", Agency: "despp", Name: "Eve", Roles: []officials.Role{officials.Approver}})
	p.OK(err)
	actor, err := p.Who(t.Context(), secret)
	p.OK(err)
	eve := p.SignIn(actor)
	d := p.submitted(outages.Live)
	forms := []url.Values{word(p.bob, d), word(eve, d)}
	answers := make([]*httptest.ResponseRecorder, 2)
	var wg sync.WaitGroup
	for i, who := range []*consoletest.Person{p.bob, eve} {
		wg.Go(func() { answers[i] = who.Post(at(d)+"/approve", forms[i]) })
	}
	wg.Wait()
	if answers[0].Code == http.StatusConflict {
		answers[0], answers[1] = answers[1], answers[0]
	}
	p.want(answers[0], http.StatusSeeOther)
	if html := p.want(answers[1], http.StatusConflict); !strings.Contains(html, "already approved by bob") && !strings.Contains(html, "already approved by Eve") {
		t.Error("the second does not hear who was first")
	}
	if n := p.issued(); n != 1 {
		t.Errorf("%d bulletins, want 1", n)
	}
}

// acceptance check 9.
func TestUndoWorksInsideItsWindowOnly(t *testing.T) {
	p := newPage(t)
	d := p.submitted(outages.Live)
	p.led(p.bob.Post(at(d)+"/approve", word(p.bob, d)))
	p.led(p.bob.Post(at(d)+"/undo", nil))
	if n := p.issued(); n != 0 {
		t.Fatalf("%d bulletins after the undo, want none", n)
	}
	p.led(p.bob.Post(at(d)+"/approve", word(p.bob, d)))
	if n := p.issued(); n != 1 {
		t.Fatalf("%d bulletins, want 1", n)
	}
	html := p.want(p.bob.Post(at(d)+"/undo", nil), http.StatusConflict)
	if !strings.Contains(html, "/console/live/outages/"+d.Outage+"/correct") {
		t.Error("after the window no correction is offered")
	}
}

func TestADraftIsReturnedOrRejectedWithAReason(t *testing.T) {
	p := newPage(t)
	d := p.submitted(outages.Live)
	form := url.Values{"hash": {d.Hash}, "field": {"return-reason"}}
	if html := p.want(p.bob.Post(at(d)+"/return", form), http.StatusUnprocessableEntity); !strings.Contains(html, `href="#return-reason"`) {
		t.Error("a return without a reason is not refused at its field")
	}
	form.Set("reason", "<b>wrong</b> town")
	p.want(p.ada.Post(at(d)+"/return", url.Values{"hash": {"old"}, "reason": {"x"}}), http.StatusConflict)
	p.led(p.bob.Post(at(d)+"/return", form))
	html := p.want(p.ada.Get(at(d)+"/preview"), 200)
	if !strings.Contains(html, "&lt;b&gt;wrong&lt;/b&gt; town") || !strings.Contains(html, "Returned by bob") {
		t.Error("the one who wrote it does not see why")
	}
	again, err := p.Submit(t.Context(), p.Ada, d.ID)
	p.OK(err)
	p.led(p.bob.Post(at(d)+"/reject", url.Values{"hash": {again.Hash}, "reason": {"not ours"}}))
	if html := p.want(p.ada.Get(at(d)), 200); !strings.Contains(html, "Rejected by bob") {
		t.Error("the draft does not say that it was rejected")
	}
	p.want(p.bob.Post(at(d)+"/approve", word(p.bob, again)), http.StatusConflict)
}

func TestAnUpdateSaysWhatChanges(t *testing.T) {
	p := newPage(t)
	d := p.submitted(outages.Live)
	p.led(p.bob.Post(at(d)+"/approve", word(p.bob, d)))
	p.issued()
	d = p.submit(d.Outage, `{"kind": "update", "mode": "live", "next_update": "14:30", "conditions": [{"area": "CT/Westport", "voice": "down"}]}`)
	html := p.want(p.bob.Get(at(d)+"/approve"), 200)
	for _, want := range []string{"What changes for those who were told", "<del>calls to 911 from landlines fail", "<ins>calls to 911 fail", "Send live update to 1 subscriber"} {
		if !strings.Contains(html, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
}

// promise 4: break-glass is late, reasoned, named, proven and marked.
func TestBreakGlassFromTheWaitingPage(t *testing.T) {
	p := newPage(t)
	d := p.submitted(outages.Live)
	form := func(more ...string) url.Values {
		v := url.Values{"hash": {d.Hash}, "reason": {"nobody answers"}, "area": {"Westport"}, "touch": {p.ada.Touch("alone:" + d.Hash)}}
		for i := 0; i+1 < len(more); i += 2 {
			v.Set(more[i], more[i+1])
		}
		return v
	}
	if html := p.want(p.ada.Get(at(d)), 200); strings.Contains(html, "/alone\"") || !strings.Contains(html, "opens at") {
		t.Error("sending alone is offered at once")
	}
	p.want(p.ada.Post(at(d)+"/alone", form()), http.StatusUnprocessableEntity)
	p.Pass(5 * time.Minute)
	if html := p.want(p.ada.Get(at(d)), 200); !strings.Contains(html, "/alone\"") {
		t.Error("after five minutes it is not offered")
	}
	for name, wrong := range map[string]url.Values{"no reason": form("reason", ""), "no area": form("area", ""), "another area": form("area", "Berlin"), "no touch": form("touch", "")} {
		if p.want(p.ada.Post(at(d)+"/alone", wrong), http.StatusUnprocessableEntity); p.draft(d.ID).State != store.DraftSubmitted {
			t.Errorf("%s: it was sent", name)
		}
	}
	p.led(p.ada.Post(at(d)+"/alone", form()))
	if n := p.issued(); n != 1 {
		t.Fatalf("%d bulletins, want 1", n)
	}
	s, err := p.Status(t.Context(), p.Ada, d.Outage)
	p.OK(err)
	if a := s.Outage.Bulletins[0].Approval; !a.BreakGlass || a.Reason != "nobody answers" || len(p.audited("draft.break-glass")) != 1 {
		t.Errorf("approval %+v, want it marked with its reason and audited", a)
	}
}

func TestAWaitingDraftIsTakenBackForEditing(t *testing.T) {
	p := newPage(t)
	d := p.submitted(outages.Live)
	p.led(p.ada.Post(at(d)+"/withdraw", url.Values{"state": {"submitted"}}))
	p.led(p.ada.Post(at(d)+"/withdraw", url.Values{"state": {"submitted"}})) // pressed again: it is not withdrawn for good
	if got := p.draft(d.ID); got.State != store.DraftOpen {
		t.Errorf("it is %s, want an open draft", got.State)
	}
}

// Every address that changes something takes a POST of our own pages, and of nobody else's.
func TestNothingChangesByGetOrFromAnotherSite(t *testing.T) {
	p := newPage(t)
	d := p.submitted(outages.Live)
	reads := map[string]bool{}
	for _, r := range p.Console.Routes() {
		if path, ok := strings.CutPrefix(r.Pattern, "GET "); ok {
			reads[path] = true
		}
	}
	tried := 0
	for _, r := range p.Console.Routes() {
		pattern, ok := strings.CutPrefix(r.Pattern, "POST ")
		if !ok || !strings.Contains(pattern, "/live/") {
			continue
		}
		tried++
		path := strings.ReplaceAll(pattern, "{id}", d.ID)
		if w := p.bob.Post(path, url.Values{"hash": {d.Hash}}, "Sec-Fetch-Site", "cross-site"); w.Code != http.StatusForbidden {
			t.Errorf("POST %s from another site: %d, want 403", path, w.Code)
		}
		if w := p.bob.Get(path); !reads[pattern] && w.Code < 400 {
			t.Errorf("GET %s: %d, want a refusal", path, w.Code)
		}
	}
	if tried < 10 {
		t.Errorf("%d addresses were tried, want those of every draft", tried)
	}
	if got := p.draft(d.ID); got.Version != d.Version {
		t.Errorf("the draft has version %d, want %d: nothing was to change", got.Version, d.Version)
	}
}
