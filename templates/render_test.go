package templates_test

import (
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"callbox/areas"
	"callbox/outages"
	. "callbox/templates"
)

var towns = sync.OnceValues(func() (*areas.Book, error) {
	h := areas.Holdings{ZIPs: map[areas.ZIP][]areas.ID{}}
	for i, town := range []string{"wp Westport", "ff Fairfield", "cl Clinton", "be Berlin", "no Norfolk"} {
		id, name, _ := strings.Cut(town, " ")
		a := areas.Area{ID: areas.ID("x-" + id), Name: name, State: "CT", Within: "09"}
		h.Areas = append(h.Areas, a)
		h.ZIPs[areas.ZIP("9900"+string(rune('0'+i)))] = []areas.ID{a.ID}
		h.Numbers = append(h.Numbers, areas.Number{Area: a.ID, For: areas.Police, Tel: areas.Tel("+1860555010" + string(rune('0'+i)))})
	}
	return areas.NewBook(h)
})

var noon = time.Date(2024, 10, 22, 16, 20, 0, 0, time.UTC) // 12:20 PM EDT

func ids(list ...areas.ID) []areas.ID { return list }

func speaking(mode outages.Mode) outages.Outage {
	return outages.Outage{ID: "o", Agency: "ct", Mode: mode, Speaker: outages.Speaker{
		ID: "ct", Name: "Connecticut 911", Zone: "America/New_York", Jurisdiction: ids("09")}}
}

// draft is an alert for Westport, whose landlines are down, as changed.
func draft(t testing.TB, change func(*outages.Declaration)) outages.Draft {
	t.Helper()
	d := outages.Declaration{
		Kind: outages.Alert, Mode: outages.Live, Began: noon.Add(-31 * time.Minute), NextUpdate: noon.Add(70 * time.Minute),
		Conditions: []outages.Condition{{Area: "x-wp", Service: outages.Voice, State: outages.Down, Hit: outages.Hit{Lines: []outages.Line{outages.Landline}}}},
	}
	if change != nil {
		change(&d)
	}
	return resolved(t, speaking(d.Mode), d)
}

func resolved(t testing.TB, o outages.Outage, d outages.Declaration) outages.Draft {
	t.Helper()
	book, err := towns()
	if err != nil {
		t.Fatal(err)
	}
	facts, findings := outages.Resolve(o, d, book, noon)
	if findings.Blocked() {
		t.Fatalf("got %v, want a declaration that may be sent", findings)
	}
	return outages.Draft{Outage: o.ID, Seq: len(o.Bulletins) + 1, Declaration: d, Facts: facts, Submitter: "a", Hash: "h"}
}

func issue(t testing.TB, o outages.Outage, d outages.Draft) outages.Outage {
	t.Helper()
	b, err := o.Issue(d, outages.Approval{By: "b", Hash: "h"}, noon.Add(-10*time.Minute))
	if err != nil {
		t.Fatal(err)
	}
	o.Bulletins = append(o.Bulletins, b)
	return o
}

// told renders a draft for one reader in English and Spanish.
func told(t testing.TB, d outages.Draft, areas ...areas.ID) (en, es Text) {
	t.Helper()
	texts, err := Render(d, Reader{Areas: areas, Crowd: len(areas) > 1, Langs: []Lang{English, Spanish}})
	if err != nil || len(texts) != 2 {
		t.Fatalf("got %d texts and %v, want two", len(texts), err)
	}
	return texts[0], texts[1]
}

func whole(t Text) string { return t.Title + "\n" + strings.Join(t.Paragraphs(), "\n") }

func find(list outages.Findings, rule string) outages.Finding {
	for _, f := range list {
		if f.Rule == rule {
			return f
		}
	}
	return outages.Finding{}
}

func TestATextReadsAsAPersonWouldWriteIt(t *testing.T) {
	en, es := told(t, draft(t, func(d *outages.Declaration) {
		d.Conditions[0].Symptom = outages.FastBusy
		d.Conditions = append(d.Conditions, outages.Condition{Area: "x-wp", Service: outages.Text, State: outages.Working})
		d.Cause = &outages.Cause{Text: "a cut cable.", StatedBy: "the carrier"}
	}), "x-wp")
	want := `911 outage: Westport
Connecticut 911: 911 has not worked normally in Westport since 11:49 AM EDT.
In Westport, 911 calls from landlines do not connect. You may hear a fast busy tone. Call 911 from a mobile phone. You can text 911. In Westport you can also call police 860-555-0100. Tell them where you are first.
Only Westport is affected. Elsewhere, call 911. Do not call 911 to test it. Next update by 1:30 PM. Cause, according to the carrier: a cut cable.`
	if got := whole(en); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	want = `Falla del 911: Westport
Connecticut 911: el 911 no funciona con normalidad en Westport desde las 11:49 a. m. EDT.
En Westport, las llamadas al 911 desde teléfonos fijos no se conectan. Es posible que oiga un tono rápido de ocupado. Llame al 911 desde un teléfono celular. Puede enviar un mensaje de texto al 911. En Westport también puede llamar a la policía al 860-555-0100. Primero diga dónde está.
La falla afecta solo a Westport. En otros lugares, llame al 911. No llame al 911 para probarlo. Próxima información: a más tardar a la 1:30 p. m. Causa, según the carrier: a cut cable.`
	if got := whole(es); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// Promise 3: the word of the mode stands first in every string that may be shown alone.
func TestTheWordOfTheModeStandsFirst(t *testing.T) {
	words := map[outages.Mode][2]string{outages.Drill: {"DRILL", "SIMULACRO"}, outages.Test: {"TEST", "PRUEBA"}, outages.Live: {"", ""}}
	for mode, word := range words {
		en, es := told(t, draft(t, func(d *outages.Declaration) { d.Mode = mode }), "x-wp")
		for i, text := range []Text{en, es, Join([]Text{en, en}), Join([]Text{es, es})} {
			want := word[i%2]
			alone := []string{text.Topic, text.Title, text.Paragraphs()[0]}
			for _, p := range text.Parts {
				alone = append(alone, p.Brief, p.Headline, p.Short, p.Long)
			}
			for _, s := range alone {
				if s != "" && want != "" && !strings.HasPrefix(s, want) {
					t.Errorf("%s: got %q, want %s first", mode, s, want)
				}
				if want == "" && (strings.HasPrefix(s, "DRILL") || strings.HasPrefix(s, "TEST") || strings.HasPrefix(s, "SIMULACRO") || strings.HasPrefix(s, "PRUEBA")) {
					t.Errorf("got %q, want no mode's word in a live text", s)
				}
			}
		}
	}
}

func TestEverySituationHasItsTopic(t *testing.T) {
	cond := func(s outages.Service, st outages.State) []outages.Condition {
		return []outages.Condition{{Area: "x-wp", Service: s, State: st}}
	}
	for _, c := range []struct {
		cs     []outages.Condition
		en, es string
	}{
		{cond(outages.Voice, outages.Down), "911 outage", "Falla del 911"},
		{cond(outages.Voice, outages.Delayed), "911 problems", "Problemas con el 911"},
		{cond(outages.Voice, outages.Rerouted), "911 problems", "Problemas con el 911"},
		{cond(outages.Voice, outages.Watched), "911 works again", "El 911 ya funciona"},
		{cond(outages.Voice, outages.Restored), "911 works again", "El 911 ya funciona"},
		{cond(outages.Voice, outages.Working), "911 works here", "El 911 funciona aquí"},
		{append(cond(outages.Voice, outages.Working), cond(outages.Text, outages.Down)...), "Text-to-911 outage", "Falla de mensajes al 911"},
		{cond(outages.Location, outages.Down), "Tell 911 where you are", "Diga al 911 dónde está"},
		{cond(outages.Admin, outages.Down), "911 works, other lines fail", "El 911 funciona; otras líneas fallan"},
	} {
		d := draft(t, func(d *outages.Declaration) { d.Conditions = c.cs })
		en, es := told(t, d, "x-wp")
		if en.Topic != c.en || es.Topic != c.es {
			t.Errorf("%v: got %q and %q, want %q and %q", c.cs, en.Topic, es.Topic, c.en, c.es)
		}
		if f := Lint(d, []Text{en, es}); f.Blocked() {
			t.Errorf("%s: got %v, want nothing blocked", c.en, f)
		}
	}
}

func TestANeighbourIsToldThat911WorksThere(t *testing.T) {
	d := draft(t, func(d *outages.Declaration) {
		d.Conditions = append(d.Conditions, outages.Condition{Area: "x-ff", Service: outages.Voice, State: outages.Working})
	})
	en, es := told(t, d, "x-ff")
	for _, want := range []string{"911 works in Fairfield. Call 911 in an emergency. Alerts you may have seen are for Westport."} {
		if !strings.Contains(whole(en), want) {
			t.Errorf("got %q, want %q", whole(en), want)
		}
	}
	if want := "Las alertas que quizás haya visto son para Westport."; !strings.Contains(whole(es), want) {
		t.Errorf("got %q, want %q", whole(es), want)
	}
}

func TestARetractionSaysThat911Works(t *testing.T) {
	o := issue(t, speaking(outages.Live), draft(t, nil))
	for reason, want := range map[string][2]string{
		outages.SentInError: {"Our message of 12:10 PM was sent by mistake.", "Nuestro mensaje de las 12:10 p. m. se envió por error."},
		outages.WrongArea:   {"named the wrong area.", "indicó una zona equivocada."},
		outages.WrongNumber: {"gave a wrong number.", "dio un número equivocado."},
	} {
		d := resolved(t, o, outages.Declaration{Kind: outages.Retract, Mode: outages.Live, Reason: reason})
		en, es := told(t, d, "x-wp")
		if got := whole(en); !strings.Contains(got, want[0]) || !strings.Contains(got, "911 works in Westport. Call 911 in an emergency.") || en.Topic != "Correction: 911 works" {
			t.Errorf("%s: got %q, want %q", reason, got, want[0])
		}
		if got := whole(es); !strings.Contains(got, want[1]) {
			t.Errorf("%s: got %q, want %q", reason, got, want[1])
		}
	}
}

func TestATimeOfAnotherDayHasItsDate(t *testing.T) {
	en, es := told(t, draft(t, func(d *outages.Declaration) {
		d.Began = noon.Add(-13 * time.Hour)     // 11:20 PM the day before
		d.NextUpdate = noon.Add(13 * time.Hour) // 1:20 AM the day after
	}), "x-wp")
	for text, want := range map[string][]string{
		whole(en): {"since 11:20 PM on October 21 EDT", "Next update by 1:20 AM on October 23."},
		whole(es): {"desde las 11:20 p. m. del 21 de octubre EDT", "a más tardar a la 1:20 a. m. del 23 de octubre."},
	} {
		for _, phrase := range want {
			if !strings.Contains(text, phrase) {
				t.Errorf("got %q, want %q", text, phrase)
			}
		}
	}
}

func TestACrowdReadsAreasOfTheSameAdviceTogether(t *testing.T) {
	d := draft(t, func(d *outages.Declaration) {
		for _, id := range ids("x-ff", "x-be") {
			c := d.Conditions[0]
			c.Area = id
			d.Conditions = append(d.Conditions, c)
		}
		d.Conditions = append(d.Conditions, outages.Condition{Area: "x-cl", Service: outages.Voice, State: outages.Down})
	})
	en, _ := told(t, d, "09", "x-wp")
	var names []string
	for _, p := range en.Parts {
		names = append(names, p.Name)
	}
	if want := []string{"Berlin, Fairfield and Westport", "Clinton"}; !slices.Equal(names, want) {
		t.Fatalf("got groups %q, want %q: numbers do not split groups", names, want)
	}
	for _, want := range []string{"Berlin: call police 860-555-0103.", "Fairfield: call police 860-555-0101.", "Westport: call police 860-555-0100."} {
		if !strings.Contains(whole(en), want) {
			t.Errorf("got %q, want %q", whole(en), want)
		}
	}
	if en.Title != "911 outage: 4 areas in Connecticut" {
		t.Errorf("got title %q", en.Title)
	}
}

func TestWhatIsOnlySuspectedIsSaidSo(t *testing.T) {
	d := draft(t, func(d *outages.Declaration) {
		d.Conditions[0] = outages.Condition{Area: "x-wp", Service: outages.Voice, State: outages.Down, Confidence: outages.Suspected}
		d.AlertSuspected = true
	})
	en, es := told(t, d, "x-wp")
	for text, want := range map[string]string{
		whole(en): "In Westport, 911 calls may not connect. This is not confirmed yet. Call 911 first. If 911 does not answer in Westport, call police 860-555-0100.",
		whole(es): "En Westport, es posible que las llamadas al 911 no se conecten. Aún no está confirmado. Llame primero al 911.",
	} {
		if !strings.Contains(text, want) || strings.Contains(text, "911 outage") || strings.Contains(text, "Falla del 911") {
			t.Errorf("got %q, want %q and no outage claimed", text, want)
		}
	}
}

func TestAGroupSaysWhenToCallItsNumbers(t *testing.T) {
	for state, want := range map[outages.State]string{
		outages.Intermittent: "Call 911 first. If 911 does not answer, call the number of your area. Fairfield: call police",
		outages.Watched:      "If you hear a busy signal or a recording, call the number of your area. Fairfield: call police",
	} {
		d := draft(t, func(d *outages.Declaration) {
			d.Conditions = nil
			for _, id := range ids("x-wp", "x-ff") {
				d.Conditions = append(d.Conditions, outages.Condition{Area: id, Service: outages.Voice, State: state})
			}
		})
		if en, _ := told(t, d, "x-wp", "x-ff"); !strings.Contains(whole(en), want) {
			t.Errorf("%s: got %q, want %q", state, whole(en), want)
		}
	}
}

func TestALargerAreaIsNamedOnlyWhereItIsTrue(t *testing.T) {
	everything := outages.Condition{Area: "09", Service: outages.Voice, State: outages.Down}
	some := outages.Condition{Area: "x-ff", Service: outages.Voice, State: outages.Down}
	for _, c := range []struct {
		name string
		cs   []outages.Condition
		want string
	}{
		{"confirmed in full", []outages.Condition{everything}, "911 outage: Connecticut"},
		{"only suspected as a whole", []outages.Condition{{Area: "09", Service: outages.Voice, State: outages.Down, Confidence: outages.Suspected}, some}, "911 outage: Fairfield"},
		{"a part works", []outages.Condition{everything, {Area: "x-ff", Service: outages.Voice, State: outages.Working}}, " areas in Connecticut"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := draft(t, func(d *outages.Declaration) {
				d.Conditions = c.cs
				d.NoNumber = ids("09110", "09120", "09130", "09140", "09150", "09160", "09170", "09180", "09190")
				for _, id := range d.NoNumber { // so that all are told the same
					d.Numbers = append(d.Numbers, areas.Number{Area: id, For: areas.All, Tel: "+18605550150"})
				}
			})
			en, es := told(t, d, "09", "x-wp")
			if !strings.HasSuffix(en.Title, c.want) {
				t.Errorf("got %q, want %q", en.Title, c.want)
			}
			if f := Lint(d, []Text{en, es}); f.Blocked() {
				t.Errorf("got %v, want nothing blocked", f)
			}
		})
	}
}

func TestNobodyIsToldOfAreasThatAreNotTheirs(t *testing.T) {
	texts, err := Render(draft(t, nil), Reader{Areas: ids("x-ff"), Langs: []Lang{English}})
	if err != nil || texts != nil {
		t.Errorf("got %v and %v, want no text for Fairfield", texts, err)
	}
	if texts, err := Render(draft(t, nil), Reader{Crowd: true, Langs: []Lang{English}}); err != nil || texts != nil {
		t.Errorf("got %v and %v, want no text without areas (promise 1)", texts, err)
	}
}

func TestAnUnknownZoneIsAnError(t *testing.T) {
	d := draft(t, nil)
	d.Facts.Speaker.Zone = "America/Nowhere"
	if _, err := Render(d, Reader{Areas: ids("x-wp"), Langs: []Lang{English}}); err == nil {
		t.Error("got no error, want one that names the zone")
	}
}
