package push_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"callbox/channels"
	"callbox/channels/push"
	"callbox/channels/push/pushtest"
)

func TestANoticeIsShownLikeABulletinAndReplacesTheOneBeforeIt(t *testing.T) {
	far, err := pushtest.Start()
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := far.Close(); err != nil {
			t.Error(err)
		}
	}()
	public, private, err := push.GenerateKeys()
	if err != nil {
		t.Fatal(err)
	}
	ch, err := push.New(push.Config{PublicKey: public, PrivateKey: private, Subject: "alerts@despp.example.gov",
		Client: channels.NewClient(channels.Loopback())})
	if err != nil {
		t.Fatal(err)
	}
	n := push.Notice{To: far.Subscribe(public), Lang: "en", Title: "A bulletin waits for your approval", Body: "ada submitted it.",
		Link: "https://console.example.gov/console/live/drafts/d1", Tag: "draft d1", TTL: time.Hour}
	for range 2 {
		if err := ch.Notify(t.Context(), n); err != nil {
			t.Fatal(err)
		}
	}
	shown := far.Shown(0)
	if len(shown) != 1 {
		t.Fatalf("the screen shows %d notices, want 1", len(shown))
	}
	var got struct {
		Notification struct{ Title, Body, Navigate string }
	}
	if err := json.Unmarshal(shown[0].Payload, &got); err != nil {
		t.Fatal(err)
	}
	if x := got.Notification; x.Title != n.Title || x.Body != n.Body || x.Navigate != n.Link {
		t.Errorf("got %+v, want what was sent", x)
	}
	far.Script(0, pushtest.Answer{Status: 410})
	if verdict, _ := channels.VerdictOf(ch.Notify(t.Context(), n)); verdict != channels.Gone {
		t.Errorf("a device that is gone: got %v, want gone", verdict)
	}
	n.Body = strings.Repeat("x", push.MaxPayload)
	if verdict, _ := channels.VerdictOf(ch.Notify(t.Context(), n)); verdict != channels.Refused {
		t.Errorf("too long: got %v, want refused", verdict)
	}
	n.To = "{}"
	if err := ch.Notify(t.Context(), n); err == nil {
		t.Errorf("no subscription: got %v, want an error", err)
	}
}
