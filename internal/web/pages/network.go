package pages

import (
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// network names where a request comes from: an IPv4 address, or the /56 that a household has of IPv6.
// X-Forwarded-For counts as far as trusted proxies wrote it: the last address that is none of theirs.
func (p *Pages) network(r *http.Request) string {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	ip := peer.Addr().Unmap()
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for _, hop := range slices.Backward(hops) {
		if !p.trusts(ip) {
			break
		}
		before, err := netip.ParseAddr(strings.TrimSpace(hop))
		if err != nil {
			break
		}
		ip = before.Unmap()
	}
	if ip.Is6() {
		if wide, err := ip.WithZone("").Prefix(56); err == nil {
			return wide.String()
		}
	}
	return ip.String()
}

func (p *Pages) trusts(ip netip.Addr) bool {
	return slices.ContainsFunc(p.Proxies, func(trusted netip.Prefix) bool { return trusted.Contains(ip) })
}
