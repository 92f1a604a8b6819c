package account

import (
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"callbox/areas"
	"callbox/outages"
)

// Service names a service to officials.
func Service(s outages.Service) string {
	return map[outages.Service]string{outages.Voice: "calls to 911", outages.Text: "texts to 911", outages.Admin: "routine lines",
		outages.Location: "caller locations"}[s]
}

// State says how something does: "calls to 911 fail".
func State(s outages.State) string {
	return map[outages.State]string{outages.Working: "work", outages.Intermittent: "connect only sometimes", outages.Delayed: "are answered late",
		outages.Rerouted: "are answered elsewhere", outages.Down: "fail", outages.Restored: "work again",
		outages.Watched: "work again, but are watched"}[s]
}

// Phones names a kind of telephone in the plural.
func Phones(l outages.Line) string {
	return map[outages.Line]string{outages.Landline: "landlines", outages.VoIP: "internet phones", outages.Wireless: "mobile phones"}[l]
}

// Condition says one condition without its area.
func Condition(c outages.Condition, clock func(time.Time) string) string {
	what := Service(c.Service)
	var phones []string
	for _, l := range c.Hit.Lines {
		phones = append(phones, Phones(l))
	}
	if len(phones) > 0 {
		what += " from " + strings.Join(phones, " and ")
	}
	switch carriers := strings.Join(c.Hit.Carriers, ", "); {
	case carriers != "" && c.Hit.Except:
		what += " of every carrier but " + carriers
	case carriers != "":
		what += " of " + carriers
	}
	what += " " + State(c.State)
	if c.Symptom != "" {
		what += " (" + strings.ReplaceAll(string(c.Symptom), "-", " ") + ")"
	}
	if !c.Since.IsZero() {
		what += " since " + clock(c.Since)
	}
	if c.Confidence == outages.Suspected {
		what += ", suspected"
	}
	return what
}

// Need says what a number is for.
func Need(n areas.Need) string {
	return map[areas.Need]string{areas.All: "any emergency", areas.Police: "police", areas.Fire: "fire", areas.Medical: "ambulance",
		areas.Relay: "relay or TTY"}[n]
}

// Number says a number and what it is for.
func Number(n areas.Number) string {
	what := n.Label
	if what == "" {
		what = Need(n.For)
	}
	return "call " + n.Tel.Local() + " (" + what + ")"
}

// Way says a way to get help.
func Way(w areas.Way) string {
	text := map[areas.WayKind]string{areas.TextTo911: "text 911", areas.Mobile: "call 911 from a mobile phone", areas.LandlineCall: "call 911 from a landline",
		areas.VoIPCall: "call 911 from an internet phone", areas.OtherCarrier: "call 911 from a phone of another carrier",
		areas.FireBox: "pull a street fire box", areas.Station: "go to a fire or police station", areas.CallBack: "hang up and wait for the call back"}[w.Kind]
	if w.Where != "" {
		text += ": " + w.Where
	}
	return text
}

// Clock prints a time as the agency's clock shows it: "1:30 PM", with the date where it is not near now. The
// zero time is empty.
func Clock(t, now time.Time, zone *time.Location) string {
	if t.IsZero() {
		return ""
	}
	t = t.In(zone)
	if t.Sub(now).Abs() < 12*time.Hour {
		return t.Format("3:04 PM")
	}
	return t.Format("Jan 2 2006 3:04 PM")
}

// Count prints a number with commas: "48,210".
func Count(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// People prints a number of people.
func People(n int) string {
	if n == 1 {
		return "1 person"
	}
	return Count(n) + " people"
}

// Age says how long ago something was, in the largest whole unit.
func Age(d time.Duration) string {
	day := 24 * time.Hour
	for _, u := range []struct {
		of   time.Duration
		name string
	}{{day, "day"}, {time.Hour, "hour"}, {time.Minute, "minute"}} {
		if n := int(d / u.of); n == 1 {
			return "1 " + u.name + " ago"
		} else if n > 1 {
			return fmt.Sprintf("%d %ss ago", n, u.name)
		}
	}
	return "just now"
}

// Places names areas, the first three.
func Places(list []areas.Area) string {
	var out []string
	for _, a := range list[:min(len(list), 3)] {
		out = append(out, a.FullName())
	}
	if more := len(list) - len(out); more > 0 {
		out = append(out, fmt.Sprintf("%d more areas", more))
	}
	return strings.Join(out, "; ")
}

// Sentence makes a sentence of a remark: it begins with a capital.
func Sentence(s string) string {
	r, n := utf8.DecodeRuneInString(s)
	return string(unicode.ToUpper(r)) + s[n:]
}
