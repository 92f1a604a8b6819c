package dispatch_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"callbox/areas"
	"callbox/channels"
	"callbox/internal/dispatch"
	"callbox/internal/officials"
	"callbox/internal/store"
	"callbox/outages"
	"callbox/subscribers"
	"callbox/templates"
)

// inbox is a channel that remembers how often each destination was reached by which bulletin.
type inbox struct {
	takes  time.Duration
	answer func(to string) error

	mu  sync.Mutex
	got map[string]map[int]int
}

func (i *inbox) Send(ctx context.Context, m channels.Message) (channels.Receipt, error) {
	i.mu.Lock()
	if i.got == nil {
		i.got = map[string]map[int]int{}
	}
	if i.got[m.To] == nil {
		i.got[m.To] = map[int]int{}
	}
	i.got[m.To][m.Bulletin.Seq]++
	i.mu.Unlock()
	if i.takes > 0 {
		select {
		case <-time.After(i.takes):
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	if i.answer != nil {
		if err := i.answer(m.To); err != nil {
			return nil, err
		}
	}
	return channels.Receipt{{ID: m.Key}}, nil
}

// killable is one process's way to the ledger; killed, its results arrive no more.
type killable struct {
	dispatch.Ledger
	mu   sync.Mutex
	dead bool
}

func (k *killable) kill() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.dead = true
}

func (k *killable) err() error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.dead {
		return errors.New("killed")
	}
	return nil
}

func (k *killable) Lease(ctx context.Context, lane int64, owner string, now time.Time) (*dispatch.Batch, error) {
	if err := k.err(); err != nil {
		return nil, err
	}
	return k.Ledger.Lease(ctx, lane, owner, now)
}

func (k *killable) Flush(ctx context.Context, b *dispatch.Batch, settled []dispatch.Delivery, done bool, now time.Time) (bool, error) {
	if err := k.err(); err != nil {
		return false, err
	}
	return k.Ledger.Flush(ctx, b, settled, done, now)
}

// house is a real store with n residents who take mail.
type house struct {
	*store.Store
	t testing.TB
	n int
}

func newHouse(t testing.TB, n int) *house {
	s, err := store.Open(context.Background(), filepath.Join(t.TempDir(), "callbox.db"), subscribers.NewSealer(subscribers.GenerateKeys()), nil)
	if err != nil {
		t.Fatal(err)
	}
	h := &house{s, t, n}
	h.ok(s.SaveAgency(context.Background(), officials.Agency{ID: "a", Name: "Agency"}, officials.Entry{Actor: "operator", Action: "agency.save"}))
	var rs []store.Registration
	for i := range n {
		rs = append(rs, store.Registration{List: "live", Langs: []string{"en"}, Areas: []areas.ID{"x-a"}, Channel: channels.Email,
			Destination: subscribers.NewDestination(fmt.Sprintf("r%d@example.org", i)), Active: true})
	}
	_, err = s.Enrol(context.Background(), rs...)
	h.ok(err)
	h.ok(s.NewOutage(context.Background(), outages.Outage{ID: "o", Agency: "a", Mode: outages.Live}))
	return h
}

func (h *house) ok(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
}

func (h *house) issue(seq int) {
	h.t.Helper()
	now := time.Now().UTC()
	b := outages.Bulletin{Outage: "o", Seq: seq, Mode: outages.Live, Kind: outages.Update, Issued: now, Expires: now.Add(4 * time.Hour)}
	b.Declaration.Mode = outages.Live
	b.Facts.Advice = []outages.Advice{{Area: areas.Area{ID: "x-a"}, Change: outages.Changed}}
	text := templates.Text{Lang: "en", Topic: "911 outage", Title: "911 outage: Hartford", Parts: []templates.Part{{Areas: []areas.ID{"x-a"}}}}
	_, err := h.Issue(context.Background(), b, store.Texts{Areas: []templates.Text{text}}, nil, officials.Entry{Actor: "system", Action: "bulletin.issue"})
	h.ok(err)
}

func (h *house) totals(seq int) store.Totals {
	h.t.Helper()
	figures, err := h.Figures(context.Background(), "o", false)
	h.ok(err)
	for _, f := range figures {
		if f.Seq == seq {
			return f.Totals
		}
	}
	h.t.Fatalf("no figures for bulletin %d", seq)
	return store.Totals{}
}

// reconciles checks promise 13 as any reader of the totals would.
func (h *house) reconciles(seq int) store.Totals {
	h.t.Helper()
	o := h.totals(seq)
	if sum := o.Waiting + o.Accepted + o.Refused + o.Gone + o.Expired + o.Overtaken + o.Stopped + o.Uncertain; sum != o.Targeted || sum != h.n {
		h.t.Errorf("bulletin %d: targeted %d of %d, the fates sum to %d: %+v", seq, o.Targeted, h.n, sum, o)
	}
	return o
}

func (h *house) send(l dispatch.Ledger, in *inbox) (stop func()) {
	s := dispatch.NewSender(l, map[channels.Name]channels.Channel{channels.Email: in},
		dispatch.Options{Lanes: map[channels.Name]dispatch.LaneOptions{channels.Email: {Concurrency: 8}}})
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		s.Run(ctx)
	}()
	return func() {
		cancel()
		<-done
	}
}

// until waits for the totals of a bulletin.
func (h *house) until(seq int, enough func(store.Totals) bool) store.Totals {
	h.t.Helper()
	for range 120 {
		if o := h.reconciles(seq); enough(o) {
			return o
		}
		time.Sleep(time.Second)
	}
	h.t.Fatalf("bulletin %d after two minutes: %+v", seq, h.totals(seq))
	return store.Totals{}
}

func settled(o store.Totals) bool { return o.Waiting == 0 }

// inHouse runs a test in a bubble of time, on a real database.
func inHouse(t *testing.T, n int, test func(t *testing.T, h *house)) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t, n)
		defer func() { h.ok(h.Close()) }()
		test(t, h)
	})
}

// Promises 5 and 13.
func TestOnSQLiteAKilledSenderLeavesNobodySkipped(t *testing.T) {
	inHouse(t, 120, func(t *testing.T, h *house) {
		h.issue(1)
		in := &inbox{takes: 100 * time.Millisecond}
		k := &killable{Ledger: h.Store}
		dead := h.send(k, in)
		time.Sleep(700 * time.Millisecond)
		k.kill()
		stop := h.send(h.Store, in)
		o := h.until(1, settled)
		stop()
		dead()
		if o.Accepted != h.n || len(in.got) != h.n {
			t.Errorf("%d were reached and %+v, want %d", len(in.got), o, h.n)
		}
	})
}

// Promises 6 and 13.
func TestOnSQLiteTheNewestBulletinOvertakes(t *testing.T) {
	inHouse(t, 120, func(t *testing.T, h *house) {
		h.issue(1)
		in := &inbox{takes: 100 * time.Millisecond}
		stop := h.send(h.Store, in)
		time.Sleep(700 * time.Millisecond)
		h.issue(2)
		first, second := h.until(1, settled), h.until(2, settled)
		stop()
		if second.Accepted != h.n {
			t.Errorf("the newest: got %+v, want %d accepted", second, h.n)
		}
		if first.Overtaken == 0 || first.Accepted+first.Overtaken != h.n {
			t.Errorf("the former: got %+v", first)
		}
		for to, seqs := range in.got {
			if seqs[1] > 1 || seqs[2] != 1 {
				t.Fatalf("%s heard %v", to, seqs)
			}
		}
	})
}

// Promises 7 and 8.
func TestOnSQLiteEveryVerdictFindsItsFate(t *testing.T) {
	inHouse(t, 60, func(t *testing.T, h *house) {
		h.issue(1)
		busy := time.Now().Add(3 * time.Second)
		in := &inbox{answer: func(to string) error {
			switch {
			case to == "r1@example.org":
				return channels.As(channels.Gone, errors.New("550 5.1.1 no such user"))
			case to == "r2@example.org":
				return channels.As(channels.Refused, errors.New("552 5.3.4 too big"))
			case to == "r3@example.org":
				return channels.As(channels.Uncertain, errors.New("connection lost after the data"))
			case to == "r4@example.org" && time.Now().Before(busy):
				return errors.New("450 4.2.0 greylisted")
			}
			return nil
		}}
		stop := h.send(h.Store, in)
		time.Sleep(2 * time.Second)
		if o := h.reconciles(1); o.Waiting != 1 {
			t.Errorf("after 2 s: %+v, want one waiting", o)
		}
		o := h.until(1, settled)
		stop()
		if o.Gone != 1 || o.Refused != 1 || o.Uncertain != 1 || o.Accepted != 57 {
			t.Errorf("got %+v", o)
		}
	})
}

func TestOnSQLiteABrokenLaneIsKeptInTheLedgerAndMends(t *testing.T) {
	inHouse(t, 60, func(t *testing.T, h *house) {
		h.issue(1)
		mended := time.Now().Add(10 * time.Second)
		in := &inbox{answer: func(string) error {
			if time.Now().Before(mended) {
				return channels.As(channels.Broken, errors.New("535 5.7.8 wrong password"))
			}
			return nil
		}}
		stop := h.send(h.Store, in)
		time.Sleep(time.Second)
		stop()
		lanes, err := h.Lanes(context.Background(), time.Now())
		h.ok(err)
		if len(lanes) != 1 || lanes[0].Broken != "535 5.7.8 wrong password" {
			t.Fatalf("the ledger has %+v", lanes)
		}
		stop = h.send(h.Store, in) // another process takes up the probes
		o := h.until(1, settled)
		stop()
		if o.Accepted != h.n {
			t.Errorf("got %+v, want %d accepted", o, h.n)
		}
	})
}

// Figure 2 of the goals counts the ledger in: what a delivery costs on SQLite besides its channel.
func BenchmarkSenderOnSQLite(b *testing.B) {
	h := newHouse(b, 20_000)
	defer func() { h.ok(h.Close()) }()
	seq := 0
	b.ResetTimer()
	for b.Loop() {
		seq++
		h.issue(seq)
		stop := h.send(h.Store, &inbox{})
		for h.totals(seq).Accepted < h.n {
			time.Sleep(5 * time.Millisecond)
		}
		stop()
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*h.n), "ns/delivery")
	b.ReportMetric(float64(b.N*h.n)/b.Elapsed().Seconds(), "deliveries/s")
}
