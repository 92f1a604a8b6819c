package pages

import (
	"hash/maphash"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// The limits of sign-ups. Behind one address of a mobile carrier or a school are many people; nobody
// needs more than a few mails to confirm.
const (
	networkBurst = 30
	networkEvery = 10 * time.Second
	addressBurst = 3
	addressEvery = time.Hour
	maxBuckets   = 50_000 // of each limit, about 10 MB
)

// limits hold back who signs up too much: a network, or somebody who has one mailbox filled.
type limits struct {
	networks, addresses *buckets
}

func newLimits(now func() time.Time) *limits {
	return &limits{networks: newBuckets(networkEvery, networkBurst, now), addresses: newBuckets(addressEvery, addressBurst, now)}
}

// buckets are token buckets by key, in bounded memory. Keys are kept as hashes under a secret of this
// process, so that no address stands in it.
type buckets struct {
	every time.Duration
	burst int
	room  int // for how many keys
	now   func() time.Time
	seed  maphash.Seed

	mu       sync.Mutex
	byKey    map[uint64]*rate.Limiter
	overflow *rate.Limiter // shared by keys for which there is no room
}

func newBuckets(every time.Duration, burst int, now func() time.Time) *buckets {
	return &buckets{every: every, burst: burst, room: maxBuckets, now: now, seed: maphash.MakeSeed(), byKey: map[uint64]*rate.Limiter{},
		overflow: rate.NewLimiter(rate.Every(every), burst)}
}

// take takes one token of a key and reports whether there was one.
func (b *buckets) take(key string) bool {
	now, hash := b.now(), maphash.String(b.seed, key)
	b.mu.Lock()
	defer b.mu.Unlock()
	l, ok := b.byKey[hash]
	if !ok {
		if len(b.byKey) >= b.room {
			b.sweep(now)
		}
		l = b.overflow
		if len(b.byKey) < b.room {
			l = rate.NewLimiter(rate.Every(b.every), b.burst)
			b.byKey[hash] = l
		}
	}
	return l.AllowN(now, 1)
}

// sweep forgets the buckets that are full again: a new one is the same.
func (b *buckets) sweep(now time.Time) {
	for key, l := range b.byKey {
		if l.TokensAt(now) >= float64(b.burst) {
			delete(b.byKey, key)
		}
	}
}

// network names where a request comes from: an IPv4 address, or the /56 that a household has of IPv6.
// The last forwarding header counts where the peer is a proxy on this machine or in a private network.
func network(r *http.Request) string {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	ip := peer.Addr().Unmap()
	if ip.IsLoopback() || ip.IsPrivate() {
		forwarded := r.Header.Values("X-Forwarded-For")
		if n := len(forwarded); n > 0 {
			last := forwarded[n-1]
			last = strings.TrimSpace(last[strings.LastIndexByte(last, ',')+1:])
			if behind, err := netip.ParseAddr(last); err == nil {
				ip = behind.Unmap()
			}
		}
	}
	if ip.Is6() {
		if wide, err := ip.WithZone("").Prefix(56); err == nil {
			return wide.String()
		}
	}
	return ip.String()
}
