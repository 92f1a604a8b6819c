package store

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

var statement = regexp.MustCompile("(?s)`((?:SELECT|UPDATE|INSERT|DELETE)[^`]*)`")

// Work for one batch must not grow with what was ever delivered: no statement of the ledger reads a table
// that grows from end to end.
func TestNoStatementOfTheLedgerReadsAllDeliveries(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	if b.dialect != &sqlite {
		return // the plan is SQLite's
	}
	var queries []string
	for _, file := range []string{"lease.go", "cut.go", "audience.go", "takeover.go", "flush.go", "sheets.go", "issue.go"} {
		source, err := os.ReadFile(file)
		b.ok(err)
		for _, m := range statement.FindAllStringSubmatch(string(source), -1) {
			if !strings.Contains(m[1], "%") {
				queries = append(queries, m[1])
			}
		}
	}
	if len(queries) < 40 {
		t.Fatalf("%d statements found, want more", len(queries))
	}
	grows := regexp.MustCompile(`^SCAN (d|a|deliveries|addresses|p|subscribers)\b|^SEARCH (d|deliveries) USING PRIMARY KEY \(bulletin=\? AND lane=\?\)`)
	for _, q := range queries {
		for _, step := range b.plan(q) {
			if grows.MatchString(step) {
				t.Errorf("%s\nis done by: %s", q, step)
			}
		}
	}
}

// plan returns how SQLite means to carry out a statement.
func (b *bench) plan(query string) (steps []string) {
	b.t.Helper()
	var args []any
	for i := 1; strings.Contains(query, "$"+string(rune('0'+i))) && i < 10; i++ {
		args = append(args, 1)
	}
	if strings.Contains(query, "$10") {
		args = append(args, 1)
	}
	rows, err := b.write.QueryContext(b.ctx, "EXPLAIN QUERY PLAN "+query, args...)
	if err != nil && strings.Contains(err.Error(), "incomplete input") {
		return nil // the beginning of one that is put together
	}
	err = each(rows, err, func(r rowScanner) error {
		var id, parent, unused int
		var step string
		err := r.Scan(&id, &parent, &unused, &step)
		steps = append(steps, step)
		return err
	})
	if err != nil {
		b.t.Fatalf("%s: %v", query, err)
	}
	return steps
}
