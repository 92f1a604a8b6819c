package push_test

import (
	"crypto/x509"
	"encoding/json"
	"io"
	"log"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"callbox/channels"
	"callbox/channels/channeltest"
	"callbox/channels/push"
	"callbox/channels/push/pushtest"
)

// service is a push service for the kit: it plays the kit's script before it answers for itself.
type service struct {
	channeltest.Script
	*pushtest.Service
	destination string
}

func (s *service) To() string { return s.destination }

func (s *service) Secrets() []string {
	var sub struct {
		Endpoint string
		Keys     struct{ P256dh, Auth string }
	}
	if err := json.Unmarshal([]byte(s.destination), &sub); err != nil {
		panic(err)
	}
	u, err := url.Parse(sub.Endpoint)
	if err != nil {
		panic(err)
	}
	return []string{sub.Keys.P256dh, sub.Keys.Auth, u.Path}
}

func (s *service) Received() []channeltest.Received {
	var out []channeltest.Received
	for _, n := range s.Service.Received() {
		r := channeltest.Received{Key: n.Topic, Wire: n.Payload}
		var p struct {
			Notification struct{ Title, Body string }
		}
		if json.Unmarshal(n.Payload, &p) == nil {
			r.Screen = []string{p.Notification.Title, p.Notification.Body}
		}
		out = append(out, r)
	}
	return out
}

// keys is a VAPID key pair for all tests of the package.
var keys = func() (k struct{ public, private string }) {
	var err error
	if k.public, k.private, err = push.GenerateKeys(); err != nil {
		panic(err)
	}
	return k
}()

func now() time.Time { return channeltest.Now.Add(time.Second) }

// open starts a push service over TLS and makes a channel that reaches it.
func open(t testing.TB, engine push.Engine) (*push.Channel, *service) {
	t.Helper()
	far := &service{Service: pushtest.New()}
	if engine == push.Native {
		far.Now = now // the library signs by the clock of the machine
	}
	server := httptest.NewUnstartedServer(far.Wrap(far.Service))
	server.EnableHTTP2 = true
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	t.Cleanup(server.Close)
	far.Base = server.URL
	far.destination = far.Subscribe(keys.public)

	roots := x509.NewCertPool()
	roots.AddCert(server.Certificate())
	client := channels.NewClient(channels.Loopback(), channels.Trust(roots), channels.Within(time.Second))
	t.Cleanup(client.CloseIdleConnections)
	ch, err := push.New(push.Config{
		PublicKey: keys.public, PrivateKey: keys.private, Subject: "mailto:ops@example.org",
		Engine: engine, Client: client, Now: now,
	})
	if err != nil {
		t.Fatalf("New: %v", err)
	}
	return ch, far
}

var engines = []push.Engine{push.Library, push.Native}

func TestPushKeepsTheChannelPromises(t *testing.T) {
	for _, engine := range engines {
		t.Run(string(engine), func(t *testing.T) {
			t.Parallel()
			channeltest.Run(t, channeltest.Case{
				New: func(t *testing.T) (channels.Channel, channeltest.Far) { return open(t, engine) },
				Compose: func(m channels.Message) ([][]byte, error) {
					b, err := push.Compose(m)
					return [][]byte{b}, err
				},
				Outcomes: channeltest.HTTP(),
			})
		})
	}
}
