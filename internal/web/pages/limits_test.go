package pages

import (
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"
)

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
