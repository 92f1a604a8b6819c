package desk

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"callbox/areas"
	"callbox/channels"
	"callbox/internal/officials"
	"callbox/internal/store"
	"callbox/outages"
)

// Live is how a bulletin is doing at one moment.
type Live struct {
	Outage     outages.Outage
	Bulletin   outages.Bulletin // the one it is about; zero before the first is issued
	At         time.Time
	People     store.Totals // of the channels that reach residents one by one
	Channels   []ChannelLive
	Reasons    []store.Reason // why deliveries have the fate they have, commonest first
	Halted     []store.Halted // lanes of its list that serve nobody until somebody mends them
	Areas      []AreaLive     // worst first
	Milestones []Milestone    // of people: half of them, nine of ten, all but one in a hundred
	Steps      []Point        // of people, oldest first
	Drafts     []store.Draft  // of the outage, that wait
}

// ChannelLive is how a bulletin is doing on one channel.
type ChannelLive struct {
	Channel channels.Name
	store.Totals
}

// AreaLive is how a bulletin is doing among the readers of one area. Who follows two areas counts in both.
type AreaLive struct {
	Area    areas.Area
	Numbers []areas.Number // of its text
	ZIPs    int
	// Unconfirmed counts those of its ZIP codes in which no number has answered a call within [ConfirmEvery].
	Unconfirmed int
	store.Totals
}

// Reached returns which part of those who were to hear it have it, from 0 to 1; 0 where nobody signed up.
func (a AreaLive) Reached() float64 {
	if a.Targeted == 0 {
		return 0
	}
	return float64(a.Accepted) / float64(a.Targeted)
}

// Point is how far a bulletin had come at a moment.
type Point struct {
	At       time.Time
	Targeted int
	Accepted int
	Waiting  int
}

// Milestone is when so many percent of those targeted had been handed over; At is zero while that is not so.
type Milestone struct {
	Percent int
	At      time.Time
}

// personal reports whether a channel reaches residents one by one.
func personal(n channels.Name) bool { return n == channels.Push || n == channels.Email }

// Live returns how a bulletin is doing; seq 0 stands for the newest that people hear.
func (d *Desk) Live(ctx context.Context, a officials.Actor, outage string, seq int) (Live, error) {
	s, err := d.Status(ctx, a, outage)
	if err != nil {
		return Live{}, err
	}
	l := Live{Outage: s.Outage, At: d.Now(), Drafts: s.Drafts}
	for _, b := range s.Outage.Bulletins {
		if b.Kind != outages.Renewal && (seq == 0 || b.Seq == seq) {
			l.Bulletin = b
		}
	}
	if l.Bulletin.Seq == 0 {
		if seq != 0 || len(s.Drafts) == 0 {
			return l, fmt.Errorf("bulletin %d of outage %q: %w", seq, outage, ErrNotFound)
		}
		return l, nil
	}
	for _, f := range s.Figures {
		if f.Seq != l.Bulletin.Seq {
			continue
		}
		l.Channels = append(l.Channels, ChannelLive{f.Channel, f.Totals})
		if personal(f.Channel) {
			l.People = l.People.Plus(f.Totals)
		}
	}
	for _, r := range s.Reasons {
		if r.Seq == l.Bulletin.Seq {
			l.Reasons = append(l.Reasons, r)
		}
	}
	return l, d.liveRest(ctx, &l)
}

// liveRest reads what Status does not.
func (d *Desk) liveRest(ctx context.Context, l *Live) error {
	halted, err := d.Store.Halted(ctx)
	if err != nil {
		return err
	}
	for _, h := range halted {
		if h.List == listOf(l.Outage.Mode) {
			l.Halted = append(l.Halted, h)
		}
	}
	bySet, err := d.Store.Figures(ctx, l.Outage.ID, true)
	if err != nil {
		return err
	}
	book, err := d.Book(ctx)
	if err != nil {
		return err
	}
	l.Areas = coverage(l.Bulletin, bySet)
	for i := range l.Areas {
		at := &l.Areas[i]
		at.ZIPs = len(book.Zips(at.Area.ID))
		if !book.Standing(at.Area.ID, l.At, ConfirmEvery).Confirmed {
			at.Unconfirmed = at.ZIPs
		}
	}
	steps, err := d.Store.Pace(ctx, l.Outage.ID, l.Bulletin.Seq)
	if err != nil {
		return err
	}
	l.Steps = points(steps, l.Bulletin.Issued)
	if n := len(l.Steps); l.People.Targeted > 0 && l.Steps[n-1].Accepted != l.People.Accepted { // not noted yet
		l.Steps = append(l.Steps, Point{l.At, l.People.Targeted, l.People.Accepted, l.People.Waiting})
	}
	l.Milestones = milestones(l.Steps)
	return nil
}

// coverage adds the totals of area sets up by area, worst first. Areas in which nobody signed up come
// last: there is nothing to mend there by waiting.
func coverage(b outages.Bulletin, bySet []store.Figure) []AreaLive {
	at := map[areas.ID]int{}
	var out []AreaLive
	for _, advice := range b.Facts.Advice {
		at[advice.Area.ID] = len(out)
		out = append(out, AreaLive{Area: advice.Area, Numbers: advice.Numbers})
	}
	for _, f := range bySet {
		if f.Seq != b.Seq || !personal(f.Channel) {
			continue
		}
		for id := range strings.SplitSeq(f.Areas, ",") {
			if i, ok := at[areas.ID(id)]; ok {
				out[i].Totals = out[i].Plus(f.Totals)
			}
		}
	}
	slices.SortStableFunc(out, func(x, y AreaLive) int {
		return cmp.Or(cmp.Compare(nobody(x), nobody(y)), cmp.Compare(x.Reached(), y.Reached()), cmp.Compare(y.Targeted, x.Targeted), cmp.Compare(x.Area.Name, y.Area.Name))
	})
	return out
}

func nobody(a AreaLive) int {
	if a.Targeted == 0 {
		return 1
	}
	return 0
}

// points adds the steps of the channels that reach people up, from the moment of issuing on.
func points(steps []store.Step, issued time.Time) []Point {
	newest := map[channels.Name]store.Step{}
	for _, x := range slices.Backward(steps) {
		newest[x.Channel] = store.Step{Targeted: x.Targeted, Waiting: x.Targeted} // as it was before its first step
	}
	maps.DeleteFunc(newest, func(n channels.Name, _ store.Step) bool { return !personal(n) })
	out := []Point{{At: issued}}
	for _, x := range steps {
		if !personal(x.Channel) {
			continue
		}
		newest[x.Channel] = x
		p := Point{At: x.At}
		for _, y := range newest {
			p.Targeted, p.Accepted, p.Waiting = p.Targeted+y.Targeted, p.Accepted+y.Accepted, p.Waiting+y.Waiting
		}
		if last := len(out) - 1; out[last].At.Equal(x.At) && last > 0 {
			out[last] = p
			continue
		}
		out = append(out, p)
	}
	if len(out) > 1 {
		out[0].Targeted, out[0].Waiting = out[1].Targeted, out[1].Targeted
	}
	return out
}

// milestones finds when parts of those targeted had been handed over, between the moments that were noted.
func milestones(steps []Point) []Milestone {
	var out []Milestone
	for _, percent := range []int{50, 90, 99} {
		m := Milestone{Percent: percent}
		for i, p := range steps {
			if p.Targeted == 0 || p.Accepted*100 < p.Targeted*percent {
				continue
			}
			m.At = p.At
			if i > 0 {
				m.At = between(steps[i-1], p, float64(p.Targeted*percent)/100)
			}
			break
		}
		out = append(out, m)
	}
	return out
}

// between estimates when so many had been handed over, if they went evenly since the moment was looked at
// before. Only changes are noted: between two notes nothing happened until just before the second.
func between(a, b Point, accepted float64) time.Time {
	if b.Accepted <= a.Accepted {
		return b.At
	}
	from := b.At.Add(-paceEvery)
	if a.At.After(from) {
		from = a.At
	}
	part := (accepted - float64(a.Accepted)) / float64(b.Accepted-a.Accepted)
	return from.Add(time.Duration(min(max(part, 0), 1) * float64(b.At.Sub(from))))
}

// Expected returns when nine of ten will have been handed over if it goes on as in the last seconds;
// zero where that cannot be told, or is done.
func (l Live) Expected() time.Time {
	n := len(l.Steps)
	if n < 2 || l.People.Waiting == 0 || len(l.Milestones) == 0 || !l.Milestones[1].At.IsZero() {
		return time.Time{}
	}
	last := l.Steps[n-1]
	from := l.Steps[0]
	for _, p := range l.Steps {
		if last.At.Sub(p.At) >= 10*time.Second {
			from = p
		}
	}
	took, done := last.At.Sub(from.At), last.Accepted-from.Accepted
	missing := (last.Targeted*90+99)/100 - last.Accepted
	if took <= 0 || done <= 0 || missing > last.Waiting {
		return time.Time{}
	}
	return last.At.Add(time.Duration(float64(took) * float64(missing) / float64(done)))
}
