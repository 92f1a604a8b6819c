package pages

import (
	"fmt"
	"maps"
	"net/http/httptest"
	"net/netip"
	"slices"
	"testing"
	"time"
)

func TestWhoIsBehindATrustedProxyIsNamedByItsHeader(t *testing.T) {
	p := &Pages{Config: Config{Proxies: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("10.1.0.0/16")}}}
	for name, c := range map[string]struct{ peer, forwarded, want string }{
		"nobody between":               {"203.0.113.9:1234", "", "203.0.113.9"},
		"a proxy on this machine":      {"127.0.0.1:1234", "198.51.100.7", "198.51.100.7"},
		"the last hop counts":          {"10.1.0.2:1234", "1.2.3.4, 198.51.100.7", "198.51.100.7"},
		"two proxies":                  {"127.0.0.1:1234", "1.2.3.4, 198.51.100.7, 10.1.0.2", "198.51.100.7"},
		"only proxies":                 {"127.0.0.1:1234", "10.1.0.2", "10.1.0.2"},
		"a stranger's header":          {"203.0.113.9:1234", "198.51.100.7", "203.0.113.9"},
		"a private network of others":  {"10.2.0.2:1234", "198.51.100.7", "10.2.0.2"},
		"a broken header":              {"127.0.0.1:1234", "unknown", "127.0.0.1"},
		"a household of IPv6":          {"[2001:db8:1:2ab:3::4]:1234", "", "2001:db8:1:200::/56"},
		"IPv4 in IPv6":                 {"[::ffff:203.0.113.9]:1234", "", "203.0.113.9"},
		"a proxy whose IPv4 is in IP6": {"[::ffff:127.0.0.1]:1234", "198.51.100.7", "198.51.100.7"},
	} {
		r := httptest.NewRequest("GET", "/", nil)
		r.RemoteAddr = c.peer
		if c.forwarded != "" {
			r.Header.Set("X-Forwarded-For", c.forwarded)
		}
		if got := p.network(r); got != c.want {
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

func TestNobodyHasAMailboxOrADomainFilled(t *testing.T) {
	now := time.Unix(0, 0)
	l := newLimits(func() time.Time { return now })
	taken := func(address string, times int) (n int) {
		for i := range times {
			if l.mail(fmt.Sprintf(address, i)) {
				n++
			}
		}
		return n
	}
	for name, c := range map[string]struct {
		address   string
		asked, of int
	}{
		"mailboxes of one domain": {"p%d@example.net", 400, domainBurst},
		"mailboxes of the public": {"p%d@" + slices.Sorted(maps.Keys(providers))[0], 400, 400},
	} {
		if got := taken(c.address, c.asked); got != c.of {
			t.Errorf("%s: %d of %d letters, want %d", name, got, c.asked, c.of)
		}
	}
	n := 0
	for _, address := range []string{"pat@example.org", "Pat@example.org", "PAT@EXAMPLE.org", "pat@Example.org"} {
		if l.mail(address) {
			n++
		}
	}
	if n != addressBurst {
		t.Errorf("one mailbox in four spellings: %d letters, want %d", n, addressBurst)
	}
	now = now.Add(addressEvery)
	if !l.mail("pat@example.org") {
		t.Error("an hour later: no letter, want one")
	}
}
