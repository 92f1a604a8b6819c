package desk

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"callbox/areas"
	"callbox/internal/officials"
	"callbox/internal/store"
)

// Imported says what an import did.
type Imported struct {
	Lines    int          `json:"lines"`             // areas, numbers and ways, or subscribers taken over
	Refiled  int          `json:"refiled,omitempty"` // subscribers whose areas changed by it
	Warnings areas.Report `json:"warnings,omitempty"`
	// Proposal is what a second person has to accept first; empty where it took effect at once.
	Proposal string `json:"proposal,omitempty"`
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
// names are replaced. While an outage of the agency is live that takes a second person: it becomes a
// proposal. Its error is an [areas.Report] of every bad line.
func (d *Desk) ImportDirectory(ctx context.Context, a officials.Actor, r io.Reader) (Imported, error) {
	in, err := d.readDirectory(ctx, a, r)
	if err != nil {
		return Imported{}, err
	}
	change, err := d.replacement(ctx, a, in)
	if err != nil {
		return Imported{}, err
	}
	out := Imported{Lines: change.Lines, Warnings: change.Warnings}
	if change.Live {
		book, err := d.Book(ctx)
		if err != nil {
			return Imported{}, err
		}
		p, err := d.propose(ctx, a, store.Proposal{Kind: proposalNumbers, Object: a.Agency.ID, Says: change.says(book)}, nil, in)
		out.Proposal = p.ID
		return out, err
	}
	return out, d.Store.SaveDirectory(ctx, in, entry(a, "numbers.import", a.Agency.ID, fmt.Sprint(out.Lines)))
}

// applyNumbers takes over a directory that a second person agreed to.
func (d *Desk) applyNumbers(ctx context.Context, a officials.Actor, p store.Proposal) error {
	var in areas.Directory
	if err := json.Unmarshal(p.Value, &in); err != nil {
		return fmt.Errorf("proposal %s: %w", p.ID, err)
	}
	return d.Store.SaveDirectory(ctx, in, entry(a, "numbers.import", a.Agency.ID, "proposed by "+p.Proposer))
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
	own := func(id areas.ID) bool { return book.Inside(a.Agency.Jurisdiction, id) }
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

// ConfirmEvery is how long a confirmation of a number holds.
const ConfirmEvery = 31 * 24 * time.Hour

// Coverage says how complete the directory of a jurisdiction is.
type Coverage struct {
	Areas     int              `json:"areas"`
	With      int              `json:"with_number"`
	Expired   int              `json:"expired_only"` // of these, those whose every number has expired
	Score     int              `json:"score"`        // 0 to 100: the mean of the areas
	ZIPs      int              `json:"zips"`         // that may lie in one of the areas
	Always    int              `json:"zips_24_7"`    // of these, those with a number around the clock wherever they lie
	Missing   []areas.Area     `json:"missing"`      // the red list: no number that may be printed
	Standings []areas.Standing `json:"standings"`    // of every area, lowest score first
}

// Coverage counts the reader areas of the actor's agency that have a number to print, names those that
// have none, and scores each.
func (d *Desk) Coverage(ctx context.Context, a officials.Actor) (Coverage, error) {
	book, err := d.Book(ctx)
	if err != nil {
		return Coverage{}, err
	}
	c := Coverage{Missing: []areas.Area{}, Standings: []areas.Standing{}}
	zips, sum := map[areas.ZIP]bool{}, 0 // whether a ZIP has a number around the clock
	for _, j := range a.Agency.Jurisdiction {
		for _, id := range book.Readers(j) {
			s := book.Standing(id, d.Now(), ConfirmEvery)
			c.Standings = append(c.Standings, s)
			sum += s.Score
			if s.Numbers > 0 {
				c.With++
				if s.Expired == s.Numbers {
					c.Expired++
				}
			} else if area, ok := book.Area(id); ok {
				c.Missing = append(c.Missing, area)
			}
			for _, zip := range book.Zips(id) {
				always, seen := zips[zip]
				zips[zip] = s.Always && (always || !seen)
			}
		}
	}
	c.Areas, c.ZIPs = len(c.Standings), len(zips)
	c.Score = sum / max(c.Areas, 1)
	for _, always := range zips {
		if always {
			c.Always++
		}
	}
	slices.SortStableFunc(c.Standings, func(x, y areas.Standing) int { return cmp.Compare(x.Score, y.Score) })
	return c, nil
}

// NumberHistory tells what was done to the numbers of an area, oldest first: who added, changed, removed or
// rang them, and when. A number with a Tel narrows it to that one.
func (d *Desk) NumberHistory(ctx context.Context, a officials.Actor, n areas.Number) ([]officials.Entry, error) {
	book, err := d.Book(ctx)
	if err != nil {
		return nil, err
	}
	if !book.Inside(a.Agency.Jurisdiction, n.Area) {
		return nil, fmt.Errorf("area %q: %w", n.Area, ErrNotFound)
	}
	all, err := d.Store.History(ctx, "number.", string(n.Area)+" ")
	return slices.DeleteFunc(all, func(e officials.Entry) bool { return n.Tel != "" && !strings.HasSuffix(e.Object, " "+string(n.Tel)) }), err
}

// Due returns the numbers of the actor's agency that somebody should ring, longest unconfirmed first.
func (d *Desk) Due(ctx context.Context, a officials.Actor) ([]areas.Number, error) {
	h, err := d.Holdings(ctx, a)
	if err != nil {
		return nil, err
	}
	due := slices.DeleteFunc(h.Numbers, func(n areas.Number) bool { return !n.Due(d.Now(), ConfirmEvery) })
	slices.SortStableFunc(due, func(x, y areas.Number) int { return x.ConfirmedAt.Compare(y.ConfirmedAt) })
	return due, nil
}

// ConfirmNumber records that the actor rang a number, and whether somebody answered. Two calls in a row
// that nobody answers hide it.
func (d *Desk) ConfirmNumber(ctx context.Context, a officials.Actor, n areas.Number, answered bool) (areas.Number, error) {
	if err := may(a, officials.Directory, ""); err != nil {
		return n, err
	}
	if !a.Person() {
		return n, fmt.Errorf("%w: a person rings a number, not a key", ErrDenied)
	}
	book, err := d.Book(ctx)
	if err != nil {
		return n, err
	}
	if !book.Inside(a.Agency.Jurisdiction, n.Area) {
		return n, fmt.Errorf("area %q: %w", n.Area, ErrNotFound)
	}
	what := "answered"
	if !answered {
		what = "not answered"
	}
	n, err = d.Store.ConfirmNumber(ctx, n, a.Name(), answered, entry(a, "number.confirm", n.Key(), what))
	if err != nil {
		return n, fmt.Errorf("number %s of area %s: %w", n.Tel, n.Area, err)
	}
	return n, nil
}
