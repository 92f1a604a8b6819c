package dispatch

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"callbox/channels"
)

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
