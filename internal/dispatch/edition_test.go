package dispatch

import (
	"errors"
	"fmt"
	"net/mail"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"

	"callbox/areas"
	"callbox/outages"
	"callbox/templates"
)

func TestAKeyFitsAURLAndAMessageIDAndMeetsNoOther(t *testing.T) {
	seen := map[string]string{}
	for _, outage := range []string{"01J8ZK", "o", "o.1", "o_1", "o 1", "a/b", "é", ""} {
		for seq := range 3 {
			for address := range int64(3) {
				key, from := Key(outage, seq, address), fmt.Sprintf("%q %d %d", outage, seq, address)
				if other, ok := seen[key]; ok {
					t.Errorf("%s and %s are both %s", other, from, key)
				}
				seen[key] = from
				if url.PathEscape(key) != key {
					t.Errorf("%s: %q is not safe in a URL", from, key)
				}
				if outage != "" {
					if _, err := mail.ParseAddress(key + "@example.org"); err != nil {
						t.Errorf("%s: %q is not safe in a Message-ID: %v", from, key, err)
					}
				}
			}
		}
	}
}

// langText is a text that tells its area and language.
func langText(name string, lang templates.Lang) templates.Text {
	return templates.Text{
		Lang: lang, Topic: "911", Title: "911: " + name,
		Parts: []templates.Part{{Areas: []areas.ID{areas.ID(name)}, Name: name, Brief: name}},
	}
}

func testEdition() *edition {
	both := func(name string) map[templates.Lang]templates.Text {
		return map[templates.Lang]templates.Text{"en": langText(name, "en"), "es": langText(name, "es")}
	}
	return &edition{
		page:   "https://alerts.example.org/o/1",
		key:    keys("o", 1),
		joined: map[string][]templates.Text{},
		Issued: &Issued{
			ID:       1,
			Bulletin: outages.Bulletin{Outage: "o", Seq: 1, Mode: outages.Live},
			Texts: map[areas.ID]map[templates.Lang]templates.Text{
				"09001": both("09001"), "09003": both("09003"),
				"09005": {"en": langText("09005", "en")},
			},
			Crowds: map[string]map[templates.Lang]templates.Text{"09001,09003": both("crowd")},
		},
	}
}

// Promises 1 and 2: a reader gets the texts of its own areas, as far as the bulletin speaks to them.
func TestAReaderHearsItsOwnAreasInItsOwnLanguages(t *testing.T) {
	tests := []struct {
		name  string
		areas []areas.ID
		langs []templates.Lang
		crowd bool
		want  string // language: parts; …
	}{
		{"one area", []areas.ID{"09001"}, []templates.Lang{"es"}, false, "es: 09001"},
		{"two areas hear both", []areas.ID{"09003", "09001"}, []templates.Lang{"en"}, false, "en: 09001 09003"},
		{"two languages, best first", []areas.ID{"09001"}, []templates.Lang{"es", "en"}, false, "es: 09001; en: 09001"},
		{"an area that is not spoken to is left out", []areas.ID{"09001", "36061"}, []templates.Lang{"en"}, false, "en: 09001"},
		{"no area that is spoken to", []areas.ID{"36061"}, []templates.Lang{"en"}, false, ""},
		{"no area", nil, []templates.Lang{"en"}, false, ""},
		{"a language without texts falls back to English", []areas.ID{"09001"}, []templates.Lang{"fr"}, false, "en: 09001"},
		{"English comes once", []areas.ID{"09001"}, []templates.Lang{"fr", "en", "de"}, false, "en: 09001"},
		{"half a message is none", []areas.ID{"09001", "09005"}, []templates.Lang{"es"}, false, "en: 09001 09005"},
		{"no language", []areas.ID{"09001"}, nil, false, "en: 09001"},
		{"a crowd", []areas.ID{"09001", "09003"}, []templates.Lang{"en", "es"}, true, "en: crowd; es: crowd"},
		{"a crowd in any order", []areas.ID{"09003", "09001"}, []templates.Lang{"es"}, true, "es: crowd"},
		{"a crowd without its text hears no other", []areas.ID{"09001"}, []templates.Lang{"en"}, true, ""},
	}
	e := testEdition()
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			for range 2 { // the second time from memory
				var got []string
				for _, text := range e.texts(Recipient{Areas: test.areas, Langs: test.langs, Crowd: test.crowd}) {
					var names []string
					for _, p := range text.Parts {
						names = append(names, p.Name)
					}
					got = append(got, string(text.Lang)+": "+strings.Join(names, " "))
				}
				if got := strings.Join(got, "; "); got != test.want {
					t.Errorf("got %q, want %q", got, test.want)
				}
			}
		})
	}
}

// Promises 1 and 2 for a whole batch, in which texts are shared.
func TestEveryReaderOfABatchHearsItsOwnAreas(t *testing.T) {
	e := testEdition()
	var batch []Recipient
	for i := range 60 {
		to := Recipient{Areas: []areas.ID{"09001", "09003", "36061"}[i%3 : i%3+1], Langs: [][]templates.Lang{{"en"}, {"es"}, {"es", "en"}}[i/2%3]}
		if i%7 == 0 {
			to = Recipient{Areas: []areas.ID{"09001", "09003"}, Langs: []templates.Lang{"en"}, Crowd: i%2 == 0}
		}
		batch = append(batch, to)
	}
	for i, got := range e.textsFor(batch) {
		if want := e.texts(batch[i]); !reflect.DeepEqual(got, want) {
			t.Errorf("reader %d of %+v: got %v, want %v", i, batch[i], got, want)
		}
	}
}

func TestTextsAreJoinedOnceForEachAreaSetAndLanguage(t *testing.T) {
	e := testEdition()
	batch := make([]Recipient, 5000)
	for i := range batch {
		batch[i] = Recipient{Areas: []areas.ID{"09001", "09003"}, Langs: [][]templates.Lang{{"en"}, {"es"}, {"es", "en"}}[i%3]}
	}
	e.textsFor(batch)
	if len(e.joined) != 3 {
		t.Errorf("%d joined texts for %d readers of one area set, want one for each choice of languages: 3", len(e.joined), len(batch))
	}
}

func TestOnlyPeopleGetALinkToStop(t *testing.T) {
	e := testEdition()
	leave := func(address int64) string { return fmt.Sprintf("https://alerts.example.org/stop/%d", address) }
	resident := Recipient{Destination: "d", Areas: []areas.ID{"09001"}}
	person, err := e.message(Delivery{Address: 7}, resident, e.texts(resident), leave)
	if err != nil || person.Leave != "https://alerts.example.org/stop/7" || person.Page != e.page || person.To != "d" || person.Key != "o.1.7" {
		t.Errorf("got %+v, %v", person, err)
	}
	outlet := Recipient{Areas: []areas.ID{"09001", "09003"}, Crowd: true}
	if m, err := e.message(Delivery{Address: 8}, outlet, e.texts(outlet), leave); err != nil || m.Leave != "" {
		t.Errorf("an outlet got the link %q, %v", m.Leave, err)
	}
	foreign := Recipient{Areas: []areas.ID{"36061"}}
	if _, err := e.message(Delivery{}, foreign, e.texts(foreign), leave); !errors.Is(err, errNoText) {
		t.Errorf("a reader of another area: got %v, want %v", err, errNoText)
	}
}

func TestWhatIsKeptOfBulletinsIsBounded(t *testing.T) {
	e := testEdition()
	for n := range 2*maxJoined + 1 {
		e.texts(Recipient{Areas: []areas.ID{"09001", areas.ID(fmt.Sprintf("x-%d", n))}})
	}
	if got := len(e.joined); got > maxJoined {
		t.Errorf("%d joined texts are kept, want at most %d", got, maxJoined)
	}
	var es editions
	for id := range int64(3 * maxEditions) {
		es.entry(1) // in use all the time
		es.entry(id)
	}
	if len(es.byID) != maxEditions || !slices.Contains(es.order, 1) {
		t.Errorf("kept: %v", es.order)
	}
}
