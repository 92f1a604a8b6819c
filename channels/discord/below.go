package discord

import (
	"strings"
	"time"

	"callbox/channels"
	"callbox/templates"
)

// below words the line that leads from a former message to the present one, in every language it has
// words for; it is empty when there are none.
func below(m channels.Message) string {
	at := m.Bulletin.Issued.UTC()
	if zone, err := time.LoadLocation(m.Bulletin.Facts.Speaker.Zone); err == nil {
		at = at.In(zone)
	}
	var lines []string
	for _, t := range m.Texts {
		if say, ok := seeBelow[t.Lang]; ok {
			lines = append(lines, marked(say(at), m.Mode, t))
		}
	}
	for len(lines) > 0 && size(strings.Join(lines, "\n")) >= notice {
		lines = lines[:len(lines)-1]
	}
	return strings.Join(lines, "\n")
}

// seeBelow words the line for a local time. It is worded here and not in the templates because the time
// of a bulletin is not known when its texts are rendered.
var seeBelow = map[templates.Lang]func(time.Time) string{
	templates.English: func(at time.Time) string {
		return "Updated at " + at.Format("3:04 PM") + ", see below."
	},
	templates.Spanish: func(at time.Time) string {
		half, article := "a. m.", "las"
		if at.Hour() >= 12 {
			half = "p. m."
		}
		if at.Hour()%12 == 1 {
			article = "la"
		}
		return "Actualizado a " + article + " " + at.Format("3:04") + " " + half + ", vea abajo."
	},
}
