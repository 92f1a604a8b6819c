package store

import (
	"strings"
	"testing"
)

// An import asks this for every line that is new: without an index its time grows with the square of its
// lines.
func TestWhoLeftIsFoundByAnIndex(t *testing.T) {
	b := newBench(t)
	var plan string
	rows, err := b.read.QueryContext(b.ctx, `EXPLAIN QUERY PLAN SELECT id FROM addresses
		WHERE lane = $1 AND idx = $2 AND state = 3 AND changed >= $3 LIMIT 1`, 1, []byte("x"), 0)
	err = each(rows, err, func(r rowScanner) error {
		var id, parent, unused int
		return r.Scan(&id, &parent, &unused, &plan)
	})
	if err != nil || !strings.Contains(plan, "USING INDEX addresses_left") {
		t.Errorf("got the plan %q and %v, want one that uses addresses_left", plan, err)
	}
}
