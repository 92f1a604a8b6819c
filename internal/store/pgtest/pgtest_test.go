package pgtest

import (
	"os"
	"testing"
)

func TestMain(m *testing.M) { os.Exit(Main(m)) }

// What was committed before a power cut is there after it.
func TestAServerComesBackWithWhatItHeld(t *testing.T) {
	s, err := Start()
	if err != nil {
		t.Skip(err)
	}
	defer func() {
		if err := s.Stop(); err != nil {
			t.Error(err)
		}
	}()
	for _, step := range []func() error{
		func() error { _, err := s.Make(t.Context()); return err },
		func() error { return s.Exec(t.Context(), "test1", `CREATE TABLE kept (n INTEGER)`) },
		s.Down,
		func() error { return s.Up("max_connections=20") },
		func() error { return s.Exec(t.Context(), "test1", `INSERT INTO kept VALUES (1)`) },
	} {
		if err := step(); err != nil {
			t.Fatal(err)
		}
	}
}
