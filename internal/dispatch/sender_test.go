package dispatch

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"

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

// Promise 6: what is in flight when a newer bulletin is issued has ended before its reader is sent that, so
// that the newest is what the reader has last. Nobody else waits for it.
func TestTheNewestBulletinArrivesLast(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		slow, has := 4, map[string][]int{} // the bulletins that each reader has, in the order they came
		f := &far{answer: func(ctx context.Context, msg channels.Message) error {
			mu.Lock()
			wait := 20 * time.Millisecond
			if slow > 0 {
				slow, wait = slow-1, 8*time.Second
			}
			mu.Unlock()
			err := takes(wait)(ctx, msg)
			mu.Lock()
			defer mu.Unlock()
			has[msg.To] = append(has[msg.To], msg.Bulletin.Seq)
			return err
		}}
		m := newMemory()
		m.lane(Lane{Channel: channels.Push}, 200)
		m.issue(bulletin("o", 1))
		stop := run(t, NewSender(m, push(f), pushOptions(LaneOptions{Concurrency: 9})))
		time.Sleep(3 * time.Second)
		m.issue(bulletin("o", 2))
		told := func() (n int) {
			mu.Lock()
			defer mu.Unlock()
			for _, seqs := range has {
				if slices.Equal(seqs, []int{1, 2}) {
					n++
				}
			}
			return n
		}
		time.Sleep(4 * time.Second)
		if got := told(); got != 196 {
			t.Errorf("while four attempts of the former bulletin are in flight, %d others have the new one last, want 196", got)
		}
		time.Sleep(10 * time.Second)
		stop()
		if got := told(); got != 200 {
			t.Errorf("%d have the new one last, want all 200: %v", got, has)
		}
	})
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

func TestTheFiguresCountAttemptsByVerdict(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &far{answer: func(_ context.Context, m channels.Message) error {
			if m.To == "1/1" {
				return channels.As(channels.Gone, errors.New("410"))
			}
			return nil
		}}
		m := newMemory()
		m.lane(Lane{Channel: channels.Push}, 10)
		m.issue(bulletin("o", 1))
		s := NewSender(m, push(f), Options{})
		reg := prometheus.NewRegistry()
		reg.MustRegister(s.Metrics())
		stop := run(t, s)
		time.Sleep(time.Second)
		stop()
		families, err := reg.Gather()
		if err != nil {
			t.Fatal(err)
		}
		got := map[string]float64{}
		for _, family := range families {
			for _, metric := range family.GetMetric() {
				if family.GetName() == "callbox_attempts_total" {
					got[metric.GetLabel()[1].GetValue()] = metric.GetCounter().GetValue()
				}
			}
		}
		if got["accepted"] != 9 || got["gone"] != 1 {
			t.Errorf("got %v", got)
		}
	})
}
