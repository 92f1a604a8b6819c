package areas

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"
)

var noon = time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)

func of(jurisdiction ...ID) Importer { return Importer{Jurisdiction: jurisdiction, Now: noon} }

const townsCSV = `id,name,state,same,within,served_by,zips
0911082590,West Hartford,CT,,,,06107;06117 06119
0916053470,Norfolk,CT,,,x-litchfield-dispatch,06058
x-litchfield-dispatch,Litchfield County Dispatch,CT,009005,,,
09170,South Central Connecticut Planning Region,,,,x-litchfield-dispatch,
`

func TestAnAreasFileFillsInWhatItLeavesOut(t *testing.T) {
	got, err := ReadAreas(strings.NewReader(townsCSV), mustBook(t, Holdings{}), of("09"))
	if err != nil {
		t.Fatal(err)
	}
	want := AreaImport{
		Areas: []Area{
			{ID: "0911082590", Name: "West Hartford", State: "CT", SAME: []string{"009003"}, Within: "09110"},
			{ID: "0916053470", Name: "Norfolk", State: "CT", SAME: []string{"009005"}, Within: "09160", ServedBy: []ID{"x-litchfield-dispatch"}},
			{ID: "x-litchfield-dispatch", Name: "Litchfield County Dispatch", State: "CT", SAME: []string{"009005"}, Within: "09"},
			{ID: "09170", Name: "South Central Connecticut Planning Region", State: "CT", SAME: []string{"009009"}, Within: "09", ServedBy: []ID{"x-litchfield-dispatch"}},
		},
		ZIPs: map[ZIP][]ID{"06107": {"0911082590"}, "06117": {"0911082590"}, "06119": {"0911082590"}, "06058": {"0916053470"}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the import differs (-want +got):\n%s", diff)
	}
	mustBook(t, Holdings{Areas: got.Areas, ZIPs: got.ZIPs})
}

func TestAnExportOfAreasImportsToTheSame(t *testing.T) {
	b := mustBook(t, Holdings{})
	text := townsCSV + "2500702713,=Gosnold,MA,025007,25007,,02713\n2500702714,\"'-Quote \"\"it\"\", Ñandú\",MA,,25007,,02713 06107\n"
	first, err := ReadAreas(strings.NewReader(text), b, of("09", "25"))
	if err != nil {
		t.Fatal(err)
	}
	if n := len(first.Warnings); n != 1 || first.Warnings[0].Line != 7 || !strings.Contains(first.Warnings[0].Problem, "06107 lies in Capitol") {
		t.Errorf("warnings = %v, want one about 06107 in line 7", first.Warnings)
	}
	var file bytes.Buffer
	if err := WriteAreas(&file, first.Areas, first.ZIPs); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(file.String(), ",=") || strings.Contains(file.String(), "\n=") {
		t.Errorf("a cell of the export is a formula:\n%s", &file)
	}
	second, err := ReadAreas(&file, b, of("09", "25"))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(first, second); diff != "" {
		t.Errorf("the second import differs (-first +second):\n%s", diff)
	}
}

func TestEveryBadLineOfAnAreasFileIsReported(t *testing.T) {
	const file = `id,name,state,same,within,served_by,zips
0911082590,West Hartford,CT,,,,6107 06107 06107
0911082590,Again,CT,,,,
West Hartford,West Hartford,CT,,,,
x-Bad Name,Bad,CT,,,,
0900382590,Old GEOID,CT,,,,
x-lost,Lost,,,,,
x-served,Served,CT,,,x-nowhere,
x-a,A,CT,,x-b,,
x-b,B,CT,,x-a,,
2502507000,Boston,MA,,,,02134
0911012345,,CT,,,,
0911012346,Wrong state,MA,,,,
0911012347,Wrong code,CT,9003 025001,,,
0911012348,Ghost ZIP,CT,,,,06101 09999
0911012349,Elsewhere,CT,,25025,,
9911012349,No state,,,,,
0911012350,Short line
0911012351,"hidden` + "\u202e" + `",CT,,,,
0911012352,` + "`long`" + `,CT,,,,
`
	text := strings.Replace(file, "`long`", strings.Repeat("long ", 13), 1)
	got, err := ReadAreas(strings.NewReader(text), mustBook(t, Holdings{}), of("09"))
	report, ok := errors.AsType[Report](err)
	if !ok {
		t.Fatalf("the error is %v, want a report", err)
	}
	if !cmp.Equal(got, AreaImport{}) {
		t.Errorf("something was imported: %+v", got)
	}
	wantReport(t, report, []string{
		`line 2, zips: "6107" is not five digits; a spreadsheet may have dropped a leading zero`,
		`line 2, zips: 06107 stands twice`,
		`line 3, id: stands in line 2 already`,
		`line 4, id: an ID is a GEOID`,
		`line 5, id: an ID is a GEOID`,
		`line 6, within: area "09003" is neither in this file nor known: since 2022`,
		`line 7, state: a district needs its state`,
		`line 8, served_by: area "x-nowhere" is neither`,
		`line 9, within: the area lies within itself`,
		`line 10, within: the area lies within itself`,
		`line 11, id: lies outside the jurisdiction`,
		`line 12, name: is empty`,
		`line 13, state: the GEOID begins with 09, which is CT`,
		`line 14, same: "9003" is not six digits`,
		`line 14, same: 025001 is not in CT, whose codes begin with 009`,
		`line 15, zips: there is no ZIP code 09999: did you mean`,
		`line 16, within: Suffolk County, MA is in another state`,
		`line 17, id: begins with 99, which is no state`,
		`line 18: has 2 cells where the header has 7`,
		`line 19, name: holds a line break or an invisible character`,
		`line 20, name: has 64 characters`,
	})
}

// wantReport compares a report line by line, by how each begins.
func wantReport(t *testing.T, got Report, want []string) {
	t.Helper()
	for i := range max(len(got), len(want)) {
		switch {
		case i >= len(got):
			t.Errorf("not reported: %s", want[i])
		case i >= len(want):
			t.Errorf("reported beside the rest: %s", got[i].Error())
		case !strings.HasPrefix(got[i].Error(), want[i]):
			t.Errorf("reported: %s\n    want: %s", got[i].Error(), want[i])
		}
	}
}

// Promise 1: an agency without areas may not name any.
func TestAnAgencyWithoutJurisdictionImportsNothing(t *testing.T) {
	if _, err := ReadAreas(strings.NewReader(townsCSV), mustBook(t, Holdings{}), of()); err == nil {
		t.Error("areas were imported for nobody")
	}
	b := mustBook(t, connecticut())
	if _, err := ReadDirectory(strings.NewReader("area,for,tel\n09110,all,860-555-0101\n"), b, of()); err == nil {
		t.Error("a directory was imported for nobody")
	}
}

func TestADistrictLiesInTheOneAreaThatItsAgencySpeaksFor(t *testing.T) {
	b := mustBook(t, Holdings{})
	for _, tc := range []struct {
		jurisdiction []ID
		want         ID
	}{{[]ID{"22071"}, "22071"}, {[]ID{"22"}, "22"}, {[]ID{"22", "28"}, "22"}} {
		got, err := ReadAreas(strings.NewReader("id,name,state\nx-first,First District,LA\n"), b, of(tc.jurisdiction...))
		if err != nil || got.Areas[0].Within != tc.want {
			t.Errorf("a district of an agency for %v: %+v, %v, want it within %s", tc.jurisdiction, got.Areas, err, tc.want)
		}
	}
}

// Promise 1: an agency changes nothing beyond its jurisdiction.
func TestAnAgencyCannotTakeAreasOrZIPsOfItsNeighbour(t *testing.T) {
	b := mustBook(t, connecticut())
	for name, line := range map[string]string{
		"a region":            "09170,Ours,CT,,09110,,",
		"a town of another":   "0917052000,New Haven,CT,,09110,,",
		"a known town":        "0916053470,Norfolk,CT,,09110,,",
		"all around it":       "09,Connecticut,,,,,",
		"by way of a circuit": "x-ours,Ours,CT,,09,,06107",
	} {
		if _, err := ReadAreas(strings.NewReader("id,name,state,same,within,served_by,zips\n"+line+"\n"), b, of("09110")); err == nil {
			t.Errorf("%s was taken", name)
		}
	}
	got, err := ReadAreas(strings.NewReader("id,name,zips\n0911082591,Ours,06107 06513\n"), b, of("09110"))
	if err != nil {
		t.Fatal(err)
	}
	want := map[ZIP][]ID{"06107": {"0911082591"}, "06513": append(slices.Clone(b.Candidates("06513")), "0911082591")}
	if diff := cmp.Diff(want, got.ZIPs); diff != "" {
		t.Errorf("the ZIP codes differ (-want +got):\n%s", diff)
	}
	wantReport(t, got.Warnings, []string{"line 2, zips: 06513 lies in South Central Connecticut Planning Region, CT, as far as is known; this agency"})
}

func TestAFileThatIsNoSheetIsRefusedAtItsHeader(t *testing.T) {
	b := mustBook(t, Holdings{})
	for name, tc := range map[string]struct{ file, want string }{
		"empty":            {"", "line 1: the file is empty"},
		"semicolons":       {"id;name;zips\n", "line 1: the columns are separated by commas"},
		"unknown column":   {"id,name,phone\n", `line 1: column "phone" is not known: the columns are id, name, state`},
		"missing column":   {"id,state\n", `line 1: column "name" is missing`},
		"column twice":     {"id,name,id\n", `line 1: column "id" stands twice`},
		"quotation":        {"id,na\"me\n", "line 1: a quotation mark stands alone"},
		"quotation inside": {"id,name\n09,\"a\"b\n09110,x\"y\n", "line 2: a quotation mark stands alone"},
		"not UTF-8":        {"id,name\n0911082590,Na\xefve\n", "line 2, name: is not UTF-8"},
		"header alone":     {"id,name\n", ""},
		"marked and CRLF":  {"\uFEFFID , Name\r\n0911082590,West Hartford\r\n\r\n", ""},
	} {
		_, err := ReadAreas(strings.NewReader(tc.file), b, of("09"))
		if got := ""; err != nil {
			got = err.Error()
			if tc.want == "" || !strings.HasPrefix(got, tc.want) {
				t.Errorf("%s: %s\nwant: %s", name, got, tc.want)
			}
		} else if tc.want != "" {
			t.Errorf("%s: it was taken, want %q", name, tc.want)
		}
	}
}

func TestAFileThatBreaksOffIsNotImported(t *testing.T) {
	broken := errors.New("the disk is gone")
	for _, before := range []string{"", townsCSV} {
		_, err := ReadAreas(io.MultiReader(strings.NewReader(before), iotest.ErrReader(broken)), mustBook(t, Holdings{}), of("09"))
		if !errors.Is(err, broken) {
			t.Errorf("after %d bytes: %v, want that the disk is gone", len(before), err)
		}
	}
}

func TestFormulasAreDisarmedAndTakenBack(t *testing.T) {
	for _, cell := range []string{"=1+1", "+1 860", "-x", "@x", "'=x", "''+x", "plain", "'quoted'", "", "'"} {
		if armed := arm(cell); disarm(armed) != cell || isFormula(armed) {
			t.Errorf("%q is written as %q and read as %q", cell, armed, disarm(armed))
		}
	}
}

func FuzzReadAreas(f *testing.F) {
	f.Add(townsCSV)
	f.Add("id,name\n\"09\"x,y\n")
	f.Add("id,name,within\nx-a,A,x-a\n")
	b, err := NewBook(Holdings{})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, file string) {
		first, err := ReadAreas(strings.NewReader(file), b, of("09"))
		if err != nil {
			return
		}
		if _, err := NewBook(Holdings{Areas: first.Areas, ZIPs: first.ZIPs}); err != nil {
			t.Fatalf("an import makes no book: %v", err)
		}
		var out bytes.Buffer
		if err := WriteAreas(&out, first.Areas, first.ZIPs); err != nil {
			t.Fatal(err)
		}
		second, err := ReadAreas(&out, b, of("09"))
		if err != nil || !slices.EqualFunc(first.Areas, second.Areas, func(a, b Area) bool { return cmp.Equal(a, b) }) {
			t.Errorf("the export imports to %+v, %v, want %+v", second.Areas, err, first.Areas)
		}
	})
}
