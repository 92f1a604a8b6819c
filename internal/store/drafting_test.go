package store

import (
	"errors"
	"slices"
	"testing"

	"callbox/areas"
	"callbox/internal/officials"
	"callbox/outages"
)

func TestAnAreaSetIsReplacedAndForgotten(t *testing.T) {
	b := newBench(t)
	entry := officials.Entry{Agency: "a", Actor: "ada", Action: "set.save", Object: "shore"}
	save := func(ids ...areas.ID) { b.t.Helper(); b.ok(b.SaveAreaSet(b.ctx, "a", AreaSet{"shore", ids}, entry)) }
	save("x-1", "x-2")
	save("x-3")
	got, err := b.AreaSets(b.ctx, "a")
	b.ok(err)
	if len(got) != 1 || got[0].Name != "shore" || !slices.Equal(got[0].Areas, []areas.ID{"x-3"}) {
		t.Errorf("sets %+v, want shore with x-3", got)
	}
	if other, err := b.AreaSets(b.ctx, "b"); err != nil || len(other) != 0 {
		t.Errorf("another agency sees %+v, %v, want nothing", other, err)
	}
	save()
	if got, err = b.AreaSets(b.ctx, "a"); err != nil || len(got) != 0 {
		t.Errorf("after forgetting: %+v, %v, want nothing", got, err)
	}
	if err := b.SaveAreaSet(b.ctx, "a", AreaSet{Name: "shore"}, entry); !errors.Is(err, ErrNotFound) {
		t.Errorf("forgetting it twice: %v, want ErrNotFound", err)
	}
}

func TestARemarkIsKeptWithTheChangeItExplains(t *testing.T) {
	b := newBench(t)
	b.ok(b.NewOutage(b.ctx, outages.Outage{ID: "o", Agency: "a", Mode: outages.Live}))
	draft := Draft{Draft: outages.Draft{ID: "d", Outage: "o"}, State: DraftSubmitted}
	b.ok(b.SaveDraft(b.ctx, draft, officials.Entry{Actor: "ada", Action: "draft.submit"}))
	draft.Version, draft.State = 1, DraftOpen
	b.ok(b.SaveRemarked(b.ctx, draft, Remark{By: "bob", Kind: Returned, Text: "wrong town"}, officials.Entry{Actor: "bob", Action: "draft.return"}))
	// The draft was changed meanwhile: neither the change nor its remark is kept.
	if err := b.SaveRemarked(b.ctx, draft, Remark{By: "eve", Kind: Rejected, Text: "no"}, officials.Entry{Actor: "eve", Action: "draft.reject"}); !errors.Is(err, ErrStale) {
		t.Errorf("a stale remark: %v, want ErrStale", err)
	}
	got, err := b.Remarks(b.ctx, "d")
	b.ok(err)
	if len(got) != 1 || got[0].By != "bob" || got[0].Text != "wrong town" || !got[0].At.Equal(b.at) {
		t.Errorf("remarks %+v, want bob's alone", got)
	}
	if at, err := b.DraftChanged(b.ctx, "d"); err != nil || !at.Equal(b.at) {
		t.Errorf("it changed at %v, %v, want %v", at, err, b.at)
	}
}
