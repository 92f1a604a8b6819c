package push

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"callbox/channels"
)

// promise 7: only 404 and 410 say that a subscription is gone, whatever the body says, and what the body
// says does not reach an error as it is.
func FuzzOnly404And410SayThatASubscriptionIsGone(f *testing.F) {
	f.Add(410, []byte(`{"errno": 106}`), "")
	f.Add(403, []byte("VapidPkHashMismatch"), "channel expired")
	f.Add(500, []byte(`{"reason": "gone"}`), "\r\nX: y")
	f.Fuzz(func(t *testing.T, status int, body []byte, described string) {
		a := &channels.Answer{Status: status, Body: body, Header: http.Header{"X-Wns-Error-Description": {described}}}
		err := judge("push.example.net", a, time.Time{})
		verdict, _ := channels.VerdictOf(err)
		if gone := status == http.StatusNotFound || status == http.StatusGone; (verdict == channels.Gone) != gone {
			t.Errorf("%d %q: got %s", status, body, verdict)
		}
		if err != nil && strings.ContainsFunc(err.Error(), func(r rune) bool { return r < ' ' || r > '~' }) {
			t.Errorf("%d: the error says %q", status, err)
		}
	})
}
