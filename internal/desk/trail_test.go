package desk

import (
	"context"
	"database/sql"
	"errors"
	"path/filepath"
	"testing"

	"callbox/internal/trail"
)

func TestAByteThatSomebodyChangedInTheAuditTrailIsFound(t *testing.T) {
	r := newRoom(t)
	r.AuditCopy = filepath.Join(t.TempDir(), "audit.jsonl")
	decl, err := r.Read(r.ctx, r.ada, []byte(alertFile))
	r.ok(err)
	_, err = r.Declare(r.ctx, r.ada, "", decl)
	r.ok(err)
	ctx, stop := context.WithCancel(r.ctx)
	stop()
	r.runTrail(ctx) // one round
	v, err := r.VerifyAudit(r.ctx, r.ada)
	if err != nil || v.Entries == 0 {
		t.Fatalf("a whole trail: %+v, %v", v, err)
	}
	entries, err := r.AuditEntries(r.ctx, r.ada, AuditFilter{Action: "draft."})
	r.ok(err)
	if len(entries) != 1 || entries[0].Actor != "ada" {
		t.Errorf("the draft's entries: %+v", entries)
	}
	if _, err := r.VerifyAudit(r.ctx, r.bob); !errors.Is(err, ErrDenied) {
		t.Errorf("one who is no auditor: %v", err)
	}

	db, err := sql.Open("sqlite", r.file)
	r.ok(err)
	defer db.Close()
	_, err = db.ExecContext(r.ctx, `UPDATE audit SET data = replace(data, 'ada', 'bob') WHERE seq = $1`, entries[0].Seq)
	r.ok(err)
	_, err = r.VerifyAudit(r.ctx, r.ada)
	if broken, ok := errors.AsType[*trail.Broken](err); !ok || broken.Seq != entries[0].Seq {
		t.Errorf("a changed entry: %v, want entry %d named", err, entries[0].Seq)
	}
	checks, err := r.Readiness(r.ctx)
	r.ok(err)
	for _, c := range checks {
		if c.What == "audit" && c.OK {
			t.Errorf("readiness says %q", c.Text)
		}
	}
}
