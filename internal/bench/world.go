package bench

import (
	"context"
	"fmt"
	"os"
	"strings"
	"time"

	"callbox/areas"
	"callbox/internal/officials"
	"callbox/internal/store"
	"callbox/outages"
	"callbox/subscribers"
	"callbox/templates"
)

// towns is how many reader areas the subscribers of a benchmark live in. Each has texts of its own, so
// that what is kept of one town does not serve all.
const towns = 40

// world is a made-up state whose every town lost 911.
type world struct {
	book        *areas.Book
	outage      outages.Outage // without its ID
	declaration outages.Declaration
	facts       outages.Facts
}

func town(i int) areas.ID { return areas.ID(fmt.Sprintf("x-ma-%03d", i)) }

// newWorld makes n towns, each with two numbers of its own.
func newWorld(n int, now time.Time) (*world, error) {
	h := areas.Holdings{ZIPs: map[areas.ZIP][]areas.ID{}}
	w := &world{
		outage: outages.Outage{Agency: "bench", Mode: outages.Live, Speaker: outages.Speaker{ID: "bench", Name: "State 911 Department (bench)",
			Zone: "America/New_York", Sender: "alerts@911.example.org", Jurisdiction: []areas.ID{"25"}}},
		declaration: outages.Declaration{Kind: outages.Alert, Mode: outages.Live, Began: now.Add(-time.Hour), NextUpdate: now.Add(time.Hour)},
	}
	for i := range n {
		id := town(i)
		h.Areas = append(h.Areas, areas.Area{ID: id, Name: fmt.Sprintf("Town %03d", i), State: "MA", Within: "25"})
		h.ZIPs[areas.ZIP(fmt.Sprintf("%05d", 99000+i))] = []areas.ID{id}
		for j, need := range []areas.Need{areas.Police, areas.Fire} {
			tel := areas.Tel(fmt.Sprintf("+1%03d55501%02d", 201+i%700, j))
			h.Numbers = append(h.Numbers, areas.Number{Area: id, For: need, Tel: tel})
		}
		w.declaration.Conditions = append(w.declaration.Conditions,
			outages.Condition{Area: id, Service: outages.Voice, State: outages.Down},
			outages.Condition{Area: id, Service: outages.Text, State: outages.Working})
	}
	var err error
	if w.book, err = areas.NewBook(h); err != nil {
		return nil, fmt.Errorf("a made-up state: %w", err)
	}
	var found outages.Findings
	w.facts, found = outages.Resolve(w.outage, w.declaration, w.book, now)
	if found.Blocked() || len(w.facts.Advice) != n {
		return nil, fmt.Errorf("a made-up state: %d towns of %d, %v", len(w.facts.Advice), n, found)
	}
	return w, nil
}

func (w *world) draft(outage string) outages.Draft {
	return outages.Draft{Outage: outage, Seq: 1, Declaration: w.declaration, Facts: w.facts}
}

// langs are those of the i-th subscriber: a third reads Spanish, a third both.
func langs(i int) []string { return [][]string{{"en"}, {"es"}, {"en", "es"}}[i/towns%3] }

// texts words the outage for each town in two languages, as submitting does.
func (w *world) texts(outage string) (store.Texts, error) {
	var out store.Texts
	d := w.draft(outage)
	for _, a := range w.facts.Advice {
		r := templates.Reader{Areas: []areas.ID{a.Area.ID}, Langs: []templates.Lang{templates.English, templates.Spanish}}
		texts, err := templates.Render(d, r)
		if err != nil {
			return out, err
		}
		out.Areas = append(out.Areas, texts...)
	}
	return out, nil
}

// ledger is a store with the agency of the world, and the keys that seal its addresses.
type ledger struct {
	*store.Store
	keys subscribers.Keys
}

// openLedger opens a database in a file, or makes it.
func openLedger(ctx context.Context, file, keyFile string) (*ledger, error) {
	text, err := os.ReadFile(keyFile)
	if err != nil {
		return nil, fmt.Errorf("keys: %w", err)
	}
	keys, err := subscribers.ParseKeys(text)
	if err != nil {
		return nil, err
	}
	s, err := store.Open(ctx, file, subscribers.NewSealer(keys), nil)
	if err != nil {
		return nil, err
	}
	return &ledger{s, keys}, nil
}

var system = officials.Entry{Actor: "system", Action: "bench"}

// issue makes an outage of the world and issues its alert; it returns the moment at which the ledger had
// it for good.
func (l *ledger) issue(ctx context.Context, w *world, outage string, texts store.Texts) (bulletin int64, at time.Time, err error) {
	o := w.outage
	o.ID = outage
	if err := l.NewOutage(ctx, o); err != nil {
		return 0, at, err
	}
	now := time.Now().UTC().Truncate(time.Second)
	b := outages.Bulletin{Outage: outage, Seq: 1, Mode: outages.Live, Kind: outages.Alert, Issued: now, Expires: now.Add(4 * time.Hour),
		Declaration: w.declaration, Facts: w.facts}
	bulletin, err = l.Issue(ctx, b, texts, nil, system)
	return bulletin, time.Now(), err
}

// accepted counts what an outage's ledger says the far side took, and what it targeted.
func (l *ledger) accepted(ctx context.Context, outage string) (accepted, targeted int, err error) {
	figures, err := l.Figures(ctx, outage, false)
	for _, f := range figures {
		accepted, targeted = accepted+f.Accepted, targeted+f.Targeted
	}
	return accepted, targeted, err
}

// newName is the ID of one more outage.
func newName() string {
	return "bench-" + strings.ReplaceAll(time.Now().UTC().Format("150405.000000"), ".", "-")
}
