//go:build interop

package interop_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"callbox/channels"
	"callbox/channels/push"
	"callbox/internal/dispatch"
	"callbox/internal/web"
	"callbox/internal/web/pages"
	"callbox/internal/web/webtest"
)

// A resident turns on alerts on the page itself; an outage is declared, approved and sent; the browser shows
// it, with the numbers, by the service worker that residents have.
func TestFirefoxSubscribesOnThePageAndShowsTheAlert(t *testing.T) {
	room := webtest.New(t)
	publicKey, privateKey, err := push.GenerateKeys()
	room.OK(err)
	ch, err := push.New(push.Config{PublicKey: publicKey, PrivateKey: privateKey, Subject: "callbox@alerts.example.gov",
		Engine: push.Native, Client: channels.NewClient(channels.Loopback()), Now: room.Now})
	room.OK(err)
	room.Channels[channels.Push] = ch
	residents, err := pages.New(pages.Config{Desk: room.Desk, Base: webtest.Base, PushKey: publicKey, Now: room.Now})
	room.OK(err)
	room.OK(residents.Refresh(t.Context()))

	service := &pushService{t: t, acks: make(chan ack, 16), connected: make(chan struct{})}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /browser", service.browser)
	mux.HandleFunc("POST /push/{channel}", service.take)
	nothing := http.NotFoundHandler()
	mux.Handle("/", web.New(web.Surfaces{Pages: residents, Feed: nothing, API: nothing, Ready: func() error { return nil }}))
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	service.base = server.URL
	_, port, _ := strings.Cut(strings.TrimPrefix(server.URL, "http://"), ":")

	openFirefox(t, port, "about:blank", "--marionette")
	firefox := drive(t)
	select {
	case <-service.connected:
	case <-time.After(patience):
		t.Fatal("the browser did not connect to its push service")
	}
	firefox.do("WebDriver:Navigate", map[string]any{"url": "http://localhost:" + port + "/es/subscribe?zip=06107"})
	state := func(want string) func() error {
		return func() error {
			if got := eval[string](firefox, `document.querySelector('#device')?.dataset.now ?? ''`); got != want {
				return errors.New("the panel says " + got + ", and " + eval[string](firefox, `document.querySelector('#push-said').textContent`))
			}
			return nil
		}
	}
	await(t, "the panel before", state("off"))
	firefox.click(".push-on")
	await(t, "the panel after", state("on"))

	id := room.Issue("", webtest.Alert)
	send(t, room, channels.Push, ch)
	var got ack
	select {
	case got = <-service.acks:
	case <-time.After(patience):
		t.Fatal("nothing reached the browser")
	}
	if got.Code != decrypted {
		t.Errorf("the browser's code is %d, want %d", got.Code, decrypted)
	}
	const shown = `navigator.serviceWorker.ready.then((r) => r.getNotifications()).then((l) => l.map((n) => [n.title, n.body, n.lang, n.data.navigate].join('\n')))`
	var notes []string
	await(t, "the notification", func() error {
		if notes = eval[[]string](firefox, shown); len(notes) != 1 {
			return errors.New("no notification, or several: " + strings.Join(notes, ", "))
		}
		return nil
	})
	for _, want := range []string{"911", "860-555-0101", "\nes\n", "/outages/" + id} {
		if !strings.Contains(notes[0], want) {
			t.Errorf("on the screen: %q, want %q", notes[0], want)
		}
	}
	kept := eval[string](firefox, `caches.match('/last', {cacheName: 'callbox-device'}).then((kept) => kept.text())`)
	if !strings.Contains(kept, "860-555-0101") {
		t.Errorf("for when there is no network the device keeps %q, want the numbers", kept)
	}
}

// send lets a sender work until nothing waits.
func send(t *testing.T, room *webtest.Room, by channels.Name, ch channels.Channel) {
	t.Helper()
	sender := dispatch.NewSender(room.Store, map[channels.Name]channels.Channel{by: ch}, dispatch.Options{Now: room.Now,
		Page: room.Page, Leave: func(address int64) string { return webtest.Base + "/leave/" + room.LeaveToken(address) }})
	ctx, stop := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	wg.Go(func() { sender.Run(ctx) })
	t.Cleanup(func() {
		stop()
		wg.Wait()
	})
	sender.Wake()
}
