package desk

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"callbox/areas"
	"callbox/internal/officials"
	"callbox/outages"
)

// carol is a second administrator.
func (r *room) carol() officials.Actor { return r.official("carol", officials.Admin) }

func TestARightThatReachesThePublicTakesASecondAdministrator(t *testing.T) {
	r := newRoom(t)
	carol := r.carol()
	dan := officials.Official{ID: "dan", Name: "Dan Dole", Roles: []officials.Role{officials.Drafter}}
	p, err := r.SavePerson(r.ctx, r.ada, dan, false)
	r.ok(err)
	if p == nil {
		t.Fatal("a drafter was added by one person")
	}
	people := func() (ids []string) {
		list, err := r.People(r.ctx, r.ada)
		r.ok(err)
		for _, o := range list {
			ids = append(ids, o.ID)
		}
		return ids
	}
	if slices.Contains(people(), "dan") {
		t.Error("he is there before anybody agreed")
	}
	if _, err := r.Accept(r.ctx, r.ada, p.ID); !errors.Is(err, ErrDenied) {
		t.Errorf("the proposer accepts: %v", err)
	}
	if _, err := r.Accept(r.ctx, r.bob, p.ID); !errors.Is(err, ErrDenied) {
		t.Errorf("one who is no administrator accepts: %v", err)
	}
	open, err := r.Proposals(r.ctx, carol)
	r.ok(err)
	if len(open) != 1 || !strings.Contains(open[0].Says[0], "Dan Dole") {
		t.Fatalf("what waits: %+v", open)
	}
	_, err = r.Accept(r.ctx, carol, p.ID)
	r.ok(err)
	if !slices.Contains(people(), "dan") {
		t.Error("he is not there although another agreed")
	}
	if _, err := r.Accept(r.ctx, carol, p.ID); !errors.Is(err, ErrConflict) {
		t.Errorf("accepted twice: %v", err)
	}
	dan.Roles = []officials.Role{officials.Viewer}
	if p, err := r.SavePerson(r.ctx, r.ada, dan, false); err != nil || p != nil {
		t.Errorf("rights that shrink wait for somebody: %+v, %v", p, err)
	}
}

func TestAProposalWhoseGroundHasMovedIsRefused(t *testing.T) {
	r := newRoom(t)
	carol := r.carol()
	bob := officials.Official{ID: "bob", Name: "bob", Roles: []officials.Role{officials.Approver, officials.Drafter}}
	p, err := r.SavePerson(r.ctx, r.ada, bob, false)
	r.ok(err)
	bob.Roles, bob.Email = []officials.Role{officials.Approver}, "bob@example.gov"
	_, err = r.SavePerson(r.ctx, r.ada, bob, false)
	r.ok(err)
	if _, err := r.Accept(r.ctx, carol, p.ID); !errors.Is(err, ErrConflict) {
		t.Errorf("accepted what was made from an older state: %v", err)
	}
	_, err = r.Refuse(r.ctx, r.ada, p.ID, "made anew")
	r.ok(err)
	if open, err := r.Proposals(r.ctx, carol); err != nil || len(open) != 0 {
		t.Errorf("what waits: %v, %v", open, err)
	}
}

func TestTheLastTwoApproversAreNotLostByAccident(t *testing.T) {
	r := newRoom(t) // ada and bob approve
	key, err := r.addKey(r.ctx, officials.Key{Agency: "despp", Official: "bob"})
	r.ok(err)
	bob := officials.Official{ID: "bob", Name: "bob", Roles: []officials.Role{officials.Viewer}}
	if _, err := r.SavePerson(r.ctx, r.ada, bob, false); !errors.Is(err, ErrFewApprovers) {
		t.Errorf("one approver would be left: %v", err)
	}
	if _, err := r.SavePerson(r.ctx, r.ada, bob, true); err != nil {
		t.Errorf("meant: %v", err)
	}
	bob.Roles = nil
	if _, err := r.SavePerson(r.ctx, r.ada, bob, true); err != nil {
		t.Errorf("he leaves: %v", err)
	}
	if _, err := r.Who(r.ctx, key); !errors.Is(err, officials.ErrUnknown) {
		t.Errorf("his key opens something after he left: %v", err)
	}
	ada := officials.Official{ID: "ada", Name: "ada"}
	if _, err := r.SavePerson(r.ctx, r.ada, ada, true); !errors.Is(err, ErrFewApprovers) {
		t.Errorf("no administrator would be left: %v", err)
	}
}

func TestWhoeverHasPartOfTheJurisdictionSpeaksForThatPart(t *testing.T) {
	r := newRoom(t)
	eve := r.official("eve", officials.Drafter, officials.Approver)
	eve.Official.Areas = []areas.ID{"x-westport"}
	decl, err := r.Read(r.ctx, eve, []byte(alertFile)) // Westport and Clinton
	r.ok(err)
	_, err = r.Declare(r.ctx, eve, "", decl)
	problems, ok := errors.AsType[outages.Problems](err)
	if !ok || len(problems) == 0 || !strings.Contains(problems[0].Text, "Clinton") {
		t.Errorf("declared for all: %v, want Clinton refused", err)
	}
	d := r.submitted("", alertFile)
	if _, err := r.Approve(r.ctx, eve, d.ID, Word{Code: d.Code}); !errors.Is(err, ErrDenied) || !strings.Contains(err.Error(), "Clinton") {
		t.Errorf("approved for all: %v", err)
	}
	eve.Official.Areas = nil
	if _, err := r.Approve(r.ctx, eve, d.ID, Word{Code: d.Code}); err != nil {
		t.Errorf("with the whole jurisdiction: %v", err)
	}
}

func TestAMachinesKeyOpensNothingBeforeASecondAdministratorAgrees(t *testing.T) {
	r := newRoom(t)
	carol := r.carol()
	secret, p, err := r.ProposeKey(r.ctx, r.ada, officials.Key{Name: "CAD", Mode: outages.Live, Scopes: []officials.Role{officials.Drafter}})
	r.ok(err)
	if _, err := r.Who(r.ctx, secret); !errors.Is(err, officials.ErrUnknown) {
		t.Errorf("it opens something already: %v", err)
	}
	_, err = r.Accept(r.ctx, carol, p.ID)
	r.ok(err)
	who, err := r.Who(r.ctx, secret)
	if err != nil || who.Mode != outages.Live {
		t.Errorf("accepted, and it opens nothing: %v", err)
	}
	r.ok(r.RevokeKey(r.ctx, carol, who.Key))
	if _, err := r.Who(r.ctx, secret); !errors.Is(err, officials.ErrUnknown) {
		t.Errorf("revoked, and it opens something: %v", err)
	}
	if _, _, err := r.ProposeKey(r.ctx, r.ada, officials.Key{Name: "x", Mode: outages.Live, Scopes: []officials.Role{officials.Approver}}); err == nil {
		t.Error("a machine may approve")
	}
}

func TestSettingsAreChangedByTwoWithADifference(t *testing.T) {
	r := newRoom(t)
	carol := r.carol()
	to := r.ada.Agency
	to.Policy.BreakGlass, to.Undo = true, 20_000_000_000
	p, err := r.ProposeSettings(r.ctx, r.ada, to)
	r.ok(err)
	if says := strings.Join(p.Says, " "); !strings.Contains(says, "policy.break_glass: true, before false.") || !strings.Contains(says, "undo:") || len(p.Says) != 2 {
		t.Errorf("it says %q", p.Says)
	}
	_, err = r.Accept(r.ctx, carol, p.ID)
	r.ok(err)
	if now, err := r.Store.Agency(r.ctx, "despp"); err != nil || !now.Policy.BreakGlass {
		t.Errorf("the settings are %+v, %v", now, err)
	}
	for name, change := range map[string]func(*officials.Agency){
		"the sender":         func(a *officials.Agency) { a.Sender = "other@example.gov" },
		"an unknown area":    func(a *officials.Agency) { a.Jurisdiction = []areas.ID{"x-nowhere"} },
		"nothing":            func(*officials.Agency) {},
		"a zone that is not": func(a *officials.Agency) { a.Zone = "Mars/Olympus" },
	} {
		now, err := r.Store.Agency(r.ctx, "despp")
		r.ok(err)
		change(&now)
		if _, err := r.ProposeSettings(r.ctx, r.ada, now); err == nil {
			t.Errorf("a change of %s was taken", name)
		}
	}
}
