//go:build faults

package faults

import (
	"testing"
	"time"

	"callbox/channels"
	"callbox/channels/email/mailtest"
	"callbox/channels/push/pushtest"
	"callbox/outages"
)

// many get mails, and as many pushes, where a tenth is held up.
const many = 300

// TestATenthIsHeldUpAndNobodyElseWaits greylists a tenth of the mails for half a minute and has the push
// service answer 503 to a tenth of the phones three times. Promises 5, 7 and 8: everybody is told within a
// minute after that, no subscription is dropped, and the others are told meanwhile.
func TestATenthIsHeldUpAndNobodyElseWaits(t *testing.T) {
	const name = "a tenth is greylisted, or gets 503, for 30 s"
	s := newStation(t)
	calm := newRoom(t, s, *seed)
	alone := calm.others90(t)
	r := newRoom(t, s, *seed)
	var released time.Time
	r.before = func() {
		released = time.Now().Add(30 * time.Second)
		for i := 0; i < many; i += 10 {
			r.far.mail.For(r.mails[i], mailtest.Greylisted(released), mailtest.Accept)
			a := pushtest.Answer{Status: 503}
			r.far.push.Script(i, a, a, a)
		}
	}
	beside := r.others90(t)
	t.Logf("the other nine tenths: %s, and %s without trouble (%.2f)", beside, alone, beside.Seconds()/alone.Seconds())
	for _, c := range []channels.Name{channels.Email, channels.Push} {
		if f := r.figures()[c]; f.Waiting == 0 {
			t.Errorf("%s: %+v, want a tenth still held up: nothing was tried", c, f)
		}
	}
	r.settled()
	late := time.Since(released)
	t.Logf("everybody was told %s after the release", late)
	if late > time.Minute {
		r.broke(5, "everybody was told %s after the release, want a minute at most", late)
	}
	r.stop()
	r.judge(fault{channel: channels.Email, repeats: many}, 1)
	if err := table.add(name, r.wrong); err != nil {
		t.Error(err)
	}
}

// others90 tells an alert and returns after which time nine tenths had it by mail and by push.
func (r *room) others90(t *testing.T) time.Duration {
	t.Helper()
	r.join(many - people)
	if r.before != nil {
		r.before()
	}
	r.serve()
	r.tell(outages.Alert)
	r.issued(1)
	began := time.Now()
	r.until("nine tenths", 25*time.Second, func() bool {
		f := r.figures()
		return f[channels.Email].Accepted >= many*9/10 && f[channels.Push].Accepted >= many*9/10
	})
	took := time.Since(began)
	if r.before == nil {
		r.stop()
	}
	return took
}
