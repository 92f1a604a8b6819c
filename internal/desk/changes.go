package desk

import (
	"context"
	"fmt"
	"slices"
	"time"

	"callbox/areas"
	"callbox/internal/officials"
	"callbox/outages"
)

// Cell is one service in one declared area: what an official ticks when it works again.
type Cell struct {
	Area    areas.ID
	Service outages.Service
}

// Failing returns the cells of an outage that are not over, in the order they were last stated, each
// with its conditions.
func Failing(o outages.Outage) (cells []Cell, standing map[Cell][]outages.Condition) {
	standing = map[Cell][]outages.Condition{}
	for _, c := range o.Standing() {
		if c.State.Works() && c.State != outages.Watched {
			continue
		}
		cell := Cell{c.Area, c.Service}
		if len(standing[cell]) == 0 {
			cells = append(cells, cell)
		}
		standing[cell] = append(standing[cell], c)
	}
	return cells, standing
}

// Restoration is what an official says of cells that work again while others do not.
type Restoration struct {
	Cells      []Cell
	Watched    bool      // they may fail again
	Since      time.Time // when they worked again; zero where that is not known
	NextUpdate time.Time
}

// Declaration returns the update that tells it.
func (r Restoration) Declaration(m outages.Mode) outages.Declaration {
	decl := outages.Declaration{Kind: outages.Update, Mode: m, NextUpdate: r.NextUpdate}
	state := outages.Restored
	if r.Watched {
		state = outages.Watched
	}
	for _, c := range r.Cells {
		decl.Conditions = append(decl.Conditions, outages.Condition{Area: c.Area, Service: c.Service, State: state, Since: r.Since})
	}
	return decl
}

// Clear writes the draft of an all-clear, for which an official must say of every failing cell that it
// works again: one that was not named is a *Blocked, and nothing is written.
func (d *Desk) Clear(ctx context.Context, a officials.Actor, outage string, works []Cell, restored time.Time) (Draft, error) {
	o, err := d.outageFor(ctx, a, outage, outages.Declaration{})
	if err != nil {
		return Draft{}, err
	}
	if err := may(a, officials.Drafter, o.Mode); err != nil {
		return Draft{}, err
	}
	book, err := d.Book(ctx)
	if err != nil {
		return Draft{}, err
	}
	var findings outages.Findings
	cells, standing := Failing(o)
	for _, c := range cells {
		if slices.Contains(works, c) {
			continue
		}
		area, _ := book.Area(c.Area)
		findings = append(findings, outages.Finding{Rule: "still-down", Block: true, Place: c.Place(),
			Text: fmt.Sprintf("%s in %s: %s as last stated. An all-clear says that everything works; post a partial restoration while this does not",
				c.Service, area.Name, standing[c][0].State)})
	}
	if findings.Blocked() {
		return Draft{}, &Blocked{findings}
	}
	return d.Declare(ctx, a, outage, outages.Declaration{Kind: outages.AllClear, Mode: o.Mode, Restored: restored})
}

// Place names a cell in forms and findings.
func (c Cell) Place() string { return string(c.Area) + "." + string(c.Service) }

// Change is what a bulletin does to one cell: what was stated before, and what after it.
type Change struct {
	Cell
	Now, After []outages.Condition // empty where nothing was stated
}

// Changes compares what is stated of an outage with what will be after a declaration: only cells that
// differ, in the order of the declaration.
func Changes(o outages.Outage, decl outages.Declaration) []Change {
	before := byCell(o.Standing())
	after := byCell(decl.Conditions)
	var out []Change
	for _, c := range decl.Conditions {
		cell := Cell{c.Area, c.Service}
		if slices.ContainsFunc(out, func(x Change) bool { return x.Cell == cell }) {
			continue
		}
		if slices.EqualFunc(before[cell], after[cell], sameWord) {
			continue
		}
		out = append(out, Change{cell, before[cell], after[cell]})
	}
	return out
}

func byCell(list []outages.Condition) map[Cell][]outages.Condition {
	out := map[Cell][]outages.Condition{}
	for _, c := range list {
		cell := Cell{c.Area, c.Service}
		out[cell] = append(out[cell], c)
	}
	return out
}

// sameWord reports whether two conditions of one cell say the same.
func sameWord(x, y outages.Condition) bool {
	return x.State == y.State && x.Symptom == y.Symptom && x.Since.Equal(y.Since) && x.Hit.Except == y.Hit.Except && x.Confidence == y.Confidence &&
		slices.Equal(x.Hit.Lines, y.Hit.Lines) && slices.Equal(x.Hit.Carriers, y.Hit.Carriers)
}

// Group is the areas to which a draft says the same sort of thing. Every area is in one of them.
type Group struct {
	Change outages.Change
	Areas  []areas.Area
	People int // active addresses that follow one of the areas, on the channels that reach residents one by one
}

// Groups returns what a draft does to its areas, and to how many people: restored first.
func (d *Desk) Groups(ctx context.Context, draft Draft) ([]Group, error) {
	var out []Group
	for _, change := range []outages.Change{outages.Ended, outages.New, outages.Changed, outages.Unchanged} {
		g := Group{Change: change}
		scopes := map[string]bool{}
		for _, a := range draft.Facts.Advice {
			if a.Change == change {
				g.Areas = append(g.Areas, a.Area)
				scopes[string(a.Area.ID)] = false
			}
		}
		if len(g.Areas) == 0 {
			continue
		}
		m := draft.Declaration.Mode
		counts, err := d.Store.Recipients(ctx, listOf(m), m == outages.Test, scopes)
		if err != nil {
			return nil, err
		}
		for name, n := range counts {
			if personal(name) {
				g.People += n
			}
		}
		out = append(out, g)
	}
	return out, nil
}
