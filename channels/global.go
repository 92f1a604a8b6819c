package channels

import "net/netip"

// notGlobal are the blocks of the IANA IPv4 and IPv6 Special-Purpose Address Registries that are not
// globally reachable, as far as they lie inside the global unicast space that [global] starts from.
var notGlobal = prefixes(
	"0.0.0.0/8",       // this network, RFC 791
	"10.0.0.0/8",      // private, RFC 1918
	"100.64.0.0/10",   // carrier-grade NAT, RFC 6598
	"127.0.0.0/8",     // loopback, RFC 1122
	"169.254.0.0/16",  // link-local and cloud metadata, RFC 3927
	"172.16.0.0/12",   // private, RFC 1918
	"192.0.0.0/24",    // IETF protocol assignments, RFC 6890
	"192.0.2.0/24",    // documentation, RFC 5737
	"192.88.99.0/24",  // 6to4 relay, RFC 7526
	"192.168.0.0/16",  // private, RFC 1918
	"198.18.0.0/15",   // benchmarking, RFC 2544
	"198.51.100.0/24", // documentation, RFC 5737
	"203.0.113.0/24",  // documentation, RFC 5737
	"224.0.0.0/4",     // multicast, RFC 5771
	"240.0.0.0/4",     // reserved and broadcast, RFC 1112

	"2001::/23",     // IETF protocol assignments with Teredo, RFC 2928
	"2001:db8::/32", // documentation, RFC 3849
	"2002::/16",     // 6to4: an IPv4 address inside, RFC 3056
	"3fff::/20",     // documentation, RFC 9637
)

var (
	unicast6 = netip.MustParsePrefix("2000::/3")     // all IPv6 global unicast so far, RFC 4291
	nat64    = netip.MustParsePrefix("64:ff9b::/96") // IPv4 through a translator, RFC 6052
)

// global reports whether an address belongs to the public Internet. An IPv4 address that is mapped into
// IPv6, or translated by NAT64, is judged as the IPv4 address it is.
func global(ip netip.Addr) bool {
	if ip.Zone() != "" {
		return false
	}
	ip = ip.Unmap()
	if nat64.Contains(ip) {
		b := ip.As16()
		ip = netip.AddrFrom4([4]byte(b[12:]))
	}
	if !ip.IsValid() || ip.Is6() && !unicast6.Contains(ip) {
		return false
	}
	for _, p := range notGlobal {
		if p.Contains(ip) {
			return false
		}
	}
	return true
}

func prefixes(texts ...string) []netip.Prefix {
	out := make([]netip.Prefix, len(texts))
	for i, s := range texts {
		out[i] = netip.MustParsePrefix(s)
	}
	return out
}
