package desk

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"callbox/internal/officials"
)

// Operator is whoever holds the machine: they may add agencies and people from its command line, and
// are named so in the audit trail.
const Operator = "operator"

func operator(agency, action, object string) officials.Entry {
	return officials.Entry{Agency: agency, Actor: Operator, Action: action, Object: object}
}

// SaveAgency adds or changes an agency; the operator does it.
func (d *Desk) SaveAgency(ctx context.Context, a officials.Agency) error {
	if err := d.checkAgency(ctx, a); err != nil {
		return err
	}
	return d.Store.SaveAgency(ctx, a, operator(a.ID, "agency.save", a.ID))
}

// AddOfficial adds a person and returns their personal key, which is shown once; the operator does it.
func (d *Desk) AddOfficial(ctx context.Context, o officials.Official) (officials.Secret, error) {
	if o.ID == "" || o.Name == "" || len(o.Roles) == 0 {
		return "", errors.New("an official needs an id, a name and at least one role")
	}
	for _, r := range o.Roles {
		if !slices.Contains(officials.Roles, r) {
			return "", fmt.Errorf("role %q: write one of %v", r, officials.Roles)
		}
	}
	if _, err := d.Store.Agency(ctx, o.Agency); err != nil {
		return "", fmt.Errorf("agency %q: %w", o.Agency, err)
	}
	if err := d.Store.SaveOfficial(ctx, o, operator(o.Agency, "official.save", o.ID)); err != nil {
		return "", err
	}
	return d.addKey(ctx, officials.Key{Agency: o.Agency, Official: o.ID, Name: o.Name})
}

// AddMachineKey adds a key of a machine, bound to one mode. Such keys propose; people approve.
func (d *Desk) AddMachineKey(ctx context.Context, k officials.Key) (officials.Secret, error) {
	if err := checkMachineKey(k); err != nil {
		return "", err
	}
	if _, err := d.Store.Agency(ctx, k.Agency); err != nil {
		return "", fmt.Errorf("agency %q: %w", k.Agency, err)
	}
	return d.addKey(ctx, k)
}

// checkMachineKey returns what is wrong with the key of a machine.
func checkMachineKey(k officials.Key) error {
	if k.Mode == "" {
		return errors.New("mode: a machine's key is bound to one: live, drill or test")
	}
	for _, r := range k.Scopes {
		if r == officials.Approver || r == officials.Admin {
			return fmt.Errorf("scopes: a machine cannot be %s; it proposes, and people approve", r)
		}
		if !slices.Contains(officials.Roles, r) {
			return fmt.Errorf("scopes: %q is none; they are %v", r, officials.Roles)
		}
	}
	return nil
}

func (d *Desk) addKey(ctx context.Context, k officials.Key) (officials.Secret, error) {
	id, secret, hash := officials.NewSecret()
	k.ID, k.Created = id, d.Now().UTC().Truncate(time.Second)
	return secret, d.Store.SaveKey(ctx, k, hash, operator(k.Agency, "key.add", id))
}

// Who returns who holds a key, or officials.ErrUnknown.
func (d *Desk) Who(ctx context.Context, s officials.Secret) (officials.Actor, error) {
	return d.Store.Authenticate(ctx, s)
}
