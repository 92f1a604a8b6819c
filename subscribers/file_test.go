package subscribers

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"
	"testing"
	"time"

	"callbox/areas"

	"github.com/google/go-cmp/cmp"
)

const sampleFile = `channel,destination,places,langs,list,tests,state,consent_source,consent_date,consent_text
email,Ana@EXAMPLE.org,06107 77494@48157,es;en,,yes,,county fair,2026-03-31,v2
email,ben@example.org,06880,,drill,,paused,web,2026-03-31T09:30:00-04:00,
email,'=carla@example.org,02134,,,,,town hall,,
push,https://push.example.org/x,02134,,,no,unconfirmed,web,2026-03-31,
`

func readAll(t *testing.T, file string) ([]Line, error) {
	t.Helper()
	var lines []Line
	err := Read(strings.NewReader(file), testRules(t), noon, func(l Line) error {
		lines = append(lines, l)
		return nil
	})
	return lines, err
}

func TestAFileOfSubscribersIsRead(t *testing.T) {
	got, err := readAll(t, sampleFile)
	if err != nil {
		t.Fatal(err)
	}
	day := time.Date(2026, 3, 31, 0, 0, 0, 0, time.UTC)
	en := []string{"en"}
	want := []Line{
		{Subscriber{List: Live, Langs: []string{"es", "en"}, WantsTests: true, Consent: Consent{"county fair", day, "v2"},
			Places: []areas.Place{{ZIP: "06107"}, {ZIP: "77494", Area: "48157"}}},
			Address{Channel: Email, Destination: NewDestination("Ana@example.org"), State: Active}},
		{Subscriber{List: Drill, Langs: en, Consent: Consent{"web", day.Add(13*time.Hour + 30*time.Minute), ""}, Places: []areas.Place{{ZIP: "06880"}}},
			Address{Channel: Email, Destination: NewDestination("ben@example.org"), State: Paused}},
		{Subscriber{List: Live, Langs: en, Consent: Consent{Source: "town hall"}, Places: []areas.Place{{ZIP: "02134"}}},
			Address{Channel: Email, Destination: NewDestination("=carla@example.org"), State: Unconfirmed}},
		{Subscriber{List: Live, Langs: en, Consent: Consent{"web", day, ""}, Places: []areas.Place{{ZIP: "02134"}}},
			Address{Channel: "push", Destination: NewDestination("https://push.example.org/x"), State: Unconfirmed}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the lines differ (-want +got):\n%s", diff)
	}
}

func all(lines []Line) iter.Seq2[Line, error] {
	return func(yield func(Line, error) bool) {
		for _, l := range lines {
			if !yield(l, nil) {
				return
			}
		}
	}
}

func TestAnExportOfSubscribersImportsToTheSame(t *testing.T) {
	first, err := readAll(t, sampleFile)
	if err != nil {
		t.Fatal(err)
	}
	left := Line{first[0].Subscriber, Address{Channel: Email, Destination: NewDestination("left@example.org"), State: Left}}
	gone := Line{first[0].Subscriber, Address{Channel: Email, Destination: NewDestination("gone@example.org"), State: Gone}}
	var file bytes.Buffer
	if err := Write(&file, all(append([]Line{left, gone}, first...))); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(file.String(), "left@") || strings.Contains(file.String(), "gone@") || strings.Contains(file.String(), ",=") {
		t.Error("the export holds somebody who left or is gone, or a formula")
	}
	second, err := readAll(t, file.String())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(first, second); diff != "" {
		t.Errorf("the second import differs (-first +second):\n%s", diff)
	}
}

func TestAnExportStopsWhereTheLinesFail(t *testing.T) {
	broken := errors.New("the database is gone")
	err := Write(io.Discard, func(yield func(Line, error) bool) { yield(Line{}, broken) })
	if !errors.Is(err, broken) {
		t.Errorf("Write = %v, want that the database is gone", err)
	}
}

func TestOneBadLineKeepsAllOthersOut(t *testing.T) {
	const file = `channel,destination,places,langs,list,tests,state,consent_source,consent_date
email,ana@example.org,06107,,,,,web,2026-03-31
email,ben@example,06107,,,,,web,2026-03-31
email,ANA@example.org,06107,,,,,web,2026-03-31
fax,860-555-0101,06107,,,,,web,2026-03-31
email,carla@example.org,00000 06107@25025,,,,,web,2026-03-31
email,dora@example.org,06107,fr,both,maybe,dead,web,31.3.2026
email,emil@example.org,,,,,,web,2026-06-02
email,fay@example.org
`
	lines, err := readAll(t, file)
	report, ok := errors.AsType[areas.Report](err)
	if !ok || len(lines) != 0 {
		t.Fatalf("%d lines and %v, want a report alone", len(lines), err)
	}
	want := []string{
		"line 3, destination: no domain such as example.org",
		"line 4, destination: stands in line 2 already",
		"line 5, channel: this channel is not offered",
		"line 6, places: 00000 is not a ZIP code",
		"line 6, places: ZIP code 06107 does not lie in that area",
		"line 7, langs: choose en or es",
		"line 7, list: choose live or drill",
		"line 7, tests: yes, no or empty",
		"line 7, state: active, paused, unconfirmed or empty",
		"line 7, consent_date: neither a date",
		"line 8, places: give a ZIP code",
		"line 8, consent_date: lies in the future",
		"line 9: has 2 cells where the header has 9",
	}
	for i := range max(len(report), len(want)) {
		switch {
		case i >= len(report):
			t.Errorf("not reported: %s", want[i])
		case i >= len(want) || !strings.HasPrefix(report[i].Error(), want[i]):
			t.Errorf("reported: %s", report[i].Error())
		}
	}
}

func TestTheTakerOfLinesMayStopTheImport(t *testing.T) {
	full, taken := errors.New("the disk is full"), 0
	err := Read(strings.NewReader(sampleFile), testRules(t), noon, func(Line) error {
		if taken++; taken == 2 {
			return full
		}
		return nil
	})
	if !errors.Is(err, full) || !strings.Contains(err.Error(), "line 3") || taken != 2 {
		t.Errorf("after %d lines: %v, want that the disk is full at line 3", taken, err)
	}
}

func TestALongFileIsReadLineByLine(t *testing.T) {
	const n = 2000
	var file strings.Builder
	file.WriteString("channel,destination,places\n")
	for i := range n {
		fmt.Fprintf(&file, "email,reader%d@example.org,06107\n", i)
	}
	r, taken := &counter{ReadSeeker: strings.NewReader(file.String())}, 0
	err := Read(r, testRules(t), noon, func(Line) error {
		if taken++; taken == 1 && r.n >= 2*file.Len() {
			t.Error("the whole file was read before the first line was taken")
		}
		return nil
	})
	if err != nil || taken != n {
		t.Errorf("%d lines and %v, want %d", taken, err, n)
	}
}

type counter struct {
	io.ReadSeeker
	n int
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.ReadSeeker.Read(p)
	c.n += n
	return n, err
}

func FuzzRead(f *testing.F) {
	f.Add(sampleFile)
	f.Add("channel,destination,places\nemail,a@example.org,06107@\n")
	f.Add("channel;destination\n")
	rules := testRules(f)
	f.Fuzz(func(t *testing.T, file string) {
		var first []Line
		take := func(l Line) error { first = append(first, l); return nil }
		if err := Read(strings.NewReader(file), rules, noon, take); err != nil {
			if len(first) > 0 {
				t.Errorf("%d lines were taken before %v", len(first), err)
			}
			return
		}
		var out bytes.Buffer
		if err := Write(&out, all(first)); err != nil {
			t.Fatal(err)
		}
		var second []Line
		if err := Read(bytes.NewReader(out.Bytes()), rules, noon, func(l Line) error { second = append(second, l); return nil }); err != nil {
			t.Fatalf("the export does not import: %v", err)
		}
		if diff := cmp.Diff(first, second); diff != "" {
			t.Errorf("the second import differs (-first +second):\n%s", diff)
		}
	})
}
