package dispatch

import (
	"testing"
	"testing/synctest"
	"time"

	"callbox/channels"
)

func TestARateHoldsForAllProcessesTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, f := newMemory(), &far{}
		m.batchSize = 50 // so that both have something
		m.lane(Lane{Channel: channels.Push, Host: "push.example.com"}, 1000)
		m.issue(bulletin("o", 1))
		o := pushOptions(LaneOptions{Rate: 10, Concurrency: 4})
		one, two := NewSender(m, push(f), o), NewSender(m, push(f), o)
		one.Share(2)
		two.Share(2)
		stopOne, stopTwo := run(t, one), run(t, two)
		time.Sleep(10 * time.Second)
		if got := len(f.arrivals()); got < 95 || got > 105 {
			t.Errorf("two processes: %d attempts in 10 s, want 100 at 10 a second", got)
		}
		stopTwo()
		one.Share(1)
		before := len(f.arrivals())
		time.Sleep(10 * time.Second)
		if got := len(f.arrivals()) - before; got < 95 || got > 110 {
			t.Errorf("the one that is left: %d attempts in 10 s, want 100", got)
		}
		stopOne()
	})
}
