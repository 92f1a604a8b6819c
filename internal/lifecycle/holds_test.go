package lifecycle

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"callbox/areas"
	"callbox/internal/store"
	"callbox/outages"
)

// holds checks after every step that the desk is where the model is, and the promises themselves.
func (w *world) holds() {
	w.Helper()
	if what := w.differs(w.model); what != "" {
		w.Fatal(what)
	}
	for id := range w.model.Outages {
		o, err := w.desk.Store.Outage(w.ctx, id)
		w.ok(err)
		for _, b := range o.Bulletins {
			w.allowed(o, b)
			w.same(b)
		}
		w.addsUp(id)
	}
}

// differs says where the database is not as a model has it; empty if it is.
func (w *world) differs(m model) string {
	for id, want := range m.Drafts {
		got, err := w.desk.Store.Draft(w.ctx, id)
		w.ok(err)
		by := ""
		if got.Approval != nil && got.State != store.DraftSubmitted {
			by = got.Approval.By
		}
		if got.State != want.State || got.Submitter != nameOf(want.Submitter) || by != want.Approver && want.State != store.DraftOpen {
			return fmt.Sprintf("draft %s: got %s, submitted by %q, approved by %q, want %+v", id, got.State, got.Submitter, by, want)
		}
	}
	for id, want := range m.Outages {
		got, err := w.desk.Store.Outage(w.ctx, id)
		w.ok(err)
		var kinds, wanted []outages.Kind
		for _, b := range got.Bulletins {
			kinds = append(kinds, b.Kind)
		}
		for _, b := range want.Said {
			wanted = append(wanted, b.Kind)
		}
		waits := want.waiting()
		if !slices.Equal(kinds, wanted) || got.Open() != want.open() || !slices.Equal(got.Affected(), waits) {
			return fmt.Sprintf("outage %s: got %v with %v waiting, want %v with %v", id, kinds, got.Affected(), wanted, waits)
		}
	}
	return ""
}

// nameOf is how somebody stands in drafts and approvals.
func nameOf(who string) string {
	if who != "" && !people[who].person {
		return "key:" + who
	}
	return who
}

// allowed checks that a bulletin could be issued at all. Promise 1: it speaks to areas, and only to the
// agency's. Promise 4: a second person approved exactly these facts and texts.
func (w *world) allowed(o outages.Outage, b outages.Bulletin) {
	w.Helper()
	if !b.Kind.Ends() && len(b.Facts.Advice) == 0 {
		w.Fatalf("bulletin %d of %s speaks to no area", b.Seq, b.Outage)
	}
	for _, a := range b.Facts.Advice {
		if !slices.Contains(towns, a.Area.ID) {
			w.Fatalf("bulletin %d of %s speaks to %s, which is another agency's", b.Seq, b.Outage, a.Area.ID)
		}
	}
	if b.Kind == outages.Renewal {
		before := o.Bulletins[b.Seq-2]
		if b.Approval.Hash != before.Approval.Hash {
			w.Fatalf("renewal %d of %s has another approval than what it renews", b.Seq, b.Outage)
		}
		return
	}
	texts, err := w.desk.Store.Texts(w.ctx, b.Outage, b.Seq)
	w.ok(err)
	hash, err := outages.Digest(b.Facts, texts, b.Declaration, b.Outage, b.Seq)
	w.ok(err)
	if hash != b.Approval.Hash {
		w.Fatalf("bulletin %d of %s says something else than %s approved", b.Seq, b.Outage, b.Approval.By)
	}
	d := w.model.Drafts[w.model.Outages[b.Outage].Said[b.Seq-1].Draft]
	alone := b.Approval.By == b.Submitter || slices.Contains(d.Editors, b.Approval.By)
	if alone && b.Kind != outages.Retract && !(b.Approval.BreakGlass && w.model.BreakGlass && b.Approval.Reason != "") {
		w.Fatalf("bulletin %d of %s was sent by %s alone", b.Seq, b.Outage, b.Approval.By)
	}
}

// same checks promise 9: what was said once is there byte for byte.
func (w *world) same(b outages.Bulletin) {
	w.Helper()
	texts, err := w.desk.Store.Texts(w.ctx, b.Outage, b.Seq)
	w.ok(err)
	now, err := json.Marshal([]any{b, texts})
	w.ok(err)
	key := fmt.Sprint(b.Outage, "/", b.Seq)
	if before, known := w.frozen[key]; known && before != string(now) {
		w.Fatalf("bulletin %s has changed: got\n%s\nwant\n%s", key, now, before)
	}
	w.frozen[key] = string(now)
}

// addsUp checks promise 13: targeted is the sum of the fates.
func (w *world) addsUp(id string) {
	w.Helper()
	figures, err := w.desk.Store.Figures(w.ctx, id, true)
	w.ok(err)
	for _, f := range figures {
		sum := f.Waiting + f.Accepted + f.Refused + f.Gone + f.Expired + f.Overtaken + f.Stopped + f.Uncertain
		if sum != f.Targeted {
			w.Fatalf("bulletin %d of %s for %s: got %d in all, want the %d targeted: %+v", f.Seq, id, f.Areas, sum, f.Targeted, f)
		}
	}
}

func (o outage) waiting() (ids []areas.ID) {
	for _, id := range slices.Sorted(maps.Keys(o.Waits)) {
		if o.Waits[id] {
			ids = append(ids, id)
		}
	}
	return ids
}
