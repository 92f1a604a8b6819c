package main

import (
	"bytes"
	"strings"
	"testing"
)

// TestTheDemoEndsWithTheLedgerOfEveryChannel runs the demo whole; it compares the ledger with what the far
// sides counted, and fails itself when they differ.
func TestTheDemoEndsWithTheLedgerOfEveryChannel(t *testing.T) {
	t.Parallel()
	var out, complaints bytes.Buffer
	code := run(t.Context(), []string{"demo", "--once", "--subscribers", "300"}, strings.NewReader(""), &out, &complaints)
	if code != exitOK {
		t.Fatalf("got exit code %d, want 0\n%s%s", code, out.String(), complaints.String())
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	want := []string{"channel", "push", "email", "discord", "mastodon", "cap"}
	if len(lines) < len(want) {
		t.Fatalf("got %q", out.String())
	}
	for i, line := range lines[len(lines)-len(want):] {
		if fields := strings.Fields(line); len(fields) != 10 || fields[0] != want[i] {
			t.Errorf("got the line %q at the end, want that of %s with targeted and every fate", line, want[i])
		}
	}
	for _, said := range []string{"a mail (en first)", "a mail (es first)", "a push (en)", "a push (es)", "a Discord embed",
		"a Mastodon status (en", "a Mastodon status (es", "a CAP document"} {
		if !strings.Contains(out.String(), "Received, "+said) {
			t.Errorf("the demo shows no received %s", said)
		}
	}
}
