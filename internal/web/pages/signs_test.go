package pages_test

import (
	"bytes"
	"encoding/json"
	"image/png"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"callbox/internal/web/webtest"
)

var codeOf = regexp.MustCompile(`Code of this message: ([A-Z2-9]{3}-[A-Z2-9]{3})`)

func TestTheStateOfEachServiceIsSaidInWords(t *testing.T) {
	s := newSite(t)
	s.issue("", webtest.Alert)
	s.says("/zip/06107?lang=en", "<span>Calls to 911 from landlines</span> <b>not working</b>", "<span>Text to 911</span> <b>working</b>")
	s.says("/zip/06880?lang=es", "<span>Llamadas al 911</span> <b>solo a veces</b>", "<span>Mensajes de texto al 911</span> <b>en servicio</b>")
	s.says("/zip/06037", "!class=\"services\"")
}

func TestATimeAndANumberDoNotBreak(t *testing.T) {
	s := newSite(t)
	s.issue("", webtest.Alert)
	for lang, want := range map[string][]string{"en": {"12:20\u00a0PM\u00a0EDT", `<span class="whole">1:30 PM</span>`},
		"es": {"12:20\u00a0p.\u00a0m.\u00a0EDT", `<span class="whole">1:30 p. m.</span>`, `<a class="whole" href="tel:+18605550101">860-555-0101</a>`}} {
		page := webtest.Ask(t, s.Pages, "GET", "/"+lang+"/zip/06107", "").Body.String()
		holds(t, lang, page, want...)
	}
}

func TestTheCodeOfAMessageAnswersWhatWeSaid(t *testing.T) {
	s := newSite(t)
	id := s.issue("", webtest.Alert)
	m := codeOf.FindStringSubmatch(s.get("/outages/"+id, http.StatusOK))
	if m == nil {
		t.Fatal("the page of the outage has no code")
	}
	first := m[1]
	s.says("/outages/"+id, `id="`+first+`"`)
	for _, typed := range []string{first, strings.ToLower(first), strings.ReplaceAll(first, "-", ""), "%20" + strings.ReplaceAll(first, "-", "%20")} {
		s.says("/v?code="+typed, "We did send a message with this code: Sample State Police, 12:20 PM EDT", "860-555-0101", "!We have said more since")
	}
	s.says("/es/v/"+first, "Sí enviamos un mensaje")
	s.Pass(time.Hour)
	s.issue(id, webtest.Update)
	s.says("/v/"+first, "We have said more since", "/en/outages/"+id, "860-555-0101")
	s.Pass(time.Hour)
	s.issue(id, webtest.AllClear)
	if codes := codeOf.FindAllStringSubmatch(s.get("/outages/"+id, http.StatusOK), -1); len(codes) != 3 {
		t.Errorf("the page has the codes %q, want one for each of three bulletins", codes)
	}
	for _, wrong := range []string{"AAAAAA", "%3Cscript%3E", strings.Repeat("x", 500)} {
		holds(t, wrong, s.get("/v/"+wrong, http.StatusNotFound), "We never sent a message with the code", `id="code"`)
	}
	holds(t, "a hostile code", webtest.Ask(t, s.Pages, "GET", "/v/%3Cscript%3E", "").Body.String(), "!<script>", "&lt;script&gt;")
	s.says("/v", "ends in a code such as 7KM-N42", `id="code"`)
}

func TestATestHasAPublicPageAndADrillHasNone(t *testing.T) {
	s := newSite(t)
	tested := s.issue("", strings.Replace(webtest.Alert, `"live"`, `"test"`, 1))
	drilled := s.issue("", strings.Replace(webtest.Alert, `"live"`, `"drill"`, 1))
	s.says("/tests/"+tested, `data-mode="test"`, "<title>TEST", "TEST: this is only an exercise", "860-555-0101")
	if w := webtest.Ask(t, s.Pages, "GET", "/es/outages/"+tested, ""); w.Code != http.StatusFound || w.Header().Get("Location") != "/es/tests/"+tested {
		t.Errorf("a test at the address of outages: %d to %q", w.Code, w.Header().Get("Location"))
	}
	s.says("/tests", "TEST 911 outage: West Hartford", "!DRILL 911")
	for _, path := range []string{"/", "/zip/06107", "/outages"} {
		s.says(path, "!TEST", "!860-555-0101", "!DRILL")
	}
	s.get("/tests/"+drilled, http.StatusNotFound)
	o, err := s.Desk.Posted(t.Context(), drilled)
	s.OK(err)
	code := s.BulletinCode(o.Bulletins[0])
	s.get("/v/"+code, http.StatusNotFound)
	holds(t, "a drill's code with the key", s.get("/v/"+code+"?key="+drillKey, http.StatusOK), `data-mode="drill"`, "DRILL")
}

func TestPlannedTestsAreAnnounced(t *testing.T) {
	s := newSite(t)
	s.says("/tests", "No test is planned")
	s.Pages.Tests = []time.Time{s.Now().Add(-time.Hour), s.Now().Add(240 * time.Hour)}
	s.Pass(time.Minute)
	s.OK(s.Refresh(t.Context()))
	s.says("/tests", "<li>November 1, 2024, 12:20 PM EDT</li>", "!<li>October 22", "!No test is planned")
}

func TestAPlannedDrillIsAnnouncedUntilItIsOver(t *testing.T) {
	s := newSite(t)
	_, err := s.Desk.AnnounceDrill(t.Context(), s.Ada, s.Now().Add(24*time.Hour), 2*time.Hour)
	s.OK(err)
	later := func(d time.Duration) {
		s.Pass(d)
		s.OK(s.Refresh(t.Context()))
	}
	later(time.Minute)
	s.says("/tests", "<li>Sample State Police practices from October 23, 2024, 12:20 PM EDT to 2:20 PM EDT. 911 works as usual.")
	holds(t, "in Spanish", s.get("/es/tests", http.StatusOK), "Sample State Police practica: 23 de octubre de 2024, 12:20")
	later(25 * time.Hour)
	s.says("/tests", "Sample State Police practices from")
	later(time.Hour)
	s.says("/tests", "!practices from")
}

func TestOutagesOfFormerYearsAreListed(t *testing.T) {
	s := newSite(t)
	s.says("/outages", "No outage was reported here yet")
	old := s.issue("", webtest.Alert)
	s.Pass(366 * 24 * time.Hour)
	open := s.issue("", strings.ReplaceAll(webtest.Alert, `"11:49"`, `"11:50"`))
	s.says("/outages", open, "!"+old, "<h2>2025</h2>", `/en/outages/in/2024`)
	s.says("/outages/in/2024", old, "!"+open)
	for _, path := range []string{"/outages/in/2023", "/outages/in/x"} {
		s.get(path, http.StatusNotFound)
	}
}

// promise 2: while an outage is open a device keeps what was said, not the directory.
func TestADeviceKeepsTheNumbersOfItsPlaces(t *testing.T) {
	s := newSite(t)
	type kept struct {
		AsOf   string `json:"as_of"`
		Places []struct {
			ZIP, Name, Title, Text string
			Numbers                []struct{ Local, Label string }
		}
	}
	ask := func(path string) (out kept) {
		s.OK(json.Unmarshal([]byte(s.get(path, http.StatusOK)), &out))
		return out
	}
	calm := ask("/en/numbers?zip=06107+06824+00000")
	if len(calm.Places) != 3 || calm.Places[0].Name != "West Hartford, CT" || calm.Places[0].Text != "" || len(calm.Places[0].Numbers) != 2 {
		t.Errorf("without an outage: %+v", calm)
	}
	if want := "October 22, 2024, 12:20 PM EDT"; plain(calm.AsOf) != want {
		t.Errorf("as of %q, want %q", calm.AsOf, want)
	}
	s.issue("", strings.Replace(webtest.Alert, `"conditions"`, `"not_answering": ["860-555-0102"], "conditions"`, 1))
	s.Pass(time.Minute)
	s.OK(s.Refresh(t.Context()))
	open := ask("/es/numbers?zip=06107").Places[0]
	if len(open.Numbers) != 1 || open.Numbers[0].Local != "860-555-0101" || open.Numbers[0].Label != "policía" || !strings.Contains(open.Text, "teléfonos fijos") || open.Title == "" {
		t.Errorf("with an outage: %+v, want the one number that was not struck out", open)
	}
}

func TestACardNamesTheNumbersOfItsPlaceAndItsPage(t *testing.T) {
	s := newSite(t)
	s.says("/card/06107", "860-555-0101", "860-555-0102", "If 911 does not answer", webtest.Base+"/zip/06107", "As of October 22, 2024", "<svg class=\"qr\"")
	s.says("/card/06824?area=x-fairfield", "203-555-0104", "!203-555-0103")
	s.says("/es/poster/06824", "203-555-0104", "203-555-0103", "Si el 911 no contesta")
	s.says("/card/06037", "860-555-0107")
	for _, path := range []string{"/card/00000", "/card/06107?area=x-berlin", "/poster/x"} {
		s.get(path, http.StatusNotFound)
	}
}

func TestAMapShowsWhereItFails(t *testing.T) {
	s := newSite(t)
	id := s.issue("", webtest.Alert)
	s.says("/outages/"+id, `aria-label="Map: `, `class="fails"`, `fill="url(#hatch)"`, "!class=\"works\"")
	s.Pass(time.Hour)
	s.issue(id, webtest.Update)
	s.says("/outages/"+id, `class="fails"`, `class="works"`)
}

// Every icon of the manifest is a picture of the size that it names.
func TestTheIconsAreWhatTheManifestSays(t *testing.T) {
	s := newSite(t)
	var manifest struct {
		Icons []struct{ Src, Sizes, Type, Purpose string }
	}
	s.OK(json.Unmarshal(webtest.Ask(t, s.Pages, "GET", "/es/manifest.webmanifest", "").Body.Bytes(), &manifest))
	sizes := map[string]int{"192x192": 192, "512x512": 512, "180x180": 180}
	drawn := 0
	for _, i := range manifest.Icons {
		body := webtest.Ask(t, s.Pages, "GET", i.Src, "").Body.Bytes()
		if i.Type != "image/png" {
			continue
		}
		drawn++
		picture, err := png.Decode(bytes.NewReader(body))
		s.OK(err)
		if got := picture.Bounds().Dx(); got != sizes[i.Sizes] {
			t.Errorf("%s is %d pixels wide, want %s", i.Src, got, i.Sizes)
		}
		_, _, _, corner := picture.At(0, 0).RGBA()
		if maskable := i.Purpose == "maskable"; maskable && corner == 0 {
			t.Errorf("%s is maskable and has a hole in its corner", i.Src)
		}
		white := 0
		for x := range picture.Bounds().Dx() {
			if r, g, b, _ := picture.At(x, picture.Bounds().Dy()/2).RGBA(); r == 0xffff && g == 0xffff && b == 0xffff {
				white++
			}
		}
		if share := float64(white) / float64(picture.Bounds().Dx()); share < .05 || share > .5 {
			t.Errorf("%s: %.0f %% of its middle line is white, want a handset", i.Src, 100*share)
		}
	}
	if drawn < 3 {
		t.Errorf("%d icons are PNG, want several", drawn)
	}
}

// What the worker keeps for when there is no network is there, and changes its name with its content.
func TestTheWorkerKeepsWhatItsPagesReferTo(t *testing.T) {
	s := newSite(t)
	worker := webtest.Ask(t, s.Pages, "GET", "/sw.js", "").Body.String()
	line, _, _ := strings.Cut(strings.TrimPrefix(worker, "const shell = "), ";\n")
	var shell struct {
		Name  string
		Files []string
	}
	s.OK(json.Unmarshal([]byte(line), &shell))
	kept := map[string]bool{}
	for _, f := range shell.Files {
		kept[f] = true
		if w := webtest.Ask(t, s.Pages, "GET", f, ""); w.Code != http.StatusOK {
			t.Errorf("the worker keeps %s, which answers %d", f, w.Code)
		}
	}
	for _, m := range regexp.MustCompile(`(?:src|href)="(/assets/[^"]+)"|from '(/assets/[^']+)'`).FindAllStringSubmatch(s.get("/es/offline", http.StatusOK), -1) {
		if !kept[m[1]] && !strings.HasSuffix(m[1], ".png") {
			t.Errorf("the offline page refers to %s, which the worker does not keep", m[1])
		}
	}
	if !strings.HasPrefix(shell.Name, "callbox-shell-") {
		t.Errorf("the cache is called %q", shell.Name)
	}
}
