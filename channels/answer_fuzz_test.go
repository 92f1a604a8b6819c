package channels

import (
	"net/http"
	"testing"
	"time"
)

// promise 7: whatever a far side answers, no status by itself says that an address is gone, and no wait is
// believed beyond MaxWait.
func FuzzAnAnswerNeverMeansGoneAndNeverWaitsLong(f *testing.F) {
	f.Add(429, "7")
	f.Add(503, "Fri, 20 Nov 2026 12:00:00 GMT")
	f.Add(410, "-1")
	f.Add(200, "1e308")
	now := time.Date(2026, 11, 20, 11, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, status int, retryAfter string) {
		h := http.Header{"Retry-After": {retryAfter}}
		if wait := RetryAfter(h, now); wait < 0 || wait > MaxWait {
			t.Errorf("Retry-After %q: got a wait of %s", retryAfter, wait)
		}
		err := FromStatus(status, h, now)
		if verdict, wait := VerdictOf(err); verdict == Gone || wait < 0 || wait > MaxWait {
			t.Errorf("%d with %q: got %s and a wait of %s", status, retryAfter, verdict, wait)
		}
		if (err == nil) != (status >= 200 && status < 300) {
			t.Errorf("%d: got %v", status, err)
		}
	})
}
