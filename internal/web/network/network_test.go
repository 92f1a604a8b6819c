package network

import (
	"net/http/httptest"
	"net/netip"
	"testing"
)

func TestOnlyTrustedProxiesSayWhereARequestComesFrom(t *testing.T) {
	ours := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("127.0.0.1/32")}
	for name, c := range map[string]struct {
		peer, forwarded string
		trusted         []netip.Prefix
		want            string
	}{
		"no proxy":                 {"203.0.113.9:1", "", ours, "203.0.113.9"},
		"a stranger's word":        {"203.0.113.9:1", "198.51.100.1", ours, "203.0.113.9"},
		"nobody is trusted":        {"127.0.0.1:1", "198.51.100.1", nil, "127.0.0.1"},
		"our proxy":                {"127.0.0.1:1", "198.51.100.1", ours, "198.51.100.1"},
		"two of ours":              {"127.0.0.1:1", "198.51.100.1, 10.1.2.3", ours, "198.51.100.1"},
		"a lie before our proxy":   {"10.0.0.1:1", "192.0.2.1, 198.51.100.1", ours, "198.51.100.1"},
		"nonsense before ours":     {"10.0.0.1:1", "nonsense", ours, "10.0.0.1"},
		"a household":              {"[2001:db8:1:2ff:3::4]:1", "", ours, "2001:db8:1:200::/56"},
		"IPv4 in IPv6":             {"[::ffff:203.0.113.9]:1", "", ours, "203.0.113.9"},
		"a peer without addresses": {"@", "", ours, "@"},
	} {
		r := httptest.NewRequest("GET", "/", nil)
		r.RemoteAddr = c.peer
		if c.forwarded != "" {
			r.Header.Set("X-Forwarded-For", c.forwarded)
		}
		if got := Of(r, c.trusted); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}
