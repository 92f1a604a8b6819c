package desk

import (
	"context"
	"fmt"
	"io"
	"slices"

	"callbox/areas"
	"callbox/internal/officials"
	"callbox/internal/store"
	"callbox/outages"
)

// Replacement is what a directory file would do to the numbers of the areas that it names.
type Replacement struct {
	Lines    int // numbers, ways and areas without a number
	Added    []areas.Number
	Removed  []areas.Number
	Told     []areas.Number // of those removed, the ones that an open live outage tells people to call
	Live     bool           // an outage is live: it takes a second person
	Warnings areas.Report
}

// CompareDirectory tells what [Desk.ImportDirectory] would do with a file; nothing is taken over. Its error
// is an [areas.Report] of every bad line.
func (d *Desk) CompareDirectory(ctx context.Context, a officials.Actor, r io.Reader) (Replacement, error) {
	in, err := d.readDirectory(ctx, a, r)
	if err != nil {
		return Replacement{}, err
	}
	return d.replacement(ctx, a, in)
}

// readDirectory reads a directory file on behalf of an actor who may change the directory.
func (d *Desk) readDirectory(ctx context.Context, a officials.Actor, r io.Reader) (areas.Directory, error) {
	if err := may(a, officials.Directory, ""); err != nil {
		return areas.Directory{}, err
	}
	book, err := d.Book(ctx)
	if err != nil {
		return areas.Directory{}, err
	}
	return areas.ReadDirectory(r, book, areas.Importer{Jurisdiction: a.Agency.Jurisdiction, Now: d.Now()})
}

func (d *Desk) replacement(ctx context.Context, a officials.Actor, in areas.Directory) (Replacement, error) {
	out := Replacement{Lines: len(in.Numbers) + len(in.Ways) + len(in.Without), Warnings: in.Warnings}
	h, err := d.Holdings(ctx, a)
	if err != nil {
		return out, err
	}
	live, err := d.Store.Outages(ctx, store.Selection{Agency: a.Agency.ID, Mode: outages.Live, Open: true})
	if err != nil {
		return out, err
	}
	named := map[areas.ID]bool{}
	for _, id := range in.Without {
		named[id] = true
	}
	for _, w := range in.Ways {
		named[w.Area] = true
	}
	has := func(list []areas.Number, n areas.Number) bool {
		return slices.ContainsFunc(list, func(x areas.Number) bool { return x.Key() == n.Key() })
	}
	for _, n := range in.Numbers {
		named[n.Area] = true
		if !has(h.Numbers, n) {
			out.Added = append(out.Added, n)
		}
	}
	out.Live = len(live) > 0
	for _, n := range h.Numbers {
		if !named[n.Area] || has(in.Numbers, n) {
			continue
		}
		out.Removed = append(out.Removed, n)
		if slices.ContainsFunc(live, func(o outages.Outage) bool { return prints(o, n) }) {
			out.Told = append(out.Told, n)
		}
	}
	return out, nil
}

// says tells the person who has to agree what a replacement does.
func (r Replacement) says(book *areas.Book) []string {
	out := []string{fmt.Sprintf("The numbers and ways of a file of %d lines replace those of the areas it names: %d numbers come, %d go. An outage is live.",
		r.Lines, len(r.Added), len(r.Removed))}
	for _, n := range r.Told {
		out = append(out, fmt.Sprintf("It removes %s of %s, which people are told to call now.", n.Tel.Local(), nameOf(book, n.Area)))
	}
	return out
}
