package stories

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"
	"unicode/utf8"

	"callbox/areas"
	"callbox/channels"
	"callbox/channels/mastodon"
	"callbox/outages"
	"callbox/templates"
)

// TestEveryStoryIsToldAsItMustBe plays every story through declaration, facts and words. It covers
// promises 1, 2, 6 and 10 as far as they are pure.
func TestEveryStoryIsToldAsItMustBe(t *testing.T) {
	stories, err := Load(os.DirFS("testdata"))
	if err != nil {
		t.Fatal(err)
	}
	if len(stories) != 5 {
		t.Fatalf("got %d stories, want the 5 of the articles", len(stories))
	}
	for _, s := range stories {
		t.Run(s.Name, func(t *testing.T) { play(t, s) })
	}
}

func play(t *testing.T, s Story) {
	book, err := s.Book()
	if err != nil {
		t.Fatal(err)
	}
	open := map[string]outages.Outage{}
	for i, step := range s.Steps {
		speaker, err := s.Speaker(step.Agency, book)
		if err != nil {
			t.Fatal(err)
		}
		o, ok := open[step.Outage]
		if !ok {
			o = outages.Outage{ID: step.Outage, Agency: speaker.ID, Speaker: speaker, Mode: outages.Live, Policy: outages.Policy{TwoPeople: true}}
		}
		zone, err := time.LoadLocation(speaker.Zone)
		if err != nil {
			t.Fatal(err)
		}
		d, err := outages.ParseDeclaration([]byte(step.Declare), outages.Reading{Areas: book, Zone: zone, Now: step.At.Time, Mode: outages.Live})
		if err != nil {
			t.Fatalf("step %d: %v", i+1, err)
		}
		facts, findings := outages.Resolve(o, d, book, step.At.Time)
		draft := outages.Draft{Outage: o.ID, Seq: len(o.Bulletins) + 1, Declaration: d, Facts: facts, Submitter: "first", Hash: "hash"}
		checkFindings(t, step, append(findings, lintAll(t, draft)...))
		if len(step.Refused) > 0 {
			continue
		}
		for _, line := range step.Expect {
			t.Run(line.ID, func(t *testing.T) { read(t, book, draft, line) })
		}
		b, err := o.Issue(draft, outages.Approval{By: "second", Hash: "hash"}, step.At.Time)
		if err != nil {
			t.Fatalf("step %d: %v", i+1, err)
		}
		o.Bulletins = append(o.Bulletins, b)
		open[step.Outage] = o
	}
}

var bothLanguages = []templates.Lang{templates.English, templates.Spanish}

// lintAll renders a draft for every area and for the crowd of all, and lints the texts.
func lintAll(t *testing.T, d outages.Draft) outages.Findings {
	var texts []templates.Text
	for _, a := range d.Facts.Advice {
		texts = append(texts, render(t, d, templates.Reader{Areas: []areas.ID{a.Area.ID}, Langs: bothLanguages})...)
	}
	var all []areas.ID
	for _, a := range d.Facts.Scope {
		all = append(all, a.ID)
	}
	texts = append(texts, render(t, d, templates.Reader{Areas: all, Crowd: true, Langs: bothLanguages})...)
	return templates.Lint(d, texts)
}

func render(t *testing.T, d outages.Draft, r templates.Reader) []templates.Text {
	t.Helper()
	texts, err := templates.Render(d, r)
	if err != nil {
		t.Fatal(err)
	}
	return texts
}

func checkFindings(t *testing.T, step Step, findings outages.Findings) {
	t.Helper()
	for _, f := range findings {
		if f.Block && !slices.Contains(step.Refused, f.Rule) {
			t.Errorf("at %s: blocked by %s at %s: %s", step.At, f.Rule, f.Place, f.Text)
		}
	}
	for _, rule := range step.Refused {
		if !slices.ContainsFunc(findings, func(f outages.Finding) bool { return f.Block && f.Rule == rule }) {
			t.Errorf("at %s: got %v, want it blocked by %s", step.At, findings, rule)
		}
	}
	for _, n := range step.Findings {
		if !slices.ContainsFunc(findings, func(f outages.Finding) bool { return f.Rule == n.Rule && strings.Contains(f.Text, n.Says) }) {
			t.Errorf("%s: got findings %v, want %s that says %q", n.ID, findings, n.Rule, n.Says)
		}
	}
}

// read checks what one line says of one reader, in both languages.
func read(t *testing.T, book *areas.Book, d outages.Draft, line Line) {
	texts := map[templates.Lang][]templates.Text{}
	if len(line.Crowd) > 0 {
		var ids []areas.ID
		for _, name := range line.Crowd {
			a, err := book.Find(name)
			if err != nil {
				t.Fatal(err)
			}
			ids = append(ids, a.ID)
		}
		for _, text := range render(t, d, templates.Reader{Areas: ids, Crowd: true, Langs: bothLanguages}) {
			texts[text.Lang] = append(texts[text.Lang], text)
		}
	}
	for _, zip := range line.ZIPs {
		ids := book.At(areas.Place{ZIP: zip})
		if len(ids) == 0 {
			t.Fatalf("ZIP %s leads nowhere", zip)
		}
		for _, id := range ids {
			for _, text := range render(t, d, templates.Reader{Areas: []areas.ID{id}, Langs: bothLanguages}) {
				texts[text.Lang] = append(texts[text.Lang], text)
			}
		}
	}
	if line.Nothing {
		if len(texts) > 0 {
			t.Errorf("got %q, want nothing sent", texts[templates.English][0].Title)
		}
		return
	}
	if len(texts[templates.English]) == 0 {
		t.Fatal("got nothing, want a text")
	}
	checkWords(t, templates.Join(texts[templates.English]), line, line.English)
	checkWords(t, templates.Join(texts[templates.Spanish]), line, line.Spanish)
}

var telephone = regexp.MustCompile(`\b\d{3}-\d{3}-\d{4}\b`)

func checkWords(t *testing.T, text templates.Text, line Line, words Words) {
	t.Helper()
	full := strings.Join(append([]string{text.Title}, text.Paragraphs()...), "\n")
	var short []string
	for _, p := range text.Parts {
		short = append(short, p.Brief, p.Headline, p.Short, p.Long)
		checkPhone(t, p, words.Phone)
	}
	all := full + "\n" + strings.Join(short, "\n")
	for _, phrase := range words.Must {
		if !strings.Contains(strings.ToLower(full), strings.ToLower(phrase)) {
			t.Errorf("%s: got\n%s\nwant %q in it", text.Lang, full, phrase)
		}
	}
	for _, phrase := range words.MustNot {
		if strings.Contains(strings.ToLower(all), strings.ToLower(phrase)) {
			t.Errorf("%s: got\n%s\nwant no %q in it", text.Lang, all, phrase)
		}
	}
	if line.Numbers != nil {
		got, want := distinct(telephone.FindAllString(all, -1)), distinct(*line.Numbers)
		if !slices.Equal(got, want) {
			t.Errorf("%s: got numbers %v, want exactly %v", text.Lang, got, want)
		}
	}
	if line.Statuses > 0 {
		thread, err := mastodon.Compose(channels.Message{Key: "1", Texts: []templates.Text{text}, Page: "https://alerts.example.org/o/1"}, mastodon.Usual)
		if err != nil || len(thread) > line.Statuses {
			t.Errorf("%s: got %d statuses (%v), want at most %d", text.Lang, len(thread), err, line.Statuses)
		}
	}
}

// checkPhone holds the phone alerts of a part against their budgets (47 CFR 10.430).
func checkPhone(t *testing.T, p templates.Part, phrases []string) {
	t.Helper()
	if n := utf8.RuneCountInString(p.Short); n > 90 {
		t.Errorf("got a short phone alert of %d characters, want at most 90: %q", n, p.Short)
	}
	if n := utf8.RuneCountInString(p.Long); n > 360-templates.LinkRoom {
		t.Errorf("got a long phone alert of %d characters, want at most %d: %q", n, 360-templates.LinkRoom, p.Long)
	}
	for _, s := range []string{p.Short, p.Long} {
		if s != templates.GSM7(s) {
			t.Errorf("got %q, want only characters of the GSM 7-bit alphabet", s)
		}
	}
	for _, phrase := range phrases {
		if !strings.Contains(p.Long, phrase) {
			t.Errorf("got the long phone alert %q, want %q in it", p.Long, phrase)
		}
	}
}

func distinct(list []string) []string {
	list = slices.Clone(list)
	slices.Sort(list)
	return slices.Compact(list)
}

func TestALineWithoutAnAssertionIsRefused(t *testing.T) {
	for name, line := range map[string]string{
		"no assertion":  `{id: a, zips: ["06107"]}`,
		"no identifier": `{zips: ["06107"], nothing: true}`,
		"no reader":     `{id: a, nothing: true}`,
		"one language":  `{id: a, zips: ["06107"], en: {must: [x]}}`,
		"contradiction": `{id: a, zips: ["06107"], nothing: true, numbers: []}`,
		"unknown key":   `{id: a, zips: ["06107"], nothing: true, mst: [x]}`,
		"second of one": `{id: a, zips: ["06107"], nothing: true}, {id: a, zips: ["06107"], nothing: true}`,
	} {
		t.Run(name, func(t *testing.T) {
			file := "name: x\nsteps:\n  - {at: 2024-10-22T12:20-04:00, agency: a, outage: o, declare: x, expect: [" + line + "]}\n"
			if _, err := Load(fstest.MapFS{"x.yaml": {Data: []byte(file)}}); err == nil {
				t.Errorf("got no error, want %s refused", line)
			}
		})
	}
}
