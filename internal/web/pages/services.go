package pages

import (
	"slices"
	"strings"

	"callbox/areas"
	"callbox/outages"
)

// service is how one service of 911 does in an area, in a few words: "Calls to 911 from landlines", "not
// working".
type service struct {
	Name, State string
	Class       string // "bad", "poor" or "good": a sign and a colour beside the words
}

// The phrases for services and for states. Every service and state has one; tests say so.
var (
	serviceNames = map[outages.Service]string{outages.Voice: "service.voice", outages.Text: "service.text",
		outages.Admin: "service.admin", outages.Location: "service.location"}
	stateNames = map[outages.State]string{outages.Working: "state.working", outages.Intermittent: "state.intermittent",
		outages.Delayed: "state.delayed", outages.Rerouted: "state.rerouted", outages.Down: "state.down",
		outages.Restored: "state.restored", outages.Watched: "state.watched"}
	lineNames = map[outages.Line]string{outages.Landline: "line.landline", outages.VoIP: "line.voip", outages.Wireless: "line.wireless"}
	inOrder   = []outages.Service{outages.Voice, outages.Text, outages.Admin, outages.Location}
)

// services lists what a bulletin knows of the services in an area. Of what it does not know, it says
// nothing.
func (v view) services(f outages.Facts, area areas.ID) []service {
	i := slices.IndexFunc(f.Advice, func(a outages.Advice) bool { return a.Area.ID == area })
	if i < 0 {
		return nil
	}
	standing := slices.Clone(f.Advice[i].Standing)
	slices.SortStableFunc(standing, func(a, b outages.Condition) int {
		return slices.Index(inOrder, a.Service) - slices.Index(inOrder, b.Service)
	})
	var out []service
	for _, c := range standing {
		if s := v.service(c); !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out
}

func (v view) service(c outages.Condition) service {
	s := service{Name: v.phrase(serviceNames[c.Service]) + v.hit(c.Hit), State: v.phrase(stateNames[c.State]), Class: "poor"}
	switch {
	case c.State.Works():
		s.Class = "good"
	case c.Confidence == outages.Suspected:
		s.State = v.phrase("state.suspected")
	case c.State == outages.Down:
		s.Class = "bad"
	}
	return s
}

// hit says who is hit, with a blank before it; it is empty where everybody is.
func (v view) hit(h outages.Hit) string {
	var parts []string
	if len(h.Lines) > 0 {
		lines := make([]string, len(h.Lines))
		for i, l := range h.Lines {
			lines[i] = v.phrase(lineNames[l])
		}
		parts = append(parts, v.phrase("line.from", "lines", strings.Join(lines, ", ")))
	}
	if len(h.Carriers) > 0 {
		key := "line.carriers"
		if h.Except {
			key = "line.except"
		}
		parts = append(parts, v.phrase(key, "carriers", strings.Join(h.Carriers, ", ")))
	}
	if len(parts) == 0 {
		return ""
	}
	return " " + strings.Join(parts, ", ")
}

// phrase is Say for a phrase that is in the table, as a test knows.
func (v view) phrase(key string, values ...string) string {
	text, err := v.Say(key, values...)
	if err != nil {
		return key
	}
	return text
}
