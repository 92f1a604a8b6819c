package declare_test

import (
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"callbox/internal/store"
)

// acceptance check 12: every warning needs its tick.
func TestSubmittingTakesEveryTick(t *testing.T) {
	p := newPage(t)
	draft := p.begin("live")
	version := func() string { return fmt.Sprint(p.draft(draft).Version) }
	p.led(p.ada.Post(draft+"/what", url.Values{"version": {version()}, "g0-landline": {"down"}, "g0-voip": {"down"}, "g0-wireless": {"down"}}))
	p.led(p.ada.Post(draft+"/where", url.Values{"version": {version()}, "area": {"x-westport"}, "do": {"continue"}}))
	p.led(p.ada.Post(draft+"/help", url.Values{"version": {version()}, "began": {"11:49"}, "next": {"12:40 PM"}, "do": {"continue"}}))
	html := p.want(p.ada.Get(draft+"/preview"), 200)
	all := ticks(html)
	if len(all) < 2 {
		t.Fatalf("%d warnings, want those of texts and of numbers", len(all))
	}
	form := p.consent(html)
	form["tick"] = all[1:]
	html = p.want(p.ada.Post(draft+"/submit", form), http.StatusUnprocessableEntity)
	if !strings.Contains(html, `href="#tick-`+all[0]+`"`) || strings.Contains(html, `href="#tick-`+all[1]+`"`) {
		t.Errorf("the page does not lead to the tick that is missing\n%s", excerpt(html))
	}
	if d := p.draft(draft); d.State != store.DraftOpen {
		t.Errorf("it is %s, want a draft", d.State)
	}
}

// acceptance check 3.
func TestMoreThanHalfOfTheJurisdictionTakesTheCountOnTheForm(t *testing.T) {
	p := newPage(t)
	p.resident("06880")
	p.resident("06037")
	draft, html := p.fill("live", "x-westport", "x-fairfield", "x-west-hartford", "x-berlin", "09")
	form := p.consent(html)
	if form.Get("count") != "2" {
		t.Fatalf("the page asks for %q, want the count of 2", form.Get("count"))
	}
	form.Set("count", "3")
	if html := p.want(p.ada.Post(draft+"/submit", form), http.StatusUnprocessableEntity); !strings.Contains(html, `href="#count"`) {
		t.Error("a wrong count is not refused at its field")
	}
	form.Set("count", "2")
	p.led(p.ada.Post(draft+"/submit", form))
}

// acceptance check 12: hostile strings come out inert, and what changes the reading is refused.
func TestHostileWordsAreShownAndNeverRun(t *testing.T) {
	p := newPage(t)
	for _, hostile := range []string{`<script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, "a\r\nBcc: x@example.org", "@everyone", "]]>", "a\u202eb", strings.Repeat("x", 5000)} {
		form := matrix("g0-landline-carriers", hostile, "g0-since", hostile, "g0-symptom", hostile, "set", hostile)
		html := p.want(p.ada.Post("/console/drill/declare", form), http.StatusUnprocessableEntity)
		draft, _ := p.fill("drill", "x-westport")
		form = url.Values{"version": {fmt.Sprint(p.draft(draft).Version)}, "began": {hostile}, "next": {hostile}, "n0-tel": {hostile}, "n0-area": {hostile}, "n0-for": {hostile},
			"n0-label": {hostile}, "n0-hours": {hostile}, "w0-kind": {hostile}, "w0-where": {hostile}, "failed": {hostile}, "cause": {hostile}, "cause_by": {hostile},
			"silent": {hostile}, "nonumber": {hostile}}
		html += p.want(p.ada.Post(draft+"/help", form), http.StatusUnprocessableEntity)
		form = url.Values{"version": {fmt.Sprint(p.draft(draft).Version)}, "q": {hostile}, "zips": {hostile}, "set_name": {hostile}, "in": {hostile}, "into": {hostile}, "do": {"continue"}}
		html += p.want(p.ada.Post(draft+"/where", form), http.StatusUnprocessableEntity)
		html += p.want(p.ada.Get(draft+"/where?"+url.Values{"q": {hostile}, "in": {hostile}}.Encode()), 200)
		html += p.want(p.ada.Get(draft+"/preview?"+url.Values{"channel": {hostile}, "lang": {hostile}, "for": {hostile}}.Encode()), 200)
		for _, bad := range []string{"<script>alert", "<img src=x", "onerror=alert(1)>"} {
			if strings.Contains(html, bad) {
				t.Errorf("%.20q: a page holds %q", hostile, bad)
			}
		}
	}
}

func TestADraftOfOneSpaceIsNotInTheOther(t *testing.T) {
	p := newPage(t)
	draft, _ := p.fill("drill", "x-westport")
	for _, screen := range []string{"", "/what", "/where", "/help", "/preview"} {
		p.want(p.ada.Get(strings.Replace(draft, "/drill/", "/live/", 1)+screen), http.StatusNotFound)
	}
	if mode := p.draft(draft).Declaration.Mode; mode != "drill" {
		t.Errorf("mode %s, want drill", mode)
	}
}

func TestASetIsSavedFromTheScreen(t *testing.T) {
	p := newPage(t)
	draft := p.begin("drill")
	form := url.Values{"version": {fmt.Sprint(p.draft(draft).Version)}, "area": {"x-westport", "x-berlin"}, "set_name": {"Both"}, "do": {"save-set"}}
	p.led(p.ada.Post(draft+"/where", form))
	sets, err := p.AreaSets(t.Context(), p.Ada)
	p.OK(err)
	if len(sets) != 1 || sets[0].Name != "Both" || len(sets[0].Areas) != 2 {
		t.Errorf("sets %+v, want Both with two", sets)
	}
	var reach struct{ Text string }
	p.json(p.ada.Get("/console/drill/reach?area=x-westport&area=x-berlin"), &reach)
	if !strings.HasPrefix(reach.Text, "2 of ") || !strings.Contains(reach.Text, "drill contacts") {
		t.Errorf("the sentence is %q", reach.Text)
	}
}

// promise 15; acceptance check 11: what is shown is, string for string, what channels transmit.
func TestThePreviewShowsEveryStringOfEveryChannel(t *testing.T) {
	p := newPage(t)
	draft, _ := p.fill("live", "x-westport", "x-west-hartford")
	list, _ := p.Shown(t.Context(), p.draft(draft))
	if len(list) < 2*2*2*2 {
		t.Fatalf("%d proofs, want those of two channels, two languages and two areas", len(list))
	}
	for _, x := range list {
		q := url.Values{"channel": {string(x.Channel)}, "lang": {string(x.Lang)}, "for": {string(x.Areas[0])}}
		html := p.want(p.ada.Get(draft+"/preview?"+q.Encode()), 200)
		if !strings.Contains(html, "<pre>"+template.HTMLEscapeString(x.Text)+"</pre>") {
			t.Errorf("%s, %s, %s: the page does not show %q", x.Channel, x.Lang, x.Place, x.Text)
		}
	}
}

// A carrier's notice is confirmed on the same screens; while it is only suspected nobody would be told.
func TestANoticeIsMadeADeclaration(t *testing.T) {
	p := newPage(t)
	n, err := p.ReadNotice(t.Context(), []byte(`{"id": "N-7", "provider": "Sample Telephone", "contact": {"name": "Desk", "tel": "203-555-0190"}, "stage": "initial",
		"began": "2024-10-22T11:49:30-04:00", "affected": "landline", "effect": {"voice": "down"}, "extent": ["CT/Westport"]}`))
	p.OK(err)
	d, err := p.Notice(t.Context(), p.Ada, "", n)
	p.OK(err)
	draft := "/console/live/drafts/" + d.ID
	if html := p.want(p.ada.Get("/console/live/declare"), 200); !strings.Contains(html, draft) || !strings.Contains(html, "from notice N-7 of Sample Telephone") {
		t.Error("the notice is not among the drafts to go on with")
	}
	html := p.want(p.ada.Get(draft+"/what"), 200)
	for _, want := range []string{"203-555-0190", `value="suspected" selected`} {
		if !strings.Contains(html, want) {
			t.Errorf("the screen does not say %q", want)
		}
	}
	since := regexp.MustCompile(`name="g0-since"[^>]* value="([^"]*)"`).FindStringSubmatch(html)[1]
	p.led(p.ada.Post(draft+"/what", matrix("version", p.version(html), "g0-area", "x-westport", "g0-since", since)))
	html = p.want(p.ada.Get(draft+"/help"), 200)
	began := regexp.MustCompile(`name="began"[^>]* value="([^"]*)"`).FindStringSubmatch(html)[1]
	if began != "11:49 AM" || !strings.Contains(html, `value="12:40 PM"`) {
		t.Errorf("it began at %q, and the next update is not proposed for 12:40 PM", began)
	}
	p.led(p.ada.Post(draft+"/help", url.Values{"version": {p.version(html)}, "began": {began}, "next": {"12:40 PM"}, "do": {"continue"}}))
	got := p.draft(draft)
	if len(got.Facts.Advice) != 1 || got.Declaration.Notice == nil || got.Declaration.Began.Second() != 30 {
		t.Errorf("declared %+v, want Westport told, the notice kept, and the second of its beginning", got.Declaration)
	}
}
