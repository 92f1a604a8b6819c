package pages_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"callbox/internal/web/pages"
	"callbox/internal/web/webtest"
)

// Several processes share a database: who has a mailbox filled by way of all of them gets no more into it.
func TestTwoProcessesTogetherSendAMailboxThreeLetters(t *testing.T) {
	s := newSite(t)
	other, err := pages.New(pages.Config{Desk: s.Desk, Base: webtest.Base, Now: s.Now})
	s.OK(err)
	s.OK(other.Refresh(t.Context()))
	for range 6 {
		for _, process := range []http.Handler{s.Pages, other} {
			if w := webtest.Ask(t, process, "POST", "/subscribe", signUp("pat@example.org", "06107").Encode(), "Content-Type", form); w.Code != http.StatusSeeOther {
				t.Errorf("a sign-up: %d, want the answer that everybody gets", w.Code)
			}
			s.Posted()
		}
		s.Pass(time.Hour)
	}
	if n := len(s.Posted()); n != 3 {
		t.Errorf("twelve sign-ups of one mailbox in six hours, by two processes: %d letters, want 3", n)
	}
}

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
