package outages_test

import (
	"errors"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"callbox/areas"
	. "callbox/outages"
)

// connecticut is a small book of towns that no test takes for the real directory.
func connecticut(t testing.TB) *areas.Book {
	t.Helper()
	b, err := towns()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

var towns = sync.OnceValues(func() (*areas.Book, error) {
	h := areas.Holdings{ZIPs: map[areas.ZIP][]areas.ID{}}
	for _, town := range []struct {
		id, name string
		zip      areas.ZIP
	}{
		{"x-wh", "West Hartford", "06107"}, {"x-wp", "Westport", "06880"}, {"x-ff", "Fairfield", "06824"},
		{"x-be", "Berlin", "06037"}, {"x-no", "Norfolk", "06058"},
	} {
		a := areas.Area{ID: areas.ID(town.id), Name: town.name, State: "CT", Within: "09"}
		if town.id == "x-no" {
			a.ServedBy = []areas.ID{"x-lcd"}
		}
		h.Areas = append(h.Areas, a)
		h.ZIPs[town.zip] = []areas.ID{a.ID}
	}
	h.Areas = append(h.Areas, areas.Area{ID: "x-lcd", Name: "Litchfield County Dispatch", State: "CT", Within: "09"})
	h.Numbers = []areas.Number{
		{Area: "x-wh", For: areas.Police, Tel: "+18605550101", Carrier: "AT&T"},
		{Area: "x-wh", For: areas.Fire, Tel: "+18605550102"},
		{Area: "x-wp", For: areas.All, Tel: "+12035550103"},
		{Area: "x-be", For: areas.Police, Tel: "+18605550107", Admin: true},
		{Area: "x-no", For: areas.Police, Tel: "+18605550108", Admin: true},
		{Area: "x-lcd", For: areas.All, Tel: "+18605550112"},
	}
	h.Ways = []areas.Way{{Area: "x-ff", Kind: areas.FireBox}}
	return areas.NewBook(h)
})

func eastern(t testing.TB) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation("America/New_York")
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

// noon is 12:20 on the day of the Connecticut outage.
func noon(t testing.TB) time.Time { return time.Date(2024, 10, 22, 12, 20, 0, 0, eastern(t)) }

func reading(t testing.TB) Reading {
	return Reading{Areas: connecticut(t), Zone: eastern(t), Now: noon(t)}
}

func TestTheExampleDeclarationSaysWhatItsCommentsSay(t *testing.T) {
	file, err := os.ReadFile("testdata/declaration.yaml")
	if err != nil {
		t.Fatal(err)
	}
	got, err := ParseDeclaration(file, reading(t))
	if err != nil {
		t.Fatal(err)
	}
	at := func(h, m int) time.Time { return time.Date(2024, 10, 22, h+4, m, 0, 0, time.UTC) }
	want := Declaration{
		Kind: Alert, Mode: Live, Began: at(11, 49), NextUpdate: at(13, 30),
		Conditions: []Condition{
			{Area: "x-wh", Service: Voice, State: Down, Symptom: FastBusy, Hit: Hit{Lines: []Line{Landline}}},
			{Area: "x-wh", Service: Voice, State: Down, Symptom: FastBusy, Hit: Hit{Lines: []Line{Wireless}, Carriers: []string{"Verizon"}}},
			{Area: "x-wh", Service: Text, State: Working},
			{Area: "x-wp", Service: Voice, State: Intermittent, Since: at(12, 5), Confidence: ConfirmedByCarrier},
			{Area: "x-ff", Service: Voice, State: Intermittent, Since: at(12, 5), Confidence: ConfirmedByCarrier},
			{Area: "x-be", Service: Voice, State: Working},
			{Area: "x-be", Service: Admin, State: Down},
			{Area: "x-be", Service: Location, State: Delayed},
		},
		Numbers:        []areas.Number{{Area: "x-wp", For: areas.Police, Tel: "+12035550103", Only: true, Temporary: true, Until: at(15, 0)}},
		Ways:           []areas.Way{{Area: "x-wp", Kind: areas.Station, Where: "1 Main Street"}},
		Cause:          &Cause{Text: "a cut cable", StatedBy: "the carrier"},
		FailedCarriers: []string{"AT&T"},
		NotAnswering:   []areas.Tel{"+18605550110"},
		NoNumber:       []areas.ID{"x-ff"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the declaration differs (-want +got):\n%s", diff)
	}
}

func TestJSONAndYAMLOfTheSameShapeAreTheSameDeclaration(t *testing.T) {
	yaml := "kind: alert\nmode: drill\nbegan: 11:49\nnext_update: 13:30\nconditions:\n  - {area: [x-wh, x-wp], voice: down, hit: {carriers_except: Verizon}}\n"
	json := `{"kind": "alert", "mode": "drill", "began": "11:49", "next_update": "13:30",
		"conditions": [{"area": ["x-wh", "x-wp"], "voice": "down", "hit": [{"carriers_except": ["Verizon"]}]}]}`
	a, err := ParseDeclaration([]byte(yaml), reading(t))
	if err != nil {
		t.Fatal(err)
	}
	b, err := ParseDeclaration([]byte(json), reading(t))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(a, b); diff != "" {
		t.Errorf("JSON differs from YAML:\n%s", diff)
	}
}

func TestEveryMistakeIsNamedAtItsPlaceWithTheRemedy(t *testing.T) {
	const head = "kind: alert\nmode: live\nbegan: 11:49\nnext_update: 13:30\n"
	row := func(fields string) string { return head + "conditions:\n  - {" + fields + "}\n" }
	for _, c := range []struct{ name, file, place, says string }{
		{"empty", "", "file", "empty"},
		{"malformed YAML", "conditions: [\n", "line 1:", "']' not found"},
		{"unknown key", head + "zip: 06107\n", "line 5:1", `unknown field "zip"`},
		{"unknown key in a row", row("area: x-wh, voise: down"), "line 6:", `unknown field "voise"`},
		{"unknown key in a hit", row("area: x-wh, voice: down, hit: {line: landline}"), "line 6:", `unknown field "line"`},
		{"key twice", "kind: alert\nkind: update\n", "line 2:1", "already defined"},
		{"no kind", strings.Replace(row("area: x-wh, voice: down"), "kind: alert\n", "", 1), "kind", "alert, update, all-clear or retract"},
		{"no mode", strings.Replace(row("area: x-wh, voice: down"), "mode: live\n", "", 1), "mode", "live, drill or test"},
		{"no area", row("voice: down"), "conditions[0].area (line 6:", "no default area"},
		{"no condition", head, "conditions", "at least one area"},
		{"unknown area", row("area: Westprot, voice: down"), "conditions[0].area (line 6:", "Westport"},
		{"unknown state", row("area: x-wh, voice: broken"), "conditions[0].voice (line 6:", "intermittent"},
		{"nothing said", row("area: x-wh"), "conditions[0]", "voice, text, admin or location"},
		{"hit on nothing", row("area: x-wh, voice: working, hit: {lines: landline}"), "conditions[0]", "none do"},
		{"unknown line", row("area: x-wh, voice: down, hit: {lines: fax}"), "conditions[0].hit.lines", "landline, voip or wireless"},
		{"hit and spared", row("area: x-wh, voice: down, hit: {carriers: A, carriers_except: B}"), "conditions[0].hit", "not both"},
		{"empty hit", row("area: x-wh, voice: down, hit: [{}]"), "conditions[0].hit", "leave hit out"},
		{"no time", strings.Replace(row("area: x-wh, voice: down"), "11:49", "before lunch", 1), "began (line 3:", "13:30"},
		{"next update in the past", strings.Replace(row("area: x-wh, voice: down"), "13:30", "12:10", 1), "next_update (line 4:", "has passed"},
		{"no next update", strings.Replace(row("area: x-wh, voice: down"), "next_update: 13:30\n", "", 1), "next_update", "promise a time"},
		{"no start", strings.Replace(row("area: x-wh, voice: down"), "began: 11:49\n", "", 1), "began", "since when"},
		{"began in the future", strings.Replace(row("area: x-wh, voice: down"), "11:49", "12:49", 1), "began (line 3:", "future"},
		{"restored before it began", row("area: x-wh, voice: restored, since: 11:00"), "conditions[0].since (line 6:", "before it began"},
		{"restored in the future", row("area: x-wh, voice: restored, since: 12:45"), "conditions[0].since", "future"},
		{"contradiction", head + "conditions:\n  - {area: x-wh, voice: working}\n  - {area: x-wh, voice: down, hit: {lines: landline}}\n",
			"conditions[1].voice (line 7:", "working and down"},
		{"911 as a number", row("area: x-wh, voice: down") + "numbers:\n  - {area: x-wh, tel: 911}\n", "numbers[0].tel (line 8:", "three-digit code"},
		{"another code", row("area: x-wh, voice: down") + "not_answering: 311\n", "not_answering[0]", "three-digit code"},
		{"no telephone number", row("area: x-wh, voice: down") + "numbers:\n  - {area: x-wh, tel: 555-0101}\n", "numbers[0].tel", "ten"},
		{"number without an area", row("area: x-wh, voice: down") + "numbers:\n  - {tel: 860-555-0101}\n", "numbers[0].area", "no default area"},
		{"number that ends early", row("area: x-wh, voice: down") + "numbers:\n  - {area: x-wh, tel: 860-555-0101, until: 13:00}\n", "numbers[0].until", "before the next update"},
		{"way that is a fact", row("area: x-wh, voice: down") + "ways:\n  - {area: x-wh, kind: mobile}\n", "ways[0].kind", "call-back"},
		{"cause without a source", row("area: x-wh, voice: down") + "cause: {text: fire}\n", "cause", "stated_by"},
		{"reason of no kind", "kind: retract\nmode: live\nreason: oops\n", "reason", "sent in error"},
		{"JSON with an unknown key", `{"kind": "alert", "zip": 1}`, "line 1:", `unknown field "zip"`},
		{"JSON of a wrong type", "{\n\"kind\": 3}", "kind (line 2:", "cannot unmarshal"},
		{"JSON with a tail", `{"kind": "alert"} {}`, "file", "more after"},
		{"malformed JSON", "{\n\"kind\"", "line 2:", "unexpected"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := ParseDeclaration([]byte(c.file), reading(t))
			problems, ok := errors.AsType[Problems](err)
			if !ok {
				t.Fatalf("got %v, want problems", err)
			}
			for _, p := range problems {
				if s := p.String(); strings.Contains(s, c.place) && strings.Contains(s, c.says) {
					return
				}
			}
			t.Errorf("got:\n%v\nwant %q at %q", err, c.says, c.place)
		})
	}
}

func TestAllMistakesAreReportedAtOnce(t *testing.T) {
	_, err := ParseDeclaration([]byte("kind: alrt\nmode: live\nconditions:\n  - {area: nowhere at all, voice: dwn}\n"), reading(t))
	if problems, _ := errors.AsType[Problems](err); len(problems) != 3 {
		t.Errorf("got %v, want problems with kind, area and voice", err)
	}
}

func TestABareTimeIsOnTheDayThatBringsItNearest(t *testing.T) {
	midnight := time.Date(2024, 10, 23, 0, 10, 0, 0, eastern(t))
	r := reading(t)
	r.Now = midnight
	d, err := ParseDeclaration([]byte("kind: alert\nmode: live\nbegan: 23:50\nnext_update: 0:40\nconditions: [{area: x-wh, voice: down}]\n"), r)
	if err != nil {
		t.Fatal(err)
	}
	if want := midnight.Add(-20 * time.Minute); !d.Began.Equal(want) {
		t.Errorf("got began %v, want %v", d.Began, want)
	}
	if want := midnight.Add(30 * time.Minute); !d.NextUpdate.Equal(want) {
		t.Errorf("got next update %v, want %v", d.NextUpdate, want)
	}
}

func TestAFileCannotChangeTheModeOfAnOutage(t *testing.T) {
	r := reading(t)
	r.Mode = Drill
	_, err := ParseDeclaration([]byte("kind: alert\nmode: live\nbegan: 11:49\nnext_update: 13:30\nconditions: [{area: x-wh, voice: down}]\n"), r)
	if err == nil || !strings.Contains(err.Error(), "never changes") {
		t.Errorf("got %v, want the mode refused (promise 3)", err)
	}
}

func FuzzADeclarationFileNeverPanics(f *testing.F) {
	file, err := os.ReadFile("testdata/declaration.yaml")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(file)
	f.Add([]byte(`{"kind": "alert", "conditions": [{"area": "x-wh", "hit": {}}]}`))
	f.Add([]byte("a: &a [*a]"))
	r := reading(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		if d, err := ParseDeclaration(data, r); err == nil && d.Kind == "" {
			t.Errorf("got a declaration without a kind from %q", data)
		}
	})
}
