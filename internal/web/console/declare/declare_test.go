package declare_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"callbox/internal/desk"
	"callbox/internal/officials"
	"callbox/internal/store"
	"callbox/internal/web/console/approve"
	"callbox/internal/web/console/consoletest"
	"callbox/internal/web/console/declare"
	"callbox/subscribers"

	"callbox/areas"
)

// page is the console with the screens of a draft, and a drafter who is signed in.
type page struct {
	*consoletest.Site
	t   *testing.T
	ada *consoletest.Person
}

func newPage(t *testing.T) *page {
	t.Helper()
	s := consoletest.New(t, declare.Room(), approve.Room())
	return &page{s, t, s.SignIn(s.Ada)}
}

// resident signs somebody up in a ZIP.
func (p *page) resident(zip areas.ZIP) {
	p.t.Helper()
	p.OK(p.SignUp(p.t.Context(), subscribers.SignUp{Channel: "email", Destination: string(zip) + "@example.org", Places: []areas.Place{{ZIP: zip}}}))
	posted := p.Posted()
	p.OK(p.Confirm(p.t.Context(), posted[len(posted)-1].Token))
}

// want checks the status of an answer and returns its page.
func (p *page) want(w *httptest.ResponseRecorder, status int) string {
	p.t.Helper()
	if w.Code != status {
		p.t.Fatalf("status %d, want %d\n%s", w.Code, status, excerpt(w.Body.String()))
	}
	return w.Body.String()
}

func excerpt(html string) string {
	if i := strings.Index(html, "<main"); i >= 0 {
		html = html[i:]
	}
	return html[:min(len(html), 3000)]
}

// led checks that an answer leads on and returns where to.
func (p *page) led(w *httptest.ResponseRecorder) string {
	p.t.Helper()
	p.want(w, http.StatusSeeOther)
	return w.Header().Get("Location")
}

// version reads the version that a form carries.
func (p *page) version(html string) string {
	p.t.Helper()
	m := regexp.MustCompile(`name="version" value="(\d+)"`).FindStringSubmatch(html)
	if m == nil {
		p.t.Fatalf("the page has no version:\n%s", excerpt(html))
	}
	return m[1]
}

// matrix fills in what fails: landlines, while mobile phones and texts work.
func matrix(more ...string) url.Values {
	v := url.Values{"g0-landline": {"down"}, "g0-voip": {"working"}, "g0-wireless": {"working"}, "g0-text": {"working"}, "g0-admin": {""}, "g0-location": {""}}
	for i := 0; i+1 < len(more); i += 2 {
		v.Add(more[i], more[i+1])
	}
	return v
}

// begin opens a draft in a space and returns its address.
func (p *page) begin(space string) string {
	p.t.Helper()
	at := p.led(p.ada.Post("/console/"+space+"/declare", matrix()))
	draft, screen, _ := cutLast(at)
	if screen != "where" {
		p.t.Fatalf("the first screen leads to %q, want where", at)
	}
	return draft
}

func cutLast(path string) (before, last string, ok bool) {
	i := strings.LastIndexByte(path, '/')
	return path[:max(i, 0)], path[i+1:], i >= 0
}

func (p *page) draft(at string) desk.Draft {
	p.t.Helper()
	_, id, _ := cutLast(at)
	d, err := p.Draft(p.t.Context(), p.Ada, id)
	p.OK(err)
	return d
}

// fill goes through the screens with an area up to the preview, and returns the preview.
func (p *page) fill(space string, ids ...string) (draft, preview string) {
	p.t.Helper()
	draft = p.begin(space)
	form := url.Values{"version": {p.version(p.want(p.ada.Get(draft+"/where"), 200))}, "area": ids, "do": {"continue"}}
	next := p.led(p.ada.Post(draft+"/where", form))
	form = url.Values{"version": {p.version(p.want(p.ada.Get(next), 200))}, "began": {"11:49 AM"}, "next": {"12:40 PM"}, "do": {"continue"}}
	next = p.led(p.ada.Post(draft+"/help", form))
	return draft, p.want(p.ada.Get(next), 200)
}

// ticks are the boxes of the warnings of a preview.
func ticks(html string) []string {
	var out []string
	for _, m := range regexp.MustCompile(`name="tick" value="(\w+)"`).FindAllStringSubmatch(html, -1) {
		out = append(out, m[1])
	}
	return out
}

// consent is everything that a preview asks for.
func (p *page) consent(html string) url.Values {
	v := url.Values{"version": {p.version(html)}, "tick": ticks(html)}
	if m := regexp.MustCompile(`Type the number of [a-z ]+: (\d+)`).FindStringSubmatch(html); m != nil {
		v.Set("count", m[1])
	}
	return v
}

func TestAnOutageIsDeclaredInFourScreens(t *testing.T) {
	p := newPage(t)
	p.resident("06880")
	p.resident("06107")
	draft, html := p.fill("live", "x-westport")
	for _, want := range []string{"203-555-0103", "<b>1</b> subscribers", "Westport"} {
		if !strings.Contains(html, want) {
			t.Errorf("the preview does not say %q", want)
		}
	}
	at := p.led(p.ada.Post(draft+"/submit", p.consent(html)))
	d := p.draft(at)
	if d.State != store.DraftSubmitted || len(d.Code) == 0 {
		t.Fatalf("state %q, code %q, want it submitted", d.State, d.Code)
	}
	if html := p.want(p.ada.Get(at), 200); !strings.Contains(html, d.Code) {
		t.Errorf("the waiting page does not show the code %s", d.Code)
	}
}

func TestASavedSetLeavesOutTheScreenOfAreas(t *testing.T) {
	p := newPage(t)
	p.OK(p.SaveAreaSet(t.Context(), p.Ada, store.AreaSet{Name: "Shore", Areas: []areas.ID{"x-westport", "x-fairfield"}}))
	if html := p.want(p.ada.Get("/console/drill/declare"), 200); !strings.Contains(html, "Shore (2 areas)") {
		t.Error("the set is not offered")
	}
	at := p.led(p.ada.Post("/console/drill/declare", matrix("set", "Shore")))
	draft, screen, _ := cutLast(at)
	if screen != "help" {
		t.Errorf("it leads to %s, want to what people can do", at)
	}
	if got := len(p.draft(draft).Facts.Advice); got != 2 {
		t.Errorf("%d areas, want 2", got)
	}
}

// promise 1; acceptance check 2.
func TestWithoutAKnownAreaOfOursNothingIsSaved(t *testing.T) {
	p := newPage(t)
	draft := p.begin("live")
	before := p.draft(draft)
	for name, c := range map[string]struct {
		form  url.Values
		says  string
		field string
	}{
		"no area":                {url.Values{"do": {"continue"}}, "Choose at least one area", "zips"},
		"an unknown ZIP":         {url.Values{"do": {"continue"}, "zips": {"06880\n99999"}}, "Line 2: 99999 is no ZIP code that exists", "zips"},
		"a ZIP elsewhere":        {url.Values{"do": {"continue"}, "zips": {"02139"}}, "outside your jurisdiction", "zips"},
		"another agency's area":  {url.Values{"do": {"continue"}, "area": {"25"}}, "is none of your areas", "chosen"},
		"an area that is nobody": {url.Values{"do": {"add"}, "area": {"x-<script>"}}, "is none of your areas", "chosen"},
		"a set that is gone":     {url.Values{"do": {"continue"}, "set": {"gone"}}, "There is no such set", ""},
	} {
		c.form.Set("version", fmt.Sprint(before.Version))
		html := p.want(p.ada.Post(draft+"/where", c.form), http.StatusUnprocessableEntity)
		if !strings.Contains(html, c.says) || c.field != "" && (!strings.Contains(html, `href="#`+c.field+`"`) || !strings.Contains(html, `id="`+c.field+`"`)) {
			t.Errorf("%s: the page does not say %q at %s\n%s", name, c.says, c.field, excerpt(html))
		}
		if strings.Contains(html, "<script>") && strings.Contains(html, "x-<script>") {
			t.Errorf("%s: what was typed is not escaped", name)
		}
	}
	if after := p.draft(draft); after.Version != before.Version {
		t.Errorf("the draft has version %d, want %d: it was not to change", after.Version, before.Version)
	}
}

func TestOfAThousandZIPCodesTheTenBadOnesAreNamed(t *testing.T) {
	p := newPage(t)
	draft := p.begin("live")
	var lines []string
	good := []string{"06880", "06107", "06117", "06824", "06825", "06037"}
	for i := range 1000 {
		zip := good[i%len(good)]
		if i%100 == 99 {
			zip = "0610O"
		}
		lines = append(lines, zip)
	}
	form := url.Values{"version": {fmt.Sprint(p.draft(draft).Version)}, "zips": {strings.Join(lines, "\r\n")}, "do": {"continue"}}
	html := p.want(p.ada.Post(draft+"/where", form), http.StatusUnprocessableEntity)
	for _, want := range []string{"Not taken: 10. Good: 990.", `<td class="n">100</td><td>0610O</td>`, `<td class="n">1000</td>`, "write five digits"} {
		if !strings.Contains(html, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	form.Set("do", "good")
	if at := p.led(p.ada.Post(draft+"/where", form)); !strings.HasSuffix(at, "/where") {
		t.Errorf("it leads to %s, want back to where", at)
	}
	if got := len(Areas(p.draft(draft))); got != 4 {
		t.Errorf("%d areas, want the 4 of the good ones", got)
	}
}

// Areas are those that a draft states something of.
func Areas(d desk.Draft) []areas.ID {
	var out []areas.ID
	for _, c := range d.Declaration.Conditions {
		if c.Area != "" && !slices.Contains(out, c.Area) {
			out = append(out, c.Area)
		}
	}
	return out
}

func TestStepsOutOfOrderLeadToTheFirstThatIsIncomplete(t *testing.T) {
	p := newPage(t)
	draft := p.begin("live")
	for _, screen := range []string{"", "/help", "/preview"} {
		if at := p.led(p.ada.Get(draft + screen)); at != draft+"/where" {
			t.Errorf("%s leads to %s, want where", screen, at)
		}
	}
	html := p.want(p.ada.Post("/console/live/declare", url.Values{"g0-landline": {""}}), http.StatusUnprocessableEntity)
	if !strings.Contains(html, "Say what fails") {
		t.Error("an empty matrix is not refused")
	}
	p.want(p.ada.Post("/console/live/declare", url.Values{}), http.StatusUnprocessableEntity)
	p.want(p.ada.Post("/console/live/declare", matrix("g0-area", "25")), http.StatusUnprocessableEntity) // promise 1
	form := p.ada.Post(draft+"/submit", url.Values{"version": {fmt.Sprint(p.draft(draft).Version)}})
	if html := p.want(form, http.StatusUnprocessableEntity); !strings.Contains(html, "needs an area") {
		t.Error("submitting without an area is not refused by its rule")
	}
}

func TestTwoOfficialsWhoChangeOneDraftSeeBoth(t *testing.T) {
	p := newPage(t)
	draft, _ := p.fill("drill", "x-westport")
	old := fmt.Sprint(p.draft(draft).Version)
	form := url.Values{"version": {old}, "began": {"11:30 AM"}, "next": {"12:50 PM"}, "do": {"continue"}}
	p.led(p.ada.Post(draft+"/help", form))
	form.Set("began", "10:00 AM")
	html := p.want(p.ada.Post(draft+"/help", form), http.StatusConflict)
	for _, want := range []string{"Began", "11:30 AM", "10:00 AM"} {
		if !strings.Contains(html, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	if strings.Contains(html, "Next update") {
		t.Error("it names what is the same")
	}
	if got := p.draft(draft).Declaration.Began.Format("15:04"); got != "15:30" {
		t.Errorf("it began at %s UTC, want the first one's 15:30", got)
	}
	form.Set("version", p.version(html))
	p.led(p.ada.Post(draft+"/help", form))
	if got := p.draft(draft).Declaration.Began.Format("15:04"); got != "14:00" {
		t.Errorf("put in its place it began at %s UTC, want 14:00", got)
	}
}

func TestLookingDoesNotMakeAnEditor(t *testing.T) {
	p := newPage(t)
	eve := p.SignIn(p.another("eve", officials.Drafter, officials.Approver))
	draft, _ := p.fill("drill", "x-westport")
	before := p.draft(draft)
	clock := func(name string) string {
		html := p.want(eve.Get(draft+"/help"), 200)
		return regexp.MustCompile(`name="` + name + `"[^>]* value="([^"]*)"`).FindStringSubmatch(html)[1]
	}
	p.led(eve.Post(draft+"/help", url.Values{"version": {fmt.Sprint(before.Version)}, "began": {clock("began")}, "next": {clock("next")}, "do": {"continue"}}))
	p.led(eve.Post(draft+"/what", matrix("version", fmt.Sprint(before.Version), "g0-area", "x-westport")))
	if after := p.draft(draft); after.Version != before.Version || len(after.Editors) != 1 {
		t.Errorf("version %d and editors %q, want %d and one editor", after.Version, after.Editors, before.Version)
	}
}

// another adds an official.
func (p *page) another(id string, roles ...officials.Role) officials.Actor {
	p.t.Helper()
	secret, err := p.AddOfficial(p.t.Context(), officials.Official{ID: id, Agency: "despp", Name: id, Roles: roles})
	p.OK(err)
	a, err := p.Who(p.t.Context(), secret)
	p.OK(err)
	return a
}

func TestSomeAreasMayDiffer(t *testing.T) {
	p := newPage(t)
	draft, _ := p.fill("drill", "x-westport", "x-fairfield")
	html := p.want(p.ada.Get(draft+"/what?apart=x-fairfield"), 200)
	if !strings.Contains(html, "g1-landline") {
		t.Fatal("there is no second matrix")
	}
	form := matrix("version", p.version(html), "g0-area", "x-westport", "g1-area", "x-fairfield", "g1-landline", "working", "g1-voip", "working",
		"g1-wireless", "working", "g1-admin", "down")
	p.led(p.ada.Post(draft+"/what", form))
	groups := declare.Groups(p.draft(draft).Declaration.Conditions)
	if len(groups) != 2 || groups[1].Others["admin"] != "down" || groups[0].Calls["landline"].State != "down" {
		t.Errorf("groups %+v, want Fairfield's routine lines apart", groups)
	}
}

func TestAnAreaWithoutANumberMustBeAcknowledged(t *testing.T) {
	p := newPage(t)
	p.Silence("x-berlin")
	draft := p.begin("drill")
	version := func() string { return fmt.Sprint(p.draft(draft).Version) }
	p.led(p.ada.Post(draft+"/what", url.Values{"version": {version()}, "g0-landline": {"down"}, "g0-voip": {"down"}, "g0-wireless": {"down"}}))
	p.led(p.ada.Post(draft+"/where", url.Values{"version": {version()}, "area": {"x-berlin"}, "do": {"continue"}}))
	form := url.Values{"version": {version()}, "began": {"11:49"}, "next": {"12:40 PM"}, "do": {"continue"}}
	html := p.want(p.ada.Post(draft+"/help", form), http.StatusUnprocessableEntity)
	if !strings.Contains(html, "no number and no way to get help is known") || !strings.Contains(html, "There is no number for Berlin") {
		t.Errorf("the page does not ask to acknowledge it\n%s", excerpt(html))
	}
	form.Set("nonumber", "x-berlin")
	p.led(p.ada.Post(draft+"/help", form))
	if got := p.draft(draft).Declaration.NoNumber; len(got) != 1 {
		t.Errorf("acknowledged %q, want Berlin", got)
	}
}

// Silence makes the numbers of an area unanswered.
func (p *page) Silence(id areas.ID) {
	p.t.Helper()
	book, err := p.Book(p.t.Context())
	p.OK(err)
	for _, n := range book.Numbers(id) {
		for range 2 {
			_, err := p.ConfirmNumber(p.t.Context(), p.Ada, n, false)
			p.OK(err)
		}
	}
}

func TestWhatIsTypedOnTheHelpScreenIsDeclared(t *testing.T) {
	p := newPage(t)
	draft, _ := p.fill("drill", "x-westport")
	form := url.Values{"version": {fmt.Sprint(p.draft(draft).Version)}, "began": {"11:49 AM"}, "next": {"13:10"}, "do": {"continue"},
		"n0-tel": {"(203) 555-0199"}, "n0-area": {"x-westport"}, "n0-for": {"fire"}, "n0-label": {"Fire desk"}, "n0-only": {"1"},
		"w0-kind": {"station"}, "w0-area": {"x-westport"}, "w0-where": {"1 Main Street"}, "failed": {"AT&T,  Verizon "},
		"silent": {"+12035550103"}, "cause": {"a cut cable"}, "cause_by": {"the carrier"}}
	p.led(p.ada.Post(draft+"/help", form))
	d := p.draft(draft).Declaration
	if len(d.Numbers) != 1 || d.Numbers[0].Tel != "+12035550199" || !d.Numbers[0].Temporary || !d.Numbers[0].Only || d.Numbers[0].For != areas.Fire {
		t.Errorf("numbers %+v", d.Numbers)
	}
	if len(d.Ways) != 1 || d.Ways[0].Where != "1 Main Street" || !slices.Equal(d.FailedCarriers, []string{"AT&T", "Verizon"}) ||
		!slices.Equal(d.NotAnswering, []areas.Tel{"+12035550103"}) || d.Cause == nil || d.Cause.StatedBy != "the carrier" {
		t.Errorf("declaration %+v", d)
	}
	for field, bad := range map[string]url.Values{
		"n0-tel":  {"n0-tel": {"911"}},
		"began":   {"began": {"3:00 PM"}},
		"next":    {"next": {"11:00 AM"}},
		"cause":   {"cause": {"a cut cable"}, "cause_by": {""}},
		"n0-area": {"n0-area": {""}},
	} {
		wrong := url.Values{"version": {fmt.Sprint(p.draft(draft).Version)}, "began": {"11:49 AM"}, "next": {"13:10"}, "n0-tel": {"203-555-0199"}, "n0-area": {"x-westport"}}
		for k, v := range bad {
			wrong[k] = v
		}
		if html := p.want(p.ada.Post(draft+"/help", wrong), http.StatusUnprocessableEntity); !strings.Contains(html, `href="#`+field+`"`) {
			t.Errorf("%s: no error leads to the field\n%s", field, excerpt(html))
		}
	}
}

func (p *page) json(w *httptest.ResponseRecorder, into any) {
	p.t.Helper()
	p.want(w, http.StatusOK)
	p.OK(json.Unmarshal(w.Body.Bytes(), into))
}
