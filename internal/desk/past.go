package desk

import (
	"context"
	"fmt"

	"callbox/internal/store"
	"callbox/outages"
)

// Year is the outages whose first bulletin was issued in one year (UTC), newest first.
type Year struct {
	Year    int
	Outages []string // IDs
}

// Years lists every outage of a mode that has a bulletin, by years, newest first.
func (d *Desk) Years(ctx context.Context, m outages.Mode) ([]Year, error) {
	begun, err := d.Store.Begun(ctx, m)
	if err != nil {
		return nil, err
	}
	var out []Year
	for _, b := range begun {
		if n := len(out); n == 0 || out[n-1].Year != b.At.Year() {
			out = append(out, Year{Year: b.At.Year()})
		}
		year := &out[len(out)-1]
		year.Outages = append(year.Outages, b.Outage)
	}
	return out, nil
}

// Headline returns an outage with only the words of the newest bulletin that people read, for a list: the
// texts of the others are left out.
func (d *Desk) Headline(ctx context.Context, id string) (Posted, error) {
	o, err := d.Store.Outage(ctx, id)
	if err != nil {
		return Posted{}, fmt.Errorf("outage %q: %w", id, err)
	}
	p := Posted{Outage: o, Texts: make([]store.Texts, len(o.Bulletins))}
	i := p.LastWord()
	if p.Texts[i], err = d.Store.Texts(ctx, id, o.Bulletins[i].Seq); err != nil {
		return p, fmt.Errorf("texts of %s/%d: %w", id, o.Bulletins[i].Seq, err)
	}
	return p, nil
}

// LastWord is the index of the newest bulletin that people read: renewals repeat it.
func (p Posted) LastWord() int {
	for i := len(p.Bulletins) - 1; i > 0; i-- {
		if p.Bulletins[i].Kind != outages.Renewal {
			return i
		}
	}
	return 0
}
