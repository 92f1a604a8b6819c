package everyday

import (
	"fmt"
	"net/http"
	"slices"
	"time"

	"callbox/channels"
	"callbox/internal/desk"
	"callbox/internal/drills"
	"callbox/internal/officials"
	"callbox/internal/web/console/account"
	"callbox/internal/web/console/frame"
	"callbox/internal/web/console/words"
	"callbox/outages"
)

// drillsView is the ready-made drills, and how those so far went.
type drillsView struct {
	Lately   string // when the last drill was
	Overdue  bool
	Contacts string
	Nobody   bool
	Start    string // where to start one; empty for who may not
	Plans    []drills.Plan
	Scores   []score
	plannedView
	Errors frame.Errors
}

// score is how long a drill took, step by step.
type score struct{ Name, Path, When, Submit, Approve, Most, Total string }

// drillOften is how long after a drill the next one is due.
const drillOften = 90 * 24 * time.Hour

// toDrills leads from the live space to the same page of the drill space, where drills are.
func toDrills(c *frame.Call, rest string) (led bool, err error) {
	if c.Space == outages.Drill {
		return false, nil
	}
	if c.Method != http.MethodGet {
		return true, fmt.Errorf("a drill in the live space: %w", desk.ErrNotFound)
	}
	return true, c.See("/console/drill/drills" + rest)
}

func showDrills(c *frame.Call) error {
	if led, err := toDrills(c, ""); led {
		return err
	}
	return drillsPage(c, http.StatusOK, plannedView{Lasts: "60"}, nil)
}

// drillsPage shows the drills, with what was typed of one to announce.
func drillsPage(c *frame.Call, status int, planned plannedView, errors frame.Errors) error {
	plans, err := drills.Plans()
	if err != nil {
		return err
	}
	v := drillsView{Plans: plans, plannedView: planned, Errors: errors}
	if v.Planned, err = plannedDrills(c); err != nil {
		return err
	}
	if c.Actor.May(officials.Drafter, outages.Drill) {
		v.Start = c.Path("/drills")
	}
	if v.Lately, v.Overdue, err = lately(c); err != nil {
		return err
	}
	reach, err := c.Desk.ReachOf(c.Context(), c.Actor, outages.Drill, c.Actor.Agency.Jurisdiction)
	if err != nil {
		return err
	}
	v.Contacts, v.Nobody = counted(reach.People, "drill contact", "drill contacts"), reach.People == 0
	scores, err := c.Desk.Drills(c.Context(), c.Actor)
	if err != nil {
		return err
	}
	for _, s := range scores {
		v.Scores = append(v.Scores, scoreOf(c, s))
	}
	return c.Show(status, "everyday-drills", "Drills", v)
}

// lately says when the agency's last drill was, and whether the next is due.
func lately(c *frame.Call) (text string, overdue bool, err error) {
	all, err := c.Desk.Outages(c.Context(), c.Actor, false)
	if err != nil {
		return "", false, err
	}
	i := slices.IndexFunc(all, func(o outages.Outage) bool { return o.Mode == outages.Drill })
	if i < 0 {
		return "There was no drill yet.", true, nil
	}
	since := c.Now.Sub(all[i].Bulletins[0].Issued)
	if since > drillOften {
		return fmt.Sprintf("No drill for %d days.", int(since.Hours()/24)), true, nil
	}
	return "The last drill was " + account.Age(since) + ".", false, nil
}

func scoreOf(c *frame.Call, s desk.Score) score {
	x := s.Record.Steps
	return score{Name: s.Drill, Path: c.Path("/drills/" + s.Outage), When: c.When(s.At), Submit: between(x.Drafted, x.Submitted),
		Approve: between(x.Submitted, x.Approved), Most: between(x.Issued, x.Most), Total: between(x.Drafted, x.Most)}
}

// between says how long it took from one moment to another.
func between(from, to time.Time) string {
	if from.IsZero() || to.IsZero() {
		return "not yet"
	}
	return account.Took(to.Sub(from))
}

func startDrill(c *frame.Call) error {
	if led, err := toDrills(c, ""); led {
		return err
	}
	plan := c.PostFormValue("plan")
	plans, err := drills.Plans()
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(plans, func(p drills.Plan) bool { return p.ID == plan }) {
		return frame.Fault{Status: http.StatusUnprocessableEntity, Text: "Choose one of the drills of the list."}
	}
	d, err := c.Desk.StartDrill(c.Context(), c.Actor, plan)
	if err != nil {
		return err
	}
	return c.See(c.Path("/drills/" + d.Outage))
}

// drillView is where a drill stands: what its trainer reads out, and what comes next.
type drillView struct {
	desk.Drilling
	At, Live string
	Number   int // of the step, from 1
	Of       int
	Draft    string // where the draft of the step is; empty where it was issued
	Next     string // what the next step waits for, or how long its pause is; empty at the end
	Ready    bool   // the next step may begin
	May      bool
	Faults   []string
	Took     []step
	Issued   bool // something was
}

// step is how long one step took.
type step struct{ Name, Took string }

func showDrill(c *frame.Call) error {
	id := c.PathValue("id")
	if led, err := toDrills(c, "/"+id); led {
		return err
	}
	at, err := c.Desk.Drilling(c.Context(), c.Actor, id)
	if err != nil {
		return err
	}
	s, err := c.Desk.Status(c.Context(), c.Actor, id)
	if err != nil {
		return err
	}
	v := drillView{Drilling: at, At: c.Path("/drills/" + id), Live: c.Path("/outages/" + id), Number: at.Step + 1, Of: len(at.Plan.Steps),
		May: c.Actor.May(officials.Drafter, outages.Drill), Issued: len(s.Outage.Bulletins) > 0}
	for _, f := range at.Plan.Steps[at.Step].Faults {
		v.Faults = append(v.Faults, fault(f))
	}
	for _, d := range s.Drafts {
		v.Draft = c.Path("/drafts/" + d.ID)
	}
	v.Ready = !at.Last() && said(s.Outage) > at.Step
	switch {
	case at.Last():
	case v.Ready:
		v.Next = fmt.Sprintf("In the outage it was told after, the next thing happened %s later.", counted(at.Plan.Steps[at.Step+1].Pause, "minute", "minutes"))
	default:
		v.Next = "The next step begins when this bulletin was issued."
	}
	if v.Issued {
		r, err := c.Desk.Record(c.Context(), c.Actor, id)
		if err != nil {
			return err
		}
		for _, t := range r.Steps.Took() {
			v.Took = append(v.Took, step{account.Sentence(t.Step), account.Took(t.Took)})
		}
	}
	return c.Show(http.StatusOK, "everyday-drill", at.Plan.Name, v)
}

// said counts the bulletins that people issued: renewals are not among them.
func said(o outages.Outage) int {
	n := 0
	for _, b := range o.Bulletins {
		if b.Kind != outages.Renewal {
			n++
		}
	}
	return n
}

// fault says what a provider does to the drill.
func fault(f drills.Fault) string {
	what := map[drills.FaultKind]string{drills.Busy: "asks to come back later", drills.Down: "does not answer", drills.Refuse: "refuses the address"}[f.Kind]
	return fmt.Sprintf("%s %s for %d of 100 messages.", words.Channel(channels.Name(f.Channel)), what, f.Share)
}

func nextStep(c *frame.Call) error {
	if led, err := toDrills(c, ""); led {
		return err
	}
	d, err := c.Desk.NextStep(c.Context(), c.Actor, c.PathValue("id"))
	if err != nil {
		return err
	}
	return c.See(c.Path("/drills/" + d.Outage))
}
