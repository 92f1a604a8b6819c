package desk

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"callbox/areas"
	"callbox/internal/officials"
	"callbox/internal/store"
	"callbox/outages"
)

const noticeFile = `
id: CR-7
provider: Sample Wireless
contact: {name: Desk, tel: 203-555-0190}
stage: initial
began: 2024-10-22T11:49-04:00
affected: wireless
effect: {voice: down, text: down}
extent: [CT/Westport, MA]
cause: a cut cable
`

// machine is a carrier's key: it drafts, and no person stands behind it.
func (r *room) machine() officials.Actor {
	return officials.Actor{Agency: r.ada.Agency, Key: "carrier", Scopes: []officials.Role{officials.Drafter}}
}

func (r *room) notice(a officials.Actor, stage string) (Draft, error) {
	r.t.Helper()
	file := noticeFile
	if stage != "initial" {
		file = strings.Replace(file, "stage: initial", "stage: "+stage, 1)
	}
	if stage == "final" {
		file += "restored: 2024-10-22T12:10-04:00\n"
	}
	n, err := r.ReadNotice(r.ctx, []byte(file))
	r.ok(err)
	return r.Notice(r.ctx, a, "", n)
}

func TestACarriersNoticeOpensADraftAndSendsNothing(t *testing.T) {
	r := newRoom(t)
	r.resident("06880")
	d, err := r.notice(r.machine(), "initial")
	r.ok(err)
	if d.State != store.DraftOpen || !d.Findings.Blocked() || d.Notice == nil || d.Notice.Contact.Tel != "203-555-0190" {
		t.Errorf("got a %s draft with notice %+v and %v, want an open one that blocks until people confirm it", d.State, d.Notice, d.Findings)
	}
	if c := d.Declaration.Conditions; len(c) != 2 || c[0].Area != "x-westport" || c[0].Confidence != outages.Suspected {
		t.Errorf("got conditions %+v, want those of Westport, suspected, and none for a state of others", c)
	}
	if _, err := r.Submit(r.ctx, r.machine(), d.ID); err == nil {
		t.Error("got no error, want a notice that cannot be submitted as it came")
	}
	later, err := r.notice(r.machine(), "update")
	r.ok(err)
	if later.ID != d.ID || later.Notice.Stage != outages.Continued {
		t.Errorf("got draft %s of stage %s, want the later notice in draft %s", later.ID, later.Notice.Stage, d.ID)
	}
	if _, err := r.notice(r.machine(), "final"); !errors.Is(err, ErrConflict) {
		t.Errorf("got %v, want a conflict: nobody was told", err)
	}

	// A person confirms it, and the next notice finds the outage.
	decl := later.Declaration
	decl.NextUpdate, decl.Notice = r.at.Add(time.Hour), nil
	decl.Conditions = slices.Clone(decl.Conditions)
	for i := range decl.Conditions {
		decl.Conditions[i].Confidence = outages.ConfirmedByCarrier
	}
	revised, err := r.Revise(r.ctx, r.ada, d.ID, 0, decl)
	r.ok(err)
	if _, err := r.notice(r.machine(), "update"); !errors.Is(err, ErrConflict) || !strings.Contains(err.Error(), d.ID) {
		t.Errorf("got %v, want a conflict that names the draft officials work on", err)
	}
	submitted, err := r.Submit(r.ctx, r.ada, revised.ID)
	r.ok(err)
	_, err = r.Approve(r.ctx, r.bob, submitted.ID, Word{Code: submitted.Code})
	r.ok(err)
	r.release()
	end, err := r.notice(r.machine(), "final")
	r.ok(err)
	if end.Outage != d.Outage || end.Declaration.Kind != outages.Update || end.Declaration.Conditions[0].State != outages.Restored {
		t.Errorf("got a %s of %s saying %+v, want an update of %s that restores", end.Declaration.Kind, end.Outage, end.Declaration.Conditions, d.Outage)
	}
}

func TestANoticeForOthersIsRefused(t *testing.T) {
	r := newRoom(t)
	n, err := r.ReadNotice(r.ctx, []byte(strings.Replace(noticeFile, "[CT/Westport, MA]", "MA", 1)))
	r.ok(err)
	if _, err := r.Notice(r.ctx, r.machine(), "", n); err == nil || !strings.Contains(err.Error(), "none of it lies where Sample State Police speaks") {
		t.Errorf("got %v, want it refused", err)
	}
	if _, err := r.Notice(r.ctx, officials.Actor{Agency: r.ada.Agency, Key: "reader", Scopes: []officials.Role{officials.Viewer}}, "", n); !errors.Is(err, ErrDenied) {
		t.Errorf("got %v, want a key without the right to draft denied", err)
	}
	if own := concerned(mustBook(r), []areas.ID{"09190"}, []areas.ID{"09"}); !slices.Equal(own, []areas.ID{"09190"}) {
		t.Errorf("got %v, want the agency's own part of a larger area", own)
	}
}

func mustBook(r *room) *areas.Book {
	b, err := r.Book(r.ctx)
	r.ok(err)
	return b
}
