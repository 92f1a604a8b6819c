package desk

import (
	"context"
	"fmt"
	"slices"
	"time"

	"callbox/channels"
	"callbox/internal/officials"
	"callbox/internal/store"
	"callbox/outages"
)

// Check is one thing that an installation needs before it can send.
type Check struct {
	What string `json:"what"`
	OK   bool   `json:"ok"`
	Text string `json:"text"` // how it is, or what to do
}

// Readiness answers "could we send now?", in plain words.
func (d *Desk) Readiness(ctx context.Context) ([]Check, error) {
	out := []Check{d.readyChannels()}
	agencies, err := d.Store.Agencies(ctx)
	if err != nil {
		return nil, err
	}
	if len(agencies) == 0 {
		out = append(out, Check{"agencies", false, "nobody may speak yet: callbox agencies add"})
	}
	for _, a := range agencies {
		people, err := d.Store.Officials(ctx, a.ID)
		if err != nil {
			return nil, err
		}
		areas, err := d.readyAreas(ctx, a)
		if err != nil {
			return nil, err
		}
		drill, err := d.readyDrill(ctx, a)
		if err != nil {
			return nil, err
		}
		out = append(out, readyPeople(a, people), areas, drill)
	}
	lanes, err := d.Store.LaneStates(ctx)
	if err != nil {
		return nil, err
	}
	feed := false
	for _, l := range lanes {
		feed = feed || l.Channel == channels.CAP && l.List == "live"
		if l.Broken != "" {
			out = append(out, Check{"lane " + string(l.Channel) + " " + l.Host, false,
				fmt.Sprintf("halted until somebody mends it, with %d waiting: %s", l.Waiting, l.Broken)})
		}
	}
	if feed {
		out = append(out, Check{"feed", true, "the live feed is on the roll"})
	} else {
		out = append(out, Check{"feed", false, "no CAP document would be published: callbox outlets add cap --name feed --areas …"})
	}
	late, err := d.Store.Backlog(ctx)
	if err != nil {
		return nil, err
	}
	if !late.IsZero() && d.Now().Sub(late) > 10*time.Second {
		out = append(out, Check{"release", false, "an approved bulletin waits since " + late.Format(time.TimeOnly) + " UTC: is callbox serve running?"})
	}
	backup, err := d.readyBackup(ctx)
	if err != nil {
		return nil, err
	}
	probes, err := d.readyProbes(ctx)
	if err != nil {
		return nil, err
	}
	out = append(out, probes...)
	whole, err := d.readyTrail(ctx)
	out = append(out, backup, whole)
	if d.Machine != nil {
		out = append(out, d.Machine(ctx)...)
	}
	return out, err
}

// drillEvery is how long an agency may go without a drill: skills rot.
const drillEvery = 180 * 24 * time.Hour

// readyDrill says when an agency last practised. It is never red: who has not practised may send all the
// same, and should not read in the middle of an outage that they are not ready.
func (d *Desk) readyDrill(ctx context.Context, a officials.Agency) (Check, error) {
	drills, err := d.Store.Outages(ctx, store.Selection{Agency: a.ID, Mode: outages.Drill, Since: d.Now().Add(-2 * drillEvery)})
	if err != nil {
		return Check{}, err
	}
	what := "drills of " + a.ID
	if len(drills) == 0 {
		return Check{what, true, "none in the last year: callbox drill plans lists ready-made ones"}, nil
	}
	days := int(d.Now().Sub(drills[0].Bulletins[0].Issued).Hours() / 24)
	if days > int(drillEvery.Hours()/24) {
		return Check{what, true, fmt.Sprintf("none for %d days; hold one soon", days)}, nil
	}
	return Check{what, true, fmt.Sprintf("the last was %d days ago", days)}, nil
}

func (d *Desk) readyChannels() Check {
	var have []string
	for _, name := range []channels.Name{channels.Push, channels.Email, channels.Discord, channels.Mastodon} {
		if d.Channels[name] != nil {
			have = append(have, string(name))
		}
	}
	if d.Channels[channels.Push] == nil && d.Channels[channels.Email] == nil {
		return Check{"channels", false, fmt.Sprintf("residents cannot be reached: configure email or push (configured: %v)", have)}
	}
	return Check{"channels", true, fmt.Sprintf("configured: %v and the feed", have)}
}

func readyPeople(a officials.Agency, people []officials.Official) Check {
	drafters, approvers := 0, 0
	for _, o := range people {
		if slices.Contains(o.Roles, officials.Drafter) {
			drafters++
		}
		if slices.Contains(o.Roles, officials.Approver) {
			approvers++
		}
	}
	what := "people of " + a.ID
	switch {
	case drafters == 0:
		return Check{what, false, "nobody may declare an outage: callbox officials add … --roles drafter"}
	case approvers == 0:
		return Check{what, false, "nobody may approve: callbox officials add … --roles approver"}
	case a.Policy.TwoPeople && (approvers < 2 || len(people) < 3):
		return Check{what, true, fmt.Sprintf("%d may declare, %d may approve; with one more nobody on leave stops an alert", drafters, approvers)}
	}
	return Check{what, true, fmt.Sprintf("%d may declare, %d may approve", drafters, approvers)}
}

// readyAreas says how complete the directory of an agency is.
func (d *Desk) readyAreas(ctx context.Context, a officials.Agency) (Check, error) {
	book, err := d.Book(ctx)
	if err != nil {
		return Check{}, err
	}
	all, missing, expired := 0, 0, 0
	example := ""
	for _, j := range a.Jurisdiction {
		all += len(book.Readers(j))
		for _, id := range book.Readers(j) {
			if s := book.Standing(id, d.Now(), ConfirmEvery); s.Numbers > 0 && s.Expired == s.Numbers {
				expired++
			}
		}
		without := book.Missing(j)
		missing += len(without)
		if len(without) > 0 && example == "" {
			if area, ok := book.Area(without[0]); ok {
				example = area.FullName()
			}
		}
	}
	what := "directory of " + a.ID
	said := fmt.Sprintf("all %d areas have a number", all)
	if missing > 0 {
		said = fmt.Sprintf("%d of %d areas have no number, %s among them: callbox numbers import", missing, all, example)
	}
	if expired > 0 {
		said += fmt.Sprintf("; in %d nobody confirmed one for 180 days: callbox numbers due", expired)
	}
	return Check{what, missing == 0, said}, nil
}
