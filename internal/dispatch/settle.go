package dispatch

import (
	"encoding/binary"
	"hash/fnv"
	"slices"
	"strings"
	"time"
	"unicode"

	"callbox/channels"
)

// The waits between attempts. An emergency is worth a quick second try; a far side that is down for an
// hour is not worth hundreds.
const (
	firstWait = 5 * time.Second
	longWait  = 15 * time.Minute
	lastCall  = 10 * time.Second // before the bulletin expires: the final attempt
)

// maxReason is how many bytes of an error are kept for officials.
const maxReason = 240

// Settle returns the delivery as it stands after an attempt that ended at now with what Send returned.
// Nothing else decides a fate after an attempt:
//
//   - no error: Accepted.
//   - Refused, Gone, Uncertain: the fate of that name. Only the far side's word makes an address gone, and
//     what may have arrived is not repeated.
//   - Later, and any plain error: still Waiting, until the far side's wait or the backoff is over, and
//     Expired when the bulletin's time is. Whether a newer bulletin overtakes it is for the ledger to say,
//     which knows what the newer one speaks to.
//   - Broken: as before, apart from parts that were placed. The channel failed, not this delivery.
//
// A delivery that is Accepted or Uncertain is still moved by a later word that it was Refused or the
// address is Gone: a bounce. Every other fate is final.
func (d Delivery) Settle(now time.Time, r channels.Receipt, err error) Delivery {
	verdict, asked := channels.VerdictOf(err)
	if d.Fate != Waiting {
		if bounced := err != nil && (verdict == channels.Refused || verdict == channels.Gone); !bounced || !d.mayBounce() {
			return d
		}
		return d.become(fateOf(verdict), now, err)
	}
	d.Receipt = join(d.Receipt, r)
	switch {
	case err == nil:
		d.Attempts++
		return d.become(Accepted, now, nil)
	case verdict == channels.Broken:
		return d
	}
	d.Attempts++
	if verdict != channels.Later {
		return d.become(fateOf(verdict), now, err)
	}
	if lapsed, ok := d.Lapse(now); ok {
		lapsed.Reason = reason(err)
		return lapsed
	}
	d.NextAt, d.Reason = d.next(now, asked), reason(err)
	return d
}

// Lapse returns the delivery as Expired, and true, when its bulletin's time is over at now and it still
// waits.
func (d Delivery) Lapse(now time.Time) (Delivery, bool) {
	if d.Fate != Waiting || d.Expires.IsZero() || now.Before(d.Expires) {
		return d, false
	}
	return d.become(Expired, now, nil), true
}

func (d Delivery) mayBounce() bool { return d.Fate == Accepted || d.Fate == Uncertain }

// become keeps the last reason of a delivery that expires: it says why nothing got through before.
func (d Delivery) become(f Fate, now time.Time, err error) Delivery {
	d.Fate, d.At, d.NextAt = f, now, time.Time{}
	if err != nil || f != Expired {
		d.Reason = reason(err)
	}
	return d
}

func fateOf(v channels.Verdict) Fate {
	switch v {
	case channels.Refused:
		return Refused
	case channels.Gone:
		return Gone
	case channels.Uncertain:
		return Uncertain
	}
	return Waiting
}

// next is when a delivery that failed at now may be tried again: after the wait the far side asked for,
// else by backoff, and never after the bulletin expires. A backoff that would pass the end leaves room
// for a last call.
func (d Delivery) next(now time.Time, asked time.Duration) time.Time {
	end := d.Expires
	if asked > 0 {
		return earlier(now.Add(min(max(asked, time.Second), channels.MaxWait)), end)
	}
	at := now.Add(d.backoff())
	if last := end.Add(-lastCall); !end.IsZero() && now.Before(last) {
		return earlier(at, last)
	}
	return earlier(at, end)
}

// backoff doubles from firstWait to longWait with every attempt, a fifth more or less, so that those who
// failed together do not come back together. It is derived, not drawn: Settle stays pure.
func (d Delivery) backoff() time.Duration {
	wait := longWait
	if n := d.Attempts - 1; n < 8 {
		wait = min(firstWait<<n, longWait)
	}
	h := fnv.New64a()
	var b [24]byte
	binary.LittleEndian.PutUint64(b[:], uint64(d.Bulletin))
	binary.LittleEndian.PutUint64(b[8:], uint64(d.Address))
	binary.LittleEndian.PutUint64(b[16:], uint64(d.Attempts))
	h.Write(b[:])
	return wait*4/5 + wait*2/5*time.Duration(h.Sum64()>>32%1000)/1000
}

func earlier(at, end time.Time) time.Time {
	if !end.IsZero() && end.Before(at) {
		return end
	}
	return at
}

// join adds to the parts that were placed before those of the last attempt. A channel may name the
// former ones again or not.
func join(before, now channels.Receipt) channels.Receipt {
	if len(now) >= len(before) && slices.EqualFunc(before, now[:len(before)], sameID) {
		return now
	}
	return slices.Concat(before, now)
}

func sameID(a, b channels.Part) bool { return a.ID == b.ID }

// reason is an error as officials read it: on one line, without the name of its verdict, which the fate
// tells already.
func reason(err error) string {
	if err == nil {
		return ""
	}
	verdict, _ := channels.VerdictOf(err)
	text := strings.TrimPrefix(err.Error(), verdict.String()+": ")
	text = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, text)
	if len(text) > maxReason {
		text = strings.ToValidUTF8(text[:maxReason], "") + "…"
	}
	return text
}
