package main

import (
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"strconv"
	"strings"
	"text/tabwriter"

	"callbox/internal/bench"
)

type benchCmd struct {
	Small      bool     `help:"10,000 subscribers, two rounds: minutes."`
	Full       bool     `help:"Up to 1,000,000 subscribers: an hour."`
	Sizes      []int    `help:"How many subscribers, instead of 10,000 and 100,000."`
	Rounds     int      `help:"How often each figure and its reference are measured, in turn." default:"3"`
	Figures    []string `help:"Only these, by number."`
	Postfix    string   `help:"Folder with Debian's package postfix unpacked, for smtp-sink and smtp-source." default:".cache/postfix" type:"path"`
	Postgres   string   `help:"URL of an empty PostgreSQL database whose user may make others: mail on PostgreSQL, and several workers."`
	Program    string   `help:"A binary of this program, built with the tag farsides, for the figure of readers and deliveries at once." type:"path"`
	Readers    int      `help:"How many readers that figure has." default:"1000"`
	Deliveries int      `help:"How many deliveries that figure has." default:"10000"`
	Profile    string   `help:"Folder for CPU profiles of our side." type:"path"`
}

// Run measures this program beside references, everything on loopback.
func (c *benchCmd) Run(e *env) error {
	o := bench.Options{Rounds: c.Rounds, Figures: c.Figures, Postfix: c.Postfix, Postgres: c.Postgres, Profile: c.Profile,
		Program: c.Program, Readers: c.Readers, Deliveries: c.Deliveries,
		Progress: func(what string) { fmt.Fprintln(e.err, what) }}
	switch {
	case c.Small && c.Full:
		return usageError{errors.New("choose one of --small and --full")}
	case c.Small:
		o.Sizes, o.Rounds = []int{10_000}, min(o.Rounds, 2)
	case c.Full:
		o.Sizes = []int{10_000, 100_000, 1_000_000}
	}
	if len(c.Sizes) > 0 {
		o.Sizes = c.Sizes
	}
	if c.Profile != "" {
		if err := os.MkdirAll(c.Profile, 0o755); err != nil {
			return err
		}
	}
	rows, err := bench.Run(e.ctx, o)
	if len(rows) > 0 {
		e.result(rows, func(w io.Writer) { writeRows(w, rows) })
	}
	if err != nil && len(rows) > 0 && e.asJSON { // the rows are the one document; what ended them stands beside
		fmt.Fprintln(e.err, "callbox:", err)
	}
	return err
}

// benchPartCmd makes this process one part of a benchmark.
type benchPartCmd struct {
	Name string `arg:""`
}

func (c *benchPartCmd) Run(e *env) error { return bench.Part(e.ctx, c.Name, e.in, e.out) }

// writeRows prints figures as a table.
func writeRows(w io.Writer, rows []bench.Row) {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "figure\twhat\tours\treference\tratio\tgoal\tmet\t")
	for _, r := range rows {
		reference, ratio, met := "", "", ""
		if r.ReferenceWhat != "" {
			reference = spread(r.Reference, r.ReferenceRange) + " " + r.ReferenceWhat
			ratio = number(r.Ratio)
		}
		if r.Met != nil {
			met = map[bool]string{true: "yes", false: "no"}[*r.Met]
		}
		fmt.Fprintf(t, "%s\t%s, %s\t%s\t%s\t%s\t%s\t%s\t\n", r.Figure, r.What, r.Unit, spread(r.Ours, r.OursRange), reference, ratio, r.Goal, met)
	}
	t.Flush()
	for _, r := range rows {
		if r.Note != "" {
			fmt.Fprintf(w, "%s: %s\n", r.Figure, r.Note)
		}
	}
}

// spread is a median with its range.
func spread(v float64, within [2]float64) string {
	if within[0] == within[1] {
		return number(v)
	}
	return number(v) + " (" + number(within[0]) + " to " + number(within[1]) + ")"
}

// number has three digits that count, and all before the point.
func number(v float64) string {
	if v >= 100 {
		return strconv.FormatFloat(math.Round(v), 'f', 0, 64)
	}
	return strings.TrimSuffix(strconv.FormatFloat(v, 'g', 3, 64), ".0")
}
