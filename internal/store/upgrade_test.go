package store

import (
	"io/fs"
	"maps"
	"strings"
	"testing"
	"testing/fstest"

	"callbox/areas"
	"callbox/outages"
)

// nextSchema is the schema of a newer program: ours, and one migration more.
func nextSchema(t *testing.T) fs.FS {
	t.Helper()
	next := fstest.MapFS{}
	err := fs.WalkDir(migrations, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := fs.ReadFile(migrations, name)
		next[name] = &fstest.MapFile{Data: data}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	add := &fstest.MapFile{Data: []byte("-- +goose Up\nALTER TABLE lanes ADD COLUMN colour TEXT NOT NULL DEFAULT 'blue';\nCREATE TABLE news (id BIGINT PRIMARY KEY);\n")}
	maps.Copy(next, fstest.MapFS{"migrations/sqlite/9999_next.sql": add, "migrations/postgres/9999_next.sql": add})
	return next
}

// A rolling upgrade: the newer program starts beside one that is in the middle of a sending.
func TestAnOlderProgramGoesOnBesideANewerOneAndStartsNoMore(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	ids := b.residents(120, "x-a")
	b.issue("o", outages.Alert, []areas.ID{"x-a"}, nil)
	held := b.lease()

	newer, err := open(b.ctx, b.where, nextSchema(t), b.sealer, b.now)
	b.ok(err)
	defer newer.Close()
	b.settle(held, nil)
	b.resident("newcomer", "x-a")
	theirs, err := newer.Lease(b.ctx, b.lane(), "newer", b.at)
	b.ok(err)
	b.drain(nil)
	if _, err := newer.Flush(b.ctx, theirs, nil, true, b.at); err != nil {
		t.Error(err)
	}
	b.drain(nil)
	if got := b.totals("o", 1); got.Accepted != len(ids)+1 {
		t.Errorf("%+v, want all %d accepted", got, len(ids)+1)
	}

	older, err := Open(b.ctx, b.where, b.sealer, b.now)
	if err == nil || !strings.Contains(err.Error(), "use the newer program") {
		t.Errorf("an older program starts: %v", err)
	}
	if older != nil {
		b.ok(older.Close())
	}
}

// Both databases have the same migrations, by number and name.
func TestEveryMigrationIsThereForBothDatabases(t *testing.T) {
	names := map[string][]string{}
	for _, folder := range []string{sqlite.folder, postgres.folder} {
		entries, err := fs.ReadDir(migrations, "migrations/"+folder)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			names[folder] = append(names[folder], e.Name())
		}
	}
	if got, want := strings.Join(names[postgres.folder], " "), strings.Join(names[sqlite.folder], " "); got != want {
		t.Errorf("migrations of PostgreSQL: %s\nwant those of SQLite: %s", got, want)
	}
}
