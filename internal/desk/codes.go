package desk

import (
	"context"
	"strconv"
	"strings"
	"sync"

	"callbox/internal/store"
	"callbox/outages"
)

// codes finds bulletins by their short codes. It is read anew when a code is asked for after something was
// issued.
type codes struct {
	mu      sync.Mutex
	version [2]int64 // of the board
	byCode  map[string]store.BulletinName
}

// BulletinCode is the short code of a bulletin: "7KM-N42". It stands in the links that messages carry and
// beside the bulletin on its page, and [Desk.Said] answers what was said under it. It follows from the
// outage, the number and the key of links; it is empty for a renewal, which nobody reads.
func (d *Desk) BulletinCode(b outages.Bulletin) string {
	if b.Kind == outages.Renewal {
		return ""
	}
	return hyphened(d.Links.Codes(bulletinName(b.Outage, b.Seq))[0])
}

func bulletinName(outage string, seq int) string { return outage + "/" + strconv.Itoa(seq) }

func hyphened(code string) string { return code[:3] + "-" + code[3:] }

// plainCode reads a code as people type it.
func plainCode(typed string) string {
	return strings.NewReplacer("-", "", " ", "").Replace(strings.ToUpper(typed))
}

// Said finds the bulletin of a code, in whatever case and with whatever hyphens it is typed: the outage, and
// the index of the bulletin in it. ErrNotFound means that we never said anything under that code. Drills
// have codes too; who may see them is for the caller.
func (d *Desk) Said(ctx context.Context, code string) (Posted, int, error) {
	name, err := d.named(ctx, plainCode(code))
	if err != nil {
		return Posted{}, 0, err
	}
	p, err := d.Posted(ctx, name.Outage)
	if err != nil {
		return Posted{}, 0, err
	}
	for i, b := range p.Bulletins {
		if b.Seq == name.Seq {
			return p, i, nil
		}
	}
	return Posted{}, 0, ErrNotFound
}

func (d *Desk) named(ctx context.Context, code string) (store.BulletinName, error) {
	version, err := d.Store.BoardVersion(ctx)
	if err != nil {
		return store.BulletinName{}, err
	}
	c := &d.codes
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.byCode == nil || c.version != version {
		names, err := d.Store.BulletinNames(ctx)
		if err != nil {
			return store.BulletinName{}, err
		}
		c.version, c.byCode = version, map[string]store.BulletinName{}
		for _, n := range names {
			for _, known := range d.Links.Codes(bulletinName(n.Outage, n.Seq)) {
				c.byCode[known] = n
			}
		}
	}
	name, ok := c.byCode[code]
	if !ok {
		return name, ErrNotFound
	}
	return name, nil
}
