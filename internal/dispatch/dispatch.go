// Package dispatch works through the ledger: it leases batches of deliveries, sends them over channels
// and settles their fate.
//
// Every decision about a fate is made in one pure place, [Delivery.Settle]; everything around it is
// written so that a process may be killed at any moment without anybody being skipped.
package dispatch

import (
	"context"
	"fmt"
	"time"

	"callbox/areas"
	"callbox/channels"
	"callbox/outages"
	"callbox/templates"
)

// Fate is where a delivery stands. The values are stored; never renumber them.
type Fate int8

// The fates.
const (
	Waiting   Fate = 0
	Accepted  Fate = 1 // the far side took it; that is not "seen"
	Refused   Fate = 2 // the far side will never take this message for this address
	Gone      Fate = 3 // the far side said that the address no longer exists
	Expired   Fate = 4 // the bulletin's time ran out first
	Overtaken Fate = 5 // a newer bulletin came first
	Stopped   Fate = 6 // by the reader or an official
	Uncertain Fate = 7 // the far side may have it and cannot be asked
)

var fateNames = [...]string{"waiting", "accepted", "refused", "gone", "expired", "overtaken", "stopped", "uncertain"}

func (f Fate) String() string {
	if f < 0 || int(f) >= len(fateNames) {
		return fmt.Sprintf("fate %d", int(f))
	}
	return fateNames[f]
}

// MarshalText gives a fate its word in JSON.
func (f Fate) MarshalText() ([]byte, error) { return []byte(f.String()), nil }

// Lane is one queue of the ledger: a channel of one list, and for channels of many far sides one host.
// Lanes do not wait for each other.
type Lane struct {
	ID          int64
	List        string // "live" or "drill"
	Channel     channels.Name
	Host        string    // the push service or Mastodon server; empty for the others
	PausedUntil time.Time // no attempt before; the far side asked for it, or a probe is due then
	Broken      string    // why the lane is halted until a person mends it; empty when it is not
}

// Delivery is one bulletin to one address.
type Delivery struct {
	Bulletin int64 // the row of the bulletin
	Lane     int64
	Set      int64 // the area set of the address
	Address  int64
	Fate     Fate
	Attempts int
	NextAt   time.Time // when Waiting after an attempt: not before
	At       time.Time // of the last change of fate
	Reason   string    // for officials: what the far side said, without addresses or secrets
	Receipt  channels.Receipt
	// Expires is when the bulletin's time is over; zero means never. The sender takes it from the
	// bulletin; the ledger does not store it here.
	Expires time.Time
}

// Recipient is the far end of a delivery. It exists in memory only.
type Recipient struct {
	Destination string // unsealed: what the channel understands
	Langs       []templates.Lang
	Areas       []areas.ID // of the address's area set
	Crowd       bool       // an outlet
	Earlier     []channels.Receipt
}

// Batch is some deliveries of one bulletin on one lane, leased to one owner. The lease is fenced: a
// flush by an owner who lost it changes nothing.
type Batch struct {
	ID         int64
	Fence      int64
	Lane       Lane
	Bulletin   int64
	Generation int64 // of the bulletin when this lease was taken: it rises when it is superseded
	Deliveries []Delivery
	Recipients []Recipient // same order
}

// Issued is a bulletin with the texts that were approved with it.
type Issued struct {
	ID       int64
	Bulletin outages.Bulletin
	// Texts are those of single reader areas, one for each area and language, and those of crowds, one
	// for each area set and language.
	Texts  map[areas.ID]map[templates.Lang]templates.Text
	Crowds map[string]map[templates.Lang]templates.Text // by areas joined with commas
}

// ErrFenced says that a batch now belongs to another owner.
var ErrFenced = fenced{}

type fenced struct{}

func (fenced) Error() string { return "the lease of this batch was taken over" }

// Ledger is the store of all deliveries.
type Ledger interface {
	// Lanes returns every lane that has something to send at now, newest bulletin first, with its pause
	// and its halt.
	Lanes(ctx context.Context, now time.Time) ([]Lane, error)
	// Lease takes the next batch of a lane for the owner: one whose lease lapsed, retries that are due,
	// or a new one cut from the audience of the newest bulletin. It returns nil when there is none.
	// The lease holds until now + LeaseFor.
	Lease(ctx context.Context, lane int64, owner string, now time.Time) (*Batch, error)
	// Flush writes the settled deliveries of a batch, moves the totals, retires addresses that are gone
	// and renews the lease, in one transaction; done gives the batch back instead of renewing it, and
	// what of it has not been flushed waits for the next lease. It returns ErrFenced, and has changed
	// nothing, when the batch belongs to another owner. superseded is what Superseded would say.
	Flush(ctx context.Context, b *Batch, settled []Delivery, done bool, now time.Time) (superseded bool, err error)
	// Issued returns a bulletin with its texts. Its result does not change and may be kept.
	Issued(ctx context.Context, bulletin int64) (*Issued, error)
	// Halt pauses a lane until a time. With a reason it is broken: an attempt after the pause is a
	// probe, and an official is told. An empty reason with a zero time mends it.
	Halt(ctx context.Context, lane int64, until time.Time, reason string) error
	// Superseded reports whether a newer bulletin of the outage was issued, or the bulletin stopped,
	// since the batch was leased. Then begin no further attempt: flush what is settled, done. What of it
	// may still be sent (an area that the newer bulletin does not speak to any more) is leased anew.
	Superseded(ctx context.Context, b *Batch) (bool, error)
}

// LeaseFor is how long a batch stays with its owner without a flush.
const LeaseFor = 8 * time.Second
