package crowd_test

import (
	"strings"
	"testing"
	"unicode"

	"pgregory.net/rapid"

	"callbox/channels/crowd"
	"callbox/channels/crowd/crowdtest"
	"callbox/outages"
	"callbox/templates"
)

var sample = templates.Text{
	Opening: []templates.Clause{{Text: "Source."}, {Text: "Cause.", Rank: 2}},
	Parts: []templates.Part{
		{Name: "A", Clauses: []templates.Clause{{Text: "A is down."}, {Text: "Call 860-555-0101."}, {Text: "Or 860-555-0102."}},
			Numbers: []templates.Number{{Local: "860-555-0101"}, {Local: "860-555-0102"}}},
		{Name: "B", Clauses: []templates.Clause{{Text: "B is down."}, {Text: "Call 860-555-0103."}, {Text: "Do not test.", Rank: 1}},
			Numbers: []templates.Number{{Local: "860-555-0103"}}},
	},
	Closing: []templates.Clause{{Text: "Next at noon."}},
}

func TestAreasGiveWayFromTheLastAndTheirNumbersFirst(t *testing.T) {
	sheet := crowd.NewSheet(sample, crowd.Plain)
	for cut, want := range []struct {
		lines   string
		missing int
	}{
		{"Source.|Cause.|A|A is down.|Call 860-555-0101.|Or 860-555-0102.|B|B is down.|Call 860-555-0103.|Do not test.|Next at noon.", 0},
		{"Source.|A|A is down.|Call 860-555-0101.|Or 860-555-0102.|B|B is down.|Call 860-555-0103.|Do not test.|Next at noon.", 0},
		{"Source.|A|A is down.|Call 860-555-0101.|Or 860-555-0102.|B|B is down.|Call 860-555-0103.|Next at noon.", 0},
		{"Source.|A|A is down.|Call 860-555-0101.|Or 860-555-0102.|B|B is down.|Next at noon.", 1},
		{"Source.|A|A is down.|Call 860-555-0101.|B|B is down.|Next at noon.", 2},
		{"Source.|A|A is down.|B|B is down.|Next at noon.", 3},
		{"Source.|A|A is down.|B|Next at noon.", 3},
		{"Source.|A|B|Next at noon.", 3},
		{"Source.|A|Next at noon.", 3},
		{"Source.|Next at noon.", 3},
	} {
		lines, missing := sheet.At(cut)
		if got := text(lines); got != want.lines || missing != want.missing {
			t.Errorf("cut %d: %s (%d missing), want %s (%d missing)", cut, got, missing, want.lines, want.missing)
		}
	}
}

func text(lines []crowd.Line) string {
	var out []string
	for _, l := range lines {
		out = append(out, l.Text)
	}
	return strings.Join(out, "|")
}

func TestOnlyRanksGiveWayWithoutALink(t *testing.T) {
	sheet := crowd.NewSheet(sample, crowd.Plain)
	never := func(int) bool { return false }
	if _, ok := sheet.Fit(true, never); ok {
		t.Error("what never fits was fitted")
	}
	for _, c := range []struct {
		link bool
		cut  int
		ok   bool
	}{{false, 2, true}, {false, 3, false}, {true, 3, true}, {true, 9, true}, {true, 10, false}} {
		_, ok := sheet.Fit(c.link, func(cut int) bool { return cut >= c.cut })
		if ok != c.ok {
			t.Errorf("link %t, needs cut %d: fitted %t, want %t", c.link, c.cut, ok, c.ok)
		}
	}
}

func TestEachCutOnlyTakesAway(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		sheet := crowd.NewSheet(crowdtest.Texts(outages.Live).Draw(t, "text"), crowd.Plain)
		before, missing := sheet.At(0)
		if missing != 0 {
			t.Fatalf("nothing was cut and %d are missing", missing)
		}
		for cut := 1; ; cut++ {
			after, m := sheet.At(cut)
			if m < missing {
				t.Fatalf("cut %d: %d missing after %d", cut, m, missing)
			}
			if len(after) == len(before) {
				break // past the last cut
			}
			if !within(after, before) {
				t.Fatalf("cut %d brought something back", cut)
			}
			before, missing = after, m
		}
	})
}

// within reports whether some lines are others without some, in the same order.
func within(some, others []crowd.Line) bool {
	for _, l := range others {
		if len(some) > 0 && some[0] == l {
			some = some[1:]
		}
	}
	return len(some) == 0
}

func TestPlainTextHidesNothing(t *testing.T) {
	for _, in := range crowdtest.Hostile {
		got := crowd.Plain(in)
		if strings.ContainsFunc(got, func(r rune) bool { return r != ' ' && (unicode.IsSpace(r) || unicode.In(r, unicode.C)) }) {
			t.Errorf("Plain(%q) = %q holds what nobody sees", in, got)
		}
	}
	if arabic := templates.Isolated("ar", "860-555-0101"); crowd.Plain(arabic) != arabic {
		t.Errorf("Plain(%q) = %q: the number would be turned around", arabic, crowd.Plain(arabic))
	}
	for _, open := range []string{"\u2066860", "860\u2069", "\u2066\u2066860\u2069\u2069", "\u2066860\u2069\u2069", "\u2066\u202e860\u2069"} {
		if got := crowd.Plain(open); got != "860" {
			t.Errorf("Plain(%q) = %q, want marks that do not pair taken out", open, got)
		}
	}
	if got, want := crowd.Plain(" Año  \u202e911\u200b\n\tdown "), "Año 911 down"; got != want {
		t.Errorf("Plain = %q, want %q", got, want)
	}
}
