package templates_test

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"callbox/areas"
	"callbox/outages"
	. "callbox/templates"
)

func TestJoiningSaysEverythingOnceAndNamesTheGravest(t *testing.T) {
	d := draft(t, func(d *outages.Declaration) {
		d.Conditions = append(d.Conditions, outages.Condition{Area: "x-ff", Service: outages.Voice, State: outages.Restored},
			outages.Condition{Area: "x-cl", Service: outages.Voice, State: outages.Down})
	})
	var texts []Text
	for _, id := range ids("x-ff", "x-wp", "x-cl") {
		en, _ := told(t, d, id)
		texts = append(texts, en)
	}
	j := Join(texts)
	if j.Title != "911 outage: Clinton, Westport" {
		t.Errorf("got title %q, want the places that are out, and not Fairfield", j.Title)
	}
	var names []string
	for _, p := range j.Parts {
		names = append(names, p.Name)
	}
	if want := []string{"Clinton", "Fairfield", "Westport"}; !slices.Equal(names, want) {
		t.Errorf("got parts %v, want %v", names, want)
	}
	for _, s := range []string{"Connecticut 911:", "Do not call 911 to test it.", "Next update by 1:30 PM."} {
		if n := strings.Count(whole(j), s); n != 1 {
			t.Errorf("got %q %d times, want it once", s, n)
		}
	}
	slices.Reverse(texts)
	if again := Join(texts); whole(again) != whole(j) {
		t.Errorf("got another text when joined in another order:\n%s\n%s", whole(again), whole(j))
	}
	if got := Join(append(texts, texts...)); len(got.Parts) != 3 {
		t.Errorf("got %d parts, want each area once", len(got.Parts))
	}
	if got := Join(nil); got.Title != "" || got.Parts != nil {
		t.Errorf("got %+v, want nothing of nothing", got)
	}
}

func TestALongTitleCountsItsPlaces(t *testing.T) {
	var texts []Text
	for _, name := range []string{"East Baton Rouge Parish", "Jefferson Parish", "St. John the Baptist Parish"} {
		texts = append(texts, Text{Topic: "911 outage", Parts: []Part{{Areas: []areas.ID{areas.ID(name)}, Name: name}}})
	}
	if got, want := Join(texts).Title, "911 outage: East Baton Rouge Parish +2"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestAPostForManyAreasOpensWithTheGravest(t *testing.T) {
	en, _ := told(t, draft(t, func(d *outages.Declaration) {
		d.Conditions[0] = outages.Condition{Area: "x-be", Service: outages.Voice, State: outages.Working}
		d.Conditions = append(d.Conditions,
			outages.Condition{Area: "x-cl", Service: outages.Voice, State: outages.Delayed},
			outages.Condition{Area: "x-wp", Service: outages.Voice, State: outages.Down})
	}), "x-be", "x-cl", "x-wp")
	var got []string
	for _, p := range en.Parts {
		got = append(got, p.Name)
	}
	if want := []string{"Westport", "Clinton", "Berlin"}; !slices.Equal(got, want) {
		t.Errorf("got parts %v, want %v", got, want)
	}
}

func TestPhoneAlertsAreFoldedToTheGSMAlphabet(t *testing.T) {
	for in, want := range map[string]string{
		"Información: más tardar":      "Informacion: mas tardar",
		"teléfono, mañana, pingüino ¿": "teléfono, mañana, pingüino ¿",
		"ÁÍÓÚ ÉÑ":                      "AIOU ÉÑ",
		"“Noēl” – {a} [b] c|d ~ ^…":    `"Noel" - (a) (b) c/d - ...`,
		"call\n911\t☎":                 "call 911 ?",
		"plain":                        "plain",
	} {
		if got := GSM7(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
		if again := GSM7(GSM7(in)); again != want {
			t.Errorf("%q: got %q when folded twice, want %q", in, again, want)
		}
	}
}

func TestAPhoneAlertKeepsItsNumberAndPlaceAndDropsTheRest(t *testing.T) {
	en, _ := told(t, draft(t, nil), "x-wp")
	p := en.Parts[0]
	if want := "911 outage in Westport, CT. Call police 860-555-0100. Call 911 from a mobile phone."; p.Short != want {
		t.Errorf("got %q, want %q", p.Short, want)
	}
	if want := "Westport: Call 911 from a mobile phone. Or call police 860-555-0100."; p.Brief != want {
		t.Errorf("got %q, want %q", p.Brief, want)
	}
}

func TestFitSaysWhatItDropped(t *testing.T) {
	clauses := []Clause{{"Call 860-555-0101.", Keep}, {"It may ring.", 4}, {"Do not test.", 1}, {"Really.", 4}}
	text, dropped, err := Fit(clauses, 40, utf8.RuneCountInString)
	if err != nil || text != "Call 860-555-0101. Do not test." || !slices.Equal(dropped, []Clause{clauses[1], clauses[3]}) {
		t.Errorf("got %q, dropped %v, %v", text, dropped, err)
	}
	if _, _, err := Fit(clauses, 10, utf8.RuneCountInString); err == nil {
		t.Error("got no error, want one: the number does not fit")
	}
}

func TestTheLintStopsAMisleadingText(t *testing.T) {
	d := draft(t, nil)
	for _, c := range []struct {
		rule   string
		block  bool
		change func(*Text)
	}{
		{"foreign-number", true, func(t *Text) { t.Parts[0].Brief += " Or 860-555-0199." }},
		{"foreign-number", true, func(t *Text) { t.Closing[0].Text = "Call (860) 555 0199." }},
		{"foreign-number", true, func(t *Text) { t.Parts[0].Long = "Call 8605550199." }},
		{"number-missing", true, func(t *Text) { t.Parts[0].Clauses = t.Parts[0].Clauses[:1] }},
		{"digits", true, func(t *Text) {
			t.Parts[0].Clauses = slices.DeleteFunc(t.Parts[0].Clauses, func(c Clause) bool { return strings.Contains(c.Text, "860") })
		}},
		{"where-first", true, func(t *Text) { t.Parts[0].Clauses = t.Parts[0].Clauses[:len(t.Parts[0].Clauses)-1] }},
		{"placeholder", true, func(t *Text) { t.Title = "911 outage: {place}" }},
		{"source", true, func(t *Text) { t.Opening[0].Text = "911 is out." }},
		{"time", true, func(t *Text) { t.Opening[0].Text, t.Closing = "Connecticut 911: it is out.", nil }},
		{"zone", true, func(t *Text) { t.Opening[0].Text = strings.Replace(t.Opening[0].Text, " EDT", "", 1) }},
		{"hazard-and-place", true, func(t *Text) { t.Parts[0].Name = "" }},
		{"language", true, func(t *Text) { t.Lang = Spanish }},
		{"brief", false, func(t *Text) { t.Parts[0].Brief = "" }},
		{"not-affected", false, func(t *Text) { t.Closing = t.Closing[1:] }},
		{"mode", true, func(t *Text) { t.Title = "DRILL 911 outage" }},
		{"mode", true, func(t *Text) { t.Mark = "DRILL" }},
		{"not-a-drill", true, func(t *Text) { t.Opening[0].Text += " This is not a drill." }},
		{"nationwide", true, func(t *Text) { t.Opening[0].Text += " It is nationwide." }},
		{"control", true, func(t *Text) { t.Title += "\u202e" }},
		{"do-not-test", false, func(t *Text) { t.Closing = t.Closing[2:] }},
		{"title", false, func(t *Text) { t.Title += strings.Repeat(" and more", 5) }},
		{"jargon", false, func(t *Text) { t.Opening[0].Text += " The PSAP knows." }},
		{"long-sentence", false, func(t *Text) { t.Opening[0].Text += strings.Repeat(" on and", 11) + "." }},
		{"capitals", false, func(t *Text) { t.Opening[0].Text += " CALL THIS NUMBER ONLY." }},
		{"grade", false, func(t *Text) {
			t.Opening[0].Text = "Connecticut 911 telecommunications infrastructure deteriorated considerably, necessitating precautionary alternatives."
			t.Closing, t.Parts[0].Clauses = nil, nil
		}},
	} {
		t.Run(c.rule, func(t *testing.T) {
			en, es := told(t, d, "x-wp")
			if f := Lint(d, []Text{en, es}); len(f) > 0 {
				t.Fatalf("got %v, want nothing found before the change", f)
			}
			c.change(&en)
			if f := find(Lint(d, []Text{en, es}), c.rule); f.Rule == "" || f.Block != c.block {
				t.Errorf("got %v, want %s, blocking %v", Lint(d, []Text{en, es}), c.rule, c.block)
			}
		})
	}
}

func TestADrillWithoutItsWordIsStopped(t *testing.T) {
	d := draft(t, func(d *outages.Declaration) { d.Mode = outages.Drill })
	en, _ := told(t, d, "x-wp")
	en.Parts[0].Headline = strings.TrimPrefix(en.Parts[0].Headline, "DRILL ")
	if f := find(Lint(d, []Text{en}), "mode"); !f.Block {
		t.Errorf("got %v, want the headline stopped (promise 3)", f)
	}
}
