package push_test

import (
	"net/http"
	"testing"

	"callbox/channels/channeltest"
	"callbox/channels/push"
	"callbox/channels/push/pushtest"
)

// tokens is a transport that takes every push and counts by what token.
type tokens map[string]int

func (t tokens) RoundTrip(r *http.Request) (*http.Response, error) {
	t[r.Header.Get("Authorization")]++
	return &http.Response{StatusCode: http.StatusCreated, Body: http.NoBody, Request: r, Header: http.Header{}}, r.Body.Close()
}

// The library signs each push anew, the native engine once for each push service: that tells them apart
// from outside.
func TestALargeAudienceIsServedByTheNativeEngine(t *testing.T) {
	seen := tokens{}
	ch, err := push.New(push.Config{PublicKey: keys.public, PrivateKey: keys.private, Subject: "ops@example.org",
		NativeAfter: 3, Client: &http.Client{Transport: seen}, Now: now})
	if err != nil {
		t.Fatal(err)
	}
	far := pushtest.New()
	far.Base = "https://fcm.googleapis.com"
	to := far.Subscribe("")
	for _, step := range []struct {
		seq, pushes, want int
		what              string
	}{
		{1, 10, 4, "three by the library, one token for the rest"},
		{2, 3, 7, "the next bulletin is counted by itself"},
		{2, 5, 7, "its rest has the token that is there"},
	} {
		for range step.pushes {
			m := channeltest.Sample{Seq: step.seq}.Message()
			m.To = to
			if _, err := ch.Send(t.Context(), m); err != nil {
				t.Fatal(err)
			}
		}
		if len(seen) != step.want {
			t.Errorf("after %d pushes of bulletin %d: %d tokens, want %d: %s", step.pushes, step.seq, len(seen), step.want, step.what)
		}
	}
}

func TestASettingOfTheEngineThatCannotBeIsRefused(t *testing.T) {
	for _, c := range []push.Config{{Engine: "fast"}, {NativeAfter: -1}} {
		c.PublicKey, c.PrivateKey, c.Subject = keys.public, keys.private, "ops@example.org"
		if _, err := push.New(c); err == nil {
			t.Errorf("engine %q after %d was accepted", c.Engine, c.NativeAfter)
		}
	}
}
