package desk

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"callbox/areas"
	"callbox/internal/officials"
	"callbox/internal/store"
)

// fewestApprovers is how many people who may approve an agency keeps, once it has them: one to speak and
// one to agree, whoever of the others is away.
const fewestApprovers = 2

// ErrFewApprovers is the error of a change that would leave an agency with less than two approvers, or
// with no administrator.
var ErrFewApprovers = errors.New("too few people would be left")

// People returns the people of the actor's agency in their on-call order, those who left last.
func (d *Desk) People(ctx context.Context, a officials.Actor) ([]officials.Official, error) {
	list, err := d.Store.Officials(ctx, a.Agency.ID)
	slices.SortStableFunc(list, func(x, y officials.Official) int { return callOrder(x) - callOrder(y) })
	return list, err
}

func callOrder(o officials.Official) int {
	switch {
	case len(o.Roles) == 0:
		return 1 << 20
	case o.OnCall == 0:
		return 1 << 19
	}
	return o.OnCall
}

// SavePerson adds an official or changes one. What lets somebody draft, approve or administer, or lets them
// do so in more areas, takes a second administrator: then the change waits as a proposal, which is
// returned. ErrFewApprovers refuses to leave the agency with too few people; few overrides that for
// approvers, never for the last administrator.
func (d *Desk) SavePerson(ctx context.Context, a officials.Actor, o officials.Official, few bool) (*store.Proposal, error) {
	if err := may(a, officials.Admin, ""); err != nil {
		return nil, err
	}
	o.Agency = a.Agency.ID
	people, err := d.Store.Officials(ctx, a.Agency.ID)
	if err != nil {
		return nil, err
	}
	book, err := d.Book(ctx)
	if err != nil {
		return nil, err
	}
	if err := checkPerson(o, a.Agency, book); err != nil {
		return nil, err
	}
	var before *officials.Official
	if i := slices.IndexFunc(people, func(p officials.Official) bool { return p.ID == o.ID }); i >= 0 {
		before = &people[i]
	}
	if err := enough(people, o, few); err != nil {
		return nil, err
	}
	if len(o.Roles) == 0 {
		return nil, d.Store.Dismiss(ctx, o, entry(a, "official.leave", o.ID, describe(before, o)))
	}
	if !wider(before, o, a.Agency, book) {
		return nil, d.Store.SaveOfficial(ctx, o, entry(a, "official.save", o.ID, describe(before, o)))
	}
	p, err := d.propose(ctx, a, store.Proposal{Kind: proposalOfficial, Object: o.ID, Says: []string{describe(before, o)}}, baseOf(before), o)
	return &p, err
}

func baseOf(before *officials.Official) any {
	if before == nil {
		return nil
	}
	return *before
}

func (d *Desk) applyOfficial(ctx context.Context, a officials.Actor, p store.Proposal) error {
	var o officials.Official
	if err := json.Unmarshal(p.Value, &o); err != nil {
		return fmt.Errorf("proposal %s: %w", p.ID, err)
	}
	people, err := d.Store.Officials(ctx, a.Agency.ID)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(people, func(x officials.Official) bool { return x.ID == o.ID })
	var now officials.Official
	if i >= 0 {
		now = people[i]
	}
	if err := errors.Join(unchanged(p, now, i >= 0), enough(people, o, true)); err != nil {
		return err
	}
	return d.Store.SaveOfficial(ctx, o, entry(a, "official.save", o.ID, p.Says[0]))
}

// checkPerson returns what is wrong with an official, naming the field.
func checkPerson(o officials.Official, agency officials.Agency, book *areas.Book) error {
	var errs []error
	if o.ID == "" || strings.ContainsFunc(o.ID, func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '-' && r != '.' }) {
		errs = append(errs, errors.New("id: use lower-case letters, digits, dots and hyphens"))
	}
	if strings.TrimSpace(o.Name) == "" {
		errs = append(errs, errors.New("name: is empty"))
	}
	for _, r := range o.Roles {
		if !slices.Contains(officials.Roles, r) {
			errs = append(errs, fmt.Errorf("roles: %q is none; they are %v", r, officials.Roles))
		}
	}
	for _, id := range o.Areas {
		if !book.Inside(agency.Jurisdiction, id) {
			errs = append(errs, fmt.Errorf("areas: %s does not lie in the jurisdiction of %s", id, agency.Name))
		}
	}
	if o.OnCall < 0 {
		errs = append(errs, errors.New("on_call: 1 is woken first; 0 stands outside the order"))
	}
	return errors.Join(errs...)
}

// enough refuses a change that leaves less than two approvers where there were two, or no administrator.
func enough(people []officials.Official, o officials.Official, few bool) error {
	with := func(list []officials.Official, r officials.Role) (n int) {
		for _, p := range list {
			if slices.Contains(p.Roles, r) {
				n++
			}
		}
		return n
	}
	after := append(slices.DeleteFunc(slices.Clone(people), func(p officials.Official) bool { return p.ID == o.ID }), o)
	if with(people, officials.Admin) > 0 && with(after, officials.Admin) == 0 {
		return fmt.Errorf("%w: %s is the last administrator; make another one first", ErrFewApprovers, o.ID)
	}
	n := with(after, officials.Approver)
	if !few && n < fewestApprovers && n < with(people, officials.Approver) {
		return fmt.Errorf("%w: %d could approve, and a live bulletin needs a second person; make another approver first, or confirm that you mean it", ErrFewApprovers, n)
	}
	return nil
}

// sensitive are the roles that reach the public, or give others such roles.
var sensitive = []officials.Role{officials.Drafter, officials.Approver, officials.Admin}

// wider reports whether a change lets somebody reach the public who could not, or farther than before.
func wider(before *officials.Official, o officials.Official, agency officials.Agency, book *areas.Book) bool {
	held := []officials.Role{}
	was := []areas.ID{}
	if before != nil {
		held, was = before.Roles, reach(*before, agency)
	}
	speaks := false
	for _, r := range o.Roles {
		if slices.Contains(sensitive, r) {
			if !slices.Contains(held, r) {
				return true
			}
			speaks = true
		}
	}
	return speaks && slices.ContainsFunc(reach(o, agency), func(id areas.ID) bool { return !book.Inside(was, id) })
}

func reach(o officials.Official, agency officials.Agency) []areas.ID {
	if len(o.Areas) > 0 {
		return o.Areas
	}
	return agency.Jurisdiction
}

// describe says in a sentence what becomes of somebody.
func describe(before *officials.Official, o officials.Official) string {
	list := func(roles []officials.Role) string {
		if len(roles) == 0 {
			return "nothing"
		}
		var names []string
		for _, r := range roles {
			names = append(names, string(r))
		}
		return strings.Join(names, ", ")
	}
	where := ""
	if len(o.Areas) > 0 {
		where = fmt.Sprintf(" in %v", o.Areas)
	}
	switch {
	case before == nil:
		return fmt.Sprintf("%s (%s) joins and may: %s%s.", o.Name, o.ID, list(o.Roles), where)
	case len(o.Roles) == 0:
		return fmt.Sprintf("%s (%s) leaves and may do nothing any more.", o.Name, o.ID)
	}
	return fmt.Sprintf("%s (%s) may: %s%s; before: %s.", o.Name, o.ID, list(o.Roles), where, list(before.Roles))
}

// pendingKey is a machine's key that nobody agreed to yet: its secret exists and opens nothing.
type pendingKey struct {
	Key  officials.Key `json:"key"`
	Hash []byte        `json:"hash"`
}

// ProposeKey makes a key for a machine and returns its secret, which is shown once and opens nothing
// before a second administrator agrees.
func (d *Desk) ProposeKey(ctx context.Context, a officials.Actor, k officials.Key) (officials.Secret, store.Proposal, error) {
	none := store.Proposal{}
	if err := may(a, officials.Admin, ""); err != nil {
		return "", none, err
	}
	k.Agency, k.Official = a.Agency.ID, ""
	if err := checkMachineKey(k); err != nil {
		return "", none, err
	}
	id, secret, hash := officials.NewSecret()
	k.ID, k.Created = id, d.Now().UTC().Truncate(time.Second)
	p, err := d.propose(ctx, a, store.Proposal{Kind: proposalKey, Object: id,
		Says: []string{fmt.Sprintf("A machine, %s, may act in %s outages: %v.", k.Name, k.Mode, k.Scopes)}}, nil, pendingKey{k, hash})
	return secret, p, err
}

func (d *Desk) applyKey(ctx context.Context, a officials.Actor, p store.Proposal) error {
	var k pendingKey
	if err := json.Unmarshal(p.Value, &k); err != nil {
		return fmt.Errorf("proposal %s: %w", p.ID, err)
	}
	err := d.Store.SaveKey(ctx, k.Key, k.Hash, entry(a, "key.add", k.Key.ID, k.Key.Name))
	if errors.Is(err, store.ErrTaken) {
		return nil // a crash came between this and the closing of the proposal
	}
	return err
}

// Keys returns the keys of the actor's agency that open something, without their secrets.
func (d *Desk) Keys(ctx context.Context, a officials.Actor) ([]officials.Key, error) {
	if err := may(a, officials.Admin, ""); err != nil {
		return nil, err
	}
	return d.Store.Keys(ctx, a.Agency.ID)
}

// RevokeKey ends a key at once; one administrator may.
func (d *Desk) RevokeKey(ctx context.Context, a officials.Actor, id string) error {
	if err := may(a, officials.Admin, ""); err != nil {
		return err
	}
	return d.Store.RevokeKey(ctx, a.Agency.ID, id, entry(a, "key.revoke", id, ""))
}
