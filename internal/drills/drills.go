// Package drills holds ready-made drills: outages that happened, told anew for whatever areas an agency
// has, with the faults of providers that came with them.
//
// It is pure. A plan becomes the declarations of a drill, step by step, and the faults that the drill's
// messages meet; nothing here touches a live outage.
package drills

import (
	"bytes"
	"embed"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml"

	"callbox/areas"
	"callbox/channels"
	"callbox/outages"
)

//go:embed plans/*.yaml
var files embed.FS

// Plan is one ready-made drill.
type Plan struct {
	ID    string `json:"id"` // of its file
	Name  string `json:"name"`
	After string `json:"after"` // the outage that it is told after
	Story string `json:"story"` // what the trainer reads out before it begins
	Steps []Step `json:"steps"`
}

// Step is what happens next, and what its officials should make of it.
type Step struct {
	Says   string       `json:"says"`  // what becomes known; the trainer reads it out
	Pause  int          `json:"pause"` // minutes after the step before
	Kind   outages.Kind `json:"kind"`
	Facts  []Fact       `json:"facts"`
	Failed []string     `json:"failed_carriers"`
	Faults []Fault      `json:"faults"` // what providers do from now on, until the next step
}

// Fact is a condition in a part of the agency's areas: "all", "half", "rest" (what half leaves) or "one".
type Fact struct {
	Part       string             `json:"part"`
	Service    outages.Service    `json:"service"`
	State      outages.State      `json:"state"`
	Lines      []outages.Line     `json:"lines"`
	Confidence outages.Confidence `json:"confidence"`
	Symptom    outages.Symptom    `json:"symptom"`
}

// Fault is how a provider treats the messages of a drill.
type Fault struct {
	Channel channels.Name `json:"channel"`
	Kind    FaultKind     `json:"kind"`
	// Share is how many attempts in a hundred it hits.
	Share int `json:"share"`
}

// FaultKind is what goes wrong.
type FaultKind string

// The kinds of faults.
const (
	Busy   FaultKind = "busy"   // it asks to come back in a few seconds
	Down   FaultKind = "down"   // it does not answer
	Refuse FaultKind = "refuse" // it refuses the message for this address
)

// Plans returns the ready-made drills, by ID.
func Plans() ([]Plan, error) {
	names, err := fs.Glob(files, "plans/*.yaml")
	if err != nil {
		return nil, err
	}
	var out []Plan
	for _, name := range names {
		data, err := files.ReadFile(name)
		if err != nil {
			return nil, err
		}
		p := Plan{}
		if err := yaml.NewDecoder(bytes.NewReader(data), yaml.Strict()).Decode(&p); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		p.ID = strings.TrimSuffix(path.Base(name), ".yaml")
		if err := p.check(); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		out = append(out, p)
	}
	return out, nil
}

// check returns what is wrong with a plan.
func (p Plan) check() error {
	if len(p.Steps) < 2 || p.Steps[0].Kind != outages.Alert || p.Steps[len(p.Steps)-1].Kind != outages.AllClear {
		return fmt.Errorf("a drill begins with an alert and ends with an all-clear")
	}
	for i, s := range p.Steps {
		if s.Kind != outages.AllClear && len(s.Facts) == 0 {
			return fmt.Errorf("step %d states no facts", i+1)
		}
		for _, f := range s.Facts {
			if !slices.Contains([]string{"all", "half", "rest", "one"}, f.Part) {
				return fmt.Errorf("step %d: part %q is none of all, half, rest, one", i+1, f.Part)
			}
		}
		for _, f := range s.Faults {
			if f.Share < 1 || f.Share > 100 || !slices.Contains([]FaultKind{Busy, Down, Refuse}, f.Kind) {
				return fmt.Errorf("step %d: fault %+v", i+1, f)
			}
		}
	}
	return nil
}

// Ground is where a drill takes place.
type Ground struct {
	Areas  []areas.ID // reader areas of the agency, sorted
	Silent []areas.ID // of these, the ones without a number
	Now    time.Time
}

// most is how many areas a drill speaks to: enough to read, few enough to check by eye.
const most = 12

// part returns the areas that a fact is about.
func (g Ground) part(name string) []areas.ID {
	ids := g.Areas[:min(len(g.Areas), most)]
	half := (len(ids) + 1) / 2
	switch name {
	case "one":
		return ids[:1]
	case "half":
		return ids[:half]
	case "rest":
		return ids[half:]
	}
	return ids
}

// Declaration is what the officials would declare at a step, from its number 0 on.
func (p Plan) Declaration(step int, g Ground) outages.Declaration {
	s := p.Steps[step]
	now := g.Now.UTC().Truncate(time.Second)
	d := outages.Declaration{Kind: s.Kind, Mode: outages.Drill}
	if s.Kind == outages.AllClear {
		d.Restored = now
		return d
	}
	d.NextUpdate, d.FailedCarriers = now.Add(30*time.Minute), s.Failed
	if s.Kind == outages.Alert {
		d.Began = now.Add(-10 * time.Minute)
	}
	for _, f := range s.Facts {
		for _, id := range g.part(f.Part) {
			c := outages.Condition{Area: id, Service: f.Service, State: f.State, Hit: outages.Hit{Lines: f.Lines}, Symptom: f.Symptom, Confidence: f.Confidence}
			if f.State != outages.Working {
				c.Since = now.Add(-10 * time.Minute)
			}
			d.Conditions = append(d.Conditions, c)
			if slices.Contains(g.Silent, id) && !slices.Contains(d.NoNumber, id) {
				d.NoNumber = append(d.NoNumber, id)
			}
		}
	}
	return d
}
