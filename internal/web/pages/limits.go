package pages

import (
	"hash/maphash"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// The limits of sign-ups, of each process. Behind one address of a mobile carrier or a school are many
// people. How many letters a mailbox gets in a day is counted in the database, for all processes: these
// keep the flood away from it.
const (
	networkBurst = 30
	networkEvery = 10 * time.Second
	addressBurst = 3
	addressEvery = time.Hour
	domainBurst  = 200 // a school or a company that was told to sign up
	domainEvery  = 2 * time.Second
	globalBurst  = 2000
	globalEvery  = 5 * time.Millisecond
	syncBurst    = 300 // devices look in at every visit
	syncEvery    = 50 * time.Millisecond
	maxBuckets   = 50_000 // of each limit, about 10 MB
)

// limits hold back who signs up too much: a network, or somebody who has a mailbox or a domain filled; and
// they bound what everybody together may put down.
type limits struct {
	global                                *rate.Limiter
	networks, addresses, domains, devices *buckets
	now                                   func() time.Time
}

func newLimits(now func() time.Time) *limits {
	return &limits{global: rate.NewLimiter(rate.Every(globalEvery), globalBurst), now: now,
		networks: newBuckets(networkEvery, networkBurst, now), addresses: newBuckets(addressEvery, addressBurst, now),
		domains: newBuckets(domainEvery, domainBurst, now),
		devices: newBuckets(syncEvery, syncBurst, now)}
}

// admit reports whether a network may put one more thing down.
func (l *limits) admit(network string) bool {
	return l.networks.take(network) && l.global.AllowN(l.now(), 1)
}

// mail reports whether one more letter may be asked for at an address.
func (l *limits) mail(address string) bool {
	address = strings.ToLower(address)
	_, domain, _ := strings.Cut(address, "@")
	return l.addresses.take(address) && (providers[domain] || l.domains.take(domain))
}

// providers are mailbox providers of the public, whose domains no single owner could have filled: for
// them the limit of each address does.
var providers = map[string]bool{"gmail.com": true, "yahoo.com": true, "outlook.com": true, "hotmail.com": true, "live.com": true,
	"msn.com": true, "icloud.com": true, "me.com": true, "aol.com": true, "comcast.net": true, "att.net": true, "sbcglobal.net": true,
	"verizon.net": true, "cox.net": true, "charter.net": true, "proton.me": true, "gmx.com": true}

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
