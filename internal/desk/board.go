package desk

import (
	"context"
	"fmt"
	"time"

	"callbox/areas"
	"callbox/internal/officials"
	"callbox/internal/store"
	"callbox/outages"
	"callbox/templates"
)

// boardSpan is how long an outage that is over stays on the board.
const boardSpan = 48 * time.Hour

// Board is what the public may know at one moment: the outages that are open, and those that ended not
// long ago, with every word that was said. It does not change; pages are served from it, so they survive
// the loss of the database.
type Board struct {
	At       time.Time
	Version  [2]int64 // see [store.Store.BoardVersion]
	Book     *areas.Book
	Agencies []officials.Agency // who speaks, and for which areas
	Outages  []Posted           // newest first
}

// Posted is an outage on the board.
type Posted struct {
	outages.Outage
	Texts []store.Texts // of each bulletin, same order
}

// Notice is what a board has to say to the readers of one area about one outage.
type Notice struct {
	Outage   string
	Bulletin outages.Bulletin // the newest that spoke to the area
	Texts    map[templates.Lang]templates.Text
	Open     bool // 911 does not fully work there
	Overdue  bool // it is open, and nobody kept the promise of its next update, or it expired
}

// Board reads the outages of a mode for the public.
func (d *Desk) Board(ctx context.Context, m outages.Mode) (*Board, error) {
	// The version first: what changes while we read is read again.
	version, err := d.Store.BoardVersion(ctx)
	if err != nil {
		return nil, err
	}
	book, err := d.Book(ctx)
	if err != nil {
		return nil, err
	}
	b := &Board{At: d.Now(), Version: version, Book: book}
	if b.Agencies, err = d.Store.Agencies(ctx); err != nil {
		return nil, err
	}
	open, err := d.Store.Outages(ctx, store.Selection{Mode: m, Open: true})
	if err != nil {
		return nil, err
	}
	recent, err := d.Store.Outages(ctx, store.Selection{Mode: m, Since: d.Now().Add(-boardSpan)})
	if err != nil {
		return nil, err
	}
	seen := map[string]bool{}
	for _, o := range append(open, recent...) {
		if seen[o.ID] {
			continue
		}
		seen[o.ID] = true
		p, err := d.post(ctx, o)
		if err != nil {
			return nil, err
		}
		b.Outages = append(b.Outages, p)
	}
	return b, nil
}

// Posted returns an outage that has a bulletin, with every word that was said, however long ago; or
// [ErrNotFound].
func (d *Desk) Posted(ctx context.Context, id string) (Posted, error) {
	o, err := d.Store.Outage(ctx, id)
	if err == nil && len(o.Bulletins) == 0 {
		err = ErrNotFound
	}
	if err != nil {
		return Posted{}, fmt.Errorf("outage %q: %w", id, err)
	}
	return d.post(ctx, o)
}

func (d *Desk) post(ctx context.Context, o outages.Outage) (Posted, error) {
	p := Posted{Outage: o}
	for _, bul := range o.Bulletins {
		texts, err := d.Store.Texts(ctx, o.ID, bul.Seq)
		if err != nil {
			return p, fmt.Errorf("texts of %s/%d: %w", o.ID, bul.Seq, err)
		}
		p.Texts = append(p.Texts, texts)
	}
	return p, nil
}

// Outage returns an outage of the board by its ID.
func (b *Board) Outage(id string) (Posted, bool) {
	for _, p := range b.Outages {
		if p.ID == id {
			return p, true
		}
	}
	return Posted{}, false
}

// For returns what the board has to say to the readers of an area at a moment, newest outage first.
func (b *Board) For(id areas.ID, now time.Time) []Notice {
	var out []Notice
	for _, p := range b.Outages {
		if n, ok := p.notice(id, now); ok {
			out = append(out, n)
		}
	}
	return out
}

// notice finds the newest bulletin that spoke to an area.
func (p Posted) notice(id areas.ID, now time.Time) (Notice, bool) {
	for i := len(p.Bulletins) - 1; i >= 0; i-- {
		bul := p.Bulletins[i]
		if bul.Kind == outages.Renewal {
			continue
		}
		for _, a := range bul.Facts.Advice {
			if a.Area.ID != id {
				continue
			}
			n := Notice{Outage: p.ID, Bulletin: bul, Texts: map[templates.Lang]templates.Text{}, Open: a.Open() && !bul.Kind.Ends()}
			next := bul.Declaration.NextUpdate
			n.Overdue = n.Open && (now.After(bul.Expires) || !next.IsZero() && now.After(next))
			for _, text := range p.Texts[i].Areas {
				if text.Parts[0].Areas[0] == id {
					n.Texts[text.Lang] = text
				}
			}
			return n, true
		}
	}
	return Notice{}, false
}
