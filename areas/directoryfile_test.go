package areas

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const directoryCSV = `area,for,tel,label,carrier,admin,hours,only,where,confirmed_by,confirmed_at
"West Hartford, CT",police,(860) 555-0101,,Example Telecom,yes,,,,Sgt. Example,2026-03-31
0911082590,fire,860-555-0102,,,,Mo-Fr 8-16,,,Sgt. Example,2026-03-31T09:30:00-04:00
CT/Litchfield County Dispatch,all,+1 860 555 0112,Dispatch,,,,x,,,
0911082590,fire-box,,,,,,,=at every corner,,
0916053470,,,,,,,,,,
`

func TestADirectoryFileHoldsNumbersWaysAndWhatIsMissing(t *testing.T) {
	got, err := ReadDirectory(strings.NewReader(directoryCSV), mustBook(t, connecticut()), of("09"))
	if err != nil {
		t.Fatal(err)
	}
	want := Directory{
		Numbers: []Number{
			{Area: "0911082590", For: Police, Tel: "+18605550101", Carrier: "Example Telecom", Admin: true,
				ConfirmedBy: "Sgt. Example", ConfirmedAt: time.Date(2026, 3, 31, 0, 0, 0, 0, time.UTC)},
			{Area: "0911082590", For: Fire, Tel: "+18605550102", Hours: "Mo-Fr 8-16",
				ConfirmedBy: "Sgt. Example", ConfirmedAt: time.Date(2026, 3, 31, 13, 30, 0, 0, time.UTC)},
			{Area: "x-litchfield-dispatch", For: All, Tel: "+18605550112", Label: "Dispatch", Only: true},
		},
		Ways:    []Way{{Area: "0911082590", Kind: FireBox, Where: "=at every corner"}},
		Without: []ID{"0916053470"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the directory differs (-want +got):\n%s", diff)
	}
}

func TestAnExportOfTheDirectoryImportsToTheSame(t *testing.T) {
	b := mustBook(t, connecticut())
	first, err := ReadDirectory(strings.NewReader(directoryCSV), b, of("09"))
	if err != nil {
		t.Fatal(err)
	}
	temporary := Number{Area: "0916053470", For: All, Tel: "+18605550106", Temporary: true}
	var file bytes.Buffer
	exported := first
	exported.Numbers = append(exported.Numbers, temporary)
	if err := WriteDirectory(&file, exported); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(file.String(), ",=") || strings.Contains(file.String(), "555-0106") {
		t.Errorf("the export holds a formula or a temporary number:\n%s", &file)
	}
	second, err := ReadDirectory(&file, b, of("09"))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(first, second); diff != "" {
		t.Errorf("the second import differs (-first +second):\n%s", diff)
	}
}

// Promise 2: 911 for itself and numbers of nowhere stay out of the directory.
func TestEveryBadLineOfADirectoryFileIsReported(t *testing.T) {
	const file = `area,for,tel,label,admin,where,confirmed_by,confirmed_at
"West Hartfort, CT",police,860-555-0101,,,,,
0911082590,police,911,,,,,
0911082590,sheriff,860-555-0101,,,,,
0911082590,,860-555-0101,,,,,
0911082590,fire,860-555-0102,,,,,
0911082590,fire,(860) 555-0102,,,,,
0911082590,fire-box,860-555-0102,,,,,
0911082590,station,,,,1 Example Street,,
0911082590,station,,,,1 Example Street,,
0911082590,all,860-555-0103,,maybe,,,
0911082590,all,860-555-0104,,,1 Example Street,,
0911082590,all,860-555-0105,,,,Sgt. Example,
0911082590,all,860-555-0106,,,,,2026-03-31
0911082590,all,860-555-0107,,,,Sgt. Example,31.3.2026
0911082590,all,860-555-0108,,,,Sgt. Example,2026-06-02
25025,all,617-555-0120,,,,,
0911082590,all,860-555-0109,a label that is far too long to stand beside a number,,,,
`
	got, err := ReadDirectory(strings.NewReader(file), mustBook(t, connecticut()), of("09"))
	report, ok := errors.AsType[Report](err)
	if !ok || !cmp.Equal(got, Directory{}) {
		t.Fatalf("got %+v and %v, want a report alone", got, err)
	}
	wantReport(t, report, []string{
		`line 2, area: no area is called "West Hartfort, CT": did you mean West Hartford, CT (0911082590)?`,
		`line 3, tel: a three-digit code cannot stand for 911`,
		`line 4, for: "sheriff" is neither a need (police, fire, medical, all, relay) nor a way (text-911`,
		`line 5, for: is empty: say what the number is for`,
		`line 7, tel: stands in line 6 already`,
		`line 8, tel: belongs to a number, and fire-box is a way`,
		`line 10, for: the same way stands in line 9 already`,
		`line 11, admin: is yes, no or empty`,
		`line 12, where: belongs to a way`,
		`line 13, confirmed_at: is empty`,
		`line 14, confirmed_by: is empty`,
		`line 15, confirmed_at: is neither a date such as 2026-03-31`,
		`line 16, confirmed_at: lies in the future`,
		`line 17, area: Suffolk County, MA (25025) lies outside the jurisdiction`,
		`line 18, label: has 53 characters; at most 40 fit`,
	})
}

func TestADirectoryFileWarnsOfOddNumbers(t *testing.T) {
	const file = `area,for,tel,confirmed_by,confirmed_at
0911082590,police,601-555-0130,Sgt. Example,2025-01-01
0911082590,fire,800-555-0100,,
`
	got, err := ReadDirectory(strings.NewReader(file), mustBook(t, connecticut()), of("09"))
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Numbers) != 2 {
		t.Errorf("%d numbers, want both", len(got.Numbers))
	}
	wantReport(t, got.Warnings, []string{
		`line 2, confirmed_at: was more than a year ago`,
		`line 2, tel: the area code is of MS, the area in CT`,
	})
}

func FuzzReadDirectory(f *testing.F) {
	f.Add(directoryCSV)
	f.Add("area,for,tel\n09110,all,911\n")
	f.Add("area,for,tel,where\n09110,station,,'=x\n")
	b, err := NewBook(connecticut())
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, file string) {
		first, err := ReadDirectory(strings.NewReader(file), b, of("09"))
		if err != nil {
			return
		}
		var out, again bytes.Buffer
		if err := WriteDirectory(&out, first); err != nil {
			t.Fatal(err)
		}
		second, err := ReadDirectory(bytes.NewReader(out.Bytes()), b, of("09"))
		if err != nil {
			t.Fatalf("the export does not import: %v", err)
		}
		if err := WriteDirectory(&again, second); err != nil || out.String() != again.String() {
			t.Errorf("the second export is %q, %v, want %q", &again, err, &out)
		}
	})
}
