package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"time"

	"callbox/internal/officials"
	"callbox/internal/record"
)

type recordCmd struct {
	Outage string `arg:"" help:"The outage."`
	CSV    bool   `help:"As a table for spreadsheets." name:"csv"`
}

// Run prints the record of an outage: what happened, how long it took, whom it reached.
func (c *recordCmd) Run(e *env) error {
	return e.acting(func(p *program, a officials.Actor) error {
		r, err := p.desk.RecordInFull(e.ctx, a, c.Outage)
		if err != nil {
			return err
		}
		if c.CSV {
			return r.WriteCSV(e.out)
		}
		zone, err := time.LoadLocation(r.Zone)
		if err != nil {
			return fmt.Errorf("zone of the agency: %w", err)
		}
		e.result(r, func(w io.Writer) { writeRecord(w, r, zone) })
		return nil
	})
}

func writeRecord(w io.Writer, r record.Record, zone *time.Location) {
	fmt.Fprintf(w, "Record of %s (%s), %s\n\n", r.Outage, r.Mode, r.Agency)
	for _, e := range r.Timeline {
		fmt.Fprintf(w, "%s  %s\n", e.At.In(zone).Format("2006-01-02 15:04:05"), e.Says)
	}
	fmt.Fprintln(w)
	for _, s := range r.Steps.Took() {
		fmt.Fprintf(w, "%-48s %s\n", s.Step, s.Took)
	}
	for _, b := range r.Bulletins {
		fmt.Fprintf(w, "\nBulletin %d (%s), submitted by %s, approved by %s\n", b.Seq, b.Kind, b.Submitter, b.Approver)
		if b.BreakGlass != "" {
			fmt.Fprintf(w, "  Sent by one person alone: %s\n", b.BreakGlass)
		}
		for _, channel := range slices.Sorted(maps.Keys(b.Totals)) {
			t := b.Totals[channel]
			fmt.Fprintf(w, "  %-9s targeted %d: accepted %d, waiting %d, refused %d, gone %d, expired %d, overtaken %d, stopped %d, uncertain %d\n", channel,
				t.Targeted, t.Accepted, t.Waiting, t.Refused, t.Gone, t.Expired, t.Overtaken, t.Stopped, t.Uncertain)
		}
	}
	fmt.Fprintln(w, "\nFor comparison, until the first word to the public:")
	for _, past := range r.Past {
		fmt.Fprintf(w, "  %-26s %s  %s\n", past.Name, past.Date, past.Note)
	}
}
