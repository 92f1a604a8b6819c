package desk

import (
	"testing"
	"time"

	"callbox/internal/officials"
	"callbox/internal/store"
)

func TestReadinessIsRedWithoutABackupOfToday(t *testing.T) {
	r := newRoom(t)
	backup := func() Check {
		t.Helper()
		checks, err := r.Readiness(r.ctx)
		r.ok(err)
		for _, c := range checks {
			if c.What == "backup" {
				return c
			}
		}
		t.Fatal("readiness says nothing of backups")
		return Check{}
	}
	if c := backup(); c.OK {
		t.Errorf("without any: got %+v, want it red", c)
	}
	r.ok(r.Store.SaveBackup(r.ctx, store.Backup{Made: r.at, Size: 1, Digest: "d"}, officials.Entry{Actor: "operator", Action: "backup.make"}))
	if c := backup(); !c.OK || c.Text != "the recovery point is "+r.at.Format("2006-01-02 15:04")+" UTC" {
		t.Errorf("at once: got %+v, want it green, with the time", c)
	}
	r.at = r.at.Add(25 * time.Hour)
	if c := backup(); c.OK {
		t.Errorf("a day later: got %+v, want it red", c)
	}
}
