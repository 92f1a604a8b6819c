package dispatch

import (
	"context"
	"crypto/rand"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"

	"callbox/channels"
	"callbox/outages"
)

// The rhythm of a sender.
const (
	pollEvery  = 250 * time.Millisecond // how often it looks for work without being woken
	askWithin  = 5 * time.Second        // how long a call of the ledger may take
	writeGrace = 5 * time.Second        // after the attempts are cut off: for the last results
)

// Options are the settings of a sender. The zero value works.
type Options struct {
	// Owner names this process in leases and must differ between processes; drawn when empty.
	Owner string
	Now   func() time.Time // time.Now when nil
	Log   *slog.Logger     // discarded when nil
	Lanes map[channels.Name]LaneOptions
	// Page returns the URL where a bulletin is told in full.
	Page func(outages.Bulletin) string
	// Leave returns the URL where the person at an address stops the alerts.
	Leave func(address int64) string
	// Grace is how long attempts in flight may take to end after a stop; 10 s when zero.
	Grace time.Duration
}

// LaneOptions are the settings of each lane of a channel.
type LaneOptions struct {
	Concurrency int           // attempts at once; 64 for push, 32 for mail, 4 for the others when zero
	Rate        float64       // attempts per second to one far side; no limit when zero
	Burst       int           // attempts that may begin together within Rate; 1 when zero
	Timeout     time.Duration // of one attempt; 20 s when zero
}

// Sender sends what the ledger has. Any number of processes may run one on the same ledger.
type Sender struct {
	ledger   Ledger
	channels map[laneKey]channels.Channel // guarded, by channel and list; there is no other way to them
	opts     Options
	log      *slog.Logger
	meter    *meter
	editions editions
	wake     chan struct{}

	attempts context.Context // ends when attempts in flight are cut off
	writes   context.Context // ends when the last results had their time

	shifts   sync.WaitGroup
	tracks   map[int64]*track
	limiters map[laneKey]*rate.Limiter // by channel and host

	processes atomic.Int64 // that share the limits; see Share
	shared    int64        // by how many they are divided now

	flyingMu sync.Mutex
	flying   map[int64]*atomic.Int64 // attempts in flight, by bulletin
}

// laneKey is a channel with the list, or the host, that tells its lanes apart.
type laneKey struct {
	channel channels.Name
	of      string
}

// NewSender makes a sender that wraps every channel in [Guarded].
func NewSender(l Ledger, chs map[channels.Name]channels.Channel, o Options) *Sender {
	if o.Owner == "" {
		o.Owner = rand.Text()
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Page == nil {
		o.Page = func(outages.Bulletin) string { return "" }
	}
	if o.Leave == nil {
		o.Leave = func(int64) string { return "" }
	}
	if o.Grace == 0 {
		o.Grace = 10 * time.Second
	}
	s := &Sender{
		ledger:   l,
		channels: map[laneKey]channels.Channel{},
		opts:     o,
		log:      o.Log,
		meter:    newMeter(),
		wake:     make(chan struct{}, 1),
		tracks:   map[int64]*track{},
		limiters: map[laneKey]*rate.Limiter{},
		flying:   map[int64]*atomic.Int64{},
	}
	for name, ch := range chs {
		for _, list := range []string{liveList, drillList} {
			s.channels[laneKey{name, list}] = Guarded(ch, list)
		}
	}
	return s
}

// lane returns the settings of a channel's lanes with the defaults filled in.
func (o Options) lane(n channels.Name) LaneOptions {
	l := o.Lanes[n]
	if l.Concurrency <= 0 {
		switch n {
		case channels.Push:
			l.Concurrency = 64
		case channels.Email:
			l.Concurrency = 32
		default:
			l.Concurrency = 4
		}
	}
	if l.Timeout <= 0 {
		l.Timeout = 20 * time.Second
	}
	l.Burst = max(l.Burst, 1)
	return l
}

// Wake makes the sender look for work now. It never blocks.
func (s *Sender) Wake() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// Run sends until ctx ends. Then it begins no further attempt, lets those in flight end within the grace
// period, writes what came of them, gives back what it leased, and returns when all of that is done. It
// may be called once.
func (s *Sender) Run(ctx context.Context) {
	var cut, giveUp context.CancelFunc
	s.attempts, cut = context.WithCancel(context.WithoutCancel(ctx))
	s.writes, giveUp = context.WithCancel(context.WithoutCancel(ctx))
	defer giveUp()
	defer cut()

	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	for woken := true; ctx.Err() == nil; {
		s.look(ctx, woken)
		select {
		case <-ctx.Done():
		case <-s.wake:
			woken = true
		case <-tick.C:
			woken = false
		}
	}
	defer time.AfterFunc(s.opts.Grace, cut).Stop()
	defer time.AfterFunc(s.opts.Grace+writeGrace, giveUp).Stop()
	s.shifts.Wait()
}

// look finds the lanes that have work and sees to each.
func (s *Sender) look(ctx context.Context, woken bool) {
	ask, cancel := context.WithTimeout(ctx, askWithin)
	defer cancel()
	s.share()
	now := s.opts.Now()
	lanes, err := s.ledger.Lanes(ask, now)
	if err != nil {
		if ctx.Err() == nil {
			s.log.Error("the ledger cannot be read; trying again", slog.Any("error", err))
		}
		return
	}
	s.meter.lanes.Reset()
	for _, lane := range lanes {
		t := s.track(lane)
		t.update(lane, now)
		state := s.tend(ctx, t, woken)
		s.meter.lanes.WithLabelValues(string(lane.Channel), state.String()).Inc()
	}
}

func (s *Sender) track(lane Lane) *track {
	t, ok := s.tracks[lane.ID]
	if !ok {
		t = &track{lane: lane, limiter: s.limiter(lane)}
		s.tracks[lane.ID] = t
	}
	return t
}

// limiter returns the limiter of a lane's far side. The live and the drill list share it: the far side
// does not tell them apart.
func (s *Sender) limiter(lane Lane) *rate.Limiter {
	o := s.opts.lane(lane.Channel)
	if o.Rate <= 0 {
		return nil
	}
	key := laneKey{lane.Channel, lane.Host}
	if s.limiters[key] == nil {
		s.limiters[key] = rate.NewLimiter(s.portion(o), o.Burst)
	}
	return s.limiters[key]
}

// tend starts, nudges or stops the shift of a lane.
func (s *Sender) tend(ctx context.Context, t *track, woken bool) state {
	now := s.opts.Now()
	state := t.state(now)
	lane, running := t.now()
	switch {
	case running != nil && state == held:
		running.stop()
	case running != nil:
		running.rouse(woken)
	case t.dirty():
		s.shifts.Go(func() { t.save(s.writes, s) })
	case state == held:
	case s.channels[laneKey{lane.Channel, lane.List}] == nil:
		t.missing(now)
	default:
		s.start(ctx, t, lane, state == probing)
	}
	return state
}

// start puts a shift to work on a lane. When it ends with something left to look at, the sender looks.
func (s *Sender) start(ctx context.Context, t *track, lane Lane, probe bool) {
	sh := newShift(ctx, s, t, lane)
	sh.probe = probe
	t.setShift(sh)
	s.shifts.Go(func() {
		sh.run()
		t.setShift(nil)
		if len(sh.nudge) > 0 || probe && t.state(s.opts.Now()) == open {
			s.Wake()
		}
	})
}
