package lifecycle

import (
	"maps"
	"slices"
	"time"

	"callbox/areas"
	"callbox/internal/store"
	"callbox/outages"
)

// outcome is what an official is told.
type outcome string

const (
	fine         outcome = "fine"
	denied       outcome = "denied"
	unknown      outcome = "not found"
	conflict     outcome = "conflict"
	blocked      outcome = "blocked by a rule"
	secondPerson outcome = "a second person is needed"
)

// verb is what somebody does.
type verb string

const (
	declare  verb = "declare"
	revise   verb = "revise"
	submit   verb = "submit"
	approve  verb = "approve"
	override verb = "override" // break-glass
	withdraw verb = "withdraw"
	stop     verb = "stop"
	retract  verb = "retract"
	release  verb = "release"
	renew    verb = "renew"
)

// act is one thing that somebody does.
type act struct {
	Verb    verb
	Who     string
	Draft   string
	Outage  string
	Says    said
	Current bool // the code or the version is that of the draft as it stands
}

// said is a declaration, as small as the model needs it.
type said struct {
	Kind    outages.Kind
	Works   map[areas.ID]bool // the areas it names, and whether 911 works there again
	Foreign bool              // it names an area of another agency too
	Next    time.Time
}

// rights are what the people of the model may do.
type rights struct{ drafts, approves, person, ours bool }

var people = map[string]rights{
	"ada":  {drafts: true, approves: true, person: true, ours: true},
	"bob":  {approves: true, person: true, ours: true},
	"carl": {drafts: true, approves: true, person: true, ours: true},
	"eve":  {drafts: true, person: true, ours: true},
	"box":  {drafts: true, ours: true}, // a machine
	"fay":  {drafts: true, approves: true, person: true},
}

const (
	undo     = 10 * time.Second
	patience = 5 * time.Minute // with a second person, before one may send alone
)

// model is the life of outages as promised. It is pure: it knows no database, no texts and no subscribers.
type model struct {
	Now        time.Time
	BreakGlass bool // the agency's policy
	Drafts     map[string]draft
	Outages    map[string]outage
}

type draft struct {
	Outage, State, Submitter, Approver string
	Seq                                int // it was submitted as
	Editors                            []string
	Says                               said
	Changed                            time.Time // last
	Release                            time.Time
	Broken                             bool // the glass
}

type outage struct {
	Said  []bulletin
	Waits map[areas.ID]bool // reader areas ever spoken to; true while they wait for the end
}

type bulletin struct {
	Kind    outages.Kind
	Draft   string // empty for a renewal
	Expires time.Time
	Next    time.Time
}

func (o outage) open() bool { return len(o.Said) > 0 && !o.Said[len(o.Said)-1].Kind.Ends() }

func (m model) clone() model {
	m.Drafts, m.Outages = maps.Clone(m.Drafts), maps.Clone(m.Outages)
	for id, o := range m.Outages {
		o.Said, o.Waits = slices.Clone(o.Said), maps.Clone(o.Waits)
		m.Outages[id] = o
	}
	return m
}

// names are those that the desk gave to what an act made: a draft, and its outage.
type names struct{ draft, outage string }

// do applies an act and says what comes of it.
func (m model) do(a act, made names) outcome {
	who := people[a.Who]
	switch a.Verb {
	case release:
		m.release()
		return fine
	case renew:
		m.renew()
		return fine
	case declare:
		return m.declare(a, made)
	case stop, retract:
		return m.stop(a, made)
	}
	d := m.Drafts[a.Draft]
	needs := who.drafts
	if a.Verb == approve || a.Verb == override || a.Verb == withdraw && d.State == store.DraftApproved {
		needs = who.approves
	}
	switch {
	case !who.ours:
		return unknown
	case !needs:
		return denied
	}
	var out outcome
	switch a.Verb {
	case revise:
		out = m.revise(a, &d)
	case submit:
		out = m.submit(a.Who, &d)
	case withdraw:
		out = d.withdraw()
	default:
		out = m.approve(a, &d)
	}
	if out == fine {
		d.Changed = m.Now
		m.Drafts[a.Draft] = d
	}
	return out
}

func (m model) declare(a act, made names) outcome {
	who, o := people[a.Who], m.Outages[a.Outage]
	switch {
	case !who.drafts:
		return denied
	case !who.ours && a.Outage != "":
		return unknown
	case a.Outage == "" && a.Says.Kind != outages.Alert:
		return conflict
	}
	if a.Outage == "" {
		m.Outages[made.outage] = outage{Waits: map[areas.ID]bool{}}
	}
	m.Drafts[made.draft] = draft{Outage: made.outage, State: store.DraftOpen, Seq: len(o.Said) + 1, Says: a.Says, Editors: []string{a.Who}}
	return fine
}

func (m model) revise(a act, d *draft) outcome {
	if !a.Current || d.State == store.DraftIssued || d.State == store.DraftWithdrawn {
		return conflict
	}
	editors := d.Editors
	if !slices.Contains(editors, a.Who) {
		editors = append(slices.Clip(editors), a.Who)
	}
	*d = draft{Outage: d.Outage, State: store.DraftOpen, Seq: len(m.Outages[d.Outage].Said) + 1, Says: a.Says, Editors: editors}
	return fine
}

func (m model) submit(who string, d *draft) outcome {
	if d.State != store.DraftOpen {
		return conflict
	}
	if !m.sayable(*d) {
		return blocked
	}
	d.State, d.Submitter, d.Seq = store.DraftSubmitted, who, len(m.Outages[d.Outage].Said)+1
	return fine
}

// sayable holds the rules on facts that the histories can break: promise 1, and the order of kinds.
func (m model) sayable(d draft) bool {
	o, says := m.Outages[d.Outage], d.Says
	switch {
	case says.Foreign, (says.Kind == outages.Alert) != (len(o.Said) == 0), len(o.Said) > 0 && !o.open():
		return false
	case says.Kind == outages.Retract:
		return len(says.Works) == 0
	case says.Kind == outages.AllClear:
		return true
	}
	return says.Next.After(m.Now) && o.heardBy(says) > 0
}

// heardBy counts the areas that an alert or update speaks to: those that fail, those that wait, and those
// that are first told that all is well.
func (o outage) heardBy(s said) (n int) {
	for id, works := range s.Works {
		if _, told := o.Waits[id]; !works || !told {
			n++
		}
	}
	for id, waits := range o.Waits {
		if works, named := s.Works[id]; waits && (!named || works) {
			n++
		}
	}
	return n
}

// issuable is the order of bulletins.
func (m model) issuable(d draft) bool {
	o := m.Outages[d.Outage]
	return d.Seq == len(o.Said)+1 && (d.Says.Kind == outages.Alert) == (len(o.Said) == 0) && (len(o.Said) == 0 || o.open())
}

func (m model) approve(a act, d *draft) outcome {
	alone := a.Who == d.Submitter || slices.Contains(d.Editors, a.Who)
	switch {
	case d.State != store.DraftSubmitted || !a.Current:
		return conflict
	case a.Verb == override && (!m.BreakGlass || m.Now.Before(d.Changed.Add(patience))):
		return secondPerson
	case !m.issuable(*d):
		return conflict
	case a.Verb == approve && alone && d.Says.Kind != outages.Retract:
		return secondPerson
	}
	d.State, d.Approver, d.Broken, d.Release = store.DraftApproved, a.Who, a.Verb == override, m.Now.Add(undo)
	return fine
}

func (d *draft) withdraw() outcome {
	switch d.State {
	case store.DraftApproved:
		d.State, d.Approver, d.Broken = store.DraftSubmitted, "", false
	case store.DraftSubmitted:
		d.State, d.Submitter = store.DraftOpen, ""
	case store.DraftOpen:
		d.State = store.DraftWithdrawn
	default:
		return conflict
	}
	return fine
}

func (m model) stop(a act, made names) outcome {
	who, o := people[a.Who], m.Outages[a.Outage]
	switch {
	case !who.ours:
		return unknown
	case !who.person:
		return denied
	case len(o.Said) == 0:
		return unknown
	case a.Verb == stop:
		return fine
	case !o.open():
		return conflict
	}
	d := draft{Outage: a.Outage, State: store.DraftOpen, Seq: len(o.Said) + 1, Says: said{Kind: outages.Retract}, Editors: []string{a.Who}}
	out := m.submit(a.Who, &d)
	if out == fine {
		out = m.approve(act{Verb: approve, Who: a.Who, Current: true}, &d)
	}
	d.Changed = m.Now
	m.Drafts[made.draft] = d
	return out
}

// release issues what is due, in the order of approvals; what its outage has left behind goes back.
func (m model) release() {
	var due []string
	for id, d := range m.Drafts {
		if d.State == store.DraftApproved && !d.Release.After(m.Now) {
			due = append(due, id)
		}
	}
	slices.SortFunc(due, func(a, b string) int { return m.Drafts[a].Release.Compare(m.Drafts[b].Release) })
	for _, id := range due {
		d := m.Drafts[id]
		if m.issuable(d) {
			d.State = store.DraftIssued
			m.issue(id, d)
		} else {
			d.State, d.Approver, d.Broken, d.Changed = store.DraftSubmitted, "", false, m.Now
		}
		m.Drafts[id] = d
	}
}

func (m model) issue(id string, d draft) {
	o := m.Outages[d.Outage]
	o.Said = append(o.Said, bulletin{Kind: d.Says.Kind, Draft: id, Expires: m.expires(d.Says), Next: d.Says.Next})
	for area, works := range d.Says.Works {
		o.Waits[area] = !works
	}
	if d.Says.Kind.Ends() {
		for area := range o.Waits {
			o.Waits[area] = false
		}
	}
	m.Outages[d.Outage] = o
}

func (m model) expires(s said) time.Time {
	issued := m.Now.Truncate(time.Second)
	if s.Kind.Ends() {
		return issued.Add(outages.LifetimeEnd)
	}
	end := issued.Add(outages.Lifetime)
	if late := s.Next.Add(time.Hour); late.After(end) {
		end = late
	}
	if last := issued.Add(outages.LifetimeMax); end.After(last) {
		end = last
	}
	return end.Truncate(time.Second)
}

// renew repeats, for the feed, what is about to expire while the promised update is not long overdue.
func (m model) renew() {
	for id, o := range m.Outages {
		if !o.open() {
			continue
		}
		last := o.Said[len(o.Said)-1]
		if m.Now.Before(last.Expires.Add(-30*time.Minute)) || m.Now.After(last.Next.Add(2*time.Hour)) {
			continue
		}
		o.Said = append(o.Said, bulletin{Kind: outages.Renewal, Expires: m.expires(said{Next: last.Next}), Next: last.Next})
		m.Outages[id] = o
	}
}
