package channeltest

import (
	"fmt"
	"strings"
	"time"

	"callbox/areas"
	"callbox/channels"
	"callbox/outages"
	"callbox/templates"
)

// Now is the moment at which the kit's bulletins are issued: Friday, 3:05 in the afternoon in Connecticut.
var Now = time.Date(2026, time.November, 13, 20, 5, 0, 0, time.UTC)

// Modes are all modes.
var Modes = []outages.Mode{outages.Live, outages.Drill, outages.Test}

// Sample describes a message to make. Its zero value is a live alert for one town, in English and Spanish.
type Sample struct {
	Mode   outages.Mode // empty means live
	Kind   outages.Kind // alert, update or all-clear; empty means alert
	Towns  int          // how many areas the reader has; 0 means 1
	Outage string       // empty means "o-2026-1113"
	Seq    int          // 0 means 1
}

// Message returns a realistic alert for one town in a mode, with texts in English and Spanish.
func Message(mode outages.Mode) channels.Message { return Sample{Mode: mode}.Message() }

// Message makes the message. To is empty.
func (s Sample) Message() channels.Message {
	if s.Mode == "" {
		s.Mode = outages.Live
	}
	if s.Kind == "" {
		s.Kind = outages.Alert
	}
	s.Towns, s.Seq = max(s.Towns, 1), max(s.Seq, 1)
	if s.Outage == "" {
		s.Outage = "o-2026-1113"
	}
	b := s.bulletin()
	return channels.Message{
		Key:      fmt.Sprintf("%s/%d/a-17", b.Outage, b.Seq),
		Mode:     s.Mode,
		Bulletin: b,
		Texts:    []templates.Text{s.text(english), s.text(spanish)},
		Page:     "https://callbox.example.org/o/" + s.Outage,
		Leave:    "https://callbox.example.org/leave/k7Qm2xT9",
	}
}

func (s Sample) bulletin() outages.Bulletin {
	state := outages.Down
	decl := outages.Declaration{Kind: s.Kind, Mode: s.Mode, Began: Now.Add(-20 * time.Minute)}
	if s.Kind.Ends() {
		state, decl.Restored = outages.Restored, Now.Add(-5*time.Minute)
	} else {
		decl.NextUpdate = Now.Add(40 * time.Minute)
	}
	facts := outages.Facts{Speaker: outages.Speaker{
		ID: "capitol", Name: "Capitol Region Emergency Communications", Jurisdiction: []areas.ID{"09110"},
		Zone: "America/New_York", Sender: "callbox@alerts.example.gov",
	}}
	for i := range s.Towns {
		a := town(i)
		c := outages.Condition{Area: a.ID, Service: outages.Voice, State: state, Confidence: outages.ConfirmedByCentre}
		decl.Conditions = append(decl.Conditions, c)
		facts.Scope = append(facts.Scope, a)
		facts.Whole = append(facts.Whole, a)
		advice := outages.Advice{Area: a, Change: outages.New, Standing: []outages.Condition{c}}
		if s.Kind.Ends() {
			advice.Change = outages.Ended
		} else {
			advice.Numbers = []areas.Number{number(i)}
			advice.Ways = []areas.Way{{Area: a.ID, Kind: areas.TextTo911}}
		}
		facts.Advice = append(facts.Advice, advice)
	}
	return outages.Bulletin{
		Outage: s.Outage, Seq: s.Seq, Mode: s.Mode, Kind: s.Kind,
		Issued: Now, Expires: Now.Add(4 * time.Hour),
		Declaration: decl, Facts: facts,
		Approval:  outages.Approval{By: "o-2", At: Now.Add(-time.Minute), Hash: strings.Repeat("ab", 32)},
		Submitter: "o-1",
	}
}

var towns = []string{"West Hartford", "Newington", "Hartford", "New Britain", "Wethersfield", "Rocky Hill"}

func town(i int) areas.Area {
	name := fmt.Sprintf("Town %d", i+1)
	if i < len(towns) {
		name = towns[i]
	}
	return areas.Area{
		ID: areas.ID(fmt.Sprintf("09110%05d", 100+i)), Name: name, State: "CT", SAME: []string{"009003"}, Within: "09110",
	}
}

// number returns the police number of a town: +1 860 555 0101 and so on, up to 0199.
func number(i int) areas.Number {
	return areas.Number{
		Area: town(i).ID, For: areas.Police, Tel: areas.Tel(fmt.Sprintf("+1860555%04d", 101+i%99)),
		ConfirmedBy: "o-1", ConfirmedAt: Now.Add(-24 * time.Hour),
	}
}
