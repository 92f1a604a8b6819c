package store

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"callbox/areas"
	"callbox/internal/officials"
)

// numbersOf reads the numbers of some areas as they stand, by their keys.
func (t *tx) numbersOf(ids map[areas.ID]bool) (map[string]areas.Number, error) {
	out := map[string]areas.Number{}
	for id := range ids {
		rows, err := t.QueryContext(t.ctx, `SELECT data FROM numbers WHERE area = $1`, id)
		err = each(rows, err, func(r rowScanner) error {
			n, err := scanJSON[areas.Number](r)
			out[n.Key()] = n
			return err
		})
		if err != nil {
			return nil, fmt.Errorf("read numbers of area %s: %w", id, err)
		}
	}
	return out, nil
}

// auditNumbers writes an entry for every number that came, went or changed, so that each has a history.
func (s *Store) auditNumbers(t *tx, was map[string]areas.Number, now []areas.Number, e officials.Entry) error {
	note := func(action, object, detail string) error {
		e.Action, e.Object, e.Detail = action, object, detail
		return t.audit(s.now(), e)
	}
	left := maps.Clone(was)
	for _, n := range now {
		before, known := was[n.Key()]
		delete(left, n.Key())
		var err error
		if !known {
			err = note("number.add", n.Key(), "")
		} else if changed := differences(before, n); len(changed) > 0 {
			err = note("number.change", n.Key(), strings.Join(changed, ", "))
		}
		if err != nil {
			return err
		}
	}
	for _, key := range slices.Sorted(maps.Keys(left)) {
		if err := note("number.remove", key, ""); err != nil {
			return err
		}
	}
	return nil
}

// differences names the fields, as JSON names them, in which two numbers differ.
func differences(a, b areas.Number) []string {
	var fields [2]map[string]any
	for i, n := range []areas.Number{a, b} {
		data, err := json.Marshal(n)
		if err == nil {
			err = json.Unmarshal(data, &fields[i])
		}
		if err != nil {
			return []string{"unreadable"}
		}
	}
	all := maps.Clone(fields[0])
	maps.Copy(all, fields[1])
	return slices.DeleteFunc(slices.Sorted(maps.Keys(all)), func(name string) bool {
		return reflect.DeepEqual(fields[0][name], fields[1][name])
	})
}

// History returns the audit entries about objects that begin with a prefix, such as the key of a number or
// the ID of an area, oldest first. It reads the whole trail and is for people.
func (s *Store) History(ctx context.Context, actions, prefix string) ([]officials.Entry, error) {
	var out []officials.Entry
	err := s.Audit(ctx, 0, func(e officials.Entry) error {
		if strings.HasPrefix(e.Action, actions) && strings.HasPrefix(e.Object, prefix) {
			out = append(out, e)
		}
		return nil
	})
	return out, err
}
