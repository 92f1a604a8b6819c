package areas

import (
	"maps"
	"slices"
	"testing"
)

func TestTheGazetteerKnowsTheCountiesOfZIPs(t *testing.T) {
	b := mustBook(t, Holdings{})
	for zip, want := range map[ZIP][]ID{
		"02134": {"25025"}, "06510": {"09170"}, "06107": {"09110"}, "39201": {"28049"}, "70112": {"22071"},
		"99501": {"02020"}, "10001": {"36061"}, "00601": {"72001"}, "00801": {"78030"}, "96910": {"66010"},
		"30517": {"13157", "13013", "13135", "13139"}, "77494": {"48201", "48473", "48157"}, "63025": {"29189", "29099"},
		"99686": {"02063", "02066"}, "99566": {"02066", "02063"}, "99689": {"02282"}, "42223": {"21047", "47125"},
		"06269": {"09110"}, "20001": {"11001"}, "96799": {"60010", "60050", "60020"}, "96950": {"69110"},
	} {
		got := b.Candidates(zip)
		if len(got) == 0 || got[0] != want[0] {
			t.Errorf("candidates of %s = %v, want %s first", zip, got, want[0])
		}
		for _, id := range want[1:] {
			if !slices.Contains(got, id) {
				t.Errorf("candidates of %s = %v, want %s among them", zip, got, id)
			}
		}
	}
	for _, zip := range []ZIP{"00000", "09001", "34001", "96960", "99999", "0213", ""} {
		if got := b.Candidates(zip); got != nil {
			t.Errorf("candidates of %q = %v, want none: military, abroad or no ZIP at all", zip, got)
		}
	}
}

func TestEveryAreaOfTheGazetteerIsWhole(t *testing.T) {
	b := mustBook(t, Holdings{})
	kinds := map[Kind]int{}
	for id, a := range b.areas {
		kinds[id.Kind()]++
		if a.ID != id || a.Name == "" || len(a.State) != 2 {
			t.Errorf("area %s = %+v, want an ID, a name and a state", id, a)
		}
		state, ok := b.Area(id[:2])
		if !ok || state.State != a.State || !b.Covers(state.ID, id) {
			t.Errorf("area %s does not lie in its state %s", id, a.State)
		}
		for _, code := range a.SAME {
			if !sameCode.MatchString(code) || code[1:3] != string(id[:2]) {
				t.Errorf("SAME code %q of %s is not of its state", code, id)
			}
		}
		if len(a.SAME) != 1 && !b.Covers("09", id) || len(a.SAME) == 0 {
			t.Errorf("area %s has %d SAME codes, want one outside Connecticut", id, len(a.SAME))
		}
	}
	if kinds[State] != 56 || kinds[County] != 3235 || len(kinds) != 2 {
		t.Errorf("kinds = %v, want 56 states and territories, 3235 counties and nothing else", kinds)
	}
}

func TestEveryZIPLiesInItsStateFirst(t *testing.T) {
	b := mustBook(t, Holdings{})
	across, total := 0, 0
	for zip, ids := range b.ZIPs() {
		total++
		if len(ids) == 0 || len(ids) > 25 {
			t.Errorf("ZIP %s has %d candidates", zip, len(ids))
		}
		for i, id := range ids {
			a, ok := b.Area(id)
			if !ok || id.Kind() != County || slices.Contains(ids[:i], id) {
				t.Errorf("ZIP %s: candidate %q is no county, or stands twice", zip, id)
			}
			if a.Within != ids[0][:2] {
				across++
			}
		}
	}
	if total != 41921 {
		t.Errorf("%d ZIP codes, want 41921 as GAZETTEER.md says", total)
	}
	if across > 1000 {
		t.Errorf("%d candidates lie across a state line, want few", across)
	}
}

func TestConnecticutHasPlanningRegionsWithTheSAMECodesOfOldCounties(t *testing.T) {
	b := mustBook(t, Holdings{})
	var regions []ID
	for _, id := range slices.Sorted(maps.Keys(b.areas)) {
		if b.areas[id].Within == "09" {
			regions = append(regions, id)
		}
	}
	want := []ID{"09110", "09120", "09130", "09140", "09150", "09160", "09170", "09180", "09190"}
	if !slices.Equal(regions, want) {
		t.Errorf("counties of Connecticut = %v, want %v", regions, want)
	}
	// Whatever old county a ZIP of a region lies in must be one that the region names. Positions near a
	// border may fall on its other side, so a few may not.
	odd := 0
	for zip, old := range builtIn().same {
		if region := b.areas[b.Candidates(zip)[0]]; !slices.Contains(region.SAME, old) {
			odd++
			t.Logf("ZIP %s: old county %s, region %s", zip, old, region.Name)
		}
	}
	if n := len(builtIn().same); odd > 5 || n < 400 {
		t.Errorf("%d of %d ZIP codes lie in an old county that their region does not name", odd, n)
	}
}

func TestReadingADamagedGazetteerFails(t *testing.T) {
	for name, table := range map[string][]byte{"empty": nil, "not compressed": []byte("09\tConnecticut"), "cut": gazetteerTable[:5000]} {
		if _, err := readGazetteer(table); err == nil {
			t.Errorf("%s: it was read", name)
		}
	}
}

func BenchmarkLoadGazetteer(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := readGazetteer(gazetteerTable); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkNewBook(b *testing.B) {
	mustBook(b, Holdings{})
	for b.Loop() {
		mustBook(b, connecticut())
	}
}

func BenchmarkCandidates(b *testing.B) {
	book := mustBook(b, Holdings{})
	for b.Loop() {
		if len(book.At(Place{ZIP: "77494"})) == 0 {
			b.Fatal("77494 has no candidates")
		}
	}
}

func BenchmarkFind(b *testing.B) {
	book := mustBook(b, Holdings{})
	for b.Loop() {
		if _, err := book.Find("Hinds County, MS"); err != nil {
			b.Fatal(err)
		}
	}
}
