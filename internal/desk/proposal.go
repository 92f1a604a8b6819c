package desk

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"strings"

	"callbox/internal/officials"
	"callbox/internal/store"
)

// The kinds of changes that take two people.
const (
	proposalOfficial = "official" // rights that reach the public, or the people who have them
	proposalKey      = "key"      // a machine's key
	proposalAgency   = "agency"   // settings and policy
	proposalWording  = "wording"  // phrases
	proposalNumbers  = "numbers"  // the directory, while an outage is live
)

// The names under which deciders look for what they may decide.
var proposalRoles = map[string]officials.Role{
	proposalOfficial: officials.Admin, proposalKey: officials.Admin, proposalAgency: officials.Admin,
	proposalWording: officials.Wording, proposalNumbers: officials.Directory,
}

// stateOf is what a proposal was made from; a change of it meanwhile makes the proposal stale.
func stateOf(v any) ([]byte, error) {
	data, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(data)
	return sum[:], nil
}

// propose files a change for somebody else to decide. A base of nil says that it is about something new.
func (d *Desk) propose(ctx context.Context, a officials.Actor, p store.Proposal, base, value any) (store.Proposal, error) {
	if !a.Person() {
		return p, fmt.Errorf("%w: a person proposes this, not a key", ErrDenied)
	}
	var err error
	if base != nil {
		if p.Base, err = stateOf(base); err != nil {
			return p, err
		}
	}
	if p.Value, err = json.Marshal(value); err != nil {
		return p, err
	}
	p.ID, p.Agency, p.Proposer, p.At = token(8), a.Agency.ID, a.Name(), d.Now()
	return p, d.Store.SaveProposal(ctx, p, entry(a, "proposal."+p.Kind, p.Object, strings.Join(p.Says, " ")))
}

// Proposals returns what waits for a second person and the actor may see.
func (d *Desk) Proposals(ctx context.Context, a officials.Actor) ([]store.Proposal, error) {
	all, err := d.Store.Proposals(ctx, a.Agency.ID)
	var out []store.Proposal
	for _, p := range all {
		if a.May(proposalRoles[p.Kind], "") {
			out = append(out, p)
		}
	}
	return out, err
}

// Accept makes a proposal take effect. It takes another person than the proposer; ErrConflict says that it
// was decided already, or that what it changes has changed since.
func (d *Desk) Accept(ctx context.Context, a officials.Actor, id string) (store.Proposal, error) {
	p, err := d.undecided(ctx, a, id)
	if err != nil {
		return p, err
	}
	if a.Name() == p.Proposer {
		return p, fmt.Errorf("%w: another person than the one who proposed it accepts it", ErrDenied)
	}
	if err := d.apply(ctx, a, p); err != nil {
		return p, err
	}
	p.Decider, p.Accepted = a.Name(), true
	return p, stale(d.Store.DecideProposal(ctx, p, entry(a, "proposal.accept", p.Object, p.Kind+", proposed by "+p.Proposer)))
}

// Refuse closes a proposal without effect; whoever made it may take it back so.
func (d *Desk) Refuse(ctx context.Context, a officials.Actor, id, reason string) (store.Proposal, error) {
	p, err := d.undecided(ctx, a, id)
	if err != nil {
		return p, err
	}
	p.Decider = a.Name()
	return p, stale(d.Store.DecideProposal(ctx, p, entry(a, "proposal.refuse", p.Object, strings.TrimSpace(p.Kind+", proposed by "+p.Proposer+". "+reason))))
}

// undecided returns an open proposal that the actor may decide.
func (d *Desk) undecided(ctx context.Context, a officials.Actor, id string) (store.Proposal, error) {
	p, err := d.Store.Proposal(ctx, id)
	if err == nil && p.Agency != a.Agency.ID {
		err = ErrNotFound
	}
	switch {
	case err != nil:
		return p, fmt.Errorf("proposal %q: %w", id, err)
	case !a.Person():
		return p, fmt.Errorf("%w: a person decides this, not a key", ErrDenied)
	case !p.Decided.IsZero():
		return p, fmt.Errorf("%w: %s decided it already", ErrConflict, p.Decider)
	}
	return p, may(a, proposalRoles[p.Kind], "")
}

// apply makes a change. It comes before the proposal is closed: after a crash between the two it is
// accepted again, and applying it twice is applying it once.
func (d *Desk) apply(ctx context.Context, a officials.Actor, p store.Proposal) error {
	switch p.Kind {
	case proposalOfficial:
		return d.applyOfficial(ctx, a, p)
	case proposalKey:
		return d.applyKey(ctx, a, p)
	case proposalAgency:
		return d.applyAgency(ctx, a, p)
	case proposalWording:
		return d.applyWording(ctx, a, p)
	case proposalNumbers:
		return d.applyNumbers(ctx, a, p)
	}
	return fmt.Errorf("proposal of an unknown kind %q", p.Kind)
}

// unchanged refuses a proposal whose ground has moved. What it already became is no move.
func unchanged(p store.Proposal, now any, there bool) error {
	if !there {
		if p.Base == nil {
			return nil
		}
		return fmt.Errorf("%w: %s does not exist any more", ErrConflict, p.Object)
	}
	state, err := stateOf(now)
	if err != nil {
		return err
	}
	become, err := json.Marshal(now)
	if err != nil {
		return err
	}
	if bytes.Equal(state, p.Base) || bytes.Equal(become, p.Value) {
		return nil
	}
	return fmt.Errorf("%w: %s has changed since this was proposed; propose it anew", ErrConflict, p.Object)
}
