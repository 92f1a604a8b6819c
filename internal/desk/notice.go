package desk

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"callbox/areas"
	"callbox/internal/officials"
	"callbox/internal/store"
	"callbox/outages"
)

// Notice takes a carrier's notice in: it opens a draft, in which everything is only suspected, or puts
// the draft of an update to the outage that an earlier notice of the same ID is part of. The outage may
// be named; else it is found. Nothing is sent or submitted, so a machine key may call it. While nobody
// has touched the draft of an earlier notice a later one replaces it; ErrConflict says that people work
// on it, or that a final notice came for something that nobody was told.
func (d *Desk) Notice(ctx context.Context, a officials.Actor, outage string, n outages.Notice) (Draft, error) {
	m := cmp.Or(a.Mode, outages.Live)
	if err := may(a, officials.Drafter, m); err != nil {
		return Draft{}, err
	}
	book, err := d.Book(ctx)
	if err != nil {
		return Draft{}, err
	}
	own := concerned(book, a.Agency.Jurisdiction, n.Extent)
	if len(own) == 0 {
		return Draft{}, &Blocked{outages.Findings{{Rule: "foreign-area", Block: true, Place: "extent",
			Text: "none of it lies where " + a.Agency.Name + " speaks; send the notice to the agency of those areas"}}}
	}
	waiting, err := d.noticed(ctx, a, n.NoticeID)
	if err != nil {
		return Draft{}, err
	}
	if outage == "" {
		if outage, err = d.openFor(ctx, a, n.NoticeID, m); err != nil {
			return Draft{}, err
		}
	}
	kind := outages.Update
	if outage == "" {
		kind = outages.Alert
	}
	if waiting != nil {
		kind, outage = waiting.Declaration.Kind, waiting.Outage
	}
	if n.Stage == outages.Final && kind == outages.Alert {
		return Draft{}, fmt.Errorf("%w: nobody was told of %s %s, so there is no end to tell; withdraw its draft, if there is one",
			ErrConflict, n.Provider, n.ID)
	}
	decl := n.Declaration(kind, m, own)
	if waiting != nil {
		return d.renotice(ctx, a, *waiting, n, decl)
	}
	return d.open(ctx, a, outage, outages.Draft{Declaration: decl, Notice: &n})
}

// concerned returns the areas of a notice that an agency speaks for; where the notice names a larger area,
// the agency's own within it.
func concerned(book *areas.Book, jurisdiction, extent []areas.ID) []areas.ID {
	var own []areas.ID
	add := func(id areas.ID) {
		if !slices.Contains(own, id) {
			own = append(own, id)
		}
	}
	for _, id := range extent {
		if book.Inside(jurisdiction, id) {
			add(id)
			continue
		}
		for _, scope := range jurisdiction {
			if book.Covers(id, scope) {
				add(scope)
			}
		}
	}
	return own
}

// noticed finds the waiting draft that a notice of the same outage opened.
func (d *Desk) noticed(ctx context.Context, a officials.Actor, id outages.NoticeID) (*store.Draft, error) {
	drafts, err := d.Store.Drafts(ctx, a.Agency.ID)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(drafts, func(x store.Draft) bool { return x.Notice != nil && x.Notice.NoticeID == id })
	if i < 0 {
		return nil, nil
	}
	return &drafts[i], nil
}

// openFor finds the open outage that a carrier's outage is part of; empty when there is none.
func (d *Desk) openFor(ctx context.Context, a officials.Actor, id outages.NoticeID, m outages.Mode) (string, error) {
	open, err := d.Outages(ctx, a, true)
	if err != nil {
		return "", err
	}
	for _, o := range open {
		for _, b := range o.Bulletins {
			if o.Mode == m && b.Declaration.Notice != nil && *b.Declaration.Notice == id {
				return o.ID, nil
			}
		}
	}
	return "", nil
}

// renotice puts a later notice in the place of an earlier one that nobody has touched.
func (d *Desk) renotice(ctx context.Context, a officials.Actor, draft store.Draft, n outages.Notice, decl outages.Declaration) (Draft, error) {
	if draft.State != store.DraftOpen || !slices.Equal(draft.Editors, []string{a.Name()}) {
		return Draft{}, fmt.Errorf("%w: officials work on draft %s of this notice (it is %s); tell them what is new", ErrConflict, draft.ID, draft.State)
	}
	o, err := d.outageFor(ctx, a, draft.Outage, decl)
	if err != nil {
		return Draft{}, err
	}
	draft.Declaration, draft.Notice, draft.Seq = decl, &n, nextSeq(o)
	return d.save(ctx, a, o, draft, "draft.notice")
}

// ReadNotice parses a carrier's notice against the areas.
func (d *Desk) ReadNotice(ctx context.Context, file []byte) (outages.Notice, error) {
	book, err := d.Book(ctx)
	if err != nil {
		return outages.Notice{}, err
	}
	return outages.ParseNotice(file, outages.Reading{Areas: book, Zone: time.UTC, Now: d.Now()})
}
