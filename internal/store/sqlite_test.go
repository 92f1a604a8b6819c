package store

import (
	"os"
	"path/filepath"
	"testing"

	"callbox/subscribers"
)

// Sealed addresses are for the eyes of the service alone, also where nobody set a umask.
func TestADatabaseIsReadableByItsOwnerAlone(t *testing.T) {
	file := filepath.Join(t.TempDir(), "callbox.db")
	s, err := Open(t.Context(), file, subscribers.NewSealer(subscribers.GenerateKeys()), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	files, err := filepath.Glob(file + "*")
	if err != nil || len(files) < 2 {
		t.Fatalf("got files %v, %v; want the database and its log", files, err)
	}
	for _, f := range files {
		info, err := os.Stat(f)
		if err != nil {
			t.Fatal(err)
		}
		if mode := info.Mode().Perm(); mode != 0o600 {
			t.Errorf("%s has mode %o, want 600", filepath.Base(f), mode)
		}
	}
}
