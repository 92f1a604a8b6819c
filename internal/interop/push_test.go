//go:build interop

package interop_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"callbox/channels"
	"callbox/channels/channeltest"
	"callbox/channels/push"
	"callbox/outages"
	"callbox/templates"
)

var engines = []push.Engine{push.Library, push.Native}

// pusher makes a push channel, and returns its public key too.
func pusher(t *testing.T, engine push.Engine) (ch *push.Channel, publicKey string) {
	t.Helper()
	publicKey, privateKey, err := push.GenerateKeys()
	if err != nil {
		t.Fatal(err)
	}
	return pusherWith(t, engine, publicKey, privateKey), publicKey
}

func pusherWith(t *testing.T, engine push.Engine, publicKey, privateKey string) *push.Channel {
	t.Helper()
	ch, err := push.New(push.Config{
		PublicKey: publicKey, PrivateKey: privateKey, Subject: "callbox@alerts.example.gov",
		Engine: engine, Client: channels.NewClient(channels.Loopback()),
	})
	if err != nil {
		t.Fatal(err)
	}
	return ch
}

func TestFirefoxShowsABulletinInTheReadersLanguage(t *testing.T) {
	publicKey, privateKey, err := push.GenerateKeys()
	if err != nil {
		t.Fatal(err)
	}
	browser := startFirefox(t, publicKey)
	for i, engine := range engines {
		for _, mode := range []outages.Mode{outages.Live, outages.Drill} {
			m := fresh(channeltest.Sample{Mode: mode, Seq: i + 1})
			m.To = browser.Subscription
			if i == 1 {
				m.Texts = []templates.Text{m.Texts[1]} // Spanish
			}
			t.Run(fmt.Sprintf("%s, %s, %s", engine, mode, m.Texts[0].Lang), func(t *testing.T) {
				want, err := push.Compose(m)
				if err != nil {
					t.Fatal(err)
				}
				ch := pusherWith(t, engine, publicKey, privateKey)
				if _, err := ch.Send(t.Context(), m); err != nil {
					t.Fatalf("Send: %v", err)
				}
				ack, got := browser.next(t)
				if ack.Code != decrypted {
					t.Errorf("the browser's code is %d, want %d", ack.Code, decrypted)
				}
				if got.Text != string(want) || got.Error != "" {
					t.Errorf("the worker got\n%s (%s), want what Compose made\n%s", got.Text, got.Error, want)
				}
				holds(t, got, want)
			})
		}
	}
}

// holds checks that the browser holds the notification that a payload asks for, once for its tag.
func holds(t *testing.T, got shown, payload []byte) {
	t.Helper()
	var want struct {
		Notification struct{ Title, Body, Lang, Tag string }
	}
	if err := json.Unmarshal(payload, &want); err != nil {
		t.Fatal(err)
	}
	var same int
	for _, n := range got.Shown {
		if n.Tag != want.Notification.Tag {
			continue
		}
		same++
		if n.Title != want.Notification.Title || n.Body != want.Notification.Body || n.Lang != want.Notification.Lang {
			t.Errorf("on the screen: %+v, want %+v", n, want.Notification)
		}
	}
	if same != 1 {
		t.Errorf("%d notifications with the tag of the outage, want 1: %+v", same, got.Shown)
	}
}
