package push_test

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"callbox/channels"
	"callbox/channels/channeltest"
	"callbox/channels/push"
	"callbox/channels/push/pushtest"
	"callbox/outages"
)

// Whatever the engine, the browser opens the same bytes from a body of the same size and headers.
func TestTheEnginesPutTheSameOnTheWire(t *testing.T) {
	for _, s := range []channeltest.Sample{
		{}, {Mode: outages.Drill, Towns: 3}, {Towns: 12}, {Towns: 90}, {Kind: outages.AllClear, Seq: 2},
	} {
		var got []pushtest.Notification
		for _, engine := range engines {
			ch, far := open(t, engine)
			m := s.Message()
			m.To = far.To()
			if _, err := ch.Send(t.Context(), m); err != nil {
				t.Fatalf("%s: %v", engine, err)
			}
			got = append(got, far.Service.Received()[0])
		}
		a, b := got[0], got[1]
		if a.Trouble+b.Trouble != "" {
			t.Fatalf("%+v: the browser could not open: %q, %q", s, a.Trouble, b.Trouble)
		}
		if !bytes.Equal(a.Payload, b.Payload) {
			t.Errorf("%+v: payloads %s and %s, want the same", s, a.Payload, b.Payload)
		}
		if a.Size != b.Size || a.Topic != b.Topic || a.TTL != b.TTL || a.Urgency != b.Urgency {
			t.Errorf("%+v: %d and %d bytes, topics %q and %q, TTL %v and %v, urgency %q and %q; want the same",
				s, a.Size, b.Size, a.Topic, b.Topic, a.TTL, b.TTL, a.Urgency, b.Urgency)
		}
	}
}

func TestABodyHasTheSmallestSizeThatFits(t *testing.T) {
	for _, engine := range engines {
		ch, far := open(t, engine)
		for _, s := range []channeltest.Sample{{}, {Towns: 12}, {Towns: 90}} {
			m := s.Message()
			m.To = far.To()
			if _, err := ch.Send(t.Context(), m); err != nil {
				t.Fatalf("%s: %v", engine, err)
			}
		}
		for _, n := range far.Service.Received() {
			want := 2744
			for _, size := range []int{2048, 1024, 512} {
				if len(n.Payload)+103 <= size {
					want = size
				}
			}
			if n.Size != want {
				t.Errorf("%s: a payload of %d bytes travels in %d, want %d", engine, len(n.Payload), n.Size, want)
			}
		}
	}
}

func TestTheTTLEndsWithTheBulletin(t *testing.T) {
	tests := []struct {
		name    string
		expires time.Duration // after now
		want    time.Duration // 0 where it is refused
	}{
		{"four hours", 4 * time.Hour, 4 * time.Hour},
		{"less than a second", time.Second / 2, time.Second},
		{"longer than push services keep", 90 * 24 * time.Hour, 28 * 24 * time.Hour},
		{"now", 0, 0},
		{"past", -time.Minute, 0},
	}
	for _, engine := range engines {
		ch, far := open(t, engine)
		for _, tt := range tests {
			t.Run(string(engine)+" "+tt.name, func(t *testing.T) {
				before := len(far.Service.Received())
				m := channeltest.Message(outages.Live)
				m.To, m.Bulletin.Expires = far.To(), now().Add(tt.expires)
				_, err := ch.Send(t.Context(), m)
				received := far.Service.Received()[before:]
				if tt.want == 0 {
					if v, _ := channels.VerdictOf(err); v != channels.Refused || len(received) != 0 {
						t.Errorf("error %v, %d sent; want refused and none", err, len(received))
					}
					return
				}
				if err != nil || len(received) != 1 || received[0].TTL != tt.want {
					t.Errorf("error %v, sent %+v; want one with TTL %v", err, received, tt.want)
				}
			})
		}
	}
}

// counter is a client's transport that answers 201 itself and notes the tokens.
type counter struct {
	mu     sync.Mutex
	tokens map[string]int
}

func (c *counter) RoundTrip(r *http.Request) (*http.Response, error) {
	io.Copy(io.Discard, r.Body)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.tokens[r.Header.Get("Authorization")]++
	return &http.Response{StatusCode: 201, Body: http.NoBody, Request: r, Header: http.Header{}}, nil
}

func TestTheNativeEngineSignsOncePerPushServiceAndSixHours(t *testing.T) {
	clock := channeltest.Now
	wire := &counter{tokens: map[string]int{}}
	ch, err := push.New(push.Config{
		PublicKey: keys.public, PrivateKey: keys.private, Subject: "ops@example.org", Engine: push.Native,
		Client: &http.Client{Transport: wire}, Now: func() time.Time { return clock },
	})
	if err != nil {
		t.Fatal(err)
	}
	send := func(endpoint string) {
		t.Helper()
		m := channeltest.Message(outages.Live)
		m.To, m.Bulletin.Expires = at(endpoint), clock.Add(time.Hour)
		if _, err := ch.Send(t.Context(), m); err != nil {
			t.Fatal(err)
		}
	}
	steps := []struct {
		after time.Duration
		want  int // tokens so far
	}{{0, 2}, {time.Hour, 2}, {5*time.Hour - time.Second, 2}, {time.Minute, 4}, {-24 * time.Hour, 6}}
	for _, s := range steps {
		clock = clock.Add(s.after)
		for range 3 {
			send("https://fcm.googleapis.com/a")
			send("https://web.push.apple.com/b")
		}
		if len(wire.tokens) != s.want {
			t.Fatalf("at %v: %d tokens so far, want %d", clock, len(wire.tokens), s.want)
		}
	}
}

// webpush-go appends to the message it is given; nothing that we share may lie behind it.
func TestSendingToManyAtOnceKeepsEveryPayloadWhole(t *testing.T) {
	for _, engine := range engines {
		ch, far := open(t, engine)
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				for range 4 {
					m := channeltest.Message(outages.Live)
					m.To = far.To()
					if _, err := ch.Send(context.Background(), m); err != nil {
						t.Errorf("%s: %v", engine, err)
					}
				}
			})
		}
		wg.Wait()
		want, err := push.Compose(channeltest.Message(outages.Live))
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range far.Service.Received() {
			if !bytes.Equal(n.Payload, want) {
				t.Fatalf("%s: received %s (%s), want %s", engine, n.Payload, n.Trouble, want)
			}
		}
	}
}

func TestABadDestinationIsRefusedBeforeAnythingIsSent(t *testing.T) {
	ch, far := open(t, push.Native)
	for _, to := range []string{"", "{}", strings.Replace(far.To(), "127.0.0.1", "169.254.169.254", 1)} {
		m := channeltest.Message(outages.Live)
		m.To = to
		_, err := ch.Send(t.Context(), m)
		if err == nil {
			t.Errorf("Send was accepted, want an error")
		}
		channeltest.Leaks(t, err, far.Secrets()...)
	}
	if n := len(far.Service.Received()); n != 0 {
		t.Errorf("%d pushes were sent, want none", n)
	}
}
