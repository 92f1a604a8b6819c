package dispatch

import (
	"context"
	"errors"
	"log/slog"
	"sync/atomic"
	"time"
)

// The rhythm of a batch in work.
const (
	flushCount = 200                    // results are written when there are so many,
	flushAfter = time.Second            // or when the oldest has waited so long
	renewAfter = LeaseFor / 4           // a batch without results is renewed
	checkEvery = 250 * time.Millisecond // how often the ledger is asked for a newer bulletin
	// freshFor is how long the answer counts. An attempt begins at most so long after the question, so
	// less than a second after any commit that the answer did not see, and long before the lease lapses.
	freshFor = 900 * time.Millisecond
)

// outcome is what came of one delivery that was handed out.
type outcome struct {
	delivery Delivery
	changed  bool // otherwise no attempt was made, and nothing is to be written
}

// load is a leased batch in work. Hands take its deliveries one by one; its own goroutine, keep, writes
// what came of them, keeps the lease and watches for a newer bulletin.
type load struct {
	*Batch
	sender  *Sender
	edition *edition
	stop    func() // ends the shift

	next     int          // the delivery to hand out next
	handed   int          // how many were handed out
	ended    bool         // no more will be
	end      chan int     // tells keep how many outcomes to expect
	outcomes chan outcome // never blocks a hand: as large as the batch
	pending  []Delivery   // outcomes not flushed yet
	oldest   time.Time    // when the first of pending came in
	renewed  time.Time    // the lease
	failing  bool         // the last flush failed: the next waits for a tick
	closed   atomic.Bool  // begin no further attempt
	checked  atomic.Pointer[time.Time]
}

func newLoad(s *shift, b *Batch, e *edition, leased time.Time) *load {
	l := &load{
		Batch:    b,
		sender:   s.sender,
		edition:  e,
		stop:     s.stop,
		renewed:  leased,
		end:      make(chan int, 1),
		outcomes: make(chan outcome, len(b.Deliveries)),
	}
	l.checked.Store(&leased)
	return l
}

// left reports whether there is a delivery to hand out.
func (l *load) left() bool { return !l.ended && l.next < len(l.Deliveries) }

// retry reports whether the load is one of second and later attempts.
func (l *load) retry() bool { return len(l.Deliveries) > 0 && l.Deliveries[0].Attempts > 0 }

// finish says that no more is handed out.
func (l *load) finish() {
	if !l.ended {
		l.ended = true
		l.end <- l.handed
	}
}

// open reports whether an attempt may begin at now: the batch is ours and no newer bulletin was issued.
// When the ledger does not answer it closes by itself: what is not attempted is leased anew.
func (l *load) open(now time.Time) bool {
	return !l.closed.Load() && now.Sub(*l.checked.Load()) < freshFor
}

// keep works until every outcome is written and the batch is given back, or belongs to another owner, or
// ctx ends.
func (l *load) keep(ctx context.Context) {
	tick := time.NewTicker(checkEvery)
	defer tick.Stop()
	for want, have := -1, 0; want < 0 || have < want; {
		select {
		case want = <-l.end:
		case o := <-l.outcomes:
			have++
			l.note(ctx, o)
		case <-tick.C:
			l.tick(ctx)
		case <-ctx.Done():
			l.closed.Store(true)
			return
		}
	}
	l.giveBack(ctx)
}

func (l *load) note(ctx context.Context, o outcome) {
	if !o.changed {
		return
	}
	if len(l.pending) == 0 {
		l.oldest = l.sender.opts.Now()
	}
	l.pending = append(l.pending, o.delivery)
	if len(l.pending) >= flushCount && !l.failing {
		l.flush(ctx, false)
	}
}

// tick flushes when it is time to, and else asks whether the batch is superseded.
func (l *load) tick(ctx context.Context) {
	now := l.sender.opts.Now()
	due := len(l.pending) > 0 && now.Sub(l.oldest) >= flushAfter || now.Sub(l.renewed) >= renewAfter
	switch {
	case due:
		l.flush(ctx, false)
	case !l.closed.Load():
		ctx, cancel := context.WithTimeout(ctx, askWithin)
		defer cancel()
		superseded, err := l.sender.ledger.Superseded(ctx, l.Batch)
		l.learn(now, superseded, err)
	}
}

// learn takes in what the ledger said to a question asked at a time.
func (l *load) learn(asked time.Time, superseded bool, err error) {
	if superseded || errors.Is(err, ErrFenced) {
		l.closed.Store(true)
	}
	if err == nil {
		l.checked.Store(&asked)
	}
}

// flush writes the pending outcomes. After an error they stay pending, and the shift begins no further
// attempt, whose outcome could not be written either; it ends when these are.
func (l *load) flush(ctx context.Context, done bool) error {
	ctx, cancel := context.WithTimeout(ctx, askWithin)
	defer cancel()
	now := l.sender.opts.Now()
	superseded, err := l.sender.ledger.Flush(ctx, l.Batch, l.pending, done, now)
	l.learn(now, superseded, err)
	l.failing = err != nil
	switch {
	case errors.Is(err, ErrFenced) && len(l.pending) > 0:
		l.sender.log.Warn("a batch was taken over; its last results are lost and may repeat",
			l.Lane.attr(), slog.Int("results", len(l.pending)))
		l.sender.meter.fenced.Add(float64(len(l.pending)))
		l.pending = nil
	case errors.Is(err, ErrFenced):
	case err != nil:
		l.stop()
		l.sender.log.Error("results could not be written; trying again", l.Lane.attr(), slog.Any("error", err))
	default:
		l.pending = l.pending[:0]
		l.renewed = now
	}
	return err
}

// giveBack writes the last outcomes and ends the lease, trying again while the ledger fails.
func (l *load) giveBack(ctx context.Context) {
	for wait := 100 * time.Millisecond; ; wait = min(2*wait, 2*time.Second) {
		if err := l.flush(ctx, true); err == nil || errors.Is(err, ErrFenced) {
			return
		}
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return
		}
	}
}
