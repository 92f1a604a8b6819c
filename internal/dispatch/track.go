package dispatch

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"callbox/channels"
)

// When a lane stops, and for how long.
const (
	firstProbe  = 15 * time.Second // after a lane broke
	longProbe   = 3 * time.Minute
	tripAt      = 20 // failures in a row that rest a lane
	firstRest   = 2 * time.Second
	longRest    = 15 * time.Second
	maxSuspects = 1000
)

// state is whether a lane may work.
type state int8

const (
	open    state = iota
	probing       // one attempt, to see whether the far side is back
	held          // none
)

var stateNames = [...]string{"open", "probing", "held"}

func (s state) String() string { return stateNames[s] }

// track is what the sender knows of one lane: what the ledger says, and what attempts taught since.
//
// A lane is held in three ways. It is paused when its far side asked for it, and broken when it serves
// nobody; both stand in the ledger, for every process. It rests, in this process only, when many attempts
// in a row failed without a word from the far side.
type track struct {
	limiter *rate.Limiter // shared by the lanes of one far side; nil: no limit

	mu      sync.Mutex
	lane    Lane // its pause and halt as they hold now, in the ledger or soon
	version int  // of the pause and halt
	saved   int  // the version that the ledger has
	savedAt time.Time
	saving  sync.Mutex
	probes  int // since the lane broke

	failures int // in a row
	rests    int // in a row
	restTill time.Time

	// A channel may mistake the trouble of one address for its own. Those that broke the lane are kept,
	// and when another address is served after all, theirs was their own.
	suspects map[int64]bool
	lone     map[int64]bool

	shift *shift // at work now
}

// update takes in what the ledger said to a question asked at a time, unless we know better.
func (t *track) update(l Lane, asked time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.version != t.saved || !t.savedAt.Before(asked) {
		l.PausedUntil, l.Broken = t.lane.PausedUntil, t.lane.Broken
	}
	t.lane = l
	if l.Broken == "" {
		t.probes = 0
	}
}

func (t *track) state(now time.Time) state {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case now.Before(t.lane.PausedUntil), now.Before(t.restTill):
		return held
	case t.lane.Broken != "", t.failures >= tripAt:
		return probing
	}
	return open
}

// learn takes in how an attempt of a delivery ended at now, and reports whether the lane must stop. The
// error it returns is the one to settle by: broken for one address alone is only later.
func (t *track) learn(now time.Time, d Delivery, err error, probe bool) (settleBy error, stop bool) {
	if errors.Is(err, errUnfit) {
		return err, false
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	switch verdict, asked := channels.VerdictOf(err); {
	case err == nil, verdict == channels.Gone:
		t.served(d.Address, probe)
	case verdict == channels.Refused: // it answers; whether it serves others, this does not tell
		t.served(d.Address, false)
	case verdict == channels.Broken && t.lone[d.Address]:
		return channels.As(channels.Later, fmt.Errorf("for this address alone: %w", err)), false
	case verdict == channels.Broken:
		t.breakDown(now, reason(err), probe)
		t.suspect(d.Address)
		return err, true
	case verdict == channels.Later && asked > 0 && speaksForLane(t.lane.Channel):
		t.pause(now.Add(min(asked, channels.MaxWait)))
		return err, true
	case fromNetwork(err), verdict == channels.Later && speaksForLane(t.lane.Channel):
		return err, t.failed(now)
	default: // it answers
		t.failures, t.rests = 0, 0
	}
	return err, false
}

// speaksForLane reports whether a far side that puts off one attempt means all: push services and Mastodon
// servers count our requests together, while a mail server puts off one recipient (greylisting) and
// Discord one webhook.
func speaksForLane(n channels.Name) bool { return n == channels.Push || n == channels.Mastodon }

// fromNetwork reports whether an attempt failed without a word from the far side.
func fromNetwork(err error) bool {
	_, ok := errors.AsType[net.Error](err)
	return ok || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
}

// served takes in that the far side does its work. Only a probe mends a lane: attempts that began before
// it broke may still end well.
func (t *track) served(address int64, probe bool) {
	t.failures, t.rests, t.restTill = 0, 0, time.Time{}
	delete(t.lone, address)
	delete(t.suspects, address)
	if !probe || t.lane.Broken == "" {
		return
	}
	t.set(time.Time{}, "")
	t.probes = 0
	if len(t.lone)+len(t.suspects) > maxSuspects {
		clear(t.lone)
	}
	if t.lone == nil {
		t.lone = map[int64]bool{}
	}
	for a := range t.suspects {
		t.lone[a] = true
	}
	clear(t.suspects)
}

// breakDown halts the lane until the next probe. Of attempts in flight that find it broken, the first
// counts.
func (t *track) breakDown(now time.Time, why string, probe bool) {
	if t.lane.Broken != "" && !probe {
		return
	}
	wait := longProbe
	if t.probes < 8 {
		wait = min(firstProbe<<t.probes, longProbe)
	}
	t.probes++
	if why == "" {
		why = "the channel is broken"
	}
	t.set(now.Add(wait), why)
}

func (t *track) suspect(address int64) {
	if t.suspects == nil || len(t.suspects) >= maxSuspects {
		t.suspects = map[int64]bool{}
	}
	t.suspects[address] = true
}

// suspected reports whether an address broke the lane.
func (t *track) suspected(address int64) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.suspects[address]
}

// pause holds the lane. Many attempts in flight are told the same wait; it is written once.
func (t *track) pause(until time.Time) {
	if until.After(t.lane.PausedUntil.Add(time.Second)) {
		t.set(until, t.lane.Broken)
	}
}

// failed counts a failure and reports whether the lane must rest.
func (t *track) failed(now time.Time) bool {
	t.failures++
	if t.failures < tripAt {
		return false
	}
	if !now.Before(t.restTill) { // else it was in flight when the lane went to rest
		t.restTill = now.Add(min(firstRest<<min(t.rests, 8), longRest))
		t.rests++
	}
	return true
}

// rest holds the lane for a while when the ledger fails it.
func (t *track) rest(until time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.restTill = until
}

func (t *track) set(until time.Time, broken string) {
	t.lane.PausedUntil, t.lane.Broken = until, broken
	t.version++
}

// missing breaks a lane whose channel is not set up here: its deliveries wait, and an official is told.
func (t *track) missing(now time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	why := fmt.Sprintf("the channel %q is not set up for the %s list", t.lane.Channel, t.lane.List)
	t.breakDown(now, why, true)
}

// now returns the lane as it stands and the shift at work on it.
func (t *track) now() (Lane, *shift) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.lane, t.shift
}

func (t *track) setShift(s *shift) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.shift = s
}

// dirty reports whether the ledger does not have the pause and halt yet.
func (t *track) dirty() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.version != t.saved
}

// save writes the pause and halt to the ledger when it does not have them.
func (t *track) save(ctx context.Context, s *Sender) {
	t.mu.Lock()
	lane, version := t.lane, t.version
	dirty := version != t.saved
	t.mu.Unlock()
	if !dirty || !t.saving.TryLock() {
		return
	}
	defer t.saving.Unlock()
	ctx, cancel := context.WithTimeout(ctx, askWithin)
	defer cancel()
	if err := s.ledger.Halt(ctx, lane.ID, lane.PausedUntil, lane.Broken); err != nil {
		s.log.Error("a lane's halt could not be written; trying again", lane.attr(), slog.Any("error", err))
		return
	}
	t.mu.Lock()
	t.saved, t.savedAt = version, s.opts.Now()
	t.mu.Unlock()
	switch {
	case lane.Broken != "":
		s.log.Error("lane broken", lane.attr(), slog.String("reason", lane.Broken), slog.Time("probe", lane.PausedUntil))
	case lane.PausedUntil.IsZero():
		s.log.Info("lane mended", lane.attr())
	default:
		s.log.Info("lane paused", lane.attr(), slog.Time("until", lane.PausedUntil))
	}
}

// attr describes a lane in logs.
func (l Lane) attr() slog.Attr {
	return slog.Group("lane", slog.Int64("id", l.ID), slog.String("list", l.List),
		slog.String("channel", string(l.Channel)), slog.String("host", l.Host))
}
