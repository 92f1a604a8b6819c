package desk

import (
	"errors"
	"strings"
	"testing"

	"callbox/areas"
	"callbox/channels"
	"callbox/internal/dispatch"
	"callbox/subscribers"
)

// sendAll settles all that waits as accepted, and returns the keys of the messages.
func (r *room) sendAll() (keys []string) {
	r.t.Helper()
	for {
		lanes, err := r.Store.Lanes(r.ctx, r.at)
		r.ok(err)
		if len(lanes) == 0 {
			return keys
		}
		b, err := r.Store.Lease(r.ctx, lanes[0].ID, "test", r.at)
		r.ok(err)
		issued, err := r.Store.Issued(r.ctx, b.Bulletin)
		r.ok(err)
		for i := range b.Deliveries {
			b.Deliveries[i].Fate, b.Deliveries[i].Attempts = dispatch.Accepted, 1
			keys = append(keys, dispatch.Key(issued.Bulletin.Outage, issued.Bulletin.Seq, b.Deliveries[i].Address))
		}
		_, err = r.Store.Flush(r.ctx, b, b.Deliveries, true, r.at)
		r.ok(err)
	}
}

// Whoever calls a letter unwanted gets none any more, nor alerts.
func TestAComplaintAboutALetterIsHeard(t *testing.T) {
	r := newRoom(t)
	r.ok(r.SignUp(r.ctx, subscribers.SignUp{Channel: "email", Destination: "pat@example.org", Places: []areas.Place{{ZIP: "06880"}}}))
	letters := r.letters()
	r.ok(r.Complained(r.ctx, strings.ToUpper(letters[0].Key)))
	if err := r.Confirm(r.ctx, letters[0].Token); !errors.Is(err, ErrNotFound) {
		t.Errorf("the sign-up can still be confirmed: %v", err)
	}
	if err := r.Bounced(r.ctx, letters[0].Key, channels.Gone, "5.1.1"); !errors.Is(err, ErrNotFound) {
		t.Errorf("a bounce of a letter: %v, want that it changes nothing", err)
	}
}

// Promises 7 and 13: the far side's later word counts, and the totals follow.
func TestWhatTheFarSideSaysLaterCounts(t *testing.T) {
	r := newRoom(t)
	r.resident("06880")
	r.resident("06413")
	d := r.submitted("", alertFile)
	_, err := r.Approve(r.ctx, r.bob, d.ID, Word{Code: d.Code})
	r.ok(err)
	r.release()
	keys := r.sendAll()
	if len(keys) != 2 {
		t.Fatalf("%d messages, want 2", len(keys))
	}
	r.ok(r.Bounced(r.ctx, keys[0], channels.Gone, "5.1.1"))
	r.ok(r.Bounced(r.ctx, keys[1], channels.Refused, "5.2.2"))
	figures, err := r.Store.Figures(r.ctx, d.Outage, false)
	r.ok(err)
	if f := figures[0]; f.Gone != 1 || f.Refused != 1 || f.Accepted != 0 || f.Targeted != 2 {
		t.Errorf("figures %+v, want one gone and one refused of two", f)
	}
	for what, err := range map[string]error{
		"a bounce for a passing fault": r.Bounced(r.ctx, keys[1], channels.Later, "4.4.1"),
		"a bounce of nothing of ours":  r.Bounced(r.ctx, "letter.abc", channels.Gone, "5.1.1"),
		"a complaint about nothing":    r.Complained(r.ctx, "letter.abc"),
	} {
		if !errors.Is(err, ErrNotFound) {
			t.Errorf("%s: %v, want nothing found", what, err)
		}
	}
	r.ok(r.Complained(r.ctx, keys[1]))
	var left strings.Builder
	r.ok(r.ExportSubscribers(r.ctx, r.ada, &left))
	if strings.Contains(left.String(), "@") {
		t.Errorf("on the roll are left:\n%s\nwant nobody: one is gone, one has left", left.String())
	}
}
