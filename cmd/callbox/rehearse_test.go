package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"callbox/internal/desk"
	"callbox/outages"
)

// A game day by callbox alone: the rehearsal plays a ready-made drill through real channels and fails itself
// when something other than a drill arrives, or when figures do not add up (promises 3 and 13).
func TestAGameDayLeavesItsReport(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "report")
	var out, complaints bytes.Buffer
	code := run(t.Context(), []string{"drill", "rehearse", "--contacts", "30", "--report", dir, "several"}, strings.NewReader(""), &out, &complaints)
	if code != exitOK {
		t.Fatalf("got exit code %d, want 0\n%s%s", code, out.String(), complaints.String())
	}
	text, err := os.ReadFile(filepath.Join(dir, "report.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"# Game day, ", "## Many states, nobody knows why", "bob approved bulletin 1.", "Bulletin 3 was issued: all-clear.", "email     targeted 20: accepted "} {
		if !strings.Contains(string(text), want) {
			t.Errorf("the report lacks %q:\n%s", want, text)
		}
	}
	data, err := os.ReadFile(filepath.Join(dir, "report.json"))
	if err != nil {
		t.Fatal(err)
	}
	var scores []desk.Score
	if err := json.Unmarshal(data, &scores); err != nil || len(scores) != 1 || scores[0].Record.Mode != outages.Drill || scores[0].Record.Steps.Ended.IsZero() {
		t.Errorf("the report for programs is %+v, %v; want one drill that ended", scores, err)
	}
	if code := run(t.Context(), []string{"drill", "rehearse", "atlantis"}, strings.NewReader(""), &out, &complaints); code != exitUsage {
		t.Errorf("an unknown plan: exit code %d, want %d", code, exitUsage)
	}
}
