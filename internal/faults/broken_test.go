//go:build faults

package faults

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"callbox/channels"
)

// broken are programs with one promise taken out: in a file, one piece of code put in the place of another.
// The suite must find each of them, and name a promise.
var broken = []struct{ name, file, code, instead, fault string }{
	{"settling is dropped", "internal/dispatch/settle.go",
		"d.Receipt = join(d.Receipt, r)\n", "d.Receipt = join(d.Receipt, r)\n\tif err == nil {\n\t\treturn d\n\t}\n",
		"push is away (503)"},
	{"gone is inferred", "internal/dispatch/settle.go",
		"case channels.Refused:\n\t\treturn Refused", "case channels.Refused:\n\t\treturn Gone",
		"push finds a push too large (413)"},
	{"the cursor moves too early", "internal/store/cut.go",
		"if found, err = l.withoutOwn(u, found); err != nil {", "found = found[min(1, len(found)):]\n\t\tif found, err = l.withoutOwn(u, found); err != nil {",
		"push is away (503)"},
	{"old words are not overtaken", "internal/store/issue.go",
		"if err := s.closeSet(t, p, dispatch.Overtaken); err != nil {", "if err := error(nil); err != nil || p.set < 0 {",
		"push denies us (403)"},
}

// TestBrokenProgramsAreFound keeps the suite honest.
func TestBrokenProgramsAreFound(t *testing.T) {
	for _, b := range broken {
		t.Run(b.name, func(t *testing.T) {
			t.Parallel()
			file, err := filepath.Abs(filepath.Join("..", "..", b.file))
			if err != nil {
				t.Fatal(err)
			}
			source, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if strings.Count(string(source), b.code) != 1 {
				t.Fatalf("%s has %q %d times, want it once: say anew how to break it", b.file, b.code, strings.Count(string(source), b.code))
			}
			patched := filepath.Join(t.TempDir(), "patched.go")
			if err := os.WriteFile(patched, []byte(strings.Replace(string(source), b.code, b.instead, 1)), 0o600); err != nil {
				t.Fatal(err)
			}
			r := newRoom(t, newStation(t, file, patched), *seed)
			r.impatient = true
			r.play(faultNamed(t, b.fault), true)
			if len(r.wrong) == 0 {
				t.Errorf("%s, and no promise was found broken", b.name)
			}
			t.Logf("%s: %v", b.name, r.wrong)
		})
	}
}

func faultNamed(t *testing.T, name string) fault {
	t.Helper()
	for _, f := range append(network(), peers()...) {
		if f.name == name {
			return f
		}
	}
	t.Fatalf("no fault is named %q", name)
	return fault{channel: channels.Push}
}
