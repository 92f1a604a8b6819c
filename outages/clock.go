package outages

import (
	"fmt"
	"strings"
	"time"
)

// The forms of time that officials may write: with a date and zone, with a date in the agency's zone, or
// bare.
var (
	zonedForms = []string{time.RFC3339, "2006-01-02T15:04Z07:00"}
	localForms = []string{"2006-01-02 15:04", "2006-01-02T15:04", "Jan 2 2006 3:04 PM"}
	bareForms  = []string{"15:04", "3:04 PM", "3:04PM", "3 PM", "3PM"}
)

// Time reads a time as officials write it: "13:30", "1:30 pm", or with a date. A bare one is on the day that
// brings it nearest to now, so that "23:50" at ten past midnight was twenty minutes ago. The result is UTC.
func (r Reading) Time(text string) (time.Time, error) {
	for _, form := range zonedForms {
		if t, err := time.Parse(form, text); err == nil {
			return t.UTC(), nil
		}
	}
	for _, form := range localForms {
		if t, err := time.ParseInLocation(form, text, r.Zone); err == nil {
			return t.UTC(), nil
		}
	}
	for _, form := range bareForms {
		if t, err := time.Parse(form, strings.ToUpper(text)); err == nil {
			return r.nearest(t), nil
		}
	}
	return time.Time{}, fmt.Errorf("%q is no time; write 13:30, or with a date 2024-10-22T13:30-04:00", text)
}

func (r Reading) nearest(clock time.Time) time.Time {
	now := r.Now.In(r.Zone)
	var best time.Time
	for day := -1; day <= 1; day++ {
		t := time.Date(now.Year(), now.Month(), now.Day()+day, clock.Hour(), clock.Minute(), 0, 0, r.Zone)
		if best.IsZero() || t.Sub(now).Abs() < best.Sub(now).Abs() {
			best = t
		}
	}
	return best.UTC()
}
