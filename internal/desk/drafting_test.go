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

// declared declares a file and returns the draft.
func (r *room) declared(file string) Draft {
	r.t.Helper()
	decl, err := r.Read(r.ctx, r.ada, []byte(file))
	r.ok(err)
	d, err := r.Declare(r.ctx, r.ada, "", decl)
	r.ok(err)
	return d
}

func (r *room) audited(action string) []officials.Entry {
	r.t.Helper()
	var out []officials.Entry
	r.ok(r.Store.Audit(r.ctx, 0, func(e officials.Entry) error {
		if e.Action == action {
			out = append(out, e)
		}
		return nil
	}))
	return out
}

func TestADraftThatIsHalfFilledInIsKept(t *testing.T) {
	r := newRoom(t)
	d, err := r.Declare(r.ctx, r.ada, "", outages.Declaration{Kind: outages.Alert, Mode: outages.Live,
		Conditions: []outages.Condition{{Service: outages.Voice, State: outages.Down}}})
	r.ok(err)
	if !d.Findings.Blocked() {
		t.Error("a draft without an area is not blocked")
	}
	got, err := r.Draft(r.ctx, r.ada, d.ID)
	r.ok(err)
	if len(got.Declaration.Conditions) != 1 || got.Declaration.Conditions[0].Area != "" {
		t.Errorf("kept %+v, want the condition without an area", got.Declaration.Conditions)
	}
	// promise 1
	if _, err := r.Submit(r.ctx, r.ada, d.ID); err == nil {
		t.Error("a draft without an area was submitted")
	}
}

func TestAnAreaSetHoldsOnlyTheAgencysAreas(t *testing.T) {
	r := newRoom(t)
	r.ok(r.SaveAreaSet(r.ctx, r.ada, store.AreaSet{Name: "  Shore  towns ", Areas: []areas.ID{"x-westport", "x-clinton"}}))
	sets, err := r.AreaSets(r.ctx, r.ada)
	r.ok(err)
	if len(sets) != 1 || sets[0].Name != "Shore towns" || len(sets[0].Areas) != 2 {
		t.Errorf("sets %+v, want Shore towns with two", sets)
	}
	for name, set := range map[string]store.AreaSet{
		"another state":  {Name: "x", Areas: []areas.ID{"25"}},
		"an unknown one": {Name: "x", Areas: []areas.ID{"x-nowhere"}},
		"no name":        {Name: " ", Areas: []areas.ID{"x-westport"}},
		"a hidden name":  {Name: "a\u202eb", Areas: []areas.ID{"x-westport"}},
	} {
		if _, ok := errors.AsType[*Blocked](r.SaveAreaSet(r.ctx, r.ada, set)); !ok {
			t.Errorf("%s was saved", name)
		}
	}
	if err := r.SaveAreaSet(r.ctx, r.bob, store.AreaSet{Name: "x", Areas: []areas.ID{"x-westport"}}); !errors.Is(err, ErrDenied) {
		t.Errorf("an approver saves a set: %v, want ErrDenied", err)
	}
}

func TestADraftIsGivenBackWithAReason(t *testing.T) {
	r := newRoom(t)
	d := r.submitted("", alertFile)
	if _, err := r.Return(r.ctx, r.bob, d.ID, Refusal{Hash: d.Hash}); err == nil {
		t.Error("it was returned without a reason")
	}
	if _, err := r.Return(r.ctx, r.bob, d.ID, Refusal{"another", "wrong town"}); !errors.Is(err, ErrConflict) {
		t.Errorf("another draft than was read: %v, want ErrConflict", err)
	}
	if _, err := r.Return(r.ctx, r.official("eve", officials.Drafter), d.ID, Refusal{d.Hash, "no"}); !errors.Is(err, ErrDenied) {
		t.Errorf("somebody who may not: %v, want ErrDenied", err)
	}
	back, err := r.Return(r.ctx, r.bob, d.ID, Refusal{d.Hash, "wrong\ntown"})
	r.ok(err)
	if back.State != store.DraftOpen || back.Hash != "" {
		t.Errorf("returned as %s with hash %q, want an open draft", back.State, back.Hash)
	}
	again, err := r.Submit(r.ctx, r.ada, d.ID)
	r.ok(err)
	back, err = r.Reject(r.ctx, r.bob, d.ID, Refusal{again.Hash, "not ours"})
	r.ok(err)
	if back.State != store.DraftWithdrawn {
		t.Errorf("rejected as %s, want withdrawn", back.State)
	}
	remarks, err := r.Remarks(r.ctx, r.ada, d.ID)
	r.ok(err)
	if len(remarks) != 2 || remarks[0].Text != "wrong town" || remarks[1].Kind != store.Rejected || remarks[1].By != "bob" {
		t.Errorf("remarks %+v", remarks)
	}
	if got := r.audited("draft.returned"); len(got) != 1 || got[0].Detail != "wrong town" {
		t.Errorf("audited %+v, want the reason", got)
	}
}

func TestEveryWarningIsTickedBeforeSubmitting(t *testing.T) {
	r := newRoom(t)
	d := r.declared(strings.ReplaceAll(alertFile, ", text: working", ""))
	c := Consent{Version: d.Version}
	_, err := r.SubmitRead(r.ctx, r.ada, d.ID, c)
	blocked, ok := errors.AsType[*Blocked](err)
	if !ok || len(blocked.Findings) == 0 {
		t.Fatalf("without ticks: %v, want what is not ticked", err)
	}
	for _, f := range blocked.Findings {
		tick, isTick := strings.CutPrefix(f.Place, "tick-")
		if !isTick {
			c.Count = "0"
		}
		c.Ticked = append(c.Ticked, tick)
	}
	if _, err := r.SubmitRead(r.ctx, r.ada, d.ID, Consent{Version: d.Version - 1, Ticked: c.Ticked, Count: c.Count}); !errors.Is(err, ErrConflict) {
		t.Errorf("another version: %v, want ErrConflict", err)
	}
	got, err := r.SubmitRead(r.ctx, r.ada, d.ID, c)
	r.ok(err)
	if got.State != store.DraftSubmitted {
		t.Errorf("state %s, want submitted", got.State)
	}
}

func TestMoreThanHalfOfTheJurisdictionTakesTheCount(t *testing.T) {
	r := newRoom(t)
	for _, zip := range []areas.ZIP{"06880", "06413", "06037"} {
		r.resident(zip)
	}
	submit := func(count string) error {
		d := r.declared(alertFile)
		var ticks []string
		for _, f := range d.Findings {
			ticks = append(ticks, Tick(f))
		}
		_, err := r.SubmitRead(r.ctx, r.ada, d.ID, Consent{d.Version, ticks, count})
		return err
	}
	for _, wrong := range []string{"", "3", "two"} {
		blocked, ok := errors.AsType[*Blocked](submit(wrong))
		if !ok || !slices.ContainsFunc(blocked.Findings, func(f outages.Finding) bool { return f.Rule == "count" }) {
			t.Errorf("count %q was taken", wrong)
		}
	}
	if err := submit(" 2 "); err != nil {
		t.Errorf("the right count: %v", err)
	}
}

// promise 4: break-glass waits, is recorded, and a refusal is recorded too.
func TestBreakGlassWaitsAndIsRecorded(t *testing.T) {
	r := newRoom(t)
	agency := r.ada.Agency
	agency.Policy.BreakGlass = true
	r.ok(r.SaveAgency(r.ctx, agency))
	d := r.submitted("", alertFile)
	word := Word{Code: d.Code, BreakGlass: true, Reason: "nobody answers", Area: "Westport"}
	if _, err := r.Approve(r.ctx, r.ada, d.ID, word); !errors.Is(err, outages.ErrSecondPerson) {
		t.Errorf("at once: %v, want ErrSecondPerson", err)
	}
	if got := r.audited("draft.approve.refused"); len(got) != 1 || got[0].Object != d.ID || got[0].Actor != "ada" {
		t.Errorf("audited %+v, want ada's refusal", got)
	}
	r.at = r.at.Add(5 * time.Minute)
	got, err := r.Approve(r.ctx, r.ada, d.ID, word)
	r.ok(err)
	if !got.Approval.BreakGlass || len(r.audited("draft.break-glass")) != 1 {
		t.Errorf("approval %+v, want it marked and recorded", got.Approval)
	}
}
