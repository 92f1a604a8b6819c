package pages

import (
	"fmt"
	"net/http/httptest"
	"testing"
	"time"
)

func TestWhoIsBehindAProxyIsNamedByItsHeader(t *testing.T) {
	for name, c := range map[string]struct{ peer, forwarded, want string }{
		"nobody between":          {"203.0.113.9:1234", "", "203.0.113.9"},
		"a proxy on this machine": {"127.0.0.1:1234", "198.51.100.7", "198.51.100.7"},
		"the last hop counts":     {"10.0.0.2:1234", "1.2.3.4, 198.51.100.7", "198.51.100.7"},
		"a stranger's header":     {"203.0.113.9:1234", "198.51.100.7", "203.0.113.9"},
		"a broken header":         {"127.0.0.1:1234", "unknown", "127.0.0.1"},
		"a household of IPv6":     {"[2001:db8:1:2ab:3::4]:1234", "", "2001:db8:1:200::/56"},
		"IPv4 in IPv6":            {"[::ffff:203.0.113.9]:1234", "", "203.0.113.9"},
	} {
		r := httptest.NewRequest("GET", "/", nil)
		r.RemoteAddr = c.peer
		if c.forwarded != "" {
			r.Header.Set("X-Forwarded-For", c.forwarded)
		}
		if got := network(r); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

func TestBucketsStayWithinTheirMemory(t *testing.T) {
	now := time.Unix(0, 0)
	b := newBuckets(time.Second, 1, func() time.Time { return now })
	b.room = 100
	for i := range b.room + 10 {
		b.take(fmt.Sprint(i))
	}
	if len(b.byKey) > b.room {
		t.Errorf("%d buckets, want at most %d", len(b.byKey), b.room)
	}
	if b.take("one more") {
		t.Error("a key without room is taken although the shared bucket is empty")
	}
	now = now.Add(time.Minute)
	if !b.take("one more") || len(b.byKey) > 10 {
		t.Errorf("%d buckets a minute later, want those forgotten that are full again", len(b.byKey))
	}
}
