package areas

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// mustBook makes a book for a test.
func mustBook(t testing.TB, h Holdings) *Book {
	t.Helper()
	b, err := NewBook(h)
	if err != nil {
		t.Fatalf("NewBook: %v", err)
	}
	return b
}

// connecticut is a small directory in the manner of a state that imported some towns.
func connecticut() Holdings {
	return Holdings{
		Areas: []Area{
			{ID: "0911082590", Name: "West Hartford", State: "CT", SAME: []string{"009003"}, Within: "09110"},
			{ID: "0916053470", Name: "Norfolk", State: "CT", SAME: []string{"009005"}, Within: "09160", ServedBy: []ID{"x-litchfield-dispatch"}},
			{ID: "x-litchfield-dispatch", Name: "Litchfield County Dispatch", State: "CT", SAME: []string{"009005"}, Within: "09"},
		},
		ZIPs: map[ZIP][]ID{"06107": {"0911082590"}, "06117": {"0911082590"}, "06058": {"0916053470"}},
		Numbers: []Number{
			{Area: "0911082590", For: Police, Tel: "+18605550101"},
			{Area: "0911082590", For: Fire, Tel: "+18605550102"},
			{Area: "x-litchfield-dispatch", For: All, Tel: "+18605550112"},
		},
		Ways: []Way{{Area: "x-litchfield-dispatch", Kind: Station, Where: "1 Example Street"}},
	}
}

func tels(numbers []Number) []Tel {
	var out []Tel
	for _, n := range numbers {
		out = append(out, n.Tel)
	}
	return out
}

func TestTheFormOfAnIDTellsItsKind(t *testing.T) {
	for id, want := range map[ID]Kind{
		"09": State, "09110": County, "0911082590": Subdivision, "x-north": District,
		"": "", "x-": "", "9": "", "091": "", "0911O": "", "091108259012": "",
	} {
		if got := id.Kind(); got != want {
			t.Errorf("ID(%q).Kind() = %q, want %q", id, got, want)
		}
	}
}

func TestAnImportedTownReplacesTheCandidatesOfItsZIPs(t *testing.T) {
	b := mustBook(t, connecticut())
	if got, want := b.Candidates("06107"), []ID{"0911082590"}; !slices.Equal(got, want) {
		t.Errorf("candidates of 06107 = %v, want %v", got, want)
	}
	if got := b.Candidates("06103"); !slices.Contains(got, "09110") {
		t.Errorf("candidates of 06103 = %v, want its planning region among them", got)
	}
	if got, want := b.Zips("0911082590"), []ZIP{"06107", "06117"}; !slices.Equal(got, want) {
		t.Errorf("ZIPs of West Hartford = %v, want %v", got, want)
	}
	if got := b.Zips("09110"); !slices.Contains(got, "06107") || !slices.Contains(got, "06103") || !slices.IsSorted(got) {
		t.Errorf("ZIPs of the region = %v, want 06107 and 06103 among them, sorted", got)
	}
}

func TestAPlaceResolvesToItsChoiceOrToAllCandidates(t *testing.T) {
	b := mustBook(t, Holdings{})
	all := b.At(Place{ZIP: "77494"})
	if got, want := all, []ID{"48201", "48157", "48473"}; !cmp.Equal(sorted(got), sorted(want)) {
		t.Errorf("77494 without a choice = %v, want %v", got, want)
	}
	for _, tc := range []struct {
		choice ID
		want   []ID
	}{{"48157", []ID{"48157"}}, {"22071", nil}, {"48", nil}} {
		if got := b.At(Place{ZIP: "77494", Area: tc.choice}); !slices.Equal(got, tc.want) {
			t.Errorf("77494 with the choice %s = %v, want %v", tc.choice, got, tc.want)
		}
	}
	if got := b.At(Place{ZIP: "00000"}); got != nil {
		t.Errorf("a ZIP that does not exist = %v, want nothing", got)
	}
}

func sorted(ids []ID) []ID { return slices.Sorted(slices.Values(ids)) }

// Promise 2: numbers are those of the reader's own areas, along ServedBy.
func TestNumbersAreInheritedFromDispatchAndNeverFromTheAreaAround(t *testing.T) {
	h := connecticut()
	h.Numbers = append(h.Numbers,
		Number{Area: "09", For: All, Tel: "+18605550199"},
		Number{Area: "0916053470", For: Relay, Tel: "+18605550113"},
	)
	b := mustBook(t, h)
	for id, want := range map[ID][]Tel{
		"0911082590": {"+18605550101", "+18605550102"},
		"0916053470": {"+18605550113", "+18605550112"},
		"09110":      nil,
		"99":         nil,
	} {
		if got := tels(b.Numbers(id)); !slices.Equal(got, want) {
			t.Errorf("numbers of %s = %v, want %v", id, got, want)
		}
	}
	if got := b.Ways("0916053470"); len(got) != 1 || got[0].Kind != Station {
		t.Errorf("ways of Norfolk = %v, want the station of its dispatch", got)
	}
}

func TestANumberForOneNeedLeavesTheOthersToTheDispatch(t *testing.T) {
	h := connecticut()
	h.Numbers = append(h.Numbers,
		Number{Area: "0916053470", For: Police, Tel: "+18605550114"},
		Number{Area: "x-litchfield-dispatch", For: Police, Tel: "+18605550115"},
	)
	b := mustBook(t, h)
	if got, want := tels(b.Numbers("0916053470")), []Tel{"+18605550114", "+18605550112"}; !slices.Equal(got, want) {
		t.Errorf("numbers = %v, want its own police and the dispatch for all else %v", got, want)
	}
}

func TestMissingNamesTheReaderAreasWithoutANumber(t *testing.T) {
	h := connecticut()
	h.Numbers = append(h.Numbers, Number{Area: "09170", For: Relay, Tel: "+12035550116"})
	b := mustBook(t, h)
	got := b.Missing("09")
	for id, want := range map[ID]bool{"0911082590": false, "0916053470": false, "09110": true, "09170": true} {
		if slices.Contains(got, id) != want {
			t.Errorf("Missing(09) has %s: %v, want %v", id, !want, want)
		}
	}
	if total := len(b.Readers("09")); len(got) != total-2 {
		t.Errorf("%d of %d reader areas are missing, want all but two", len(got), total)
	}
	if got := b.Missing("0911082590"); got != nil {
		t.Errorf("Missing(West Hartford) = %v, want nothing", got)
	}
}

func TestABookRefusesWhatHangsInTheAir(t *testing.T) {
	town := Area{ID: "0911082590", Name: "West Hartford", State: "CT", Within: "09110"}
	with := func(change func(*Area)) []Area { a := town; change(&a); return []Area{a} }
	for name, h := range map[string]Holdings{
		"malformed ID":       {Areas: []Area{{ID: "West Hartford"}}},
		"unknown within":     {Areas: with(func(a *Area) { a.Within = "09999" })},
		"within itself":      {Areas: with(func(a *Area) { a.Within = a.ID })},
		"unknown served by":  {Areas: with(func(a *Area) { a.ServedBy = []ID{"x-none"} })},
		"ZIP of no area":     {ZIPs: map[ZIP][]ID{"06107": {"x-none"}}},
		"number of no area":  {Numbers: []Number{{Area: "x-none", Tel: "+18605550101"}}},
		"way of no area":     {Ways: []Way{{Area: "x-none", Kind: FireBox}}},
		"circle of two":      {Areas: []Area{{ID: "x-a", Within: "x-b"}, {ID: "x-b", Within: "x-a"}}},
		"circle further out": {Areas: []Area{{ID: "x-c", Within: "x-a"}, {ID: "x-a", Within: "x-b"}, {ID: "x-b", Within: "x-a"}}},
	} {
		if _, err := NewBook(h); err == nil {
			t.Errorf("%s: NewBook took it", name)
		}
	}
}

// Promise 1: no scope covers nothing.
func TestNoScopeHoldsNoArea(t *testing.T) {
	b := mustBook(t, connecticut())
	for _, tc := range []struct {
		scopes []ID
		id     ID
		want   bool
	}{
		{[]ID{"09"}, "0911082590", true}, {[]ID{"09"}, "09", true}, {[]ID{"25", "09110"}, "0911082590", true},
		{nil, "09", false}, {[]ID{}, "09", false}, {[]ID{""}, "09", false}, {[]ID{"09110"}, "09", false},
		{[]ID{"09"}, "", false}, {[]ID{"09"}, "0999", false},
	} {
		if got := b.Inside(tc.scopes, tc.id); got != tc.want {
			t.Errorf("Inside(%q, %q) = %v, want %v", tc.scopes, tc.id, got, tc.want)
		}
	}
}

func TestAnOfficialsWordsFindTheirArea(t *testing.T) {
	b := mustBook(t, connecticut())
	for text, want := range map[string]ID{
		"09110": "09110", "0911082590": "0911082590", "x-litchfield-dispatch": "x-litchfield-dispatch",
		"CT/West Hartford": "0911082590", "West Hartford, CT": "0911082590", "west hartford , connecticut": "0911082590",
		"CT/Litchfield County Dispatch": "x-litchfield-dispatch",
		"Hinds County, MS":              "28049", "MS/Hinds": "28049", "Orleans Parish": "22071", "St. John the Baptist Parish, LA": "22095",
		"Saint Tammany Parish, LA": "22103", "NV/Clark County": "32003", "Dona Ana, NM": "35013", "Fairfax city, VA": "51600",
		"CT": "09", "ct": "09", "Connecticut": "09", "New York": "36", "DC": "11", "Puerto Rico": "72", " 25 ": "25",
		"Val Verde County, Texas": "48465", "Prince George's County, MD": "24033", "PR/Añasco": "72011",
	} {
		got, err := b.Find(text)
		if err != nil || got.ID != want {
			t.Errorf("Find(%q) = %s, %v, want %s", text, got.ID, err, want)
		}
	}
}

func TestWordsThatNameNoSingleAreaAreAnsweredWithTheNearest(t *testing.T) {
	b := mustBook(t, connecticut())
	for text, want := range map[string]string{
		"St. Louis, MO":       `may be St. Louis County, MO (29189) or St. Louis city, MO (29510): give the state or the ID`,
		"Washington County":   `or 25 others`,
		"Hinds Conty, MS":     `did you mean Hinds County, MS (28049)?`,
		"CT/West Hartfort":    `did you mean West Hartford, CT (0911082590)?`,
		"06880":               `06880 is a ZIP code, not an area: give Western Connecticut Planning Region, CT (09190)`,
		"Hartford County, CT": `did you mean Capitol Planning Region, CT (09110) or Naugatuck Valley`,
		"Qqqqqq":              `no area is called "Qqqqqq": a name such as`,
		" ":                   `no area given`,
		",":                   `no area is called`,
		"CT/Nowhere at all":   `no area is called "CT/Nowhere at all"`,
	} {
		got, err := b.Find(text)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Find(%q) = %s, %v\nwant an error with %q", text, got.ID, err, want)
		}
	}
}
