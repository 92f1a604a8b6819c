package desk

import (
	"errors"
	"testing"
	"time"

	"callbox/areas"
	"callbox/channels"
	"callbox/channels/cap"
	"callbox/internal/officials"
	"callbox/outages"
	"callbox/templates"
)

// published puts a bulletin into the feed, as the sender does, and returns the name of its document.
func (r *room) published(outage string) string {
	r.t.Helper()
	o, err := r.Store.Outage(r.ctx, outage)
	r.ok(err)
	book, err := r.Book(r.ctx)
	r.ok(err)
	b := o.Bulletins[len(o.Bulletins)-1]
	var ids []areas.ID
	for _, a := range b.Facts.Advice {
		ids = append(ids, a.Area.ID)
	}
	texts, err := templates.Render(outages.Draft{Outage: b.Outage, Seq: b.Seq, Declaration: b.Declaration, Facts: b.Facts},
		templates.Reader{Areas: ids, Crowd: true, Langs: []templates.Lang{templates.English, templates.Spanish}})
	r.ok(err)
	feed, err := cap.New(cap.Config{Shelf: r.Store.Shelf(), Atlas: book})
	r.ok(err)
	receipt, err := feed.Send(r.ctx, channels.Message{Key: "k", Mode: b.Mode, To: string(b.Mode), Bulletin: b, Texts: texts,
		Page: "https://alerts.example.gov/outages/" + outage})
	r.ok(err)
	return receipt[0].ID
}

func TestAPersonOfTheAgencyHandsADocumentOver(t *testing.T) {
	r := newRoom(t)
	d := r.submitted("", alertFile)
	_, err := r.Approve(r.ctx, r.bob, d.ID, Word{Code: d.Code})
	r.ok(err)
	r.release()
	name := r.published(d.Outage)
	r.at = r.at.Add(20 * time.Minute)

	h, err := r.Handover(r.ctx, r.bob, name)
	if err != nil || !h.Ready() || !h.Sent.Equal(r.at) {
		t.Fatalf("ready %v, sent %v, error %v; want a copy of now", h.Ready(), h.Sent, err)
	}
	var last officials.Entry
	r.ok(r.Store.Audit(r.ctx, 0, func(e officials.Entry) error { last = e; return nil }))
	if last.Action != "feed.handover" || last.Object != name || last.Actor != "bob" {
		t.Errorf("the audit trail ends with %+v, want the handover", last)
	}

	machine, stranger, viewer := r.ada, r.ada, r.ada
	machine.Official = nil
	stranger.Agency.ID = "another"
	viewer.Scopes = []officials.Role{officials.Viewer}
	for name, c := range map[string]struct {
		actor    officials.Actor
		document string
		want     error
	}{
		"a machine":          {machine, name, ErrDenied},
		"a viewer":           {viewer, name, ErrDenied},
		"another agency":     {stranger, name, ErrNotFound},
		"a name not in use":  {r.ada, "nothing-1", ErrNotFound},
		"an outage's own ID": {r.ada, d.Outage, ErrNotFound},
	} {
		if _, err := r.Handover(r.ctx, c.actor, c.document); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}
