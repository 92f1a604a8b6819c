package templates

import (
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"callbox/areas"
)

// and lists things: "A, B and C".
func (p phrases) and(items []string) string { return p.list(items, "and", "and_i", "i") }

// or lists things to choose from: "A, B or C".
func (p phrases) or(items []string) string { return p.list(items, "or", "or_o", "o") }

// list joins with a conjunction, which in Spanish changes before its own sound ("e Idaho", "u Ohio").
func (p phrases) list(items []string, word, before, sound string) string {
	n := len(items)
	if n == 0 {
		return ""
	}
	if n == 1 {
		return items[0]
	}
	last := strings.ToLower(items[n-1])
	if bare := strings.TrimPrefix(last, "h"); strings.HasPrefix(bare, sound) && !strings.HasPrefix(bare, "ie") {
		word = before
	}
	return strings.Join(items[:n-1], ", ") + " " + p["list."+word] + " " + items[n-1]
}

// name is an area in a heading or list, and "the" one in a sentence, where Spanish wants an article.
func (p phrases) name(a areas.Area) string { return p.place(a, "") }
func (p phrases) the(a areas.Area) string  { return p.place(a, "_the") }

func (p phrases) place(a areas.Area, form string) string {
	if a.ID.Kind() == areas.County {
		if bare, ok := strings.CutSuffix(a.Name, " County"); ok {
			return p.say("place.county"+form, "place", bare)
		}
		if bare, ok := strings.CutSuffix(a.Name, " Parish"); ok {
			return p.say("place.parish"+form, "place", bare)
		}
	}
	return a.Name
}

// clock words a time of day in a zone; one of another day than at has its date.
func (p phrases) clock(t, at time.Time, zone *time.Location) string {
	t, at = t.In(zone), at.In(zone)
	hour, half := t.Hour()%12, p["time.am"]
	if hour == 0 {
		hour = 12
	}
	if t.Hour() >= 12 {
		half = p["time.pm"]
	}
	key := "time.many"
	if hour == 1 {
		key = "time.one"
	}
	digits := strconv.Itoa(hour) + ":" + t.Format("04") + " " + half
	words := p.say(key, "clock", digits)
	if t.Year() == at.Year() && t.YearDay() == at.YearDay() {
		return words
	}
	date := p.say("time.date", "month", p["time.month"+strconv.Itoa(int(t.Month()))], "day", strconv.Itoa(t.Day()))
	return p.say("time.dated", "time", words, "date", date)
}

// zoned is clock with the zone's abbreviation: "11:49 AM EDT".
func (p phrases) zoned(t, at time.Time, zone *time.Location) string {
	return p.say("time.zoned", "time", p.clock(t, at, zone), "zone", t.In(zone).Format("MST"))
}

// upper begins a sentence with a capital.
func upper(s string) string {
	r, n := utf8.DecodeRuneInString(s)
	return strings.ToUpper(string(r)) + s[n:]
}
