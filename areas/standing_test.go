package areas

import (
	"testing"
	"time"
)

func TestAnAreaScoresForEachThingThatItsNumbersHave(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	lately := now.Add(-10 * 24 * time.Hour)
	number := func(tel Tel, change func(*Number)) Number {
		n := Number{Area: "09110", For: Police, Tel: tel, Hours: "Mon-Fri 8-16", ConfirmedAt: now.Add(-60 * 24 * time.Hour)}
		change(&n)
		return n
	}
	tests := []struct {
		name    string
		numbers []Number
		want    int
	}{
		{"none", nil, 0},
		{"a relay line alone is none", []Number{number("+18605550100", func(n *Number) { n.For = Relay })}, 0},
		{"one that does not answer is none", []Number{number("+18605550100", func(n *Number) { n.Unanswered = 2 })}, 0},
		{"one in office hours", []Number{number("+18605550100", func(*Number) {})}, 40},
		{"around the clock", []Number{number("+18605550100", func(n *Number) { n.Hours = "" })}, 60},
		{"and confirmed", []Number{number("+18605550100", func(n *Number) { n.Hours, n.ConfirmedAt = "", lately })}, 80},
		{"confirmed long ago", []Number{number("+18605550100", func(n *Number) { n.Hours, n.ConfirmedAt = "", now.AddDate(-1, 0, 0) })}, 20},
		{"never confirmed", []Number{number("+18605550100", func(n *Number) { n.Hours, n.ConfirmedAt = "", time.Time{} })}, 20},
		{"an expired one beside another adds nothing", []Number{number("+18605550100", func(*Number) {}),
			number("+18605550101", func(n *Number) { n.For, n.Hours, n.ConfirmedAt = All, "", time.Time{} })}, 40},
		{"for everything", []Number{number("+18605550100", func(n *Number) { n.For = All })}, 50},
		{"two routine lines fail together", []Number{
			number("+18605550100", func(n *Number) { n.Carrier, n.Admin = "A", true }),
			number("+18605550101", func(n *Number) { n.Carrier, n.Admin = "B", true })}, 40},
		{"all there is to have", []Number{
			number("+18605550100", func(n *Number) { n.For, n.Hours, n.ConfirmedAt, n.Carrier = All, "", lately, "A" }),
			number("+18605550101", func(n *Number) { n.Carrier = "B" })}, 100},
	}
	for _, tt := range tests {
		book, err := NewBook(Holdings{Numbers: tt.numbers})
		if err != nil {
			t.Fatal(err)
		}
		if got := book.Standing("09110", now, 31*24*time.Hour); got.Score != tt.want {
			t.Errorf("%s: %+v, want a score of %d", tt.name, got, tt.want)
		}
	}
}
