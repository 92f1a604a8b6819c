package templates_test

import (
	"flag"
	"fmt"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"pgregory.net/rapid"

	"callbox/areas"
	"callbox/outages"
	. "callbox/templates"
)

// The whole gazetteer, with made-up numbers: no two areas share one, every seventh has none, and some
// ride on a carrier or are routine lines.
var gazetteer = sync.OnceValues(func() (*areas.Book, error) {
	plain, err := areas.NewBook(areas.Holdings{})
	if err != nil {
		return nil, err
	}
	var h areas.Holdings
	i := 0
	for _, s := range plain.States() {
		for _, id := range plain.Readers(s) {
			i++
			if i%7 == 0 {
				continue
			}
			for j, need := range []areas.Need{areas.Police, areas.Fire}[:1+i%2] {
				h.Numbers = append(h.Numbers, areas.Number{Area: id, For: need, Tel: tel(2*i + j),
					Carrier: []string{"", "A", "B"}[i%3], Admin: i%5 == 0})
			}
		}
	}
	return areas.NewBook(h)
})

// tel numbers the made-up telephones, a hundred to an area code.
func tel(i int) areas.Tel { return areas.Tel(fmt.Sprintf("+1%03d55501%02d", 220+i/100, i%100)) }

// looked is how many areas of a draft are read one by one; a whole state of the largest has 254.
const looked = 6

// TestMain keeps random cases to thirty, so that the suite stays within seconds under the race detector;
// -rapid.checks asks for more.
func TestMain(m *testing.M) {
	flag.Parse()
	if f := flag.Lookup("rapid.checks"); f.Value.String() == f.DefValue {
		if err := f.Value.Set("30"); err != nil {
			panic(err)
		}
	}
	os.Exit(m.Run())
}

var when = time.Date(2025, 9, 25, 19, 0, 0, 0, time.UTC)

// declaration draws a declaration over the given areas that contradicts itself nowhere.
func declaration(t *rapid.T, kind outages.Kind, from []areas.ID) outages.Declaration {
	d := outages.Declaration{Kind: kind, Mode: outages.Live, Began: when.Add(-time.Hour), NextUpdate: when.Add(time.Hour)}
	state := rapid.SampledFrom([]outages.State{outages.Working, outages.Intermittent, outages.Delayed, outages.Rerouted, outages.Down, outages.Down, outages.Restored, outages.Watched})
	hit := rapid.SampledFrom([]outages.Hit{
		{}, {}, {Lines: []outages.Line{outages.Landline}}, {Lines: []outages.Line{outages.Wireless}},
		{Lines: []outages.Line{outages.Landline, outages.VoIP}}, {Carriers: []string{"A"}},
		{Lines: []outages.Line{outages.Wireless}, Carriers: []string{"B"}, Except: true},
	})
	for _, id := range rapid.SliceOfNDistinct(rapid.SampledFrom(from), 1, min(4, len(from)), rapid.ID).Draw(t, "areas") {
		for _, service := range []outages.Service{outages.Voice, outages.Text, outages.Admin, outages.Location} {
			if service != outages.Voice && rapid.Bool().Draw(t, "silent on "+string(service)) {
				continue
			}
			c := outages.Condition{Area: id, Service: service, State: state.Draw(t, string(service))}
			if service == outages.Voice && !c.State.Works() {
				c.Hit = hit.Draw(t, "hit")
				c.Symptom = rapid.SampledFrom([]outages.Symptom{"", outages.FastBusy, outages.Drops}).Draw(t, "symptom")
			}
			if c.State != outages.Working && rapid.Bool().Draw(t, "since") {
				c.Since = when.Add(-10 * time.Minute)
			}
			if rapid.IntRange(0, 4).Draw(t, "suspected") == 0 {
				c.Confidence = outages.Suspected
			}
			d.Conditions = append(d.Conditions, c)
		}
	}
	if rapid.Bool().Draw(t, "a carrier failed") {
		d.FailedCarriers = []string{"A"}
	}
	return d
}

// acknowledge lists the areas that the rule on missing numbers would stop for.
func acknowledge(f outages.Facts) []areas.ID {
	var ids []areas.ID
	for _, a := range f.Advice {
		ids = append(ids, a.Area.ID)
	}
	return ids
}

var dialled = regexp.MustCompile(`\b\d{3}[-. ]\d{3}[-. ]\d{4}\b|\b\d{10,11}\b`)

// Promise 2, over random declarations of any state: an alert and an update after it.
func TestNoTextCarriesANumberOfAnotherAreaAndNobodyIsLeftWithoutHelp(t *testing.T) {
	book, err := gazetteer()
	if err != nil {
		t.Fatal(err)
	}
	all := book.States()
	rapid.Check(t, func(t *rapid.T) {
		home := rapid.SampledFrom(all).Draw(t, "state")
		own := []areas.ID{home}
		from := slices.Clone(book.Readers(home))
		if rapid.IntRange(0, 3).Draw(t, "two states") == 0 {
			if other := rapid.SampledFrom(all).Draw(t, "other state"); other != home {
				own, from = append(own, other), append(from, book.Readers(other)...)
			}
		}
		if rapid.IntRange(0, 3).Draw(t, "statewide") == 0 {
			from = append(slices.Repeat([]areas.ID{home}, len(from)), from...)
		}
		o := outages.Outage{ID: "o", Agency: "a", Mode: outages.Live, Speaker: outages.Speaker{
			ID: "a", Name: "Office of Emergencies", Zone: "America/Chicago", Jurisdiction: own}}
		for _, kind := range []outages.Kind{outages.Alert, outages.Update, outages.AllClear} {
			d := declaration(t, kind, from)
			if kind == outages.AllClear {
				d = outages.Declaration{Kind: kind, Mode: outages.Live}
			}
			facts, _ := outages.Resolve(o, d, book, when)
			d.NoNumber = acknowledge(facts)
			facts, findings := outages.Resolve(o, d, book, when)
			if findings.Blocked() {
				if len(facts.Advice) > 0 {
					t.Fatalf("%s: got %v, want nothing to block", kind, findings)
				}
				return // everything was only suspected, or works as it did
			}
			draft := outages.Draft{Outage: "o", Seq: len(o.Bulletins) + 1, Declaration: d, Facts: facts, Submitter: "a", Hash: "h"}
			hold(t, book, draft)
			b, err := o.Issue(draft, outages.Approval{By: "b", Hash: "h"}, when)
			if err != nil {
				t.Fatal(err)
			}
			o.Bulletins = append(o.Bulletins, b)
		}
	})
}

// hold checks what must be true of every draft.
func hold(t *rapid.T, book *areas.Book, d outages.Draft) {
	langs := []Lang{English, Spanish}
	seen := map[areas.ID]bool{}
	var ids []areas.ID
	first := rapid.IntRange(0, max(len(d.Facts.Advice)-looked, 0)).Draw(t, "first looked at")
	for i, a := range d.Facts.Advice {
		if seen[a.Area.ID] {
			t.Fatalf("%s is in two groups", a.Area.Name)
		}
		seen[a.Area.ID] = true
		ids = append(ids, a.Area.ID)
		helped(t, a)
		if i < first || i >= first+looked {
			continue
		}
		texts := render(t, d, Reader{Areas: []areas.ID{a.Area.ID}, Langs: langs})
		for _, text := range texts {
			owned(t, book, text, []areas.ID{a.Area.ID})
			kept(t, text)
			bounded(t, text)
		}
		if f := Lint(d, texts); f.Blocked() {
			t.Fatalf("%s: got %v, want texts that may be sent", a.Area.Name, f)
		}
	}
	if len(ids) == 0 {
		return
	}
	for _, text := range render(t, d, Reader{Areas: ids, Crowd: true, Langs: langs}) {
		owned(t, book, text, ids)
		bounded(t, text)
		var grouped []areas.ID
		for _, p := range text.Parts {
			grouped = append(grouped, p.Areas...)
		}
		slices.Sort(grouped)
		if !slices.Equal(grouped, ids) {
			t.Fatalf("got groups of %v, want each of %v once", grouped, ids)
		}
	}
}

func render(t *rapid.T, d outages.Draft, r Reader) []Text {
	texts, err := Render(d, r)
	if err != nil {
		t.Fatal(err)
	}
	again, err := Render(d, r)
	if err != nil || !reflect.DeepEqual(texts, again) {
		t.Fatalf("rendering twice gave two results (%v)", err)
	}
	if len(texts) != len(r.Langs) {
		t.Fatalf("got %d texts, want one for each of %v", len(texts), r.Langs)
	}
	return texts
}

// helped checks that a number or way is there wherever calls fail, and no phone of a dead line type.
func helped(t *rapid.T, a outages.Advice) {
	dead := map[outages.Line]bool{}
	fails := false
	for _, c := range a.Standing {
		if c.Service != outages.Voice || c.State.Works() {
			continue
		}
		fails = true
		if c.State == outages.Down && len(c.Hit.Carriers) == 0 {
			for _, l := range c.Hit.Lines {
				dead[l] = true
			}
			if len(c.Hit.Lines) == 0 {
				dead[outages.Landline], dead[outages.Wireless], dead[outages.VoIP] = true, true, true
			}
		}
	}
	if fails && len(a.Numbers)+len(a.Ways) == 0 {
		t.Fatalf("%s: calls fail and there is neither a number nor a way", a.Area.Name)
	}
	for _, w := range a.Ways {
		line := map[areas.WayKind]outages.Line{areas.Mobile: outages.Wireless, areas.OtherCarrier: outages.Wireless,
			areas.LandlineCall: outages.Landline, areas.VoIPCall: outages.VoIP}[w.Kind]
		if dead[line] {
			t.Fatalf("%s: told to call 911 by %s, which is dead", a.Area.Name, w.Kind)
		}
	}
}

// owned checks that every telephone-like string belongs to one of the areas.
func owned(t *rapid.T, book *areas.Book, text Text, ids []areas.ID) {
	var own []string
	for _, id := range ids {
		for _, n := range book.Numbers(id) {
			own = append(own, n.Tel.Local())
		}
	}
	for _, s := range stringsOf(text) {
		for _, found := range dialled.FindAllString(s, -1) {
			if !slices.Contains(own, found) {
				t.Fatalf("%s: %q carries %s, which is not a number of %v", text.Lang, s, found, ids)
			}
		}
		if strings.ContainsAny(s, "{}") || strings.Contains(s, "  ") || strings.Contains(s, " .") {
			t.Fatalf("%s: %q was not filled in well", text.Lang, s)
		}
	}
}

// kept checks that no budget can drop a number or the mode's word, as Fit drops no clause of rank Keep.
func kept(t *rapid.T, text Text) {
	for _, p := range text.Parts {
		for _, c := range p.Clauses {
			if c.Rank != Keep && dialled.MatchString(c.Text) {
				t.Fatalf("%s: %q may be dropped, want numbers kept", text.Lang, c.Text)
			}
		}
	}
}

func stringsOf(text Text) []string {
	out := append([]string{text.Topic, text.Title}, text.Paragraphs()...)
	for _, p := range text.Parts {
		out = append(out, p.Name, p.Brief, p.Headline, p.Short, p.Long)
	}
	return out
}

func bounded(t *rapid.T, text Text) {
	for _, p := range text.Parts {
		for _, form := range []struct {
			name, text string
			most       int
		}{{"headline", p.Headline, 139}, {"short", p.Short, 90}, {"long", p.Long, 360 - LinkRoom}, {"brief", p.Brief, 150}} {
			if n := utf8.RuneCountInString(form.text); n > form.most {
				t.Fatalf("%s %s of %d characters, want at most %d: %q", text.Lang, form.name, n, form.most, form.text)
			}
		}
	}
}

// Fitting never exceeds its budget and never drops what must stay.
func TestFittingKeepsItsBudgetAndWhatMustStay(t *testing.T) {
	clause := rapid.Custom(func(t *rapid.T) Clause {
		return Clause{Text: rapid.StringMatching(`[a-zñá]{1,12}\.`).Draw(t, "text"), Rank: Rank(rapid.IntRange(0, 4).Draw(t, "rank"))}
	})
	rapid.Check(t, func(t *rapid.T) {
		clauses := rapid.SliceOfN(clause, 0, 12).Draw(t, "clauses")
		budget := rapid.IntRange(0, 120).Draw(t, "budget")
		text, dropped, err := Fit(clauses, budget, utf8.RuneCountInString)
		var keep []string
		for _, c := range clauses {
			if c.Rank == Keep {
				keep = append(keep, c.Text)
			}
		}
		must := strings.Join(keep, " ")
		if err != nil {
			if utf8.RuneCountInString(must) <= budget {
				t.Fatalf("got %v, want room for %q in %d", err, must, budget)
			}
			return
		}
		if n := utf8.RuneCountInString(text); n > budget {
			t.Fatalf("got %d characters, want at most %d", n, budget)
		}
		lowest := Rank(99)
		for _, c := range dropped {
			lowest = min(lowest, c.Rank)
		}
		if lowest == Keep {
			t.Fatalf("dropped %v, want nothing that must stay", dropped)
		}
		var rest []string
		for _, c := range clauses {
			if !slices.Contains(dropped, c) || c.Rank < lowest {
				rest = append(rest, c.Text)
			}
		}
		for _, s := range rest {
			if !strings.Contains(text, s) {
				t.Fatalf("got %q, want %q kept: only rank %d and above were dropped", text, s, lowest)
			}
		}
	})
}
