// Package crew lets the processes that serve one database share its work: each says that it is there, one
// does what must be done once, and who would do harm is kept out.
//
// The sending itself needs no election: every process leases what it sends. All that is decided here is
// who releases, renews, reminds and forgets, and by how many a rate limit is divided.
package crew

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"callbox/internal/store"
)

// The rhythm of a crew. Who dies is replaced after at most holdFor and one beat.
const (
	beatEvery  = time.Second
	beatWithin = 2 * time.Second
	holdFor    = 4 * time.Second
	// mostSkew is how far clocks may differ: leases are times, and a fast clock takes over what is not free.
	mostSkew = 2 * time.Second
)

// duties is the post of whoever does the periodic work.
const duties = "duties"

// Options are what a crew needs to know of its process.
type Options struct {
	Store  *store.Store
	Digest string // of what all processes must share: see the function Digest
	About  string // where the process runs, for who reads of it
	Now    func() time.Time
	Log    *slog.Logger
	// Share is called when the number of processes that share the work changes. May be nil.
	Share func(processes int)
	// Heard is called when any process issued or published something. May be nil.
	Heard func()
}

// Crew is one process's view of all. Its methods may be called by many goroutines.
type Crew struct {
	Options
	me   store.Member
	skew func(context.Context) (time.Duration, error) // of the clock here: the store's

	mu      sync.Mutex
	now     standing
	changed chan struct{} // closed when now changes
}

// standing is how things stood at the last beat.
type standing struct {
	members  []store.Member
	skew     time.Duration
	term     int64     // of this process in office; 0 without it
	held     time.Time // when the office was last confirmed
	shelf    int64
	failure  error // of the last beat
	admitted bool
}

// New returns a crew that Run joins.
func New(o Options) *Crew {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Share == nil {
		o.Share = func(int) {}
	}
	if o.Heard == nil {
		o.Heard = func() {}
	}
	return &Crew{Options: o, changed: make(chan struct{}), skew: o.Store.Skew,
		me:  store.Member{Name: rand.Text(), About: o.About, Digest: o.Digest, Began: o.Now()},
		now: standing{failure: errors.New("this process has not looked at the database yet")}}
}

// Run keeps this process in the crew until ctx ends, and then takes it off.
func (c *Crew) Run(ctx context.Context) {
	var wg sync.WaitGroup
	defer wg.Wait()
	wg.Go(func() { c.listen(ctx) })
	tick := time.NewTicker(beatEvery)
	defer tick.Stop()
	for ctx.Err() == nil {
		c.beat(ctx)
		select {
		case <-ctx.Done():
		case <-tick.C:
		}
	}
	quit, stop := context.WithTimeout(context.WithoutCancel(ctx), beatWithin)
	defer stop()
	if err := c.Store.Quit(quit, c.me.Name); err != nil {
		c.Log.Warn("the crew was left without a word; others take over in seconds", "why", err)
	}
}

// beat looks at the crew and takes or keeps the office.
func (c *Crew) beat(ctx context.Context) {
	ctx, stop := context.WithTimeout(ctx, beatWithin)
	defer stop()
	c.mu.Lock()
	before := c.now
	c.mu.Unlock()
	after, err := c.look(ctx, before)
	if err != nil {
		after = before
		if c.Now().Sub(before.held) >= holdFor {
			after.term = 0
		}
	}
	after.failure = err
	c.mu.Lock()
	c.now = after
	close(c.changed)
	c.changed = make(chan struct{})
	c.mu.Unlock()
	c.tell(before, after)
}

func (c *Crew) look(ctx context.Context, before standing) (s standing, err error) {
	if s.members, err = c.Store.Muster(ctx, c.me); err != nil {
		return s, err
	}
	if s.skew, err = c.skew(ctx); err != nil {
		return s, err
	}
	if s.shelf, err = c.Store.ShelfVersion(ctx); err != nil {
		return s, err
	}
	s.admitted = before.admitted || objection(c.me, s.members, s.skew) == nil
	if s.admitted {
		s.held = c.Now()
		s.term, err = c.Store.Hold(ctx, duties, c.me.Name, holdFor)
	}
	return s, err
}

// objection says why a process may not send beside the others. Of two configurations that of the longest
// serving holds: it is at work.
func objection(me store.Member, members []store.Member, skew time.Duration) error {
	if len(members) > 0 && !together(members[0].Digest, me.Digest) {
		return fmt.Errorf("the configuration here differs from that of %s, which serves since %s: keys, public_url, channels, "+
			"lanes and agency files must be the same everywhere", members[0].About, members[0].Began.Format(time.RFC3339))
	}
	if skew.Abs() > mostSkew {
		way := "ahead of"
		if skew < 0 {
			way = "behind"
		}
		return fmt.Errorf("the clock of this machine is %s %s the database's: set both by NTP", skew.Abs().Round(100*time.Millisecond), way)
	}
	return nil
}

// Trouble returns what is wrong with this process beside the others, or with the database, at the last
// beat; nil when nothing is.
func (c *Crew) Trouble() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now.trouble(c.me)
}

func (s standing) trouble(me store.Member) error {
	if s.failure != nil {
		return s.failure
	}
	return objection(me, s.members, s.skew)
}

// sharing is how many processes share the work.
func (s standing) sharing() (n int) {
	for _, m := range s.members {
		if together(m.Digest, s.members[0].Digest) {
			n++
		}
	}
	return max(n, 1)
}

// tell passes on what changed.
func (c *Crew) tell(before, after standing) {
	if n := after.sharing(); n != before.sharing() {
		c.Share(n)
	}
	if after.shelf != before.shelf {
		c.Heard()
	}
	switch was, is := fmt.Sprint(before.trouble(c.me)), after.trouble(c.me); {
	case is != nil && is.Error() != was:
		c.Log.Error("this process is not ready", "why", is)
	case is == nil && before.failure != nil:
		c.Log.Info("this process is ready", "processes", len(after.members))
	}
	if after.term != before.term && after.term > 0 {
		c.Log.Info("this process does the periodic work", "term", after.term)
	}
}

// Admitted waits until nothing speaks against this process sending beside the others. It reports false
// when ctx ends first. Who was admitted once stays so: what it leased is its own to end.
func (c *Crew) Admitted(ctx context.Context) bool {
	return c.until(ctx, func(s standing) bool { return s.admitted })
}

// WhileElected calls f whenever this process takes the office of the periodic work, and ends the context of
// f when it loses it, until ctx ends. For a moment two processes may believe to hold it: what they do must
// bear that.
func (c *Crew) WhileElected(ctx context.Context, f func(ctx context.Context)) {
	for c.until(ctx, func(s standing) bool { return s.term > 0 }) {
		term, stop := context.WithCancel(ctx)
		var watch sync.WaitGroup
		watch.Go(func() {
			c.until(term, func(s standing) bool { return s.term == 0 })
			stop()
		})
		f(term)
		stop()
		watch.Wait()
	}
}

// until waits for a standing, and reports false when ctx ends first.
func (c *Crew) until(ctx context.Context, enough func(standing) bool) bool {
	for {
		c.mu.Lock()
		now, changed := c.now, c.changed
		c.mu.Unlock()
		switch {
		case ctx.Err() != nil:
			return false
		case enough(now):
			return true
		}
		select {
		case <-changed:
		case <-ctx.Done():
		}
	}
}

// listen hears what others announce, and tries again when the connection is lost; meanwhile everybody finds
// what is new by looking.
func (c *Crew) listen(ctx context.Context) {
	for ctx.Err() == nil {
		err := c.Store.Listen(ctx, c.Heard)
		if err == nil { // nothing is ever announced here
			return
		}
		select {
		case <-ctx.Done():
		case <-time.After(beatWithin):
		}
	}
}

// Inspect says who serves a database, for somebody who does not. Its error says what would keep a process
// with a digest, on this machine, from joining them.
func Inspect(ctx context.Context, s *store.Store, digest string) (string, error) {
	members, err := s.Crew(ctx)
	if err != nil {
		return "", err
	}
	skew, err := s.Skew(ctx)
	if err != nil {
		return "", err
	}
	if err := objection(store.Member{Digest: digest}, members, skew); err != nil {
		return "", err
	}
	if len(members) == 0 {
		return "no process serves now", nil
	}
	return fmt.Sprintf("%d serve, the longest %s since %s", len(members), members[0].About, members[0].Began.Format(time.RFC3339)), nil
}
