package outages

import (
	"testing"
	"time"
)

func TestTimesAreReadAsOfficialsWriteThem(t *testing.T) {
	zone, err := time.LoadLocation("America/New_York")
	if err != nil {
		t.Fatal(err)
	}
	r := Reading{Zone: zone, Now: time.Date(2024, 10, 23, 4, 10, 0, 0, time.UTC)} // ten past midnight
	for text, want := range map[string]string{
		"23:50": "2024-10-23T03:50:00Z", "11:50 pm": "2024-10-23T03:50:00Z", "11:50PM": "2024-10-23T03:50:00Z", "1 am": "2024-10-23T05:00:00Z",
		"2024-10-22 13:30": "2024-10-22T17:30:00Z", "Oct 22 2024 1:30 PM": "2024-10-22T17:30:00Z", "2024-10-22T13:30-04:00": "2024-10-22T17:30:00Z",
	} {
		got, err := r.Time(text)
		if err != nil || got.Format(time.RFC3339) != want {
			t.Errorf("%q is %v, %v, want %s", text, got, err, want)
		}
	}
	for _, text := range []string{"", "25:00", "noon", "13:30 PM"} {
		if got, err := r.Time(text); err == nil {
			t.Errorf("%q is %v, want an error", text, got)
		}
	}
}
