package watch

import (
	"fmt"
	"html/template"
	"slices"
	"time"

	"callbox/areas"
	"callbox/internal/desk"
	"callbox/internal/store"
	"callbox/internal/web/console/account"
	"callbox/outages"
)

// figures is what the live page shows of a bulletin, in words. It holds no clock: it changes only when the
// ledger does, so that the same figures are the same bytes.
type figures struct {
	Bulletin string
	Headline string
	Nobody   bool // nobody has signed up: only crowds and the page were used
	Next     *due
	Marks    []mark
	Channels []channelRow
	Sum      string
	Reasons  []reasonRow
	Halted   []string
	Areas    []areaRow
	Map      template.HTML
	PerPlace bool   // it is known of some area how many live there
	Unrung   string // where no number answered lately; empty: it did everywhere, or nobody is told numbers
	Plot     *plot
}

// due is the update that was promised.
type due struct {
	At, Text string // machine-readable, and for people
	Over     bool
}

type mark struct{ Part, SinceApproval, SinceRelease, At string }

type channelRow struct {
	Name, Proves                                              string
	Targeted, Accepted, Waiting, Failed, Overtaken, Uncertain string
	Bar                                                       int // accepted, of 100
}

type reasonRow struct{ Channel, Count, Fate, Said, Next string }

type areaRow struct {
	Name, Targeted, Accepted, Part string
	Per                            string // how many signed up for each 1,000 residents
	ZIPs                           int
	Bar                            int
	Nobody                         bool
	Numbers                        []string
	Missing                        string // how many were not reached
}

// show puts how a bulletin is doing into words.
func show(l desk.Live, zone *time.Location) figures {
	f := figures{Bulletin: bulletinText(l.Bulletin, zone), Headline: headline(l, zone), Nobody: l.People.Targeted == 0, Sum: sum(l.People), Next: nextUpdate(l, zone)}
	for _, m := range l.Milestones {
		f.Marks = append(f.Marks, markOf(m, l.Bulletin, zone))
	}
	for _, c := range l.Channels {
		f.Channels = append(f.Channels, channelOf(c))
	}
	slices.SortStableFunc(f.Channels, func(a, b channelRow) int { return order(a.Name) - order(b.Name) })
	for _, r := range l.Reasons {
		f.Reasons = append(f.Reasons, reasonRow{names[r.Channel], account.Count(r.Count), fates[r.Fate], r.Reason, nextStep(r)})
	}
	for _, h := range l.Halted {
		f.Halted = append(f.Halted, haltedText(h))
	}
	for _, a := range l.Areas {
		f.Areas = append(f.Areas, areaOf(a))
		f.PerPlace = f.PerPlace || a.Area.Residents > 0
	}
	if !l.Bulletin.Kind.Ends() {
		f.Unrung = unrung(l.Areas)
	}
	if !f.Nobody {
		f.Plot = draw(l.Steps, l.Bulletin.Issued)
	}
	return f
}

// bulletinText names a bulletin with its times.
func bulletinText(b outages.Bulletin, zone *time.Location) string {
	text := fmt.Sprintf("Bulletin %d, %s, released %s", b.Seq, b.Kind, seconds(b.Issued, zone))
	if b.Approval.BreakGlass {
		return text + ", sent by " + b.Approval.By + " without a second person"
	}
	return text + ", approved by " + b.Approval.By
}

// order puts the channels that reach residents first.
func order(name string) int {
	return slices.Index([]string{"Web push", "E-mail", "Feed", "Mastodon", "Discord"}, name)
}

// headline is the one sentence that must be read.
func headline(l desk.Live, zone *time.Location) string {
	p := l.People
	switch {
	case p.Targeted == 0 && l.Bulletin.Kind.Ends():
		return "Nobody had been told one by one. The web page, the feed and the outlets say it."
	case p.Targeted == 0:
		return "0 subscribers: only the web page, the feed and the outlets were used."
	}
	text := fmt.Sprintf("%s of %s (%s) handed over.", account.Count(p.Accepted), account.Count(p.Targeted), percent(p.Accepted, p.Targeted))
	if at := l.Expected(); !at.IsZero() {
		text += " 90 % expected at " + seconds(at, zone) + "."
	}
	if p.Waiting > 0 {
		return text + " " + account.Count(p.Waiting) + " still wait."
	}
	return text + " Nobody waits any more."
}

// nextUpdate is the promise of the newest word, while the outage is open.
func nextUpdate(l desk.Live, zone *time.Location) *due {
	at := l.Bulletin.Declaration.NextUpdate
	if !l.Outage.Open() || at.IsZero() {
		return nil
	}
	return &due{at.UTC().Format(time.RFC3339), at.In(zone).Format("3:04\u00a0PM"), l.At.After(at)}
}

func markOf(m desk.Milestone, b outages.Bulletin, zone *time.Location) mark {
	out := mark{Part: fmt.Sprintf("%d %%", m.Percent), SinceApproval: "not yet", SinceRelease: "not yet", At: "-"}
	if !m.At.IsZero() {
		out.SinceApproval, out.SinceRelease, out.At = account.Took(m.At.Sub(b.Approval.At)), account.Took(m.At.Sub(b.Issued)), seconds(m.At, zone)
	}
	return out
}

func channelOf(c desk.ChannelLive) channelRow {
	n := account.Count
	row := channelRow{Name: names[c.Channel], Proves: proves[c.Channel], Targeted: n(c.Targeted), Accepted: n(c.Accepted), Waiting: n(c.Waiting),
		Failed: n(c.Refused + c.Gone + c.Expired), Overtaken: n(c.Overtaken + c.Stopped), Uncertain: n(c.Uncertain)}
	if c.Targeted > 0 {
		row.Bar = c.Accepted * 100 / c.Targeted
	}
	return row
}

func haltedText(h store.Halted) string {
	what := names[h.Channel]
	if what == "" {
		what = string(h.Channel)
	}
	if h.Host != "" {
		what += " by " + h.Host
	}
	return what + " serves nobody until somebody mends it: " + h.Why
}

func areaOf(a desk.AreaLive) areaRow {
	row := areaRow{Name: a.Area.FullName(), Targeted: account.Count(a.Targeted), Accepted: account.Count(a.Accepted), ZIPs: a.ZIPs,
		Part: percent(a.Accepted, a.Targeted), Nobody: a.Targeted == 0, Per: "-", Missing: account.Count(a.Targeted - a.Accepted)}
	if a.Targeted > 0 {
		row.Bar = a.Accepted * 100 / a.Targeted
	}
	if a.Area.Residents > 0 {
		row.Per = fmt.Sprintf("%.1f", 1000*float64(a.Targeted)/float64(a.Area.Residents))
	}
	for _, n := range a.Numbers {
		row.Numbers = append(row.Numbers, account.Number(n))
	}
	return row
}

// unrung says in how many ZIP codes no number has answered a call lately.
func unrung(list []desk.AreaLive) string {
	n, total := 0, 0
	var where []areas.Area
	for _, a := range list {
		total += a.ZIPs
		if a.Unconfirmed > 0 {
			n, where = n+a.Unconfirmed, append(where, a.Area)
		}
	}
	if n == 0 {
		return ""
	}
	return fmt.Sprintf("In %s of %s ZIP codes no number has answered a call lately: %s.", account.Count(n), account.Count(total), account.Places(where))
}
