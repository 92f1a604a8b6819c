package store

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"callbox/internal/store/pgtest"
)

// newDatabase returns where a test keeps its database.
var newDatabase = func(t testing.TB) string { return filepath.Join(t.TempDir(), "callbox.db") }

// TestMain runs every test on SQLite, and every test again on PostgreSQL.
func TestMain(m *testing.M) {
	code := m.Run()
	if !HasPostgres {
		fmt.Println("--- SKIP: PostgreSQL, which this build cannot speak to")
		os.Exit(code)
	}
	_, err := pgtest.Shared()
	switch {
	case errors.Is(err, pgtest.ErrMissing):
		fmt.Printf("--- SKIP: PostgreSQL\n    %v\n", err)
	case err != nil:
		fmt.Println(err)
		code = 1
	default:
		fmt.Println("The same tests on PostgreSQL:")
		newDatabase = pgtest.Database
		code = max(code, pgtest.Main(m))
	}
	os.Exit(code)
}
