package pages

import (
	"testing"

	"callbox/areas"
	"callbox/outages"
)

// Whatever is declared has words in every language: a key that nobody wrote would stand on the page.
func TestEverythingThatCanBeDeclaredHasWords(t *testing.T) {
	all, err := loadPhrases()
	if err != nil {
		t.Fatal(err)
	}
	var keys []string
	for _, s := range []outages.Service{outages.Voice, outages.Text, outages.Admin, outages.Location} {
		keys = append(keys, serviceNames[s])
	}
	for _, s := range []outages.State{outages.Working, outages.Intermittent, outages.Delayed, outages.Rerouted, outages.Down, outages.Restored, outages.Watched} {
		keys = append(keys, stateNames[s])
	}
	for _, l := range []outages.Line{outages.Landline, outages.VoIP, outages.Wireless} {
		keys = append(keys, lineNames[l])
	}
	for _, n := range areas.Needs {
		keys = append(keys, needNames[n])
	}
	for _, w := range []areas.WayKind{areas.TextTo911, areas.FireBox, areas.Station, areas.CallBack} {
		keys = append(keys, wayNames[w])
	}
	for lang, p := range all {
		for _, key := range keys {
			if p[key] == "" {
				t.Errorf("%s has no words for %q", lang, key)
			}
		}
	}
}

func TestAHitIsToldWithItsLinesAndCarriers(t *testing.T) {
	all, err := loadPhrases()
	if err != nil {
		t.Fatal(err)
	}
	v := view{Lang: "en", pages: &Pages{phrases: all}}
	for want, c := range map[string]outages.Condition{
		"Calls to 911: only some of the time":                               {Service: outages.Voice, State: outages.Intermittent},
		"Calls to 911 from landlines, mobile phones, of Alpha: not working": {Service: outages.Voice, State: outages.Down, Hit: outages.Hit{Lines: []outages.Line{outages.Landline, outages.Wireless}, Carriers: []string{"Alpha"}}},
		"Calls to 911 other than of Alpha: may fail, not confirmed":         {Service: outages.Voice, State: outages.Down, Confidence: outages.Suspected, Hit: outages.Hit{Carriers: []string{"Alpha"}, Except: true}},
		"Text to 911: working again, may fail again":                        {Service: outages.Text, State: outages.Watched},
		"Where you call from, as 911 sees it: not working":                  {Service: outages.Location, State: outages.Down},
	} {
		if s := v.service(c); s.Name+": "+s.State != want {
			t.Errorf("%+v is told as %q, want %q", c, s.Name+": "+s.State, want)
		}
	}
}

func TestAStateAcrossTheDateLineIsDrawnInOnePiece(t *testing.T) {
	ring := func(points ...areas.Point) areas.Ring { return points }
	west := ring(areas.Point{52, -170}, areas.Point{60, -140}, areas.Point{52, -170})
	east := ring(areas.Point{52, 173}, areas.Point{53, 174}, areas.Point{52, 173})
	p := newProjection([]areas.Ring{west, east})
	if p.height > mapWidth {
		t.Errorf("the map is %d by %d", mapWidth, p.height)
	}
	if x := (longitude(east[0]) - p.west) * p.across; x < 0 || x > mapWidth/2 {
		t.Errorf("what lies beyond the date line is drawn at %g, want it in the west", x)
	}
}
