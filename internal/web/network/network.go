// Package network names where a request comes from, so that limits and records speak of networks rather
// than of single addresses.
package network

import (
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// Of returns the network of a request: an IPv4 address, or the /56 that a household has of IPv6.
// X-Forwarded-For counts as far as trusted proxies wrote it: the last address that is none of theirs.
func Of(r *http.Request, trusted []netip.Prefix) string {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	ip := peer.Addr().Unmap()
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for _, hop := range slices.Backward(hops) {
		if !slices.ContainsFunc(trusted, func(p netip.Prefix) bool { return p.Contains(ip) }) {
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
