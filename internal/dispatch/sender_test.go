package dispatch

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"callbox/channels"
	"callbox/outages"
)

// The tests of the sender run in bubbles of testing/synctest: time passes when nothing else can happen,
// and a goroutine that is left behind fails the test.

func bulletin(outage string, seq int) outages.Bulletin {
	return outages.Bulletin{Outage: outage, Seq: seq, Mode: outages.Live, Kind: outages.Alert, Expires: time.Now().Add(4 * time.Hour)}
}

func push(f *far) map[channels.Name]channels.Channel {
	return map[channels.Name]channels.Channel{channels.Push: f}
}

func pushOptions(o LaneOptions) Options {
	return Options{Lanes: map[channels.Name]LaneOptions{channels.Push: o}}
}

func wantFates(t *testing.T, m *memory, lane int64, want map[Fate]int) {
	t.Helper()
	got := m.fates(lane)
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("lane %d: got fates %v, want %v", lane, got, want)
	}
}

// wantOnce checks that each of n people was reached exactly once.
func wantOnce(t *testing.T, f *far, n int) {
	t.Helper()
	times := map[string]int{}
	for _, a := range f.arrivals() {
		times[fmt.Sprint(a.to, " ", a.seq)]++
	}
	for to, k := range times {
		if k != 1 {
			t.Errorf("%s: %d attempts, want 1", to, k)
		}
	}
	if len(times) != n {
		t.Errorf("%d were reached, want %d", len(times), n)
	}
}

func TestEverybodyIsReachedOnceAndTheFirstAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, f := newMemory(), &far{answer: takes(20 * time.Millisecond)}
		lane := m.lane(Lane{Channel: channels.Push}, 2000)
		s := NewSender(m, push(f), Options{})
		stop := run(t, s)
		time.Sleep(pollEvery / 2) // between two polls
		issued := time.Now()
		m.issue(bulletin("o", 1))
		s.Wake()
		time.Sleep(3 * time.Second)
		stop()
		wantOnce(t, f, 2000)
		wantFates(t, m, lane, map[Fate]int{Accepted: 2000})
		if first := f.arrivals()[0].at.Sub(issued); first > time.Millisecond {
			t.Errorf("the first message left %v after the issue", first)
		}
	})
}

func TestWorkIsFoundWithoutAWake(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, f := newMemory(), &far{}
		m.lane(Lane{Channel: channels.Push}, 1)
		stop := run(t, NewSender(m, push(f), Options{}))
		time.Sleep(pollEvery / 2)
		m.issue(bulletin("o", 1))
		time.Sleep(pollEvery)
		stop()
		wantOnce(t, f, 1)
	})
}

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

// Promise 5: nobody skipped; repeats at most what was not flushed.
func TestAKilledSenderLeavesNobodySkipped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, f := newMemory(), &far{answer: takes(100 * time.Millisecond)}
		lane := m.lane(Lane{Channel: channels.Push}, 3000)
		m.issue(bulletin("o", 1))

		first := &wire{memory: m}
		dead := run(t, NewSender(first, push(f), pushOptions(LaneOptions{Concurrency: 50})))
		time.Sleep(1700 * time.Millisecond)
		first.kill()
		stop := run(t, NewSender(m, push(f), pushOptions(LaneOptions{Concurrency: 50})))
		time.Sleep(time.Minute)
		stop()
		dead()

		wantFates(t, m, lane, map[Fate]int{Accepted: 3000})
		if repeats := len(f.arrivals()) - 3000; repeats > flushCount+50+50*10 {
			// A process that is cut off from its ledger goes on for at most freshFor.
			t.Errorf("%d messages came twice", repeats)
		}
	})
}

// Promise 5: the results of a process that lost its batch change nothing.
func TestResultsOfALostLeaseAreDiscarded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, f := newMemory(), &far{answer: takes(15 * time.Second)}
		lane := m.lane(Lane{Channel: channels.Push}, 1)
		m.issue(bulletin("o", 1))
		first := &wire{memory: m}
		s := NewSender(first, push(f), Options{})
		stopFirst := run(t, s)
		time.Sleep(time.Second)
		first.kill() // it renews nothing any more
		time.Sleep(LeaseFor)
		quick := &far{}
		stopSecond := run(t, NewSender(m, push(quick), Options{}))
		time.Sleep(time.Second)
		wantFates(t, m, lane, map[Fate]int{Accepted: 1})
		first.mu.Lock()
		first.cut = false // it comes back, with its result
		first.mu.Unlock()
		time.Sleep(10 * time.Second)
		stopFirst()
		stopSecond()
		if n := m.rows[rowKey{1, lane, 1}].settled; n != 1 {
			t.Errorf("settled %d times, want 1", n)
		}
		wantOnce(t, quick, 1)
	})
}

// Promise 6: no attempt begins more than a second after the superseding commit, whether the sender is
// woken or not, and whether or not its ledger still answers.
func TestNoAttemptBeginsASecondAfterANewerBulletin(t *testing.T) {
	for _, test := range []struct {
		name   string
		woken  bool
		silent func(*wire) // what happens to the sender's way to the ledger at the commit
		rate   float64
	}{
		{"woken", true, nil, 0}, {"not woken", false, nil, 0}, {"slow by its limit", false, nil, 20},
		{"ledger fails", false, (*wire).kill, 0}, {"ledger hangs", false, (*wire).freeze, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				m, f := newMemory(), &far{answer: takes(130 * time.Millisecond)}
				m.lane(Lane{Channel: channels.Push}, 3000)
				m.issue(bulletin("o", 1))
				near := &wire{memory: m}
				s := NewSender(near, push(f), pushOptions(LaneOptions{Concurrency: 8, Rate: test.rate}))
				stop := run(t, s)
				time.Sleep(3333 * time.Millisecond)
				m.issue(bulletin("o", 2))
				commit := time.Now()
				if test.silent != nil {
					test.silent(near)
				}
				if test.woken {
					s.Wake()
				}
				time.Sleep(10 * time.Second)
				stop()
				newer := 0
				for _, a := range f.arrivals() {
					if late := a.at.Sub(commit); a.seq == 1 && late > time.Second {
						t.Fatalf("an attempt of the former bulletin began %v after the commit", late)
					} else if a.seq == 2 {
						newer++
					}
				}
				if (newer == 0) != (test.silent != nil) {
					t.Errorf("%d attempts of the newer bulletin", newer)
				}
			})
		})
	}
}

// A newer bulletin of another outage does not wait for the end of a great sending, even on a slow lane.
func TestTheNewestBulletinGoesFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, f := newMemory(), &far{answer: takes(2 * time.Second)}
		m.lane(Lane{Channel: channels.Push}, 4000)
		m.issue(bulletin("one", 1))
		s := NewSender(m, push(f), pushOptions(LaneOptions{Concurrency: 40}))
		stop := run(t, s)
		time.Sleep(5100 * time.Millisecond)
		if n := m.leased(); n > spares {
			t.Errorf("%d batches are leased ahead", n)
		}
		m.issue(bulletin("two", 9))
		issued := time.Now()
		s.Wake()
		time.Sleep(10 * time.Second)
		stop()
		after := slices.DeleteFunc(f.arrivals(), func(a arrival) bool { return a.at.Before(issued.Add(time.Second)) })
		if len(after) == 0 || after[0].seq != 9 {
			t.Fatalf("after the issue came %+v", after[:min(1, len(after))])
		}
		for i, a := range after[:100] {
			if a.seq != 9 {
				t.Errorf("attempt %d after the issue is of the older bulletin", i)
			}
		}
	})
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

func TestAStopWaitsForWhatIsInFlightAndGivesTheRestBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, f := newMemory(), &far{answer: takes(3 * time.Second)}
		lane := m.lane(Lane{Channel: channels.Push}, 1000)
		m.issue(bulletin("o", 1))
		s := NewSender(m, push(f), pushOptions(LaneOptions{Concurrency: 25}))
		stop := run(t, s)
		time.Sleep(time.Second)
		if n := s.InFlight(1); n != 25 {
			t.Errorf("%d are in flight, want 25", n)
		}
		began := time.Now()
		stop()
		if took := time.Since(began); took > 3*time.Second {
			t.Errorf("the stop took %v", took)
		}
		wantFates(t, m, lane, map[Fate]int{Accepted: 25, Waiting: 975})
		if len(m.batches) != 0 || s.InFlight(1) != 0 {
			t.Errorf("%d batches were not given back, %d in flight", len(m.batches), s.InFlight(1))
		}
	})
}

func TestAStopCutsOffWhatTakesTooLong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, f := newMemory(), &far{answer: takes(time.Hour)}
		lane := m.lane(Lane{Channel: channels.Push}, 10)
		m.issue(bulletin("o", 1))
		o := pushOptions(LaneOptions{Timeout: 2 * time.Hour})
		o.Grace = 4 * time.Second
		stop := run(t, NewSender(m, push(f), o))
		time.Sleep(time.Second)
		began := time.Now()
		stop()
		if took := time.Since(began); took != o.Grace {
			t.Errorf("the stop took %v, want %v", took, o.Grace)
		}
		wantFates(t, m, lane, map[Fate]int{Waiting: 10})
		if r := m.rows[rowKey{1, lane, 1}]; r.Attempts != 1 || r.NextAt.IsZero() {
			t.Errorf("the attempt that was cut off was not written: %+v", r.Delivery)
		}
	})
}

// Between two results of a slow far side the ledger is asked all the same; no hand is idle.
func TestAFarSideThatTakesSecondsIsUsedToTheFull(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, f := newMemory(), &far{answer: takes(3 * time.Second)}
		lane := m.lane(Lane{Channel: channels.Push}, 80)
		m.issue(bulletin("o", 1))
		stop := run(t, NewSender(m, push(f), pushOptions(LaneOptions{Concurrency: 8})))
		time.Sleep(30*time.Second + flushAfter)
		wantFates(t, m, lane, map[Fate]int{Accepted: 80})
		stop()
	})
}

// Retries and first attempts of a long sending take turns.
func TestARetryDoesNotWaitForTheEndOfALongSending(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		f := &far{answer: func(_ context.Context, m channels.Message) error {
			if m.To == "1/1" && time.Since(began) < 10*time.Second {
				return errors.New("450 4.2.0 greylisted")
			}
			return nil
		}}
		m := newMemory()
		lane := m.lane(Lane{Channel: channels.Email}, 3000)
		m.issue(bulletin("o", 1))
		stop := run(t, NewSender(m, map[channels.Name]channels.Channel{channels.Email: f},
			Options{Lanes: map[channels.Name]LaneOptions{channels.Email: {Rate: 50}}}))
		time.Sleep(30 * time.Second) // half of it
		stop()
		if r := m.rows[rowKey{1, lane, 1}]; r.Fate != Accepted {
			t.Errorf("who was put off for 10 s has after 30 s %+v", r.Delivery)
		}
	})
}

func TestResultsAreWrittenEveryTwoHundredOrEverySecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, f := newMemory(), &far{answer: takes(time.Millisecond)}
		m.batchSize = 450
		m.lane(Lane{Channel: channels.Push}, 450)
		m.issue(bulletin("o", 1))
		stop := run(t, NewSender(m, push(f), Options{}))
		time.Sleep(time.Minute)
		stop()
		var counts []int
		for _, fl := range m.flushes {
			counts = append(counts, fl.count)
		}
		if want := []int{200, 200, 50}; !slices.Equal(counts, want) {
			t.Errorf("fast: got flushes of %v, want %v", counts, want)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		m, f := newMemory(), &far{answer: takes(300 * time.Millisecond)}
		m.lane(Lane{Channel: channels.Push}, 100)
		m.issue(bulletin("o", 1))
		stop := run(t, NewSender(m, push(f), pushOptions(LaneOptions{Concurrency: 1})))
		time.Sleep(time.Minute)
		stop()
		last := m.flushes[0].at
		for _, fl := range m.flushes[1:] {
			if gap := fl.at.Sub(last); gap > flushAfter+checkEvery+300*time.Millisecond {
				t.Errorf("slow: %v between two flushes", gap)
			}
			last = fl.at
		}
	})
}

func TestALedgerThatFailsForAWhileCostsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, f := newMemory(), &far{answer: takes(100 * time.Millisecond)}
		lane := m.lane(Lane{Channel: channels.Push}, 2000)
		m.issue(bulletin("o", 1))
		stop := run(t, NewSender(m, push(f), pushOptions(LaneOptions{Concurrency: 20})))
		for range 5 {
			time.Sleep(1250 * time.Millisecond)
			m.breaks(errDisk)
			time.Sleep(3 * time.Second)
			m.breaks(nil)
		}
		time.Sleep(30 * time.Second)
		stop()
		wantFates(t, m, lane, map[Fate]int{Accepted: 2000})
		wantOnce(t, f, 2000)
	})
}

// Disk full: the ledger can be read, so nothing is superseded, but no result can be written.
func TestNobodyIsSentToWhoseResultCouldNotBeWritten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, f := newMemory(), &far{answer: takes(100 * time.Millisecond)}
		lane := m.lane(Lane{Channel: channels.Push}, 1000)
		m.issue(bulletin("o", 1))
		near := &wire{memory: m}
		stop := run(t, NewSender(near, push(f), pushOptions(LaneOptions{Concurrency: 10})))
		time.Sleep(2500 * time.Millisecond)
		near.fill(errDisk)
		time.Sleep(1500 * time.Millisecond)
		before := len(f.arrivals())
		time.Sleep(3 * time.Second)
		if n := len(f.arrivals()) - before; n > 0 {
			t.Errorf("%d attempts although results could not be written", n)
		}
		near.fill(nil)
		time.Sleep(20 * time.Second)
		stop()
		wantFates(t, m, lane, map[Fate]int{Accepted: 1000})
		wantOnce(t, f, 1000)
	})
}

// Promise 5: a process whose batch was taken over stops when it learns of it, at its next flush.
func TestAProcessThatLostItsBatchStopsSending(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, f := newMemory(), &far{answer: takes(100 * time.Millisecond)}
		lane := m.lane(Lane{Channel: channels.Push}, 500)
		m.issue(bulletin("o", 1))
		stop := run(t, NewSender(m, push(f), pushOptions(LaneOptions{Concurrency: 4})))
		time.Sleep(1500 * time.Millisecond)
		if b, err := m.Lease(t.Context(), lane, "a process whose clock is fast", time.Now().Add(LeaseFor)); b == nil || err != nil {
			t.Fatal(b, err)
		}
		time.Sleep(flushAfter + checkEvery)
		before := len(f.arrivals())
		time.Sleep(5 * time.Second)
		stop()
		if n := len(f.arrivals()) - before; n > 0 {
			t.Errorf("%d attempts of a batch that belongs to another", n)
		}
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

func TestAChannelThatPanicsLosesNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &far{answer: func(_ context.Context, m channels.Message) error {
			if m.To == "1/3" {
				panic("nil map")
			}
			return nil
		}}
		m := newMemory()
		lane := m.lane(Lane{Channel: channels.Push}, 10)
		m.issue(bulletin("o", 1))
		stop := run(t, NewSender(m, push(f), Options{}))
		time.Sleep(time.Minute)
		stop()
		wantFates(t, m, lane, map[Fate]int{Accepted: 9, Waiting: 1})
		if r := m.rows[rowKey{1, lane, 3}]; r.Attempts < 2 || r.Reason == "" {
			t.Errorf("got %+v", r.Delivery)
		}
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

// Promise 3, through the whole sender.
func TestADrillOnTheLiveListReachesNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, f := newMemory(), &far{}
		live := m.lane(Lane{Channel: channels.Push}, 10)
		drill := m.lane(Lane{Channel: channels.Push, List: drillList}, 10)
		b := bulletin("o", 1)
		b.Mode = outages.Drill
		m.issue(b) // the ledger of this test does not know better
		stop := run(t, NewSender(m, push(f), Options{}))
		time.Sleep(time.Second)
		stop()
		wantFates(t, m, live, map[Fate]int{Refused: 10})
		wantFates(t, m, drill, map[Fate]int{Accepted: 10})
		wantOnce(t, f, 10)
	})
}

func TestWhatNobodyHeardInTimeExpires(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, f := newMemory(), &far{}
		lane := m.lane(Lane{Channel: channels.Push}, 1000)
		b := bulletin("o", 1)
		b.Expires = time.Now().Add(10 * time.Second)
		m.issue(b)
		stop := run(t, NewSender(m, push(f), pushOptions(LaneOptions{Rate: 10})))
		time.Sleep(time.Minute)
		stop()
		n := len(f.arrivals())
		if n < 90 || n > 110 {
			t.Errorf("%d attempts before the end, want about 100", n)
		}
		wantFates(t, m, lane, map[Fate]int{Accepted: n, Expired: 1000 - n})
	})
}

// An error that quotes the destination reaches the ledger without it.
func TestNoReasonShowsAnAddress(t *testing.T) {
	tests := []struct{ destination, text, want string }{
		{"ana@example.org", "550 5.2.1 <Ana@example.org>: mailbox disabled", "550 5.2.1 <[address]>: mailbox disabled"},
		{"https://discord.example.com/api/webhooks/123/s3cr3t-token", `post "https://discord.example.com/api/webhooks/123/s3cr3t-token": timeout`, `post "[address]": timeout`},
		{`{"server":"https://social.example.org","token":"abcdefghijklmnopqrstuvwx"}`, "bad token abcdefghijklmnopqrstuvwx at the server", "bad token [address] at the server"},
		{"ana@example.org", "451 try again later", "451 try again later"},
	}
	for _, test := range tests {
		err := channels.As(channels.Refused, errors.New(test.text))
		got := withoutAddress(err, test.destination)
		if reason(got) != test.want {
			t.Errorf("got %q, want %q", reason(got), test.want)
		}
		if v, _ := channels.VerdictOf(got); v != channels.Refused {
			t.Errorf("%q: the verdict became %s", test.text, v)
		}
	}
}
