package dispatch

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"callbox/templates"
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

// load is a leased batch in work. Hands take its deliveries one by one and settle them; its own goroutine,
// keep, writes what came of them, keeps the lease and watches for a newer bulletin.
type load struct {
	*Batch
	sender  *Sender
	edition *edition
	texts   [][]templates.Text // of each recipient
	flying  *atomic.Int64      // attempts of the bulletin in flight
	stop    func()             // ends the shift

	next    int           // the delivery to hand out next
	handed  int           // how many were handed out
	ended   bool          // no more will be
	nudge   chan struct{} // tells keep that there are results to write, or that all are in
	renewed time.Time     // the lease
	failing bool          // the last flush failed: the next waits for a tick
	closed  atomic.Bool   // begin no further attempt
	checked atomic.Pointer[time.Time]

	mu      sync.Mutex
	want    int        // how many outcomes come; -1 until that is known
	have    int        // how many came
	pending []Delivery // outcomes not flushed yet
	oldest  time.Time  // when the first of them came in
}

func newLoad(s *shift, b *Batch, e *edition, leased time.Time) *load {
	l := &load{
		Batch:   b,
		sender:  s.sender,
		edition: e,
		flying:  s.sender.inFlight(b.Bulletin),
		stop:    s.stop,
		renewed: leased,
		nudge:   make(chan struct{}, 1),
		want:    -1,
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
	if l.ended {
		return
	}
	l.ended = true
	l.mu.Lock()
	l.want = l.handed
	l.mu.Unlock()
	l.rouse()
}

// settle takes in what came of a delivery that was handed out. It never waits for the ledger.
func (l *load) settle(o outcome) {
	l.mu.Lock()
	l.have++
	if o.changed {
		if len(l.pending) == 0 {
			l.oldest = l.sender.opts.Now()
		}
		l.pending = append(l.pending, o.delivery)
	}
	rouse := l.have == l.want || len(l.pending) == flushCount
	l.mu.Unlock()
	if rouse {
		l.rouse()
	}
}

func (l *load) rouse() {
	select {
	case l.nudge <- struct{}{}:
	default:
	}
}

// results reports how many outcomes wait to be flushed, since when, and whether all are in.
func (l *load) results() (pending int, oldest time.Time, all bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.pending), l.oldest, l.have == l.want
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
	for {
		select {
		case <-l.nudge:
			pending, _, all := l.results()
			if all {
				l.giveBack(ctx)
				return
			}
			if pending >= flushCount && !l.failing {
				_ = l.flush(ctx, false) // said and tried again
			}
		case <-tick.C:
			l.tick(ctx)
		case <-ctx.Done():
			l.closed.Store(true)
			return
		}
	}
}

// tick flushes when it is time to, and else asks whether the batch is superseded.
func (l *load) tick(ctx context.Context) {
	now := l.sender.opts.Now()
	pending, oldest, _ := l.results()
	due := pending > 0 && now.Sub(oldest) >= flushAfter || now.Sub(l.renewed) >= renewAfter
	switch {
	case due:
		_ = l.flush(ctx, false) // said and tried again
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

// flush writes the pending outcomes, at most flushCount of them. After an error they stay pending, and the shift begins no further
// attempt, whose outcome could not be written either; it ends when these are.
func (l *load) flush(ctx context.Context, done bool) error {
	ctx, cancel := context.WithTimeout(ctx, askWithin)
	defer cancel()
	now := l.sender.opts.Now()
	l.mu.Lock()
	results := l.pending[:min(len(l.pending), flushCount)]
	l.mu.Unlock()
	superseded, err := l.sender.ledger.Flush(ctx, l.Batch, results, done, now)
	l.learn(now, superseded, err)
	l.failing = err != nil
	switch {
	case errors.Is(err, ErrFenced):
		l.drop(len(results))
		if len(results) > 0 {
			l.sender.log.Warn("a batch was taken over; its last results are lost and may repeat",
				l.Lane.attr(), slog.Int("results", len(results)))
			l.sender.meter.fenced.Add(float64(len(results)))
		}
	case err != nil:
		l.stop()
		l.sender.log.Error("results could not be written; trying again", l.Lane.attr(), slog.Any("error", err))
	default:
		l.drop(len(results))
		l.renewed = now
	}
	return err
}

// drop forgets the first of the pending outcomes. More may have come meanwhile, maybe as many as are
// flushed at once.
func (l *load) drop(n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.pending = l.pending[:copy(l.pending, l.pending[n:])]
	l.oldest = l.sender.opts.Now()
	if len(l.pending) >= flushCount || l.have == l.want {
		l.rouse()
	}
}

// giveBack writes the last outcomes and ends the lease, trying again while the ledger fails.
func (l *load) giveBack(ctx context.Context) {
	for wait := 100 * time.Millisecond; ; wait = min(2*wait, 2*time.Second) {
		pending, _, _ := l.results()
		last := pending <= flushCount
		err := l.flush(ctx, last)
		if err == nil && last || errors.Is(err, ErrFenced) {
			return
		}
		if err == nil {
			continue
		}
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return
		}
	}
}
