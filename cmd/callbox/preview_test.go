package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// tried runs a verb on a declaration without a server: on a town of Connecticut with one number.
func tried(t *testing.T, declaration string, verb ...string) (code int, out string) {
	t.Helper()
	dir := t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	args := append(verb, "-f", file("alert.yaml", declaration), "--agency", "CT 911",
		"--areas", file("areas.csv", "id,name,state,within,zips\nx-westport,Westport,CT,09190,06880\n"),
		"--numbers", file("numbers.csv", "area,for,tel\nx-westport,police,203-555-0103\n"))
	var stdout, stderr bytes.Buffer
	code = run(context.Background(), args, strings.NewReader(""), &stdout, &stderr)
	if stderr.Len() > 0 {
		t.Errorf("got %q as complaints, want none", stderr.String())
	}
	return code, stdout.String()
}

// westport is an alert that began a minute ago, with another row of conditions.
func westport(condition string) string {
	now := time.Now().UTC()
	return "kind: alert\nmode: live\nbegan: " + now.Add(-time.Minute).Format(time.RFC3339) + "\nnext_update: " +
		now.Add(time.Hour).Format(time.RFC3339) + "\nconditions:\n  - " + condition + "\n"
}

// Promise 15: what is shown is what the channels composed.
func TestAPreviewShowsEveryChannelAndLanguageWithItsLength(t *testing.T) {
	code, out := tried(t, westport("{area: Westport, voice: down, text: working}"), "templates", "preview", "-o", "json")
	if code != exitOK {
		t.Fatalf("got exit code %d, want %d: %s", code, exitOK, out)
	}
	var shown struct {
		Proofs []struct {
			Channel, Lang, Field, Text string
			Length, Limit              int
		}
		Federal  []struct{ Lang, Text string }
		Findings []struct{ Rule string }
	}
	if err := json.Unmarshal([]byte(out), &shown); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, p := range shown.Proofs {
		field := p.Field[strings.LastIndex(p.Field, " ")+1:]
		if p.Channel == "mastodon" {
			field = "status"
		}
		got = append(got, p.Channel+" "+p.Lang+" "+field)
		if p.Length == 0 || p.Limit > 0 && p.Length > p.Limit {
			t.Errorf("%s %s: got %d of %d: %q", p.Channel, p.Field, p.Length, p.Limit, p.Text)
		}
		if strings.Contains(p.Text, "203-555-0103") {
			continue
		}
		if slices.Contains([]string{"body", "text", "content", "instruction", "headline", "CMAMtext", "CMAMlongtext"}, field) {
			t.Errorf("%s %s: got %q, want the number in it", p.Channel, p.Field, p.Text)
		}
	}
	for _, lang := range []string{"en", "es"} {
		for _, want := range []string{"push # title", "push # body", "push # payload", "email # subject", "email # text", "discord # title",
			"discord # text", "mastodon # status", "cap # headline", "cap # description", "cap # instruction", "cap # areaDesc", "cap # CMAMtext", "cap # CMAMlongtext"} {
			if want = strings.Replace(want, "#", lang, 1); !slices.Contains(got, want) {
				t.Errorf("got no %s among %v", want, got)
			}
		}
	}
	if len(shown.Federal) != 2 || !strings.Contains(shown.Federal[0].Text, "CT 911: A 9-1-1 OUTAGE ALERT is in effect for Westport, CT") {
		t.Errorf("got the federal template %v, want it in both languages", shown.Federal)
	}
}

func TestLintExitsWith3WhenARuleBlocksAndStillShowsTheTexts(t *testing.T) {
	code, out := tried(t, westport("{area: Westport, voice: down}")+"cause: {text: a statewide fault, stated_by: the carrier}\n", "outage", "lint")
	if code != exitBlocked {
		t.Errorf("got exit code %d, want %d", code, exitBlocked)
	}
	for _, want := range []string{"BLOCKS: cause.text: \"statewide\" needs every county confirmed", "Westport, push [es]", "(20 of 50 characters) 911 outage: Westport"} {
		if !strings.Contains(out, want) {
			t.Errorf("got\n%s\nwant %q in it", out, want)
		}
	}
}
