package frame

import (
	"net/http"
	"net/netip"
	"strings"
)

// network names where a request comes from: an IPv4 address, or the /56 that a household has of IPv6. The
// last forwarding header counts where the peer is a proxy on this machine or in a private network.
func network(r *http.Request) string {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return "unknown"
	}
	ip := peer.Addr().Unmap()
	if forwarded := r.Header.Values("X-Forwarded-For"); len(forwarded) > 0 && (ip.IsLoopback() || ip.IsPrivate()) {
		last := forwarded[len(forwarded)-1]
		if behind, err := netip.ParseAddr(strings.TrimSpace(last[strings.LastIndexByte(last, ',')+1:])); err == nil {
			ip = behind.Unmap()
		}
	}
	if wide, err := ip.WithZone("").Prefix(56); ip.Is6() && err == nil {
		return wide.String()
	}
	return ip.String()
}
