// Package internal has only this test: the street of the house, where imports never climb.
package internal

import (
	"os/exec"
	"strings"
	"testing"
)

// street is the order of the rooms, from the ground up: a room may import those of earlier floors.
// A name stands for the folder and everything below it, the longest that fits counting.
var street = [][]string{
	{"areas", "internal/browser"},
	{"outages", "subscribers"},
	{"templates"},
	{"channels"},
	{"channels/crowd"},
	{"channels/channeltest"},
	{"channels/push", "channels/email", "channels/discord", "channels/mastodon", "channels/cap"},
	{"internal/officials", "internal/dispatch", "internal/stories", "internal/proofs", "internal/drills"},
	{"internal/trail"},
	{"internal/store"},
	{"internal/record"},
	{"internal/desk", "internal/crew", "internal/backup"},
	{"internal/rotation"},
	{"internal/web"},
	{"internal/bench", "internal/interop", "internal/lifecycle", "internal/faults"},
	{"cmd/callbox"},
}

// level returns the floor of a package and the room it belongs to.
func level(pkg string) (floor int, room string) {
	floor = -1
	for i, rooms := range street {
		for _, r := range rooms {
			if (pkg == r || strings.HasPrefix(pkg, r+"/")) && len(r) > len(room) {
				floor, room = i, r
			}
		}
	}
	return floor, room
}

func TestImportsNeverClimb(t *testing.T) {
	list := exec.Command("go", "list", "-f", `{{.ImportPath}} {{join .Imports " "}}`, "callbox/...")
	out, err := list.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	seen := map[string]bool{}
	for line := range strings.Lines(string(out)) {
		f := strings.Fields(strings.ReplaceAll(line, "callbox/", ""))
		pkg := f[0]
		floor, room := level(pkg)
		if floor < 0 && pkg != "internal" && !strings.HasPrefix(pkg, "areas/") {
			t.Errorf("%s has no place in the street: give it one here, and in the README", pkg)
			continue
		}
		seen[room] = true
		for _, imported := range f[1:] {
			below, other := level(imported)
			if below > floor || below == floor && other != room {
				t.Errorf("%s imports %s, which does not stand below it", pkg, imported)
			}
		}
	}
	for _, room := range []string{"areas", "outages", "templates", "subscribers", "channels", "internal/store", "internal/desk", "cmd/callbox"} {
		if !seen[room] {
			t.Errorf("%s was not looked at: does go list still find it?", room)
		}
	}
}
