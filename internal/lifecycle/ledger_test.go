package lifecycle

import (
	"errors"
	"slices"
	"time"

	"pgregory.net/rapid"

	"callbox/areas"
	"callbox/internal/dispatch"
	"callbox/outages"
)

// ledger is the sending of a history: batches are leased, and land with what the far side said, or never.
type ledger struct {
	*world
	held  []*dispatch.Batch
	heard map[int64][]told // by address
	lives map[int64][]areas.ID
	cut   map[place]bool // an official stopped the sending of an area's end: nobody promises it any more
}

// told is a bulletin that an address heard.
type told struct {
	id       int64
	bulletin outages.Bulletin
}

// place is an area in an outage.
type place struct {
	outage string
	area   areas.ID
}

func newLedger(w *world) *ledger {
	return &ledger{world: w, heard: map[int64][]told{}, lives: map[int64][]areas.ID{}, cut: map[place]bool{}}
}

// take leases a batch. Promise 6: nothing is handed out that a newer bulletin has overtaken.
func (l *ledger) take(*rapid.T) {
	lanes, err := l.desk.Store.Lanes(l.ctx, l.model.Now)
	l.ok(err)
	if len(lanes) == 0 || len(l.held) > 2 {
		return
	}
	b, err := l.desk.Store.Lease(l.ctx, lanes[0].ID, "worker", l.model.Now)
	l.ok(err)
	if b == nil {
		return
	}
	issued, err := l.desk.Store.Issued(l.ctx, b.Bulletin)
	l.ok(err)
	o, err := l.desk.Store.Outage(l.ctx, issued.Bulletin.Outage)
	l.ok(err)
	for i := range b.Deliveries {
		for _, later := range o.Bulletins[issued.Bulletin.Seq:] {
			if speaks(later, b.Recipients[i].Areas) {
				l.Fatalf("bulletin %d of %s is sent to %v, though bulletin %d is newer", issued.Bulletin.Seq, o.ID, b.Recipients[i].Areas, later.Seq)
			}
		}
	}
	l.held = append(l.held, b)
}

func speaks(b outages.Bulletin, ids []areas.ID) bool {
	return b.Kind != outages.Renewal && slices.ContainsFunc(b.Facts.Advice, func(a outages.Advice) bool { return slices.Contains(ids, a.Area.ID) })
}

// land has the first part of a batch accepted and gives the rest back.
func (l *ledger) land(r *rapid.T) {
	if len(l.held) == 0 {
		return
	}
	b := l.held[0]
	l.held = l.held[1:]
	l.accept(b, rapid.IntRange(0, len(b.Deliveries)).Draw(r, "accepted"))
}

func (l *ledger) accept(b *dispatch.Batch, n int) {
	var settled []dispatch.Delivery
	for _, d := range b.Deliveries[:n] {
		d.Fate, d.Attempts = dispatch.Accepted, d.Attempts+1
		settled = append(settled, d)
	}
	_, err := l.desk.Store.Flush(l.ctx, b, settled, true, l.model.Now)
	if errors.Is(err, dispatch.ErrFenced) {
		return // somebody else has it, and tells them again
	}
	l.ok(err)
	issued, err := l.desk.Store.Issued(l.ctx, b.Bulletin)
	l.ok(err)
	for i, d := range settled {
		l.lives[d.Address] = b.Recipients[i].Areas
		for _, before := range l.heard[d.Address] {
			if before.id == b.Bulletin {
				l.Fatalf("address %d is told bulletin %d of %s twice", d.Address, issued.Bulletin.Seq, issued.Bulletin.Outage)
			}
		}
		l.heard[d.Address] = append(l.heard[d.Address], told{b.Bulletin, issued.Bulletin})
	}
}

// after notes what an act means to those who wait for the end.
func (l *ledger) after(a act, out outcome) {
	if a.Verb != stop || out != fine {
		return
	}
	for area, waits := range l.model.Outages[a.Outage].Waits {
		if !waits {
			l.cut[place{a.Outage, area}] = true
		}
	}
}

// everybodyHearsTheEnd sends all there is to send. Promise 6: whoever was told that 911 fails is told the
// end, once, as long as it was worth hearing.
func (l *ledger) everybodyHearsTheEnd() {
	l.model.Now = l.model.Now.Add(dispatch.LeaseFor + time.Second)
	l.held = nil
	for i := 0; ; i++ {
		l.take(nil)
		if len(l.held) == 0 {
			break
		}
		b := l.held[0]
		l.held = nil
		l.accept(b, len(b.Deliveries))
		if i > 1000 {
			l.Fatal("the ledger never runs dry")
		}
	}
	for address, heard := range l.heard {
		last := map[string]told{}
		for _, t := range heard {
			if t.id >= last[t.bulletin.Outage].id {
				last[t.bulletin.Outage] = t
			}
		}
		for id, t := range last {
			l.ended(id, address, t.bulletin)
		}
	}
}

// ended checks the last word that an address heard of an outage that is over in its area.
func (l *ledger) ended(id string, address int64, last outages.Bulletin) {
	o, err := l.desk.Store.Outage(l.ctx, id)
	l.ok(err)
	for area, h := range o.Heard() {
		if h.Open || l.cut[place{id, area}] || !slices.Contains(l.lives[address], area) {
			continue
		}
		end := o.Bulletins[h.Last-1]
		if last.Seq != end.Seq && l.model.Now.Before(end.Expires) {
			l.Fatalf("address %d in %s heard bulletin %d of %s last, want the end, bulletin %d", address, area, last.Seq, id, end.Seq)
		}
	}
}
