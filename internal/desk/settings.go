package desk

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"

	"callbox/internal/officials"
	"callbox/internal/store"
)

// ProposeSettings changes the settings of the actor's agency: name, zone, jurisdiction, policy, undo
// window. It takes a second administrator; the proposal says field by field what would change. The CAP
// sender never changes.
func (d *Desk) ProposeSettings(ctx context.Context, a officials.Actor, to officials.Agency) (store.Proposal, error) {
	if err := may(a, officials.Admin, ""); err != nil {
		return store.Proposal{}, err
	}
	now, err := d.Store.Agency(ctx, a.Agency.ID)
	if err != nil {
		return store.Proposal{}, err
	}
	to.ID = now.ID
	if err := d.checkSettings(ctx, now, to); err != nil {
		return store.Proposal{}, err
	}
	says, err := differences(now, to)
	if err != nil {
		return store.Proposal{}, err
	}
	if len(says) == 0 {
		return store.Proposal{}, fmt.Errorf("%w: nothing would change", ErrConflict)
	}
	return d.propose(ctx, a, store.Proposal{Kind: proposalAgency, Object: now.ID, Says: says}, now, to)
}

func (d *Desk) checkSettings(ctx context.Context, now, to officials.Agency) error {
	if to.Sender != now.Sender {
		return fmt.Errorf("sender: aggregators know the agency by %s; it never changes", now.Sender)
	}
	return d.checkAgency(ctx, to)
}

// checkAgency returns what is wrong with an agency; its jurisdiction must be known areas.
func (d *Desk) checkAgency(ctx context.Context, a officials.Agency) error {
	if err := a.Check(); err != nil {
		return err
	}
	book, err := d.Book(ctx)
	if err != nil {
		return err
	}
	for _, id := range a.Jurisdiction {
		if _, ok := book.Area(id); !ok {
			return fmt.Errorf("jurisdiction: area %q is not known", id)
		}
	}
	return nil
}

func (d *Desk) applyAgency(ctx context.Context, a officials.Actor, p store.Proposal) error {
	var to officials.Agency
	if err := json.Unmarshal(p.Value, &to); err != nil {
		return fmt.Errorf("proposal %s: %w", p.ID, err)
	}
	now, err := d.Store.Agency(ctx, p.Object)
	if err != nil {
		return err
	}
	if err := unchanged(p, now, true); err != nil {
		return err
	}
	if err := d.checkSettings(ctx, now, to); err != nil {
		return err
	}
	return d.Store.SaveAgency(ctx, to, entry(a, "agency.save", to.ID, fmt.Sprint(p.Says)))
}

// differences says, field by field as JSON names them, how two values differ.
func differences[T any](from, to T) ([]string, error) {
	was, err := fields("", from)
	if err != nil {
		return nil, err
	}
	is, err := fields("", to)
	if err != nil {
		return nil, err
	}
	all := maps.Clone(was)
	maps.Copy(all, is)
	var out []string
	for _, name := range slices.Sorted(maps.Keys(all)) {
		if !reflect.DeepEqual(was[name], is[name]) {
			out = append(out, fmt.Sprintf("%s: %s, before %s.", name, shown(is[name]), shown(was[name])))
		}
	}
	return out, nil
}

// fields flattens a value: "policy.two_people".
func fields(prefix string, v any) (map[string]any, error) {
	data, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	var tree map[string]any
	if err := json.Unmarshal(data, &tree); err != nil {
		return nil, err
	}
	out := map[string]any{}
	for name, value := range tree {
		if _, deep := value.(map[string]any); !deep {
			out[prefix+name] = value
			continue
		}
		inner, err := fields(prefix+name+".", value)
		if err != nil {
			return nil, err
		}
		maps.Copy(out, inner)
	}
	return out, nil
}

func shown(v any) string {
	if v == nil {
		return "nothing"
	}
	return fmt.Sprint(v)
}
