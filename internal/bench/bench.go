// Package bench measures what this program costs beside what it could cost: each figure with its
// reference in the same run, taken in turn.
//
// Absolute figures move from machine to machine and, on a shared one, from minute to minute; the goals
// are ratios. What is measured runs in a child process of its own, and so does every far side, so that
// the processor time of a child is that of one side only. Everything stays on loopback.
package bench

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"callbox/subscribers"
)

// Row is one figure. Numbers are in Unit; where there were several rounds they are medians, with the
// range beside them.
type Row struct {
	Figure         string     `json:"figure"` // its number, with the size after a slash: "1/100000"
	What           string     `json:"what"`
	Unit           string     `json:"unit"`
	Ours           float64    `json:"ours"`
	OursRange      [2]float64 `json:"ours_range"`
	Reference      float64    `json:"reference,omitempty"` // 0: there is none
	ReferenceRange [2]float64 `json:"reference_range,omitzero"`
	ReferenceWhat  string     `json:"reference_what,omitempty"`
	Ratio          float64    `json:"ratio,omitempty"` // ours to the reference
	Goal           string     `json:"goal,omitempty"`  // empty: the figure is for information
	Met            *bool      `json:"met"`             // nil without a goal, or when it could not be measured
	Note           string     `json:"note,omitempty"`  // why it could not be measured, and what else to know
}

// Options say what to measure. The zero value measures every figure at 10,000 and 100,000 subscribers.
type Options struct {
	Sizes   []int    // subscribers; 10,000 and 100,000 when empty
	Rounds  int      // of ours and of the reference, in turn; 3 when zero
	Figures []string // only these; all when empty
	Dir     string   // for databases; a temporary folder when empty
	// Postfix is a folder with Debian's package postfix unpacked, for smtp-sink and smtp-source. Without
	// them the figures that need them say so.
	Postfix string
	// Postgres is the URL of an empty PostgreSQL database, whose user may make others. With it figures 1,
	// 2, 7 and 8 are measured there as well; without it figure 11 says so.
	Postgres string
	// Program is a binary of this program, built with the tag farsides, that figure "load" tries with so many
	// Readers (1,000 when zero) and Deliveries (10,000). Without it that figure says so.
	Program             string
	Readers, Deliveries int
	// Profile is a folder for CPU profiles of our own side; none are written when empty.
	Profile string
	// Progress is told what is measured next.
	Progress func(string)

	alerts   int           // that one process of figure 7 issues; 25 when zero
	surgeFor time.Duration // how long people sign up; 20 s when zero
	busy     time.Duration // for which figure 16's push service turns a tenth away; 5 s when zero
}

// run is one call of Run.
type run struct {
	Options
	ctx  context.Context
	sink *sinks
	made map[string]bool // databases of this run on the PostgreSQL server
	rows []Row
}

// Run measures, and ends every process that it started. It stops at the first figure that fails.
func Run(ctx context.Context, o Options) ([]Row, error) {
	if len(o.Sizes) == 0 {
		o.Sizes = []int{10_000, 100_000}
	}
	if o.Rounds == 0 {
		o.Rounds = 3
	}
	if o.alerts == 0 {
		o.alerts = 25
	}
	if o.surgeFor == 0 {
		o.surgeFor = 20 * time.Second
	}
	if o.busy == 0 {
		o.busy = 5 * time.Second
	}
	if o.Readers == 0 {
		o.Readers = 1000
	}
	if o.Deliveries == 0 {
		o.Deliveries = 10_000
	}
	if o.Progress == nil {
		o.Progress = func(string) {}
	}
	if o.Dir == "" {
		dir, err := os.MkdirTemp("", "callbox-bench-")
		if err != nil {
			return nil, fmt.Errorf("bench: %w", err)
		}
		defer os.RemoveAll(dir)
		o.Dir = dir
	}
	r := &run{Options: o, ctx: ctx}
	if err := os.WriteFile(r.path("keys"), subscribers.GenerateKeys().File(), 0o600); err != nil {
		return nil, fmt.Errorf("bench: %w", err)
	}
	sink, err := startSinks(ctx, o.Postfix)
	if err != nil {
		return nil, fmt.Errorf("bench: %w", err)
	}
	r.sink = sink
	err = r.all()
	return r.rows, errors.Join(err, r.dropMade(context.WithoutCancel(ctx)), sink.close())
}

func (r *run) all() error {
	for _, f := range []struct {
		names []string
		do    func() error
	}{
		{[]string{"1", "2", "8", "9", "10"}, r.mail},
		{[]string{"3"}, r.distant},
		{[]string{"4", "5"}, r.push},
		{[]string{"6"}, r.beside},
		{[]string{"7"}, r.first},
		{[]string{"11"}, r.workers},
		{[]string{"12"}, r.feed},
		{[]string{"13"}, r.meanwhile},
		{[]string{"14"}, r.render},
		{[]string{"15"}, r.killed},
		{[]string{"16"}, r.putOff},
		{[]string{"load"}, r.load},
		{[]string{"surge"}, r.surge},
	} {
		if !slices.ContainsFunc(f.names, r.wants) {
			continue
		}
		if err := f.do(); err != nil {
			return fmt.Errorf("figure %s: %w", f.names[0], err)
		}
	}
	return nil
}

func (r *run) wants(figure string) bool {
	return len(r.Figures) == 0 || slices.Contains(r.Figures, figure)
}

// add keeps a row if its figure is wanted.
func (r *run) add(figure string, row Row) {
	if !r.wants(figure) {
		return
	}
	if row.Figure == "" {
		row.Figure = figure
	}
	r.rows = append(r.rows, row)
}

// some is n, and less where the largest size is small.
func (r *run) some(n int) int { return min(n, 2*slices.Max(r.Sizes)) }

// path is a file of this run.
func (r *run) path(name string) string { return filepath.Join(r.Dir, name) }
