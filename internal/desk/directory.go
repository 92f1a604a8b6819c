package desk

import (
	"context"
	"fmt"
	"io"

	"callbox/areas"
	"callbox/internal/officials"
)

// Imported says what an import did.
type Imported struct {
	Lines    int          `json:"lines"`             // areas, numbers and ways, or subscribers taken over
	Refiled  int          `json:"refiled,omitempty"` // subscribers whose areas changed by it
	Warnings areas.Report `json:"warnings,omitempty"`
}

// ImportAreas takes over an agency's areas file, all lines or none; its error is an [areas.Report] of
// every bad line. Residents are filed anew under the areas that their places now lie in.
func (d *Desk) ImportAreas(ctx context.Context, a officials.Actor, r io.Reader) (Imported, error) {
	if err := may(a, officials.Directory, ""); err != nil {
		return Imported{}, err
	}
	book, err := d.Book(ctx)
	if err != nil {
		return Imported{}, err
	}
	in, err := areas.ReadAreas(r, book, areas.Importer{Jurisdiction: a.Agency.Jurisdiction, Now: d.Now()})
	if err != nil {
		return Imported{}, err
	}
	out := Imported{Lines: len(in.Areas), Warnings: in.Warnings}
	if err := d.Store.SaveAreas(ctx, a.Agency.ID, in.Areas, in.ZIPs, entry(a, "areas.import", a.Agency.ID, fmt.Sprint(out.Lines))); err != nil {
		return Imported{}, err
	}
	if book, err = d.Book(ctx); err != nil {
		return out, err
	}
	out.Refiled, err = d.Store.RefileAll(ctx, func(p []areas.Place) []areas.ID { return readerAreas(book, p) })
	return out, err
}

// ImportDirectory takes over a directory file, all lines or none: the numbers and ways of every area it
// names are replaced. Its error is an [areas.Report] of every bad line.
func (d *Desk) ImportDirectory(ctx context.Context, a officials.Actor, r io.Reader) (Imported, error) {
	if err := may(a, officials.Directory, ""); err != nil {
		return Imported{}, err
	}
	book, err := d.Book(ctx)
	if err != nil {
		return Imported{}, err
	}
	in, err := areas.ReadDirectory(r, book, areas.Importer{Jurisdiction: a.Agency.Jurisdiction, Now: d.Now()})
	if err != nil {
		return Imported{}, err
	}
	out := Imported{Lines: len(in.Numbers) + len(in.Ways) + len(in.Without), Warnings: in.Warnings}
	return out, d.Store.SaveDirectory(ctx, in, entry(a, "numbers.import", a.Agency.ID, fmt.Sprint(out.Lines)))
}

// Holdings returns what the agency of an actor added to the gazetteer, as the files that brought it.
func (d *Desk) Holdings(ctx context.Context, a officials.Actor) (areas.Holdings, error) {
	if err := may(a, officials.Directory, ""); err != nil {
		return areas.Holdings{}, err
	}
	h, _, err := d.Store.Holdings(ctx)
	if err != nil {
		return h, err
	}
	book, err := d.Book(ctx)
	if err != nil {
		return h, err
	}
	own := func(id areas.ID) bool {
		for _, j := range a.Agency.Jurisdiction {
			if book.Covers(j, id) {
				return true
			}
		}
		return false
	}
	out := areas.Holdings{ZIPs: map[areas.ZIP][]areas.ID{}}
	for _, x := range h.Areas {
		if own(x.ID) {
			out.Areas = append(out.Areas, x)
		}
	}
	for zip, ids := range h.ZIPs {
		if len(ids) > 0 && own(ids[0]) {
			out.ZIPs[zip] = ids
		}
	}
	for _, n := range h.Numbers {
		if own(n.Area) {
			out.Numbers = append(out.Numbers, n)
		}
	}
	for _, w := range h.Ways {
		if own(w.Area) {
			out.Ways = append(out.Ways, w)
		}
	}
	return out, nil
}
