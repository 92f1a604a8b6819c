package pages_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"callbox/internal/web/webtest"
)

// from is a request of a form from a peer.
func (s *site) from(peer, path, body string) int {
	r := httptest.NewRequestWithContext(s.T.Context(), "POST", webtest.Base+path, strings.NewReader(body))
	r.RemoteAddr = peer
	r.Header.Set("Content-Type", form)
	w := httptest.NewRecorder()
	s.Pages.ServeHTTP(w, r)
	return w.Code
}

// Ten thousand sign-ups of one network, by all the addresses that a household has of IPv6, leave thirty rows
// and thirty letters, and room for everybody else.
func TestTenThousandSignUpsOfOneNetworkChangeNothingForOthers(t *testing.T) {
	s := newSite(t)
	taken := 0
	for i := range 10_000 {
		code := s.from(fmt.Sprintf("[2001:db8:1:2%02x:%x::1]:999", i%256, i), "/subscribe", signUp(fmt.Sprintf("p%d@example.org", i), "06107").Encode())
		switch code {
		case http.StatusSeeOther:
			taken++
		case http.StatusTooManyRequests:
		default:
			t.Fatalf("sign-up %d: %d, want it taken or held back", i, code)
		}
	}
	if taken != 30 {
		t.Errorf("%d sign-ups of one network taken, want 30", taken)
	}
	written := 0
	for written < len(s.Posted()) {
		written = len(s.Posted())
	}
	if written != 30 {
		t.Errorf("%d letters, want 30", written)
	}
	if code := s.from("[2001:db8:1:300::1]:999", "/subscribe", signUp("neighbor@example.net", "06107").Encode()); code != http.StatusSeeOther {
		t.Errorf("the network beside it: %d, want it taken", code)
	}
	if n := len(s.Posted()); n != 31 {
		t.Errorf("%d letters, want one more for the network beside it", n)
	}
}
