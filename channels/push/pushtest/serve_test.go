package pushtest_test

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"callbox/channels"
	"callbox/channels/channeltest"
	"callbox/channels/push"
	"callbox/channels/push/pushtest"
	"callbox/outages"
)

// start runs a service over TLS, and a channel that reaches it.
func start(t *testing.T) (*pushtest.Listening, *push.Channel, string) {
	t.Helper()
	far, err := pushtest.StartTLS()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { far.Close() })
	far.Now = channeltestNow
	public, private, err := push.GenerateKeys()
	if err != nil {
		t.Fatal(err)
	}
	ch, err := push.New(push.Config{
		PublicKey: public, PrivateKey: private, Subject: "ops@example.org", Engine: push.Native, Now: channeltestNow,
		Client: channels.NewClient(channels.Loopback(), channels.Trust(far.Roots)),
	})
	if err != nil {
		t.Fatal(err)
	}
	return far, ch, public
}

func channeltestNow() time.Time { return channeltest.Now }

func send(t *testing.T, ch *push.Channel, to string, s channeltest.Sample) error {
	t.Helper()
	m := s.Message()
	m.To = to
	_, err := ch.Send(t.Context(), m)
	return err
}

func TestANewerBulletinTakesThePlaceOfTheOlder(t *testing.T) {
	far, ch, key := start(t)
	one, two := far.Subscribe(key), far.Subscribe(key)
	for _, s := range []channeltest.Sample{
		{}, {Seq: 2, Kind: outages.Update}, {Seq: 3, Kind: outages.AllClear}, {Outage: "o-2"}, {Mode: outages.Drill},
	} {
		if err := send(t, ch, one, s); err != nil {
			t.Fatal(err)
		}
	}
	if err := send(t, ch, two, channeltest.Sample{}); err != nil {
		t.Fatal(err)
	}
	shown := far.Shown(0)
	if len(shown) != 3 || !strings.Contains(string(shown[0].Payload), `"seq":3`) {
		t.Errorf("the first screen shows %d notifications, the first of them %s; want 3, and the all-clear first", len(shown), shown[0].Payload)
	}
	if n := len(far.Shown(1)); n != 1 {
		t.Errorf("the second screen shows %d notifications, want 1", n)
	}
	if got, want := far.Counts(), (pushtest.Counts{Accepted: 6, Replaced: 2}); got != want {
		t.Errorf("counts are %+v, want %+v", got, want)
	}
	first := far.Received()[0]
	if first.TTL != 4*time.Hour || first.Urgency != "high" || len(first.Topic) != 32 || first.Size != 1024 {
		t.Errorf("TTL %v, urgency %q, topic of %d characters, %d bytes; want 4h, high, 32, 1024",
			first.TTL, first.Urgency, len(first.Topic), first.Size)
	}
}

func TestADeviceAnswersByItsScript(t *testing.T) {
	far, ch, key := start(t)
	to := far.Subscribe(key)
	far.Always(pushtest.Answer{Status: http.StatusInternalServerError})
	far.Script(0,
		pushtest.Answer{},
		pushtest.Answer{Status: http.StatusTooManyRequests, RetryAfter: 9 * time.Second},
		pushtest.Answer{Reset: true},
		pushtest.Answer{Status: http.StatusOK, Wait: time.Millisecond},
	)
	want := []string{"accepted", "later 9s", "later 0s", "accepted", "later 0s", "gone 0s", "gone 0s"}
	for i, w := range want {
		if i == 5 {
			far.Script(0, pushtest.Answer{Status: http.StatusGone})
		}
		got := "accepted"
		if err := send(t, ch, to, channeltest.Sample{}); err != nil {
			v, wait := channels.VerdictOf(err)
			got = v.String() + " " + wait.String()
		}
		if got != w {
			t.Errorf("push %d: %s, want %s", i+1, got, w)
		}
	}
	if got, want := far.Counts(), (pushtest.Counts{Accepted: 2, Replaced: 1, Denied: 5}); got != want {
		t.Errorf("counts are %+v, want %+v", got, want)
	}
}

func TestASubscriptionBelongsToOneKey(t *testing.T) {
	far, ch, _ := start(t)
	other, _, err := push.GenerateKeys()
	if err != nil {
		t.Fatal(err)
	}
	if err := send(t, ch, far.Subscribe(other), channeltest.Sample{}); err == nil {
		t.Error("a push signed by another key was accepted")
	}
	if err := send(t, ch, far.Subscribe(""), channeltest.Sample{}); err != nil {
		t.Errorf("a subscription for any key: %v, want it accepted", err)
	}
}

// What a push service denies is proved by spoiling a good push, one thing at a time.
func TestTheServiceDeniesWhatTheRFCsForbid(t *testing.T) {
	far, _, key := start(t)
	capture := &spoiler{to: channels.NewClient(channels.Loopback(), channels.Trust(far.Roots)).Transport}
	ch, to := spoiled(t, far, capture)
	tests := []struct {
		name  string
		spoil func(r *http.Request)
		want  int
	}{
		{"nothing spoiled", func(*http.Request) {}, 201},
		{"another method", func(r *http.Request) { r.Method = http.MethodPut }, 405},
		{"no TTL", func(r *http.Request) { r.Header.Del("TTL") }, 400},
		{"a TTL of 0", func(r *http.Request) { r.Header.Set("TTL", "0") }, 400},
		{"a long topic", func(r *http.Request) { r.Header.Set("Topic", strings.Repeat("a", 33)) }, 400},
		{"a topic of other letters", func(r *http.Request) { r.Header.Set("Topic", "a+b") }, 400},
		{"an unknown urgency", func(r *http.Request) { r.Header.Set("Urgency", "extreme") }, 400},
		{"another coding", func(r *http.Request) { r.Header.Set("Content-Encoding", "aesgcm") }, 415},
		{"too long", func(r *http.Request) {
			r.Body, r.ContentLength = io.NopCloser(strings.NewReader(strings.Repeat("x", 4097))), 4097
		}, 413},
		{"another path", func(r *http.Request) { r.URL.Path += "x" }, 404},
		{"an unknown device", func(r *http.Request) { r.URL.Path = "/push/99-abc" }, 404},
		{"no authorization", func(r *http.Request) { r.Header.Del("Authorization") }, 401},
		{"another key", func(r *http.Request) {
			h := r.Header.Get("Authorization")
			r.Header.Set("Authorization", h[:strings.Index(h, "k=")]+"k="+key)
		}, 403},
		{"a claim changed", func(r *http.Request) {
			h := r.Header.Get("Authorization")
			r.Header.Set("Authorization", strings.Replace(h, ".eyJ", ".eyK", 1))
		}, 403},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			capture.spoil, capture.status = tt.spoil, 0
			err := send(t, ch, to, channeltest.Sample{})
			if capture.status != tt.want || (err == nil) != (tt.want == 201) {
				t.Errorf("answered %d (error: %v), want %d", capture.status, err, tt.want)
			}
		})
	}
	far.Now = func() time.Time { return channeltest.Now.Add(13 * time.Hour) }
	capture.spoil = func(*http.Request) {}
	if err := send(t, ch, to, channeltest.Sample{}); capture.status != 403 {
		t.Errorf("a token that expired: answered %d (error: %v), want 403", capture.status, err)
	}
}

// spoiler is a transport that changes a request before it is sent, and notes the answer's status.
type spoiler struct {
	to     http.RoundTripper
	spoil  func(*http.Request)
	status int
}

func (s *spoiler) RoundTrip(r *http.Request) (*http.Response, error) {
	s.spoil(r)
	resp, err := s.to.RoundTrip(r)
	if err == nil {
		s.status = resp.StatusCode
	}
	return resp, err
}

// spoiled makes a channel whose pushes pass the spoiler. Its destination lies at a named host, since only
// a guarded client may reach loopback; the spoiler brings it to the service.
func spoiled(t *testing.T, far *pushtest.Listening, s *spoiler) (*push.Channel, string) {
	t.Helper()
	public, private, err := push.GenerateKeys()
	if err != nil {
		t.Fatal(err)
	}
	base := strings.TrimPrefix(far.Base, "https://")
	inner := s.to
	s.to = roundTrip(func(r *http.Request) (*http.Response, error) {
		r.URL.Host, r.Host = base, "push.example.net"
		return inner.RoundTrip(r)
	})
	ch, err := push.New(push.Config{
		PublicKey: public, PrivateKey: private, Subject: "https://example.org/", Engine: push.Native, Now: channeltestNow,
		Hosts: []string{"push.example.net"}, Client: &http.Client{Transport: s},
	})
	if err != nil {
		t.Fatal(err)
	}
	var sub map[string]any
	if err := json.Unmarshal([]byte(far.Subscribe("")), &sub); err != nil {
		t.Fatal(err)
	}
	sub["endpoint"] = strings.Replace(sub["endpoint"].(string), base, "push.example.net", 1)
	to, err := json.Marshal(sub)
	if err != nil {
		t.Fatal(err)
	}
	return ch, string(to)
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestTwentyThousandSubscribeAtOnce(t *testing.T) {
	far := pushtest.New()
	far.Base = "https://push.example.net"
	seen := map[string]bool{}
	for range 20_000 {
		seen[far.Subscribe("")] = true
	}
	if len(seen) != 20_000 || far.Devices() != 20_000 {
		t.Errorf("%d different subscriptions of %d devices, want 20000 of both", len(seen), far.Devices())
	}
}

func TestAServiceEndsOnce(t *testing.T) {
	far, err := pushtest.Start()
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := far.Close(); err != nil && !errors.Is(err, http.ErrServerClosed) {
			t.Errorf("Close: %v", err)
		}
	}
	if _, err := http.Get(far.Base); err == nil {
		t.Error("a closed service answers")
	}
}
