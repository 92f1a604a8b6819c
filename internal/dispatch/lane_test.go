package dispatch

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"callbox/channels"
)

// Promise 8.
func TestASlowLaneDoesNotHoldUpAFastOne(t *testing.T) {
	alone := sendThrough(t, map[string]time.Duration{"fast.example.com": 20 * time.Millisecond})
	beside := sendThrough(t, map[string]time.Duration{"fast.example.com": 20 * time.Millisecond, "slow.example.com": 2 * time.Second})
	if alone == 0 || beside > alone*105/100 {
		t.Errorf("the fast lane took %v beside the slow one, %v alone", beside, alone)
	}
}

// sendThrough sends to 1000 people on each host and returns how long fast.example.com took.
func sendThrough(t *testing.T, hosts map[string]time.Duration) (took time.Duration) {
	synctest.Test(t, func(t *testing.T) {
		m, wait, fast := newMemory(), map[string]time.Duration{}, "none"
		for _, host := range []string{"slow.example.com", "fast.example.com"} {
			if d, ok := hosts[host]; ok {
				id := m.lane(Lane{Channel: channels.Push, Host: host}, 1000)
				wait[fmt.Sprint(id, "/")] = d
				fast = fmt.Sprint(id, "/")
			}
		}
		prefix := func(to string) string { return to[:2] }
		f := &far{answer: func(ctx context.Context, m channels.Message) error {
			return takes(wait[prefix(m.To)])(ctx, m)
		}}
		m.issue(bulletin("o", 1))
		began := time.Now()
		stop := run(t, NewSender(m, push(f), Options{}))
		time.Sleep(40 * time.Second)
		stop()
		for _, a := range f.arrivals() {
			if prefix(a.to) == fast {
				took = max(took, a.at.Sub(began))
			}
		}
		wantOnce(t, f, 1000*len(hosts))
	})
	return took
}

// Promise 8.
func TestRetryAfterPausesTheLane(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var until time.Time
		f := &far{}
		f.answer = func(context.Context, channels.Message) error {
			switch now := time.Now(); {
			case until.IsZero():
				until = now.Add(40 * time.Second)
				fallthrough
			case now.Before(until):
				return channels.After(until.Sub(now), errors.New("the far side answered 429 Too Many Requests"))
			}
			return nil
		}
		m := newMemory()
		lane := m.lane(Lane{Channel: channels.Push}, 1000)
		m.issue(bulletin("o", 1))
		stop := run(t, NewSender(m, push(f), pushOptions(LaneOptions{Concurrency: 1})))
		time.Sleep(39 * time.Second)
		if n := len(f.arrivals()); n != 1 {
			t.Errorf("%d attempts while the far side asked to wait, want 1", n)
		}
		if h := m.haltings(); len(h) != 1 || h[0].Broken != "" || !h[0].PausedUntil.Equal(until) {
			t.Errorf("halts in the ledger: %+v", h)
		}
		time.Sleep(10 * time.Second)
		stop()
		wantFates(t, m, lane, map[Fate]int{Accepted: 1000})
	})
}

func TestALaneThatBrokeIsProbedAndMends(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var broken atomic.Bool
		broken.Store(true)
		f := &far{answer: func(ctx context.Context, m channels.Message) error {
			if broken.Load() {
				return channels.As(channels.Broken, errors.New("the far side answered 401 Unauthorized"))
			}
			return takes(100*time.Millisecond)(ctx, m)
		}}
		m := newMemory()
		lane := m.lane(Lane{Channel: channels.Push}, 300)
		m.issue(bulletin("o", 1))
		began := time.Now()
		stop := run(t, NewSender(m, push(f), pushOptions(LaneOptions{Concurrency: 10})))
		time.Sleep(11 * time.Minute)
		first := 0
		for _, a := range f.arrivals() {
			if a.at.Sub(began) < firstProbe {
				first++
			}
		}
		probes := len(f.arrivals()) - first
		if first > 10 {
			t.Errorf("%d attempts before the lane stopped, want at most the 10 in flight", first)
		}
		if probes < 4 || probes > 8 {
			t.Errorf("%d probes in 11 minutes", probes)
		}
		if l := m.stands(lane); l.Broken == "" || l.PausedUntil.IsZero() {
			t.Errorf("the ledger has %+v", l)
		}
		wantFates(t, m, lane, map[Fate]int{Waiting: 300})
		broken.Store(false)
		time.Sleep(longProbe + 5*time.Second)
		if l := m.stands(lane); l.Broken != "" || !l.PausedUntil.IsZero() {
			t.Errorf("after it was mended the ledger has %+v", l)
		}
		stop()
		wantFates(t, m, lane, map[Fate]int{Accepted: 300})
		for key, r := range m.rows {
			if r.Attempts != 1 {
				t.Fatalf("address %d: %d attempts count, want 1", key.address, r.Attempts)
			}
		}
	})
}

func TestAPersonMendsALane(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var broken atomic.Bool
		broken.Store(true)
		f := &far{answer: func(context.Context, channels.Message) error {
			if broken.Load() {
				return channels.As(channels.Broken, errors.New("wrong key"))
			}
			return nil
		}}
		m := newMemory()
		lane := m.lane(Lane{Channel: channels.Push}, 100)
		m.issue(bulletin("o", 1))
		stop := run(t, NewSender(m, push(f), Options{}))
		time.Sleep(10 * time.Minute)
		broken.Store(false)
		if err := m.Halt(t.Context(), lane, time.Time{}, ""); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		stop()
		wantFates(t, m, lane, map[Fate]int{Accepted: 100})
	})
}

// A channel that takes one address's trouble for its own must not cost the others more than a probe.
func TestOneAddressThatBreaksTheLaneHoldsUpNobodyElseForLong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &far{answer: func(_ context.Context, m channels.Message) error {
			if m.To == "1/1" || m.To == "1/2" {
				return channels.As(channels.Broken, errors.New("the far side answered 403 Forbidden"))
			}
			return nil
		}}
		m := newMemory()
		lane := m.lane(Lane{Channel: channels.Push}, 1000)
		b := bulletin("o", 1)
		b.Expires = time.Now().Add(5 * time.Minute)
		m.issue(b)
		stop := run(t, NewSender(m, push(f), pushOptions(LaneOptions{Concurrency: 1})))
		time.Sleep(time.Minute)
		if got := m.fates(lane)[Accepted]; got != 998 {
			t.Errorf("after a minute %d have it, want 998", got)
		}
		time.Sleep(5 * time.Minute)
		stop()
		wantFates(t, m, lane, map[Fate]int{Accepted: 998, Expired: 2})
	})
}

func TestManyFailuresInARowRestTheLane(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		f := &far{answer: func(ctx context.Context, m channels.Message) error {
			if time.Since(began) < 30*time.Second {
				return fmt.Errorf("connect: %w", io.ErrUnexpectedEOF)
			}
			return nil
		}}
		m := newMemory()
		lane := m.lane(Lane{Channel: channels.Push}, 2000)
		m.issue(bulletin("o", 1))
		stop := run(t, NewSender(m, push(f), pushOptions(LaneOptions{Concurrency: 10})))
		time.Sleep(30 * time.Second)
		if n := len(f.arrivals()); n > 100 {
			t.Errorf("%d attempts at a far side that is down", n)
		}
		if h := m.haltings(); len(h) > 0 {
			t.Errorf("it only rests, but the ledger was told %+v", h)
		}
		time.Sleep(time.Minute) // the goal: everybody within a minute of its return
		stop()
		wantFates(t, m, lane, map[Fate]int{Accepted: 2000})
	})
}

// A tenth of the recipients are put off for half a minute, as greylisting does; the others do not notice.
func TestThoseWhoArePutOffAreReachedWithinAMinuteAndDoNotHoldUpTheOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		putOff := func(to string) bool { return to[len(to)-1] == '7' }
		f := &far{answer: func(ctx context.Context, m channels.Message) error {
			if putOff(m.To) && time.Since(began) < 30*time.Second {
				return errors.New("450 4.2.0 greylisted")
			}
			return takes(20*time.Millisecond)(ctx, m)
		}}
		m := newMemory()
		lane := m.lane(Lane{Channel: channels.Email}, 2000)
		m.issue(bulletin("o", 1))
		stop := run(t, NewSender(m, map[channels.Name]channels.Channel{channels.Email: f}, Options{}))
		time.Sleep(90 * time.Second)
		stop()
		wantFates(t, m, lane, map[Fate]int{Accepted: 2000})
		var others time.Duration
		for _, a := range f.arrivals() {
			if !putOff(a.to) {
				others = max(others, a.at.Sub(began))
			}
		}
		if ideal := 2000 / 32 * 20 * time.Millisecond; others > ideal*105/100 {
			t.Errorf("the others took %v, want about %v", others, ideal)
		}
	})
}

// A mail server that greylists everybody must see every recipient once before it takes any: it is not one
// that is down.
func TestAMailServerThatPutsEverybodyOffStillHearsOfEverybody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		seen := map[string]time.Time{}
		var mu sync.Mutex
		f := &far{answer: func(_ context.Context, m channels.Message) error {
			mu.Lock()
			defer mu.Unlock()
			first, ok := seen[m.To]
			if !ok {
				seen[m.To] = time.Now()
			}
			if !ok || time.Since(first) < 30*time.Second {
				return errors.New("450 4.2.0 greylisted")
			}
			return nil
		}}
		m := newMemory()
		lane := m.lane(Lane{Channel: channels.Email}, 1000)
		m.issue(bulletin("o", 1))
		stop := run(t, NewSender(m, map[channels.Name]channels.Channel{channels.Email: f}, Options{}))
		time.Sleep(90 * time.Second)
		stop()
		wantFates(t, m, lane, map[Fate]int{Accepted: 1000})
	})
}

func TestAPauseThatAnotherProcessWroteStopsTheLane(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, f := newMemory(), &far{answer: takes(100 * time.Millisecond)}
		lane := m.lane(Lane{Channel: channels.Push}, 500)
		m.batchSize = 100
		m.issue(bulletin("o", 1))
		stop := run(t, NewSender(m, push(f), pushOptions(LaneOptions{Concurrency: 2})))
		time.Sleep(2 * time.Second)
		if err := m.Halt(t.Context(), lane, time.Now().Add(time.Minute), ""); err != nil {
			t.Fatal(err)
		}
		time.Sleep(pollEvery)
		before := len(f.arrivals())
		time.Sleep(50 * time.Second)
		if n := len(f.arrivals()) - before; n > 0 {
			t.Errorf("%d attempts while the lane is paused", n)
		}
		time.Sleep(time.Minute)
		stop()
		wantFates(t, m, lane, map[Fate]int{Accepted: 500})
	})
}

func TestALaneWithoutItsChannelIsShownAsBroken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, f := newMemory(), &far{}
		lane := m.lane(Lane{Channel: channels.Discord}, 10)
		other := m.lane(Lane{Channel: channels.Push}, 10)
		m.issue(bulletin("o", 1))
		stop := run(t, NewSender(m, push(f), Options{}))
		time.Sleep(time.Second)
		stop()
		if m.stands(lane).Broken == "" {
			t.Error("nobody is told that the lane has no channel")
		}
		wantFates(t, m, lane, map[Fate]int{Waiting: 10})
		wantFates(t, m, other, map[Fate]int{Accepted: 10})
	})
}

func TestALaneKeepsItsRate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, f := newMemory(), &far{}
		m.lane(Lane{Channel: channels.Push, Host: "push.example.com"}, 300)
		m.lane(Lane{Channel: channels.Push, Host: "push.example.com", List: drillList}, 0)
		m.issue(bulletin("o", 1))
		stop := run(t, NewSender(m, push(f), pushOptions(LaneOptions{Rate: 10, Burst: 5})))
		time.Sleep(20*time.Second + time.Millisecond)
		stop()
		if n := len(f.arrivals()); n < 195 || n > 206 {
			t.Errorf("%d attempts in 20 s at 10 a second", n)
		}
	})
}
