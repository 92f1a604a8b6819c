//go:build interop

package interop_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os/exec"
	"strings"
	"testing"

	"callbox/channels"
	"callbox/channels/channeltest"
	"callbox/channels/push"
)

// webPushTesting is the npm package of that name: a push service and its browsers, which decrypts what it
// gets with another library than ours.
type webPushTesting struct{ base string }

func startWebPushTesting(t *testing.T) *webPushTesting {
	t.Helper()
	port := freePort(t)
	cmd := exec.Command("node", "serve.js", fmt.Sprint(port))
	cmd.Dir = "web-push-testing"
	startPeer(t, cmd)
	await(t, "web-push-testing", listens(fmt.Sprintf("127.0.0.1:%d", port)))
	return &webPushTesting{base: fmt.Sprintf("http://localhost:%d", port)}
}

// client is one subscription of the service.
type client struct {
	Hash         string `json:"clientHash"`
	subscription string
}

// subscribe makes a subscription that takes only pushes signed with a key.
func (w *webPushTesting) subscribe(t *testing.T, publicKey string) client {
	t.Helper()
	var answer struct{ Data json.RawMessage }
	w.call(t, "/subscribe", map[string]string{"userVisibleOnly": "true", "applicationServerKey": publicKey}, &answer)
	c := client{subscription: string(answer.Data)}
	if err := json.Unmarshal(answer.Data, &c); err != nil {
		t.Fatal(err)
	}
	return c
}

// expire makes the service answer 410 for a subscription.
func (w *webPushTesting) expire(t *testing.T, c client) {
	t.Helper()
	w.call(t, "/expire-subscription/"+c.Hash, map[string]string{}, nil)
}

// messages are those that a subscription decrypted, oldest first.
func (w *webPushTesting) messages(t *testing.T, c client) []string {
	t.Helper()
	var answer struct{ Data struct{ Messages []string } }
	w.call(t, "/get-notifications", map[string]string{"clientHash": c.Hash}, &answer)
	return answer.Data.Messages
}

func (w *webPushTesting) call(t *testing.T, path string, body map[string]string, into any) {
	t.Helper()
	in, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	browser := http.Client{Timeout: patience}
	resp, err := browser.Post(w.base+path, "application/json", strings.NewReader(string(in)))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		t.Fatalf("POST %s: %s", path, resp.Status)
	}
	if into == nil {
		return
	}
	if err := json.NewDecoder(resp.Body).Decode(into); err != nil {
		t.Fatalf("POST %s: %v", path, err)
	}
}

func TestWebPushTestingDecryptsWhatComposeMade(t *testing.T) {
	service := startWebPushTesting(t)
	for _, engine := range engines {
		for _, towns := range []int{1, 3, 200} {
			t.Run(fmt.Sprintf("%s, %d towns", engine, towns), func(t *testing.T) {
				ch, publicKey := pusher(t, engine)
				c := service.subscribe(t, publicKey)
				m := fresh(channeltest.Sample{Towns: towns})
				m.To = c.subscription
				want, err := push.Compose(m)
				if err != nil {
					t.Fatal(err)
				}
				if _, err := ch.Send(t.Context(), m); err != nil {
					t.Fatalf("Send: %v", err)
				}
				if got := service.messages(t, c); len(got) != 1 || got[0] != string(want) {
					t.Errorf("decrypted %q, want one message\n%s", got, want)
				}
			})
		}
	}
}

// Promise 7.
func TestAnExpiredSubscriptionOfWebPushTestingIsGone(t *testing.T) {
	service := startWebPushTesting(t)
	for _, engine := range engines {
		t.Run(string(engine), func(t *testing.T) {
			ch, publicKey := pusher(t, engine)
			c := service.subscribe(t, publicKey)
			service.expire(t, c)
			m := fresh(channeltest.Sample{})
			m.To = c.subscription
			_, err := ch.Send(t.Context(), m)
			if verdict, _ := channels.VerdictOf(err); err == nil || verdict != channels.Gone {
				t.Errorf("Send to an expired subscription: %v, want gone", err)
			}
		})
	}
}

func TestWebPushTestingTakesNoPushSignedWithAnotherKey(t *testing.T) {
	service := startWebPushTesting(t)
	for _, engine := range engines {
		t.Run(string(engine), func(t *testing.T) {
			ch, _ := pusher(t, engine)
			_, another := pusher(t, engine)
			c := service.subscribe(t, another)
			m := fresh(channeltest.Sample{})
			m.To = c.subscription
			if _, err := ch.Send(t.Context(), m); err == nil {
				t.Error("Send with a key that the subscription is not for: no error")
			}
			if got := service.messages(t, c); len(got) != 0 {
				t.Errorf("decrypted %q, want nothing", got)
			}
		})
	}
}
