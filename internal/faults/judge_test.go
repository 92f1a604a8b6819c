//go:build faults

package faults

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"callbox/channels"
	"callbox/internal/store"
)

// The promises that every trial is held against.
var promises = []int{5, 6, 7, 8, 13, 14}

// toll is whom a fault costs for good: by the far side's own word, never by inference.
type toll struct{ refused, gone int }

// judge computes from what the far sides received, and from the ledger, whether the promises were held.
func (r *room) judge(f fault, bulletins int) {
	r.Helper()
	figures := r.figures()
	mails := r.far.mails()
	pushes, err := r.far.pushes()
	r.ok(err)
	r.residents(channels.Email, mails, r.mails, f, bulletins, figures[channels.Email])
	r.residents(channels.Push, pushes, r.devices, f, bulletins, figures[channels.Push])
	r.crowds(f, bulletins, figures)
	reasons, err := r.desk.Store.Reasons(r.Context(), r.outage)
	r.ok(err)
	for name, t := range figures {
		want := toll{}
		if name == f.channel {
			want = f.toll
		}
		if t.Waiting > 0 || t.Expired > 0 || t.Stopped > 0 {
			r.broke(5, "%s: %+v at the end, want nobody waiting, expired or stopped", name, t)
		}
		if t.Gone != want.gone {
			r.broke(7, "%s: %d are gone, and the far side said so of %d", name, t.Gone, want.gone)
		}
		if (t.Refused > 0) != (want.refused > 0) {
			r.broke(5, "%s: %d are refused, and the far side said so of %d: %+v", name, t.Refused, want.refused, reasons)
		}
		if t.Uncertain > 0 && !f.uncertain {
			r.broke(5, "%s: %d are uncertain, though the far side can be asked or knows a repeat", name, t.Uncertain)
		}
	}
}

// residents checks what was delivered by one channel, resident by resident.
func (r *room) residents(name channels.Name, got []arrival, who []string, f fault, bulletins int, ledger store.Totals) {
	last, err := newest(got)
	if err != nil {
		r.broke(6, "%s: %v", name, err)
	}
	var missed []string
	for _, to := range who {
		if last[to] != bulletins {
			missed = append(missed, to)
		}
	}
	lost := 0
	if name == f.channel {
		lost = f.toll.refused + f.toll.gone
	}
	if late := who[len(who)-1]; slices.Contains(missed, late) {
		r.broke(14, "%s: who joined late was told bulletin %d last, want %d", name, last[late], bulletins)
	}
	if len(missed) != lost {
		r.broke(5, "%s: %d of %d were not told the newest bulletin, want %d: %s", name, len(missed), len(who), lost, strings.Join(missed, " "))
	}
	if again := visible(got); len(again) > 0 {
		r.broke(5, "%s: repeats that show: %v", name, again)
	}
	if n := repeats(got); n > f.repeats+r.kills*2*people {
		r.broke(5, "%s: %d repeats, want %d at most", name, n, f.repeats+r.kills*2*people)
	}
	distinct := len(got) - repeats(got)
	if ledger.Accepted > distinct || ledger.Accepted+ledger.Overtaken+ledger.Uncertain < distinct {
		r.broke(13, "%s: the far side took %d, and the ledger says %+v", name, distinct, ledger)
	}
}

// crowds checks the Discord webhook and the Mastodon account.
func (r *room) crowds(f fault, bulletins int, ledger map[channels.Name]store.Totals) {
	posts := r.far.discord.Messages(r.hook)
	d := ledger[channels.Discord]
	if len(posts) > bulletins || len(posts) < d.Accepted || d.Accepted+d.Uncertain+d.Overtaken < len(posts) {
		r.broke(5, "discord: %d posts of %d bulletins, and the ledger says %+v", len(posts), bulletins, d)
	}
	keys := map[string]bool{}
	statuses := r.far.mastodon.Statuses(r.account)
	for _, s := range statuses {
		keys[s.Key] = true
	}
	m := ledger[channels.Mastodon]
	parts, err := r.desk.Store.Parts(r.Context(), r.outage)
	r.ok(err)
	if known := parts[channels.Mastodon]; len(keys) != len(statuses) || len(statuses) < known || m.Overtaken == 0 && len(statuses) > known {
		r.broke(5, "mastodon: %d statuses by %d keys, and the ledger knows %d: %+v", len(statuses), len(keys), known, m)
	}
}

// told counts the arrivals of a bulletin, by resident.
func (r *room) told(seq int) int {
	pushes, err := r.far.pushes()
	r.ok(err)
	who := map[string]bool{}
	for _, a := range append(r.far.mails(), pushes...) {
		if a.seq == seq {
			who[a.to] = true
		}
	}
	return len(who)
}

// ledgerTable collects what the trials came to: fault × promise × runs × held.
type ledgerTable struct {
	mu   sync.Mutex
	rows map[string]*row
}

type row struct {
	runs int
	held map[int]int
	why  map[string]bool
}

func (l *ledgerTable) add(name string, wrong map[int]string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.rows == nil {
		l.rows = map[string]*row{}
	}
	x := l.rows[name]
	if x == nil {
		x = &row{held: map[int]int{}, why: map[string]bool{}}
		l.rows[name] = x
	}
	x.runs++
	var errs []error
	for _, p := range promises {
		if wrong[p] == "" {
			x.held[p]++
		} else {
			errs = append(errs, fmt.Errorf("promise %d: %s", p, wrong[p]))
		}
	}
	return errors.Join(errs...)
}

// String is the table as it stands in docs/reliability.md.
func (l *ledgerTable) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	var b strings.Builder
	b.WriteString("| fault | runs |")
	for _, p := range promises {
		fmt.Fprintf(&b, " promise %d |", p)
	}
	b.WriteString("\n|---|---|" + strings.Repeat("---|", len(promises)) + "\n")
	for _, name := range slices.Sorted(maps.Keys(l.rows)) {
		x := l.rows[name]
		fmt.Fprintf(&b, "| %s | %d |", name, x.runs)
		for _, p := range promises {
			mark := "held"
			if x.held[p] < x.runs {
				mark = fmt.Sprintf("**broken %d times**", x.runs-x.held[p])
			}
			fmt.Fprintf(&b, " %s |", mark)
		}
		b.WriteString("\n")
	}
	return b.String()
}
