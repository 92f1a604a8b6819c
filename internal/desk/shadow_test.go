package desk

import (
	"errors"
	"strings"
	"testing"
	"testing/fstest"

	"callbox/templates"
)

// What would take an alert back is held against the rules when the alert is submitted, not in the minute
// in which it is needed.
func TestAnAlertThatCouldNotBeTakenBackIsNotSubmitted(t *testing.T) {
	for _, c := range []struct{ name, phrase, place string }{
		{"its retraction", "sent_in_error = \"{agency}: our nationwide message of {time} was a mistake.\"", "if retracted: "},
		{"its all-clear", "all_clear = \"{agency}: the nationwide outage is over.\"", "if cleared: "},
		{"neither", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := newRoom(t)
			var err error
			r.Words, err = templates.Load(fstest.MapFS{"en.toml": {Data: []byte("[opening]\n" + c.phrase + "\n")}})
			r.ok(err)
			decl, err := r.Read(r.ctx, r.ada, []byte(alertFile))
			r.ok(err)
			d, err := r.Declare(r.ctx, r.ada, "", decl)
			r.ok(err)
			_, err = r.Submit(r.ctx, r.ada, d.ID)
			var blocked *Blocked
			if errors.As(err, &blocked) != (c.place != "") {
				t.Fatalf("got %v, want it blocked: %v", err, c.place != "")
			}
			if c.place == "" {
				return
			}
			if got := blocked.Error(); !strings.Contains(got, c.place) || !strings.Contains(got, "nationwide") {
				t.Errorf("got %q, want it to say %q and why", got, c.place)
			}
		})
	}
}
