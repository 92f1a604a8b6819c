package desk

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"callbox/areas"
	"callbox/internal/officials"
	"callbox/internal/store"
	"callbox/outages"
)

// The kinds of alarms: what officials are woken for.
const (
	AlarmDraft      = "draft"       // a draft waits for an approver
	AlarmOverdue    = "overdue"     // the promised update did not come
	AlarmHalted     = "halted"      // a channel or one host of it serves nobody
	AlarmBreakGlass = "break-glass" // somebody sent alone
)

// breakGlassSpan is how long a bulletin that one person sent alone is an alarm.
const breakGlassSpan = time.Hour

// settling is how long a retraction may stand between its submission and its approval.
const settling = 10 * time.Second

// promise is what the newest word of an outage leaves open.
type promise struct {
	outage   outages.Outage // without its bulletins
	newest   outages.Bulletin
	open     bool
	approved []outages.Approval // by one person alone
}

func promiseOf(o outages.Outage) promise {
	p := promise{open: o.Open()}
	for _, b := range o.Bulletins {
		if b.Kind == outages.Renewal {
			continue
		}
		p.newest = b
		if b.Approval.BreakGlass {
			p.approved = append(p.approved, b.Approval)
		}
	}
	p.outage, p.outage.Bulletins = o, nil
	return p
}

// draftAlarm is the alarm of a draft that waits, or was approved by one person alone.
func draftAlarm(w store.Waiting, now time.Time) (store.Alarm, bool) {
	a := store.Alarm{Agency: w.Agency, Mode: w.Mode, Role: officials.Approver}
	what := fmt.Sprintf("%s of outage %s (%s)", article(w.Declaration.Kind), w.Outage, somewhere(w.Facts.Scope))
	switch {
	case w.Declaration.Kind == outages.Retract && now.Sub(w.Since) < settling: // one person does it in one go
		return a, false
	case w.Approval == nil:
		a.Kind, a.Object, a.Path = AlarmDraft, draftObject(w.ID, w.Hash), "/drafts/"+w.ID
		a.Not = append(slices.Clone(w.Editors), w.Submitter)
		a.Says = fmt.Sprintf("%s waits for a second person. %s submitted it.", what, w.Submitter)
	case w.Approval.BreakGlass:
		return breakGlass(a, w.Outage, *w.Approval), true
	default:
		return a, false
	}
	a.Says = head(w.Mode) + a.Says
	return a, true
}

// draftObject names a draft as it was submitted: submitted anew it is another alarm.
func draftObject(id, hash string) string { return id + " " + hash[:min(len(hash), 12)] }

func breakGlass(a store.Alarm, outage string, by outages.Approval) store.Alarm {
	a.Kind, a.Object, a.Role, a.Not = AlarmBreakGlass, by.Hash, officials.Approver, []string{by.By}
	a.Path = "/outages/" + outage
	a.Says = fmt.Sprintf("%s%s sent a bulletin of outage %s alone, without a second person. The reason given: %s", head(a.Mode), by.By, outage, by.Reason)
	return a
}

// alarms returns what an outage's newest word calls for.
func (p promise) alarms(now time.Time) []store.Alarm {
	var out []store.Alarm
	a := store.Alarm{Agency: p.outage.Agency, Mode: p.outage.Mode, Path: "/outages/" + p.outage.ID}
	for _, by := range p.approved {
		if now.Before(by.At.Add(breakGlassSpan)) {
			out = append(out, breakGlass(a, p.outage.ID, by))
		}
	}
	next := p.newest.Declaration.NextUpdate
	if p.open && !next.IsZero() && now.After(next) {
		a.Kind, a.Object, a.Role = AlarmOverdue, fmt.Sprintf("%s/%d", p.outage.ID, p.newest.Seq), officials.Drafter
		a.Says = fmt.Sprintf("%sThe next update of outage %s was promised for %s, and nobody posted it.", head(a.Mode), p.outage.ID, clock(next, p.outage.Speaker.Zone))
		out = append(out, a)
	}
	return out
}

// haltAlarms tells every agency of a lane that serves nobody.
func haltAlarms(h store.Halted, agencies []officials.Agency) []store.Alarm {
	mode := outages.Live
	if h.List == "drill" {
		mode = outages.Drill
	}
	what := string(h.Channel)
	if h.Host != "" {
		what += " by " + h.Host
	}
	var out []store.Alarm
	for _, a := range agencies {
		out = append(out, store.Alarm{Agency: a.ID, Kind: AlarmHalted, Object: fmt.Sprintf("lane %d", h.Lane), Mode: mode, Role: officials.Admin,
			Path: "", Says: fmt.Sprintf("%sSending by %s is halted until somebody mends it: %s", head(mode), what, h.Why)})
	}
	return out
}

// head is the first word of everything that is not live (promise 3).
func head(m outages.Mode) string {
	switch m {
	case outages.Drill:
		return "DRILL: "
	case outages.Test:
		return "TEST: "
	}
	return ""
}

func article(k outages.Kind) string {
	switch k {
	case outages.Alert:
		return "An alert"
	case outages.Update:
		return "An update"
	case outages.AllClear:
		return "An all-clear"
	}
	return "A retraction"
}

// somewhere names areas, the first three.
func somewhere(list []areas.Area) string {
	var names []string
	for _, a := range list {
		names = append(names, a.Name)
	}
	if len(names) > 3 {
		names = append(names[:3], fmt.Sprintf("%d more", len(list)-3))
	}
	return strings.Join(names, ", ")
}

// clock writes a time of day in a zone.
func clock(t time.Time, zone string) string {
	if loc, err := time.LoadLocation(zone); err == nil {
		t = t.In(loc)
	}
	return t.Format("3:04 PM")
}

// roundAt is when round n of an alarm begins, since it opened: quickly at first, then every half hour.
func roundAt(n int) time.Duration {
	first := [...]time.Duration{0, 2 * time.Minute, 5 * time.Minute, 10 * time.Minute, 20 * time.Minute, 40 * time.Minute}
	if n < len(first) {
		return first[n]
	}
	return first[len(first)-1] + time.Duration(n-len(first)+1)*30*time.Minute
}

// roundsMost is how often somebody is told the same, a day long.
const roundsMost = 48

// roundDue reports whether an alarm's next round is due. What one person did alone is told once.
func roundDue(a store.Alarm, now time.Time) bool {
	if a.Kind == AlarmBreakGlass && a.Rounds > 0 || a.Rounds >= roundsMost {
		return false
	}
	return !now.Before(a.Opened.Add(roundAt(a.Rounds)))
}

// toWake returns who is woken in a round, first on call first: one place of the on-call order more in
// each of the first two rounds, then everybody with the role who can act. Where nobody can, it is the
// administrators.
func toWake(people []officials.Official, a store.Alarm, round int) []officials.Official {
	having := func(r officials.Role) []officials.Official {
		return slices.DeleteFunc(slices.Clone(people), func(o officials.Official) bool {
			return !slices.Contains(o.Roles, r) || slices.Contains(a.Not, o.ID)
		})
	}
	list := having(a.Role)
	if len(list) == 0 {
		list = having(officials.Admin)
	}
	slices.SortFunc(list, func(x, y officials.Official) int {
		return cmp.Or(cmp.Compare(place(x), place(y)), cmp.Compare(x.ID, y.ID))
	})
	places := map[int]bool{}
	for i, o := range list {
		if round < 2 && !places[place(o)] && len(places) > round {
			return list[:i]
		}
		places[place(o)] = true
	}
	return list
}

// place puts those without a place in the on-call order last.
func place(o officials.Official) int {
	if o.OnCall <= 0 {
		return math.MaxInt
	}
	return o.OnCall
}
