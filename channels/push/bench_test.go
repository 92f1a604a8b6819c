//go:build unix

package push_test

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdh"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"io"
	"net/http"
	"syscall"
	"testing"
	"time"

	"callbox/channels"
	"callbox/channels/channeltest"
	"callbox/channels/push"
	"callbox/channels/push/pushtest"
	"callbox/outages"
)

// sink is a transport that takes every push: what is left is our own work.
type sink struct{}

func (sink) RoundTrip(r *http.Request) (*http.Response, error) {
	io.Copy(io.Discard, r.Body)
	return &http.Response{StatusCode: 201, Body: http.NoBody, Request: r, Header: http.Header{}}, nil
}

// cpu is the processor time that this process has used.
func cpu(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// measure reports processor time for each operation: it is steadier than the clock on a shared machine.
func measure(b *testing.B, op func()) {
	b.Helper()
	b.ReportAllocs()
	begun := cpu(b)
	for b.Loop() {
		op()
	}
	b.ReportMetric(float64((cpu(b)-begun).Microseconds())/float64(b.N), "cpu-µs/op")
}

// BenchmarkPushSend sends without a network, by each engine, beside the cryptography that RFC 8291 asks
// for and nothing else.
func BenchmarkPushSend(b *testing.B) {
	far := pushtest.New()
	far.Base = "https://fcm.googleapis.com"
	m := channeltest.Message(outages.Live)
	m.To = far.Subscribe("")
	for _, engine := range engines {
		b.Run(string(engine), func(b *testing.B) {
			ch, err := push.New(push.Config{
				PublicKey: keys.public, PrivateKey: keys.private, Subject: "ops@example.org",
				Engine: engine, Client: &http.Client{Transport: sink{}}, Now: now,
			})
			if err != nil {
				b.Fatal(err)
			}
			measure(b, func() {
				if _, err := ch.Send(b.Context(), m); err != nil {
					b.Fatal(err)
				}
			})
		})
	}
	b.Run("floor", benchmarkFloor)
}

// benchmarkFloor is a key pair, an agreement, four derivations and a record: what no engine can save.
func benchmarkFloor(b *testing.B) {
	browser, err := ecdh.P256().GenerateKey(rand.Reader)
	if err != nil {
		b.Fatal(err)
	}
	auth, record := make([]byte, 16), make([]byte, 1024)
	measure(b, func() {
		ours, _ := ecdh.P256().GenerateKey(rand.Reader)
		shared, _ := ours.ECDH(browser.PublicKey())
		agreed, _ := hkdf.Extract(sha256.New, shared, auth)
		material, _ := hkdf.Expand(sha256.New, agreed, "info", 32)
		root, _ := hkdf.Extract(sha256.New, material, auth)
		key, _ := hkdf.Expand(sha256.New, root, "key", 16)
		nonce, _ := hkdf.Expand(sha256.New, root, "nonce", 12)
		block, _ := aes.NewCipher(key)
		gcm, err := cipher.NewGCM(block)
		if err != nil {
			b.Fatal(err)
		}
		gcm.Seal(record[:0], nonce, record[:1000], nil)
	})
}

// BenchmarkPushTLS sends over TLS to a push service in the same process, whose work counts too.
func BenchmarkPushTLS(b *testing.B) {
	for _, engine := range engines {
		b.Run(string(engine), func(b *testing.B) {
			far, err := pushtest.StartTLS()
			if err != nil {
				b.Fatal(err)
			}
			defer far.Close()
			far.Blind = true
			if engine == push.Native {
				far.Now = now
			}
			ch, err := push.New(push.Config{
				PublicKey: keys.public, PrivateKey: keys.private, Subject: "ops@example.org", Engine: engine, Now: now,
				Client: channels.NewClient(channels.Loopback(), channels.Trust(far.Roots)),
			})
			if err != nil {
				b.Fatal(err)
			}
			m := channeltest.Message(outages.Live)
			m.To = far.Subscribe(keys.public)
			measure(b, func() {
				if _, err := ch.Send(b.Context(), m); err != nil {
					b.Fatal(err)
				}
			})
		})
	}
}

func BenchmarkPushCompose(b *testing.B) {
	m := channeltest.Message(outages.Live)
	measure(b, func() {
		if _, err := push.Compose(m); err != nil {
			b.Fatal(err)
		}
	})
}
