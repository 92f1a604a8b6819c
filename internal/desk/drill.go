package desk

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"callbox/areas"
	"callbox/internal/drills"
	"callbox/internal/officials"
	"callbox/internal/record"
	"callbox/internal/store"
	"callbox/outages"
)

// Drilling is where a planned drill stands.
type Drilling struct {
	Plan    drills.Plan
	Step    int // from 0
	Outage  string
	Started time.Time
	Draft   Draft // that the step put before its officials; empty where it was only asked for
}

// Says is what the trainer reads out at this step.
func (d Drilling) Says() string { return d.Plan.Steps[d.Step].Says }

// Last reports whether no step follows.
func (d Drilling) Last() bool { return d.Step == len(d.Plan.Steps)-1 }

// StartDrill begins a ready-made drill: a new outage of mode drill whose first draft states what the plan
// tells. It reaches the drill list and nobody else.
func (d *Desk) StartDrill(ctx context.Context, a officials.Actor, plan string) (Drilling, error) {
	p, err := planOf(plan)
	if err != nil {
		return Drilling{}, err
	}
	out := Drilling{Plan: p, Started: d.Now()}
	if out.Draft, err = d.drillStep(ctx, a, out); err != nil {
		return out, err
	}
	out.Outage = out.Draft.Outage
	return out, d.Store.StartDrill(ctx, store.Drill{Outage: out.Outage, Agency: a.Agency.ID, Plan: p.ID}, entry(a, "drill.start", out.Outage, p.ID))
}

// NextStep goes on to the next step of a drill, once the bulletin of the step before was issued, and drafts
// what it tells. From then on providers behave as that step says.
func (d *Desk) NextStep(ctx context.Context, a officials.Actor, outage string) (Drilling, error) {
	out, err := d.Drilling(ctx, a, outage)
	if err != nil {
		return out, err
	}
	o, err := d.outageFor(ctx, a, outage, outages.Declaration{})
	if err != nil {
		return out, err
	}
	if out.Last() {
		return out, fmt.Errorf("%w: the drill is at its last step", ErrConflict)
	}
	if issued := len(slices.DeleteFunc(o.Bulletins, func(b outages.Bulletin) bool { return b.Kind == outages.Renewal })); issued <= out.Step {
		return out, fmt.Errorf("%w: bulletin %d was not issued yet; the drill goes on when it is", ErrConflict, out.Step+1)
	}
	from := out.Step
	out.Step++
	if out.Draft, err = d.drillStep(ctx, a, out); err != nil {
		return out, err
	}
	return out, stale(d.Store.StepDrill(ctx, outage, from, entry(a, "drill.step", outage, fmt.Sprint(out.Step+1))))
}

// Drilling returns where a planned drill of the actor's agency stands.
func (d *Desk) Drilling(ctx context.Context, a officials.Actor, outage string) (Drilling, error) {
	s, err := d.Store.Drill(ctx, outage)
	if err == nil && s.Agency != a.Agency.ID {
		err = ErrNotFound
	}
	if err != nil {
		return Drilling{}, fmt.Errorf("drill %q: %w", outage, err)
	}
	p, err := planOf(s.Plan)
	return Drilling{Plan: p, Step: s.Step, Outage: outage, Started: s.Started}, err
}

// Score is what a drill showed.
type Score struct {
	Drill  string        `json:"drill"` // the plan's name
	Outage string        `json:"outage"`
	At     time.Time     `json:"at"`
	Record record.Record `json:"record"`
}

// Drills returns the planned drills of the actor's agency with their records, newest first.
func (d *Desk) Drills(ctx context.Context, a officials.Actor) ([]Score, error) {
	list, err := d.Store.Drills(ctx, a.Agency.ID)
	if err != nil {
		return nil, err
	}
	out := []Score{}
	for _, s := range list {
		p, err := planOf(s.Plan)
		if err != nil {
			p.Name = s.Plan // of an older version of this program
		}
		r, err := d.Record(ctx, a, s.Outage)
		if err != nil {
			return nil, err
		}
		out = append(out, Score{p.Name, s.Outage, s.Started, r})
	}
	return out, nil
}

// drillStep drafts what a step of a drill tells.
func (d *Desk) drillStep(ctx context.Context, a officials.Actor, at Drilling) (Draft, error) {
	book, err := d.Book(ctx)
	if err != nil {
		return Draft{}, err
	}
	ground := d.ground(a, book)
	if len(ground.Areas) == 0 {
		return Draft{}, errors.New("the agency has no areas to drill in")
	}
	return d.Declare(ctx, a, at.Outage, at.Plan.Declaration(at.Step, ground))
}

// ground is where an official's drills take place: areas with numbers first, because they teach more.
func (d *Desk) ground(a officials.Actor, book *areas.Book) drills.Ground {
	ground := drills.Ground{Now: d.Now()}
	for _, j := range a.Areas() {
		for _, id := range book.Readers(j) {
			if !slices.Contains(ground.Areas, id) {
				ground.Areas = append(ground.Areas, id)
			}
		}
	}
	numbered := func(id areas.ID) bool {
		return slices.ContainsFunc(book.Numbers(id), func(n areas.Number) bool { return n.For != areas.Relay && !n.Silent() })
	}
	slices.SortStableFunc(ground.Areas, func(x, y areas.ID) int { return before(numbered(x), numbered(y)) })
	for _, id := range ground.Areas {
		if !numbered(id) {
			ground.Silent = append(ground.Silent, id)
		}
	}
	return ground
}

// before orders what is so before what is not.
func before(x, y bool) int {
	switch {
	case x == y:
		return 0
	case x:
		return -1
	}
	return 1
}

func planOf(id string) (drills.Plan, error) {
	plans, err := drills.Plans()
	if err != nil {
		return drills.Plan{}, err
	}
	i := slices.IndexFunc(plans, func(p drills.Plan) bool { return p.ID == id })
	if i < 0 {
		return drills.Plan{}, fmt.Errorf("plan %q: %w", id, ErrNotFound)
	}
	return plans[i], nil
}

// faultsFor is how long the faults of a drill are remembered before they are asked for again.
const faultsFor = time.Second

// Faults returns a function that says what providers do to the messages of a drill at the moment. It never
// fails: a drill whose faults cannot be read has none.
func (d *Desk) Faults() func(outage string) []drills.Fault {
	var mu sync.Mutex
	type known struct {
		faults []drills.Fault
		at     time.Time
	}
	kept := map[string]known{}
	return func(outage string) []drills.Fault {
		mu.Lock()
		defer mu.Unlock()
		now := time.Now()
		if k, ok := kept[outage]; ok && now.Sub(k.at) < faultsFor {
			return k.faults
		}
		ctx, stop := context.WithTimeout(context.Background(), time.Second)
		defer stop()
		k := known{at: now}
		if s, err := d.Store.Drill(ctx, outage); err == nil {
			if p, err := planOf(s.Plan); err == nil && s.Step < len(p.Steps) {
				k.faults = p.Steps[s.Step].Faults
			}
		}
		clear(kept) // one drill at a time is the rule
		kept[outage] = k
		return k.faults
	}
}
