package desk

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"callbox/channels"
	"callbox/internal/dispatch"
	"callbox/internal/store"
)

// ErrUnsettled says that a bounce came before it was written that the message left.
var ErrUnsettled = store.ErrUnsettled

// Bounced takes the far side's later word about a message that it had accepted: Gone retires the address,
// Refused counts it as not reached (promise 7). The key is the message's. ErrNotFound means that there is
// no such delivery any more, or that it was not accepted; then nothing changes. ErrUnsettled means that it
// should be told again.
func (d *Desk) Bounced(ctx context.Context, key string, v channels.Verdict, reason string) error {
	b := store.Bounce{Reason: reason}
	switch v {
	case channels.Gone:
		b.Fate = dispatch.Gone
	case channels.Refused:
		b.Fate = dispatch.Refused
	default:
		return fmt.Errorf("a bounce that means %v changes nothing: %w", v, ErrNotFound)
	}
	var ok bool
	if b.Outage, b.Seq, b.Address, ok = dispatch.ParseKey(key); !ok {
		return fmt.Errorf("a bounce of no delivery: %w", ErrNotFound)
	}
	return d.Store.Bounce(ctx, b)
}

// Complained takes the word of a reader's mail provider that a message or a letter was marked as unwanted:
// they leave, as by the link to stop, and a sign-up that nobody confirmed is undone.
func (d *Desk) Complained(ctx context.Context, key string) error {
	_, _, address, ok := dispatch.ParseKey(key)
	if !ok {
		address, ok = letterAddress(key)
	}
	if !ok {
		return fmt.Errorf("a complaint about no delivery: %w", ErrNotFound)
	}
	return d.Store.Leave(ctx, address)
}

// letterKey names the addressee of a letter. It has two parts, and the key of a delivery three.
func letterKey(address int64) string { return letterPrefix + strconv.FormatInt(address, 10) }

const letterPrefix = "letter."

func letterAddress(key string) (address int64, ok bool) {
	id, ok := strings.CutPrefix(strings.ToLower(key), letterPrefix)
	address, err := strconv.ParseInt(id, 10, 64)
	return address, ok && err == nil && address > 0
}
