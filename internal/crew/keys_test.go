package crew

import (
	"strings"
	"testing"

	"callbox/internal/store"
	"callbox/subscribers"
)

// A rotation goes on while processes serve: those of two steps in a row work together, others do not.
func TestProcessesOfTwoStepsOfARotationWorkTogether(t *testing.T) {
	old := subscribers.GenerateKeys()
	prepared := old.Prepare()
	promoted := prepared.Promote()
	done := promoted.Retire(promoted.Old()[0])
	for name, c := range map[string]struct {
		first, second subscribers.Keys
		together      bool
	}{
		"the same":                    {old, old, true},
		"the next pair waits":         {old, prepared, true},
		"the next pair seals":         {prepared, promoted, true},
		"one knows nothing of it":     {old, promoted, false},
		"another knows nothing of it": {promoted, old, false},
		"keys of another place":       {old, subscribers.GenerateKeys(), false},
		"the old key is retired":      {promoted, done, true},
		"the old key seals elsewhere": {prepared, done, false},
	} {
		first, second := store.Member{Digest: Digest("x", c.first)}, store.Member{Digest: Digest("x", c.second)}
		members := []store.Member{first, second}
		if err := objection(second, members, 0); (err == nil) != c.together || err != nil && !strings.Contains(err.Error(), "keys") {
			t.Errorf("%s: %v, want the second admitted: %v", name, err, c.together)
		}
		if got, want := (standing{members: members}).sharing(), map[bool]int{true: 2, false: 1}[c.together]; got != want {
			t.Errorf("%s: %d share the work, want %d", name, got, want)
		}
		if Ring(second) != c.second.Ring() {
			t.Errorf("%s: the second holds %s, want %s", name, Ring(second), c.second.Ring())
		}
		if objection(store.Member{Digest: Digest("y", c.second)}, members, 0) == nil {
			t.Errorf("%s: another configuration is admitted", name)
		}
	}
}
