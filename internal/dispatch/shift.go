package dispatch

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"callbox/channels"
)

// Bounds of a shift.
const (
	spares   = 3 // batches with deliveries left to hand out: the next is leased while one is worked on
	maxLoads = 8 // batches open at once, most of them waiting for their last answers
	// overtakeAfter is how often a shift that has its spares looks for a newer bulletin.
	overtakeAfter = time.Second
)

// shift works on one lane until there is nothing more to lease, or the lane stops. It runs in a goroutine
// of its own (run), which leases batches ahead and hands their deliveries out, newest bulletin first, to
// a number of hands that send.
type shift struct {
	sender  *Sender
	track   *track
	lane    Lane
	channel channels.Channel
	options LaneOptions
	probe   bool // send one delivery and stop

	flying   prometheus.Gauge   // attempts of the channel in flight
	accepted prometheus.Counter // of the channel

	begin context.Context // ends when no further attempt may begin
	stop  context.CancelFunc

	jobs   chan job
	turns  turns
	hands  sync.WaitGroup
	staff  int
	leased chan *load // the answer to a lease; nil when there was none
	kept   chan *load // a load that is written and given back
	nudge  chan struct{}
	woken  atomic.Bool

	loads   []*load
	leasing bool
	dry     bool      // nothing to lease, as far as we know
	once    bool      // a probe has its batch
	asked   time.Time // when it leased last

	retriesTurn bool
}

// job is one delivery handed to a hand.
type job struct {
	load  *load
	index int
}

func newShift(ctx context.Context, s *Sender, t *track, lane Lane) *shift {
	begin, stop := context.WithCancel(ctx)
	return &shift{
		sender:   s,
		track:    t,
		lane:     lane,
		channel:  s.channels[laneKey{lane.Channel, lane.List}],
		options:  s.opts.lane(lane.Channel),
		flying:   s.meter.flying.WithLabelValues(string(lane.Channel)),
		accepted: s.meter.attempts.WithLabelValues(string(lane.Channel), "accepted"),
		begin:    begin,
		stop:     stop,
		jobs:     make(chan job),
		leased:   make(chan *load, 1),
		kept:     make(chan *load),
		nudge:    make(chan struct{}, 1),
	}
}

// run returns when everything that was leased is written and given back.
func (s *shift) run() {
	stopped := s.begin.Done()
	for {
		if s.wants() {
			s.lease()
		}
		if !s.leasing && len(s.loads) == 0 {
			break
		}
		next, jobs, j := s.choose(), chan job(nil), job{}
		if next != nil {
			jobs, j = s.jobs, job{next, next.next}
			s.hire()
		}
		select {
		case jobs <- j:
			s.handed(next)
		case l := <-s.leased:
			s.take(l)
		case l := <-s.kept:
			s.drop(l)
		case <-s.nudge:
			s.look()
		case <-stopped:
			stopped = nil
			s.finish()
		}
	}
	close(s.jobs)
	s.hands.Wait()
	s.stop()
	s.track.save(s.sender.writes, s.sender)
}

// rouse makes the shift look for newer work: at once when woken, else now and then.
func (s *shift) rouse(woken bool) {
	if woken {
		s.woken.Store(true)
	}
	select {
	case s.nudge <- struct{}{}:
	default:
	}
}

// wants reports whether to lease another batch.
func (s *shift) wants() bool {
	return s.begin.Err() == nil && !s.leasing && !s.dry && !(s.probe && s.once) &&
		len(s.loads) < maxLoads && s.unhanded() < spares
}

func (s *shift) unhanded() (n int) {
	for _, l := range s.loads {
		if l.left() {
			n++
		}
	}
	return n
}

// lease asks for a batch without holding up the hands.
func (s *shift) lease() {
	now := s.sender.opts.Now()
	s.leasing, s.asked = true, now
	go func() { s.leased <- s.fetch(now) }()
}

// fetch leases a batch with its bulletin. Once asked for, it is not broken off by a stop: a lease that
// nobody knows of would hold its deliveries up until it lapses.
func (s *shift) fetch(now time.Time) *load {
	ctx, cancel := context.WithTimeout(s.sender.writes, askWithin)
	defer cancel()
	b, err := s.sender.ledger.Lease(ctx, s.lane.ID, s.sender.opts.Owner, now)
	if err != nil {
		s.sender.log.Error("no batch could be leased", s.lane.attr(), slog.Any("error", err))
		return nil
	}
	if b == nil {
		return nil
	}
	e, err := s.sender.editions.get(ctx, s.sender, b.Bulletin)
	l := newLoad(s, b, e, now)
	if err == nil {
		l.texts = e.textsFor(b.Recipients)
	} else {
		s.sender.log.Error("a batch cannot be sent yet", s.lane.attr(), slog.Any("error", err))
		s.track.rest(now.Add(firstRest))
		l.closed.Store(true)
		s.stop()
	}
	return l
}

// take puts a leased batch to work. One that came beyond the spares was leased to see whether there is
// something newer, or a retry; when it is neither, it goes back.
func (s *shift) take(l *load) {
	s.leasing = false
	if l == nil {
		s.dry = true
		return
	}
	newest := s.newest(l.retry())
	extra := s.unhanded() >= spares && newest != nil && l.Bulletin <= newest.Bulletin
	s.loads = append(s.loads, l)
	s.once = true
	if s.probe {
		l.next = s.candidate(l)
	}
	go func() {
		l.keep(s.sender.writes)
		s.kept <- l
	}()
	if extra || s.begin.Err() != nil || !l.left() {
		l.finish()
	}
}

// candidate chooses the delivery of a probe: one that did not break the lane itself, if there is one.
func (s *shift) candidate(l *load) int {
	for i, d := range l.Deliveries {
		if !s.track.suspected(d.Address) {
			return i
		}
	}
	return 0
}

// choose returns the load to hand out from: the newest, in turns with the newest of retries, so that
// neither waits for the end of the other.
func (s *shift) choose() *load {
	for _, l := range s.loads {
		if l.closed.Load() {
			l.finish()
		}
	}
	first, again := s.newest(false), s.newest(true)
	if first == nil || again != nil && s.retriesTurn {
		return again
	}
	return first
}

// newest returns the newest load of first attempts, or of retries, that has something left. Rows of
// bulletins are numbered in the order of their issue.
func (s *shift) newest(retry bool) *load {
	var newest *load
	for _, l := range s.loads {
		if l.left() && l.retry() == retry && (newest == nil || l.Bulletin > newest.Bulletin) {
			newest = l
		}
	}
	return newest
}

func (s *shift) handed(l *load) {
	l.next++
	l.handed++
	s.retriesTurn = !l.retry()
	if s.probe || !l.left() {
		l.finish()
	}
}

// drop forgets a load that was given back.
func (s *shift) drop(l *load) {
	i := slices.Index(s.loads, l)
	s.loads = slices.Delete(s.loads, i, i+1)
}

// look leases again after a nudge, even with all spares at hand: there may be something that goes first.
func (s *shift) look() {
	s.dry = false
	woken := s.woken.Swap(false)
	if s.begin.Err() == nil && !s.leasing && !s.probe && s.unhanded() >= spares &&
		(woken || s.sender.opts.Now().Sub(s.asked) >= overtakeAfter) {
		s.lease()
	}
}

// finish ends the shift: what was not handed out goes back, and why is written down at once, so that
// other processes stop as well.
func (s *shift) finish() {
	for _, l := range s.loads {
		l.finish()
	}
	s.track.save(s.sender.writes, s.sender)
}

// hire adds a hand until there are enough for the work at hand.
func (s *shift) hire() {
	if s.staff == s.options.Concurrency || s.probe && s.staff == 1 {
		return
	}
	s.staff++
	s.hands.Go(func() {
		for j := range s.jobs {
			for ok := s.turns.take(j); ok; j, ok = s.turns.next(j) {
				j.load.settle(s.serve(j.load, j.index))
			}
		}
	})
}
