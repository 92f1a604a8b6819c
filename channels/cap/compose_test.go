package cap

import (
	"slices"
	"strings"
	"testing"
	"time"

	"callbox/areas"
	"callbox/channels"
	"callbox/channels/channeltest"
	"callbox/outages"
	"callbox/templates"
)

// story publishes the bulletins of one outage, ten minutes apart, and returns the documents of each.
func story(t testing.TB, d desk, samples ...channeltest.Sample) [][]Document {
	t.Helper()
	var out [][]Document
	for i, s := range samples {
		s.Seq = i + 1
		out = append(out, d.publish(t, storyMessage(s, i)))
	}
	return out
}

// storyMessage is the message of bulletin i: its change follows its place in the story.
func storyMessage(s channeltest.Sample, i int) channels.Message {
	m := message(s, 10*i)
	for n := range m.Bulletin.Facts.Advice {
		switch {
		case s.Kind == outages.AllClear:
			m.Bulletin.Facts.Advice[n].Change = outages.Ended
		case i > 0:
			m.Bulletin.Facts.Advice[n].Change = outages.Unchanged
		}
	}
	return m
}

func TestEachGroupHasADocumentUpToEight(t *testing.T) {
	for _, c := range []struct{ towns, want int }{{1, 1}, {2, 2}, {8, 8}, {9, 1}, {40, 1}} {
		docs := story(t, newDesk(t, nil), channeltest.Sample{Towns: c.towns})[0]
		if len(docs) != c.want {
			t.Errorf("%d groups: %d documents, want %d", c.towns, len(docs), c.want)
		}
	}
}

func TestManyGroupsAreToldApartByWhetherTheyWorkAgain(t *testing.T) {
	d := newDesk(t, nil)
	story(t, d, channeltest.Sample{Towns: 20})
	m := storyMessage(channeltest.Sample{Towns: 20, Kind: outages.Update, Seq: 2}, 1)
	for i := range 5 {
		m.Bulletin.Facts.Advice[i].Change = outages.Ended
	}
	docs := d.publish(t, m)
	if len(docs) != 2 {
		t.Fatalf("%d documents, want 2", len(docs))
	}
	for i, want := range []string{"Execute", "AllClear"} {
		if got := parsed(t, docs[i]).Infos[0].ResponseTypes[0]; got != want {
			t.Errorf("document %d: response %s, want %s", i+1, got, want)
		}
	}
}

func TestAnUpdateReferencesEveryLiveDocumentByItsStoredBytes(t *testing.T) {
	docs := story(t, newDesk(t, nil), channeltest.Sample{Towns: 3}, channeltest.Sample{Towns: 2, Kind: outages.Update}, channeltest.Sample{Towns: 3, Kind: outages.AllClear})
	var want []string
	for _, bulletin := range docs {
		for _, d := range bulletin {
			if got := strings.Fields(parsed(t, d).References); !slices.Equal(got, want) {
				t.Errorf("%s references %q, want %q", d.Identifier, got, want)
			}
		}
		for _, d := range bulletin {
			a := parsed(t, d)
			want = append(want, a.Sender+","+a.Identifier+","+string(a.Sent))
		}
	}
}

func TestADocumentThatLapsedIsNotReferencedWhileOthersLive(t *testing.T) {
	d := newDesk(t, nil)
	story(t, d, channeltest.Sample{})
	d.publish(t, message(channeltest.Sample{Kind: outages.Update, Seq: 2}, 200))
	last := d.publish(t, message(channeltest.Sample{Kind: outages.Update, Seq: 3}, 300))[0]
	if got := parsed(t, last).Referenced(); len(got) != 1 || got[0].Identifier != "o-2026-1113-2" {
		t.Errorf("references %v, want the second bulletin's only", got)
	}
}

func TestTheChainGoesOnWhenEverythingHasLapsed(t *testing.T) {
	d := newDesk(t, nil)
	story(t, d, channeltest.Sample{})
	a := parsed(t, d.publish(t, message(channeltest.Sample{Kind: outages.AllClear, Seq: 2}, 600))[0])
	if a.MsgType != "Update" || len(a.Referenced()) != 1 {
		t.Errorf("%s with references %q, want an Update of the first", a.MsgType, a.References)
	}
}

func TestAnUpdateOfWhatTheFeedNeverSaidIsAnAlert(t *testing.T) {
	a := parsed(t, newDesk(t, nil).publish(t, message(channeltest.Sample{Kind: outages.Update, Seq: 4}, 0))[0])
	if a.MsgType != "Alert" || a.References != "" {
		t.Errorf("%s with references %q, want an Alert without", a.MsgType, a.References)
	}
}

func TestNothingIsCancelledThatWasNeverPublished(t *testing.T) {
	_, err := newDesk(t, nil).Send(t.Context(), message(channeltest.Sample{Kind: outages.Retract, Seq: 2}, 0))
	if v, _ := channels.VerdictOf(err); v != channels.Refused {
		t.Errorf("error is %v, want refused", err)
	}
}

func TestAnAllClearSaysThatItIsOverAndLapsesSoon(t *testing.T) {
	a := parsed(t, story(t, newDesk(t, nil), channeltest.Sample{}, channeltest.Sample{Kind: outages.AllClear})[1][0])
	if len(a.Infos) != 2 {
		t.Fatalf("%d infos, want 2", len(a.Infos))
	}
	for _, i := range a.Infos {
		got := []string{a.MsgType, i.ResponseTypes[0], i.Urgency, i.Severity}
		if want := []string{"Update", "AllClear", "Past", "Minor"}; !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", i.Language, got, want)
		}
		if life := i.Expires.Time().Sub(a.Sent.Time()); life != time.Hour {
			t.Errorf("%s: lapses after %v, want an hour", i.Language, life)
		}
	}
}

// A feed that was down when the alert went out must not keep the others from hearing that it was wrong.
func TestARetractOfWhatTheFeedNeverToldIsNotBlocked(t *testing.T) {
	m := message(channeltest.Sample{Kind: outages.Retract, Seq: 2}, 0)
	if findings, err := newDesk(t, nil).Lint(t.Context(), m); err != nil || len(findings) > 0 {
		t.Errorf("got %v and %v, want nothing against it", findings, err)
	}
	if docs, err := newDesk(t, nil).Compose(t.Context(), m); err != nil || len(docs) > 0 {
		t.Errorf("got %d documents and %v, want a preview of none", len(docs), err)
	}
}

func TestARetractIsACancelWithFullInfo(t *testing.T) {
	d := newDesk(t, nil)
	story(t, d, channeltest.Sample{})
	a := parsed(t, d.publish(t, message(channeltest.Sample{Kind: outages.Retract, Seq: 2}, 5))[0])
	if a.MsgType != "Cancel" || len(a.Infos) != 2 || a.Infos[0].Instruction == "" || a.References == "" {
		t.Errorf("%s with %d infos and references %q, want a full Cancel", a.MsgType, len(a.Infos), a.References)
	}
}

func TestAnAreaThatWorksAgainIsAllClearBesideOneThatFails(t *testing.T) {
	d := newDesk(t, nil)
	story(t, d, channeltest.Sample{Towns: 2})
	m := storyMessage(channeltest.Sample{Towns: 2, Kind: outages.Update, Seq: 2}, 1)
	m.Bulletin.Facts.Advice[0].Change = outages.Ended
	docs := d.publish(t, m)
	for i, want := range []string{"AllClear", "Execute"} {
		if got := parsed(t, docs[i]).Infos[0].ResponseTypes[0]; got != want {
			t.Errorf("%s: response %s, want %s", docs[i].Identifier, got, want)
		}
	}
	if life := docs[1].Expires.Sub(docs[1].Sent); life != 4*time.Hour {
		t.Errorf("the area that fails lapses after %v, want 4h", life)
	}
}

func TestARenewalRepeatsWhatFailsAndRingsNobody(t *testing.T) {
	d := newDesk(t, nil)
	story(t, d, channeltest.Sample{Towns: 2})
	m := message(channeltest.Sample{Towns: 2, Seq: 2}, 230)
	m.Bulletin.Kind = outages.Renewal
	m.Bulletin.Facts.Advice[0].Change = outages.Ended
	docs := d.publish(t, m)
	if len(docs) != 1 {
		t.Fatalf("%d documents, want only that of the area which fails", len(docs))
	}
	a := parsed(t, docs[0])
	if got := a.Infos[0].Parameter("CMAMtext"); a.MsgType != "Update" || got != nil {
		t.Errorf("%s with phone text %q, want an Update without", a.MsgType, got)
	}
}

func TestPhonesRingOnlyForNewsOfALiveFailure(t *testing.T) {
	fails := func(s outages.Service, state outages.State, c outages.Confidence) func(*channels.Message) {
		return func(m *channels.Message) {
			m.Bulletin.Facts.Advice[0].Standing = []outages.Condition{{Service: s, State: state, Confidence: c}}
		}
	}
	for _, c := range []struct {
		name   string
		sample channeltest.Sample
		change func(*channels.Message)
		want   bool
	}{
		{"an alert rings", channeltest.Sample{}, nil, true},
		{"a suspected failure rings", channeltest.Sample{}, fails(outages.Voice, outages.Down, outages.Suspected), true},
		{"calls that arrive late do not", channeltest.Sample{}, fails(outages.Voice, outages.Delayed, ""), false},
		{"texts that fail do not", channeltest.Sample{}, fails(outages.Text, outages.Down, ""), false},
		{"a routine line that fails does not", channeltest.Sample{}, fails(outages.Admin, outages.Down, ""), false},
		{"an update of the same does not", channeltest.Sample{Kind: outages.Update}, func(m *channels.Message) {
			m.Bulletin.Facts.Advice[0].Change = outages.Unchanged
		}, false},
		{"an update that adds an area rings", channeltest.Sample{Kind: outages.Update}, nil, true},
		{"an all-clear does not", channeltest.Sample{Kind: outages.AllClear}, nil, false},
		{"a drill does not", channeltest.Sample{Mode: outages.Drill}, nil, false},
		{"a test does not", channeltest.Sample{Mode: outages.Test}, nil, false},
		{"a text that does not fit does not", channeltest.Sample{}, func(m *channels.Message) {
			m.Texts[1].Parts[0].Short = strings.Repeat("a", 91)
		}, false},
		{"a part without phone texts rings with the link", channeltest.Sample{}, func(m *channels.Message) {
			m.Texts[0].Parts[0].Short, m.Texts[0].Parts[0].Long = "", ""
		}, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := message(c.sample, 0)
			if c.change != nil {
				c.change(&m)
			}
			for _, i := range parsed(t, newDesk(t, nil).publish(t, m)[0]).Infos {
				if got := i.Parameter("CMAMtext") != nil; got != c.want {
					t.Errorf("%s rings: %v, want %v", i.Language, got, c.want)
				}
				if blocked := slices.Equal(i.Parameter("BLOCKCHANNEL"), []string{"EAS", "CMAS", "NWEM"}); blocked == c.want {
					t.Errorf("%s blocks EAS, CMAS and NWEM: %v, want %v", i.Language, blocked, !c.want)
				}
			}
		})
	}
}

func TestNumbersGiveWayToTheLinkWhereTheyDoNotFit(t *testing.T) {
	a := parsed(t, story(t, newDesk(t, nil), channeltest.Sample{Towns: 60})[0][0])
	for _, i := range a.Infos {
		if strings.Contains(i.Instruction, "860-555") {
			t.Errorf("%s: the instruction holds some numbers, want all or none", i.Language)
		}
		if !strings.Contains(i.Instruction, "https://callbox.example.org/o/") {
			t.Errorf("%s: the instruction %q has no link", i.Language, i.Instruction)
		}
	}
}

// A clock that was set back must not make an update older than what it updates.
func TestAClockSetBackMakesNoDocumentOlderThanItsReferences(t *testing.T) {
	d := newDesk(t, nil)
	first := story(t, d, channeltest.Sample{})[0][0]
	second := d.publish(t, message(channeltest.Sample{Kind: outages.Update, Seq: 2}, -90))[0]
	if !second.Sent.After(first.Sent) {
		t.Errorf("sent %v, want after %v", second.Sent, first.Sent)
	}
}

func TestAnOutageLongerThanADayIsCappedAtADay(t *testing.T) {
	m := message(channeltest.Sample{}, 0)
	m.Bulletin.Expires = m.Bulletin.Issued.Add(72 * time.Hour)
	doc := newDesk(t, nil).publish(t, m)[0]
	if life := doc.Expires.Sub(doc.Sent); life != 24*time.Hour {
		t.Errorf("lapses after %v, want 24h", life)
	}
}

func TestATownWithoutACodeHasThatOfItsCounty(t *testing.T) {
	m := message(channeltest.Sample{}, 0)
	m.Bulletin.Facts.Advice[0].Area.SAME = nil
	area := parsed(t, newDesk(t, nil).publish(t, m)[0]).Infos[0].Areas[0]
	if got := valuesOf(area.Geocodes, "SAME"); !slices.Equal(got, []string{"009003", "009013"}) {
		t.Errorf("SAME codes %q, want those of the planning region", got)
	}
}

func TestManyGroupsThatWorkAgainBesideOthersTellTheirOwnHeadlines(t *testing.T) {
	d := newDesk(t, nil)
	story(t, d, channeltest.Sample{Towns: 9})
	m := storyMessage(channeltest.Sample{Towns: 9, Kind: outages.Update, Seq: 2}, 1)
	for i := range 2 {
		m.Bulletin.Facts.Advice[i].Change = outages.Ended
		m.Texts[0].Parts[i].Headline = m.Texts[0].Parts[i].Name + " works again."
	}
	docs := d.publish(t, m)
	if got := parsed(t, docs[1]).Infos[0].Headline; got != "West Hartford works again. Newington works again." {
		t.Errorf("those that work again: %q", got)
	}
	if got := parsed(t, docs[0]).Infos[0].Headline; got != m.Texts[0].Title {
		t.Errorf("those that fail: %q, want the title %q", got, m.Texts[0].Title)
	}
}

func TestTwoOpenOutagesDoNotReferenceEachOther(t *testing.T) {
	d := newDesk(t, nil)
	d.publish(t, message(channeltest.Sample{Outage: "one"}, 0))
	d.publish(t, message(channeltest.Sample{Outage: "two"}, 1))
	a := parsed(t, d.publish(t, message(channeltest.Sample{Outage: "one", Kind: outages.Update, Seq: 2}, 2))[0])
	if len(a.Referenced()) != 1 || a.Referenced()[0].Identifier != "one-1" {
		t.Errorf("references %q, want one-1 only", a.References)
	}
}

func TestTheSenderOfAChainStaysWhenTheAgencyChangesIts(t *testing.T) {
	d := newDesk(t, nil)
	story(t, d, channeltest.Sample{})
	m := message(channeltest.Sample{Kind: outages.Update, Seq: 2}, 5)
	m.Bulletin.Facts.Speaker.Sender = "new@alerts.example.gov"
	if got := parsed(t, d.publish(t, m)[0]).Sender; got != "callbox@alerts.example.gov" {
		t.Errorf("sender %s, want that of the alert", got)
	}
}

func TestADeclaredAreaStandsForAllItsParts(t *testing.T) {
	book := atlas(t)
	state, _ := book.Area("25")
	m := message(channeltest.Sample{}, 0)
	m.Bulletin.Facts.Speaker.Jurisdiction = []areas.ID{"25"}
	m.Bulletin.Facts.Scope = []areas.Area{state}
	advice := m.Bulletin.Facts.Advice[0]
	m.Bulletin.Facts.Advice = nil
	for t := range m.Texts {
		m.Texts[t].Parts[0].Areas = book.Readers("25")
	}
	for _, id := range book.Readers("25") {
		advice.Area, _ = book.Area(id)
		m.Bulletin.Facts.Advice = append(m.Bulletin.Facts.Advice, advice)
	}
	area := parsed(t, deskOver(t, book, nil).publish(t, m)[0]).Infos[0].Areas[0]
	if got := valuesOf(area.Geocodes, "SAME"); !slices.Equal(got, []string{"025000"}) {
		t.Errorf("SAME codes %q, want the state's", got)
	}
	if len(area.Polygons) != len(book.Shape("25")) {
		t.Errorf("%d polygons, want the %d of the state", len(area.Polygons), len(book.Shape("25")))
	}
}

func TestManyCountiesFitTheLimitsOfPhones(t *testing.T) {
	book := atlas(t)
	m := message(channeltest.Sample{}, 0)
	m.Bulletin.Facts.Speaker.Jurisdiction = []areas.ID{"28"}
	advice := m.Bulletin.Facts.Advice[0]
	counties := book.Readers("28")[:70] // of 82: not the state
	m.Bulletin.Facts.Advice, m.Bulletin.Facts.Scope = nil, nil
	for _, id := range counties {
		advice.Area, _ = book.Area(id)
		m.Bulletin.Facts.Advice = append(m.Bulletin.Facts.Advice, advice)
	}
	for t := range m.Texts {
		m.Texts[t].Parts[0].Areas = counties
	}
	area := parsed(t, deskOver(t, book, nil).publish(t, m)[0]).Infos[0].Areas[0] // rule 8 checks the polygons
	if got := valuesOf(area.Geocodes, "SAME"); !slices.Equal(got, []string{"028000"}) {
		t.Errorf("SAME codes %q, want the state's in place of 70", got)
	}
}

func TestTheFeedRefusesWhatItCannotWord(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*channels.Message)
	}{
		{"no texts", func(m *channels.Message) { m.Texts = nil }},
		{"no English", func(m *channels.Message) { m.Texts = m.Texts[1:] }},
		{"no parts", func(m *channels.Message) { m.Texts[0].Parts = nil }},
		{"a part that the Spanish text lacks", func(m *channels.Message) { m.Texts[1].Parts = nil }},
		{"an area without advice", func(m *channels.Message) { m.Bulletin.Facts.Advice = nil }},
		{"an unknown time zone", func(m *channels.Message) { m.Bulletin.Facts.Speaker.Zone = "Mars/Olympus" }},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := newDesk(t, nil)
			m := message(channeltest.Sample{}, 0)
			c.change(&m)
			findings, err := d.Lint(t.Context(), m)
			if err != nil || len(blocking(findings)) == 0 {
				t.Errorf("Lint: %v, %v; want a blocking finding", findings, err)
			}
			if _, err := d.Send(t.Context(), m); err == nil {
				t.Error("Send published it")
			}
		})
	}
}

func TestAnEnglishTextAloneIsEnough(t *testing.T) {
	m := message(channeltest.Sample{}, 0)
	m.Texts = slices.DeleteFunc(m.Texts, func(x templates.Text) bool { return x.Lang != templates.English })
	if a := parsed(t, newDesk(t, nil).publish(t, m)[0]); len(a.Infos) != 1 {
		t.Errorf("%d infos, want 1", len(a.Infos))
	}
}
