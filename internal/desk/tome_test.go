package desk

import (
	"context"
	"errors"
	"strings"
	"testing"

	"callbox/outages"
	"callbox/subscribers"
)

// inbox keeps what was rung by.
type inbox struct {
	to, way string
	Summons
	fail error
}

func (m *inbox) Ring(_ context.Context, way string, to subscribers.Destination, s Summons) error {
	m.to, m.way, m.Summons = to.Reveal(), way, s
	return m.fail
}

func TestAPreviewGoesToTheMailboxOfWhoLooksAndSaysSoFirst(t *testing.T) {
	r := newRoom(t)
	box := &inbox{}
	r.Bell = box
	d := r.declared(alertFile)
	list, _ := r.Proofs(r.ctx, d)
	if err := r.ToMe(r.ctx, r.ada, d, list); !errors.Is(err, ErrConflict) || box.to != "" {
		t.Errorf("without an address: %v, told %q; want a conflict, and nobody told", err, box.to)
	}
	ada := *r.ada.Official
	ada.Email = "ada@despp.example.gov"
	r.ok(r.Store.SaveOfficial(r.ctx, ada, operator("despp", "official.save", "ada")))
	r.ada.Official = &ada
	first := list[:0:0]
	for _, p := range list {
		if p.Place == list[0].Place && p.Channel == list[0].Channel && p.Lang == list[0].Lang {
			first = append(first, p)
		}
	}
	r.ok(r.ToMe(r.ctx, r.ada, d, first))
	if box.to != ada.Email || box.way != wayMail || !strings.HasPrefix(box.Subject, "Preview, not an alert: ") || !strings.HasPrefix(box.Says[0], "This is a preview") {
		t.Errorf("%s to %q: %q, %q; want a preview by mail, said first", box.way, box.to, box.Subject, box.Says[0])
	}
	if !strings.HasPrefix(box.Path, "/console/live/drafts/"+d.ID) {
		t.Errorf("it leads to %q", box.Path)
	}
	all := strings.Join(box.Says, "\n")
	for _, p := range first {
		if got := strings.Contains(all, p.Text); got == (p.Unit == "bytes") {
			t.Errorf("the mail holds the %s: %v", p.Field, got)
		}
	}
	box.fail = errors.New("no relay answers")
	if err := r.ToMe(r.ctx, r.ada, d, first); !errors.Is(err, ErrConflict) || strings.Contains(err.Error(), ada.Email) {
		t.Errorf("a relay that fails: %v, want a conflict without the address", err)
	}
	if tried := r.audited("draft.tome"); len(tried) != 2 {
		t.Errorf("%d entries in the audit trail, want 2", len(tried))
	}
	drill := r.declared(strings.Replace(alertFile, string(outages.Live), string(outages.Drill), 1))
	box.fail = nil
	r.ok(r.ToMe(r.ctx, r.ada, drill, first))
	if !strings.HasPrefix(box.Path, "/console/drill/") {
		t.Errorf("of a drill it leads to %q", box.Path)
	}
}
