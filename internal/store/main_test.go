package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"

	"callbox/internal/store/pgtest"
)

// newDatabase returns where a test keeps its database.
var newDatabase = func(t testing.TB) string { return filepath.Join(t.TempDir(), "callbox.db") }

// TestMain runs every test on SQLite, and every test again on PostgreSQL.
func TestMain(m *testing.M) {
	code := m.Run()
	server, err := pgtest.Shared()
	if err == nil {
		err = offer(server)
	}
	switch {
	case errors.Is(err, pgtest.ErrMissing):
		fmt.Printf("--- SKIP: PostgreSQL\n    %v\n", err)
	case err != nil:
		fmt.Println(err)
		code = 1
	default:
		fmt.Println("The same tests on PostgreSQL:")
		code = max(code, pgtest.Main(m))
	}
	os.Exit(code)
}

// offer lets tests have databases of a server, all copies of one whose schema is made.
func offer(server *pgtest.Server) error {
	first, err := server.Make(context.Background())
	if err != nil {
		return err
	}
	s, err := Open(context.Background(), first, nil, nil)
	if err != nil {
		return err
	}
	name, _, _ := strings.Cut(path.Base(first), "?")
	newDatabase = func(t testing.TB) string {
		where, err := server.Copy(t.Context(), name)
		if err != nil {
			t.Fatal(err)
		}
		return where
	}
	return s.Close()
}
