package areas

import (
	"testing"
	"time"
)

func TestANumberExpiresWhenNobodyAnsweredItForHalfAYear(t *testing.T) {
	now := time.Date(2026, 3, 1, 2, 0, 0, 0, time.UTC)
	tests := []struct {
		name   string
		number Number
		want   bool
	}{
		{"answered 180 days ago", Number{ConfirmedAt: now.Add(-180 * 24 * time.Hour)}, false},
		{"a second longer ago", Number{ConfirmedAt: now.Add(-180*24*time.Hour - time.Second)}, true},
		{"never rung", Number{}, true},
		{"given for one outage", Number{Temporary: true}, false},
	}
	for _, tt := range tests {
		if got := tt.number.Expired(now); got != tt.want {
			t.Errorf("%s: expired %v, want %v", tt.name, got, tt.want)
		}
	}
}

func TestANumberAroundTheClockIsNotCoveredByOfficeHours(t *testing.T) {
	always, office := Number{For: Police}, Number{For: Police, Hours: "Mon-Fri 8-16"}
	if always.Covered([]Number{office}) {
		t.Error("at night nobody would answer")
	}
	if !office.Covered([]Number{always}) || !office.Covered([]Number{office}) {
		t.Error("a number that is staffed at the same times or more does not cover it")
	}
}

func TestANumberIsCoveredWhenOthersServeEveryNeedOfIt(t *testing.T) {
	tests := []struct {
		number Need
		others []Need
		want   bool
	}{
		{Police, nil, false},
		{Police, []Need{Fire, Medical}, false},
		{Police, []Need{Police}, true},
		{Police, []Need{All}, true},
		{All, []Need{Police, Fire}, false},
		{All, []Need{Police, Fire, Medical}, true},
		{All, []Need{All}, true},
		{Relay, []Need{All}, false},
		{Relay, []Need{Relay}, true},
	}
	for _, tt := range tests {
		var others []Number
		for _, need := range tt.others {
			others = append(others, Number{For: need})
		}
		if got := (Number{For: tt.number}).Covered(others); got != tt.want {
			t.Errorf("%s beside %v: covered %v, want %v", tt.number, tt.others, got, tt.want)
		}
	}
}
