package trail_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"callbox/internal/officials"
	"callbox/internal/trail"
)

// memory is a trail in memory.
type memory []trail.Line

func (m memory) Trail(_ context.Context, after int64, f func(trail.Line) error) error {
	for _, l := range m {
		if l.Seq > after {
			if err := f(l); err != nil {
				return err
			}
		}
	}
	return nil
}

// written returns a trail of some actions.
func written(t *testing.T, actions ...string) memory {
	t.Helper()
	var m memory
	var before []byte
	for i, action := range actions {
		e := officials.Entry{Seq: int64(i + 1), At: time.Unix(int64(i), 0).UTC(), Actor: "ada", Action: action, Object: "<draft> & more"}
		line, hash, err := officials.Chain(before, e)
		if err != nil {
			t.Fatal(err)
		}
		m = append(m, trail.Line{Seq: e.Seq, Text: line, Hash: hash})
		before = hash
	}
	return m
}

func follow(t *testing.T, m memory, file string) {
	t.Helper()
	c, err := trail.OpenCopy(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Follow(t.Context(), m); err != nil {
		t.Fatal(err)
	}
}

func TestTheCopyFollowsTheTrailAcrossCrashes(t *testing.T) {
	file := filepath.Join(t.TempDir(), "audit.jsonl")
	m := written(t, "a", "b", "c", "d")
	follow(t, m[:2], file)
	f, err := os.OpenFile(file, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteString(`{"seq":3,"ent`); err != nil { // the machine stopped in the middle
		t.Fatal(err)
	}
	f.Close()
	follow(t, m, file)
	follow(t, m, file) // nothing new
	v, err := trail.Verify(t.Context(), m, file)
	if err != nil || v != (trail.Verified{Entries: 4, Copied: 4}) {
		t.Errorf("verified %+v, %v, want four entries in both", v, err)
	}
	if v, err = trail.Verify(t.Context(), m, ""); err != nil || v.Copied != 0 || v.Entries != 4 {
		t.Errorf("without a copy: %+v, %v", v, err)
	}
	if v, err = trail.Verify(t.Context(), written(t, "a", "b", "c", "d", "e"), file); err != nil || v != (trail.Verified{Entries: 5, Copied: 4}) {
		t.Errorf("while the copy is behind: %+v, %v", v, err)
	}
}

func TestOneChangedByteIsFound(t *testing.T) {
	sound := written(t, "a", "b", "c")
	change := func(f func(memory) memory) memory {
		m := slices.Clone(sound)
		for i := range m {
			m[i].Text, m[i].Hash = slices.Clone(m[i].Text), slices.Clone(m[i].Hash)
		}
		return f(m)
	}
	for name, tt := range map[string]struct {
		m    memory
		seq  int64
		says string
	}{
		"a byte of an entry": {change(func(m memory) memory { m[1].Text[5] ^= 1; return m }), 2, "not as it was written"},
		"a byte of a hash":   {change(func(m memory) memory { m[1].Hash[0] ^= 1; return m }), 2, "not as it was written"},
		"an entry lost":      {change(func(m memory) memory { return slices.Delete(m, 1, 2) }), 2, "missing"},
		"the end lost":       {change(func(m memory) memory { return m[:2] }), 3, "the database has lost it"},
		"everything anew":    {written(t, "a", "x", "c"), 2, "tell it differently"},
	} {
		file := filepath.Join(t.TempDir(), "audit.jsonl")
		follow(t, sound, file)
		_, err := trail.Verify(t.Context(), tt.m, file)
		b, ok := errors.AsType[*trail.Broken](err)
		if !ok || b.Seq != tt.seq || !strings.Contains(b.Text, tt.says) {
			t.Errorf("%s: %v, want entry %d: %s", name, err, tt.seq, tt.says)
		}
	}
}

func TestACopyDoesNotGoOnFromAnotherTrail(t *testing.T) {
	file := filepath.Join(t.TempDir(), "audit.jsonl")
	follow(t, written(t, "a", "b"), file)
	before, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for name, other := range map[string]memory{"written anew": written(t, "a", "x", "c"), "cut short": written(t, "a")} {
		c, err := trail.OpenCopy(file)
		if err != nil {
			t.Fatal(err)
		}
		if _, ok := errors.AsType[*trail.Broken](c.Follow(t.Context(), other)); !ok {
			t.Errorf("%s: the copy went on", name)
		}
	}
	if after, err := os.ReadFile(file); err != nil || string(after) != string(before) {
		t.Errorf("the copy was changed: %v", err)
	}
	broken := append(before[:len(before)/2], before[len(before)/2+1:]...)
	if err := os.WriteFile(file, broken, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := trail.Verify(t.Context(), written(t, "a", "b"), file); err == nil {
		t.Error("a copy that lacks a byte is verified")
	}
}
