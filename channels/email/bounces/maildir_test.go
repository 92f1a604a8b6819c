package bounces_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"callbox/channels/email/bounces"
)

// maildir is a mailbox with some files in it, by their paths.
func maildir(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for _, folder := range []string{"new", "cur", "tmp"} {
		if err := os.Mkdir(filepath.Join(dir, folder), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// left lists what is still in a mailbox.
func left(t *testing.T, dir string) []string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(dir, "*", "*"))
	if err != nil {
		t.Fatal(err)
	}
	for i := range found {
		found[i], _ = filepath.Rel(dir, found[i])
	}
	return found
}

func TestAMailboxIsEmptiedOfWhatCameBack(t *testing.T) {
	all := samples(t)
	bounce := string(all["a mailbox that a server does not know, written by Postfix: 5.1.1 gone"])
	full := string(all["a mailbox that is full: 5.2.2 refused"])
	forged := strings.Replace(ours(key), "3.77", "3.78", 1)
	dir := maildir(t, map[string]string{
		"new/1.postfix":      "Return-Path: <>\r\nX-Original-To: " + ours(key) + "\r\nDelivered-To: " + ours(key) + "\r\n" + bounce,
		"new/2.exim":         "Envelope-To: postmaster@example.org, " + ours("o.1.2") + "\r\n" + full,
		"new/3.complaint":    "Delivered-To: complaints@bounce.example.org\r\n" + string(all["a complaint: complaint"]),
		"cur/4.seen:2,S":     "Delivered-To: <" + ours("o.1.4") + ">\r\n" + full,
		"new/5.forged":       "Delivered-To: " + forged + "\r\n" + bounce,
		"new/6.to-nobody":    bounce,
		"new/7.other":        "Delivered-To: " + ours("o.1.7") + "\r\n" + string(all["an automatic answer: other"]),
		"new/8.damaged":      "\x00\xff",
		"tmp/9.not-yet-here": "Delivered-To: " + ours("o.1.9") + "\r\n" + bounce,
		"new/.hidden":        "Delivered-To: " + ours("o.1.10") + "\r\n" + bounce,
	})
	outside := filepath.Join(t.TempDir(), "outside")
	if err := errors.Join(os.WriteFile(outside, []byte("Delivered-To: "+ours("o.1.11")+"\r\n"+bounce), 0o600),
		os.Symlink(outside, filepath.Join(dir, "new", "11.elsewhere"))); err != nil {
		t.Fatal(err)
	}
	k := &taker{}
	in := bounces.New(bounces.Config{ReturnPath: returnPath, Secret: secret, Take: k.take})
	if err := in.Empty(t.Context(), dir); err != nil {
		t.Fatal(err)
	}
	if want := []string{key + " 5.1.1", "o.1.2 5.2.2", key + " complaint", "o.1.4 5.2.2"}; !slices.Equal(k.took, want) {
		t.Errorf("told %q, want %q", k.took, want)
	}
	if got, want := left(t, dir), []string{"new/.hidden", "new/11.elsewhere", "tmp/9.not-yet-here"}; !slices.Equal(got, want) {
		t.Errorf("left in the mailbox: %q, want %q", got, want)
	}
	for outcome, want := range map[string]float64{"bounced": 3, "complained": 1, "forged": 2, "other": 2} {
		if got := counted(t, in, outcome); got != want {
			t.Errorf("%v counted as %s, want %v", got, outcome, want)
		}
	}
}

func TestAMailThatCannotBeWrittenDownStaysInTheMailbox(t *testing.T) {
	dir := maildir(t, map[string]string{"new/1": "Delivered-To: " + ours(key) + "\r\n" + string(samples(t)["a mailbox that is full: 5.2.2 refused"])})
	k := &taker{err: errors.New("the database is down")}
	in := bounces.New(bounces.Config{ReturnPath: returnPath, Secret: secret, Take: k.take})
	if err := in.Empty(t.Context(), dir); !errors.Is(err, k.err) || len(left(t, dir)) != 1 {
		t.Errorf("while the database is down: %v and %q left, want the error and the mail", err, left(t, dir))
	}
	k.err = nil
	if err := in.Empty(t.Context(), dir); err != nil || len(k.took) != 1 || len(left(t, dir)) != 0 {
		t.Errorf("later: %v, %q told and %q left, want it taken", err, k.took, left(t, dir))
	}
}

// A mailbox's own server can be faster than our ledger. Such a bounce waits, and nobody waits for it.
func TestABounceThatComesEarlyComesAgain(t *testing.T) {
	full := string(samples(t)["a mailbox that is full: 5.2.2 refused"])
	dir := maildir(t, map[string]string{"new/1": "Delivered-To: " + ours("o.1.1") + "\r\n" + full, "new/2": "Delivered-To: " + ours("o.1.2") + "\r\n" + full})
	early, took := true, []string{}
	in := bounces.New(bounces.Config{ReturnPath: returnPath, Secret: secret, Take: func(_ context.Context, key string, _ bounces.Report) (bool, error) {
		if early && key == "o.1.1" {
			return true, fmt.Errorf("the ledger: %w", bounces.ErrEarly)
		}
		took = append(took, key)
		return true, nil
	}})
	if err := in.Empty(t.Context(), dir); err != nil || !slices.Equal(took, []string{"o.1.2"}) || counted(t, in, "early") != 1 {
		t.Errorf("%v, %q taken, want the other one", err, took)
	}
	early = false
	if err := in.Empty(t.Context(), dir); err != nil || !slices.Equal(took, []string{"o.1.2", "o.1.1"}) || len(left(t, dir)) > 0 {
		t.Errorf("later: %v, %q taken and %q left, want both taken", err, took, left(t, dir))
	}
}

func TestAMailboxThatIsNotThereYetIsEmpty(t *testing.T) {
	in := bounces.New(bounces.Config{ReturnPath: returnPath, Secret: secret, Take: (&taker{}).take})
	if err := in.Empty(t.Context(), filepath.Join(t.TempDir(), "none")); err != nil {
		t.Errorf("%v, want no error: the mail server makes it with the first mail", err)
	}
	ctx, stop := context.WithCancel(t.Context())
	stop()
	in.Watch(ctx, filepath.Join(t.TempDir(), "none")) // returns
}
