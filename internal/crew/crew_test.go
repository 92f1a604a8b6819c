package crew

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"callbox/internal/store"
	"callbox/internal/store/pgtest"
	"callbox/subscribers"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

// clock is moved by tests only.
type clock struct{ at time.Time }

func (c *clock) now() time.Time { return c.at }

// onBoth runs a test on each database.
func onBoth(t *testing.T, test func(t *testing.T, database string)) {
	t.Run("on SQLite", func(t *testing.T) { test(t, filepath.Join(t.TempDir(), "callbox.db")) })
	t.Run("on PostgreSQL", func(t *testing.T) {
		test(t, pgtest.Database(t))
	})
}

// process is a crew of its own process on a database.
func process(t *testing.T, database, digest string, c *clock) *Crew {
	t.Helper()
	s, err := store.Open(t.Context(), database, subscribers.NewSealer(subscribers.GenerateKeys()), c.now)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	p := New(Options{Store: s, Digest: digest, About: "process of " + digest, Now: c.now})
	p.skew = func(context.Context) (time.Duration, error) { return 0, nil } // the clock stands still
	return p
}

func TestOneProcessHasTheOfficeAndAnotherTakesOverWithinTenSeconds(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		c := &clock{time.Now()}
		first, second := process(t, database, "x", c), process(t, database, "x", c)
		terms := func(want ...int64) {
			t.Helper()
			if first.now.term != want[0] || second.now.term != want[1] {
				t.Fatalf("terms %d and %d, want %v (%v, %v)", first.now.term, second.now.term, want, first.Trouble(), second.Trouble())
			}
		}
		first.beat(t.Context())
		second.beat(t.Context())
		terms(1, 0)
		for range 10 { // seconds in which the first is silent
			c.at = c.at.Add(beatEvery)
			second.beat(t.Context())
		}
		terms(1, 2)
		first.beat(t.Context()) // it was only slow, and learns that it was replaced
		terms(0, 2)
		if err := second.Store.Quit(t.Context(), second.me.Name); err != nil {
			t.Fatal(err)
		}
		first.beat(t.Context())
		if first.now.term != 3 {
			t.Errorf("after the other quit: term %d, want 3 at once", first.now.term)
		}
	})
}

func TestTheLimitIsDividedByThoseWhoAreThere(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		c := &clock{time.Now()}
		var shares []int
		first, second := process(t, database, "x", c), process(t, database, "x", c)
		first.Share = func(n int) { shares = append(shares, n) }
		for _, beat := range []*Crew{first, second, first, first} {
			beat.beat(t.Context())
		}
		c.at = c.at.Add(store.MemberFor + time.Second)
		first.beat(t.Context())
		if len(shares) != 2 || shares[0] != 2 || shares[1] != 1 {
			t.Errorf("the limit was divided by %v, want 2 and then 1", shares)
		}
	})
}

func TestAnotherConfigurationWaitsUntilTheOldOneIsGone(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		c := &clock{time.Now()}
		old := process(t, database, "old", c)
		old.beat(t.Context())
		c.at = c.at.Add(time.Millisecond)
		other := process(t, database, "new", c)
		other.beat(t.Context())
		if err := other.Trouble(); other.now.admitted || err == nil || !strings.Contains(err.Error(), "process of old") {
			t.Fatalf("admitted %v, trouble %v; want it kept out by the process that serves", other.now.admitted, err)
		}
		if _, err := Inspect(t.Context(), other.Store, "new"); err == nil {
			t.Error("from outside nothing speaks against it")
		}
		old.beat(t.Context())
		if err := old.Trouble(); err != nil {
			t.Errorf("the process that serves: %v", err)
		}
		if err := old.Store.Quit(t.Context(), old.me.Name); err != nil {
			t.Fatal(err)
		}
		other.beat(t.Context())
		if err := other.Trouble(); err != nil || other.now.term == 0 {
			t.Errorf("when the old one is gone: %v, term %d; want it in office", err, other.now.term)
		}
	})
}

func TestAWrongClockKeepsAProcessOut(t *testing.T) {
	c := &clock{time.Now().Add(-time.Minute)}
	late := process(t, pgtest.Database(t), "x", c)
	late.skew = late.Store.Skew
	late.beat(t.Context())
	if err := late.Trouble(); late.now.admitted || err == nil || !strings.Contains(err.Error(), "behind") {
		t.Errorf("a minute late: admitted %v, trouble %v", late.now.admitted, err)
	}
	c.at = time.Now()
	late.beat(t.Context())
	if err := late.Trouble(); err != nil || !late.now.admitted {
		t.Errorf("when the clock was set: admitted %v, trouble %v", late.now.admitted, err)
	}
}

func TestTheWorkEndsWithTheOffice(t *testing.T) {
	c := &clock{time.Now()}
	database := filepath.Join(t.TempDir(), "callbox.db")
	first, second := process(t, database, "x", c), process(t, database, "x", c)
	began, ended := make(chan bool), make(chan bool)
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan bool)
	go func() {
		first.WhileElected(ctx, func(term context.Context) {
			began <- true
			<-term.Done()
			ended <- true
		})
		close(done)
	}()
	first.beat(ctx)
	<-began
	c.at = c.at.Add(holdFor)
	second.beat(ctx)
	first.beat(ctx)
	<-ended
	stop()
	<-done
}

func TestWhoCannotReachTheDatabaseGivesTheOfficeUp(t *testing.T) {
	c := &clock{time.Now()}
	p := process(t, filepath.Join(t.TempDir(), "callbox.db"), "x", c)
	p.beat(t.Context())
	gone, stop := context.WithCancel(t.Context())
	stop()
	p.beat(gone)
	if p.now.term != 1 || p.Trouble() == nil {
		t.Errorf("a moment later: term %d, trouble %v; want it in office, and not ready", p.now.term, p.Trouble())
	}
	c.at = c.at.Add(holdFor)
	p.beat(gone)
	if p.now.term != 0 {
		t.Error("it thinks that it holds the office when others may")
	}
}
