package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"

	"callbox/internal/desk"
	"callbox/internal/store"
	"callbox/templates"
)

// writeDraft prints what a draft would say to its first area, to how many it goes, and every finding.
func writeDraft(w io.Writer, d desk.Draft) {
	writeHead(w, d)
	texts := d.Texts.Areas
	if len(texts) > 2 {
		texts = texts[:2]
	}
	for _, t := range texts {
		fmt.Fprintln(w)
		writeText(w, t)
	}
	if len(texts) < len(d.Texts.Areas) {
		fmt.Fprintf(w, "\n(and %d more texts: callbox outage lint shows all)\n", len(d.Texts.Areas)-len(texts))
	}
	writeFindings(w, d)
}

func writeHead(w io.Writer, d desk.Draft) {
	fmt.Fprintf(w, "%s - %s %d of %s\n", strings.ToUpper(string(d.Declaration.Mode)), d.Declaration.Kind, d.Seq, d.Outage)
	fmt.Fprintf(w, "Areas: %d. Recipients:", len(d.Facts.Advice))
	for _, name := range slices.Sorted(maps.Keys(d.Recipients)) {
		fmt.Fprintf(w, " %s %d", name, d.Recipients[name])
	}
	fmt.Fprintln(w)
}

// writeFindings prints which numbers were struck out, and what the rules say.
func writeFindings(w io.Writer, d desk.Draft) {
	for _, advice := range d.Facts.Advice {
		for _, s := range advice.Struck {
			fmt.Fprintf(w, "struck out in %s: %s: %s\n", advice.Area.Name, s.Number.Tel.Local(), s.Why)
		}
	}
	for _, f := range d.Findings {
		mark := "warning"
		if f.Block {
			mark = "BLOCKS"
		}
		if f.Place != "" {
			mark += ": " + f.Place
		}
		fmt.Fprintf(w, "%s: %s (%s)\n", mark, f.Text, f.Rule)
	}
}

// writeText prints a text as a reader gets it, with the lengths of what has a limit.
func writeText(w io.Writer, t templates.Text) {
	fmt.Fprintf(w, "[%s] %s (%d characters)\n", t.Lang, t.Title, len([]rune(t.Title)))
	for _, line := range t.Paragraphs() {
		fmt.Fprintf(w, "    %s\n", line)
	}
	for _, p := range t.Parts {
		fmt.Fprintf(w, "    push: %s (%d)\n    WEA 90: %s (%d)\n    WEA 360: %s (%d)\n",
			p.Brief, len([]rune(p.Brief)), p.Short, len([]rune(p.Short)), p.Long, len([]rune(p.Long)))
	}
}

func writeStatus(w io.Writer, s desk.Status) {
	fmt.Fprintf(w, "%s - %s\n", strings.ToUpper(string(s.Outage.Mode)), s.Outage.ID)
	for _, b := range s.Outage.Bulletins {
		fmt.Fprintf(w, "%d. %s, issued %s, approved by %s\n", b.Seq, b.Kind, b.Issued.Local().Format("2006-01-02 15:04:05"), b.Approval.By)
	}
	writeFigures(w, s.Figures)
	for _, r := range s.Reasons {
		fmt.Fprintf(w, "bulletin %d, %s: %d x %s\n", r.Seq, r.Channel, r.Count, r.Reason)
	}
	for _, d := range s.Drafts {
		fmt.Fprintf(w, "draft %s waits: %s, %s\n", d.ID, d.Declaration.Kind, d.State)
	}
}

// writeFigures prints the ledger: one line a bulletin and channel, every fate a column.
func writeFigures(w io.Writer, figures []store.Figure) {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "bulletin\tchannel\ttargeted\twaiting\taccepted\trefused\tgone\texpired\tovertaken\tstopped\tuncertain\t")
	for _, f := range figures {
		fmt.Fprintf(t, "%d\t%s\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t\n", f.Seq, f.Channel, f.Targeted, f.Waiting, f.Accepted,
			f.Refused, f.Gone, f.Expired, f.Overtaken, f.Stopped, f.Uncertain)
	}
	t.Flush()
}
