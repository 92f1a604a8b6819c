package main

import (
	"fmt"
	"io"

	"callbox/channels"
	"callbox/internal/desk"
	"callbox/internal/drills"
	"callbox/internal/officials"
)

type drillCmd struct {
	Plans  drillPlansCmd  `cmd:"" help:"List the ready-made drills: outages that happened, told for your areas."`
	Start  drillStartCmd  `cmd:"" help:"Begin one: its first draft waits to be read and submitted. Only drill contacts hear of it."`
	Next   drillNextCmd   `cmd:"" help:"Go on to its next step, once the bulletin of this one was issued."`
	Scores drillScoresCmd `cmd:"" help:"List the drills so far, and how long each step took."`

	Rehearse drillRehearseCmd `cmd:"" help:"Play them through on this machine, with made-up contacts and far sides, and write the report."`
}

// withFaults lets the messages of drills meet the faults of their plan; those of other modes pass.
func withFaults(chs map[channels.Name]channels.Channel, now func(string) []drills.Fault) map[channels.Name]channels.Channel {
	out := map[channels.Name]channels.Channel{}
	for name, ch := range chs {
		out[name] = drills.Faulty(ch, name, now)
	}
	return out
}

type drillPlansCmd struct{}

func (*drillPlansCmd) Run(e *env) error {
	plans, err := drills.Plans()
	if err != nil {
		return err
	}
	e.result(plans, func(w io.Writer) {
		for _, p := range plans {
			fmt.Fprintf(w, "%-14s %s (after %s), %d steps\n", p.ID, p.Name, p.After, len(p.Steps))
		}
	})
	return nil
}

type drillStartCmd struct {
	Plan string `arg:"" help:"The plan."`
}

func (c *drillStartCmd) Run(e *env) error {
	return e.acting(func(p *program, a officials.Actor) error {
		d, err := p.desk.StartDrill(e.ctx, a, c.Plan)
		if err != nil {
			return err
		}
		e.step(d)
		return nil
	})
}

type drillNextCmd struct {
	Outage string `arg:"" help:"The outage of the drill."`
}

func (c *drillNextCmd) Run(e *env) error {
	return e.acting(func(p *program, a officials.Actor) error {
		d, err := p.desk.NextStep(e.ctx, a, c.Outage)
		if err != nil {
			return err
		}
		e.step(d)
		return nil
	})
}

// step shows a step of a drill.
func (e *env) step(d desk.Drilling) {
	shown := struct {
		Outage string `json:"outage"`
		Draft  string `json:"draft"`
		Plan   string `json:"plan"`
		Step   int    `json:"step"` // from 1
		Of     int    `json:"of"`
		Says   string `json:"says"`
	}{d.Outage, d.Draft.ID, d.Plan.ID, d.Step + 1, len(d.Plan.Steps), d.Says()}
	e.result(shown, func(w io.Writer) {
		fmt.Fprintf(w, "DRILL: %s, step %d of %d\n", d.Plan.Name, shown.Step, shown.Of)
		if d.Step == 0 {
			fmt.Fprintf(w, "%s\n", d.Plan.Story)
		}
		fmt.Fprintf(w, "\n%s\n\nDraft %s of outage %s. Next: callbox outage submit %s\n", d.Says(), shown.Draft, shown.Outage, shown.Draft)
		if !d.Last() {
			fmt.Fprintf(w, "When it was issued: callbox drill next %s\n", shown.Outage)
		} else {
			fmt.Fprintf(w, "When it was issued: callbox outage record %s\n", shown.Outage)
		}
	})
}

type drillScoresCmd struct{}

func (*drillScoresCmd) Run(e *env) error {
	return e.acting(func(p *program, a officials.Actor) error {
		scores, err := p.desk.Drills(e.ctx, a)
		if err != nil {
			return err
		}
		e.result(scores, func(w io.Writer) { writeScores(w, scores) })
		return nil
	})
}
