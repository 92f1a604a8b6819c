package dispatch_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"callbox/areas"
	"callbox/channels"
	"callbox/internal/dispatch"
	"callbox/internal/store"
	"callbox/subscribers"
)

// webhook puts one address of a channel on the roll whose posts cannot be looked up.
func (h *house) webhook() {
	h.t.Helper()
	_, err := h.Enrol(context.Background(), store.Registration{List: "live", Langs: []string{"en"}, Areas: []areas.ID{"x-a"}, Channel: channels.Discord,
		Destination: subscribers.NewDestination("https://discord.com/api/webhooks/1/x"), Active: true})
	h.ok(err)
	h.n++
}

func (h *house) post(l dispatch.Ledger, in *inbox) (stop func()) {
	s := dispatch.NewSender(l, map[channels.Name]channels.Channel{channels.Discord: in}, dispatch.Options{})
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

func (i *inbox) posts(seq int) (n int) {
	i.mu.Lock()
	defer i.mu.Unlock()
	for _, seqs := range i.got {
		n += seqs[seq]
	}
	return n
}

// Promise 5: a Discord post of unknown outcome is uncertain, shown, and not repeated.
func TestOnSQLiteAPostOfAKilledProcessIsUncertainAndNotRepeated(t *testing.T) {
	inHouse(t, 0, func(t *testing.T, h *house) {
		h.webhook()
		h.issue(1)
		in := &inbox{takes: time.Second}
		k := &killable{Ledger: h.Store}
		dead := h.post(k, in)
		time.Sleep(500 * time.Millisecond)
		k.kill() // the post is out, and nobody wrote what came of it
		stop := h.post(h.Store, in)
		o := h.until(1, settled)
		stop()
		dead()
		if n := in.posts(1); n != 1 || o.Uncertain != 1 {
			t.Errorf("got %d posts and %+v, want 1 that is uncertain", n, o)
		}
		reasons, err := h.Reasons(context.Background(), "o")
		h.ok(err)
		if len(reasons) != 1 || !strings.Contains(reasons[0].Reason, "the process ended") {
			t.Errorf("got the reasons %+v, want why it is uncertain", reasons)
		}
		parts, err := h.Parts(context.Background(), "o")
		h.ok(err)
		if parts[channels.Discord] != 0 {
			t.Errorf("got %d named parts, want none: nobody named it", parts[channels.Discord])
		}
	})
}

// Promises 5 and 6: what may have arrived counts as told, also when something newer came before anybody
// could find out.
func TestOnSQLiteAPostInDoubtIsNotOvertaken(t *testing.T) {
	for name, killed := range map[string]bool{"in flight": false, "of a killed process": true} {
		t.Run(name, func(t *testing.T) {
			inHouse(t, 0, func(t *testing.T, h *house) {
				h.webhook()
				h.issue(1)
				in := &inbox{takes: time.Second}
				k := &killable{Ledger: h.Store}
				dead := h.post(k, in)
				time.Sleep(500 * time.Millisecond)
				want := store.Totals{Targeted: 1, Accepted: 1}
				if killed {
					k.kill()
					want = store.Totals{Targeted: 1, Uncertain: 1}
				}
				h.issue(2)
				stop := h.post(h.Store, in)
				first, second := h.until(1, settled), h.until(2, settled)
				stop()
				dead()
				if first != want || second.Accepted != 1 || in.posts(1) != 1 || in.posts(2) != 1 {
					t.Errorf("got %+v and %+v by %d and %d posts, want %+v and one accepted by one post each",
						first, second, in.posts(1), in.posts(2), want)
				}
			})
		})
	}
}

// A post that never left is neither uncertain nor lost.
func TestOnSQLiteAPostThatWasRefusedItsLaneIsTriedAgain(t *testing.T) {
	inHouse(t, 0, func(t *testing.T, h *house) {
		h.webhook()
		h.issue(1)
		mended := time.Now().Add(20 * time.Second)
		in := &inbox{answer: func(string) error {
			switch {
			case time.Now().Before(mended.Add(-15 * time.Second)):
				return errors.New("connection refused")
			case time.Now().Before(mended):
				return channels.As(channels.Broken, errors.New("blocked at the edge"))
			}
			return nil
		}}
		stop := h.post(h.Store, in)
		time.Sleep(2 * time.Second)
		stop()
		stop = h.post(h.Store, in)
		o := h.until(1, settled)
		stop()
		if o.Accepted != 1 || in.posts(1) < 2 {
			t.Errorf("got %+v after %d posts, want it accepted in the end", o, in.posts(1))
		}
	})
}
