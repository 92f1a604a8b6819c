package dispatch

import (
	"context"
	"errors"
	"slices"
	"time"

	"callbox/channels"
)

// A process that is killed between the far side's acceptance and the flush leaves a delivery that waits
// although it may have arrived. Most far sides make its repeat harmless: a push replaces its like, a mail
// has the same Message-ID, Mastodon can be asked. Where a far side neither knows a repeat nor can be asked,
// the attempt is written down before it begins, and one whose end was never written is uncertain.

// doubtful reports whether the attempts of a channel are written down before they begin.
func doubtful(n channels.Name) bool { return n == channels.Discord }

// errKilled is the end of an attempt that was written down to begin and nothing more.
var errKilled = errors.New("an attempt began, and the process ended before it was written what came of it")

// begun returns the delivery as it is written before an attempt: with a part that has no name yet. It does
// not come due before the attempt must have ended and been written.
func (d Delivery) begun(now time.Time, timeout time.Duration) Delivery {
	d.Receipt = append(slices.Clone(d.Receipt), channels.Part{})
	d.NextAt = now.Add(timeout + LeaseFor)
	return d
}

// InDoubt reports whether an attempt of the delivery began and its end was never written. It is told by
// the last part of the receipt, which has no name.
func (d Delivery) InDoubt() bool {
	n := len(d.Receipt)
	return n > 0 && d.Receipt[n-1].ID == ""
}

// resolve gives a delivery in doubt its fate.
func (d Delivery) resolve(now time.Time) Delivery {
	d.Receipt = slices.Clone(d.Receipt[:len(d.Receipt)-1])
	return d.Settle(now, nil, channels.As(channels.Uncertain, errKilled))
}

// announce writes down that an attempt begins, and reports whether it may.
func (s *shift) announce(l *load, d Delivery) bool {
	ctx, cancel := context.WithTimeout(s.sender.writes, askWithin)
	defer cancel()
	now := s.sender.opts.Now()
	superseded, err := s.sender.ledger.Flush(ctx, l.Batch, []Delivery{d.begun(now, s.options.Timeout)}, false, now)
	l.learn(now, superseded, err)
	return err == nil && !superseded
}
