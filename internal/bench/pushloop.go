package bench

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdh"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	webpush "github.com/SherClockHolmes/webpush-go"

	"callbox/channels/push"
)

// pushLibrary sends n pushes with webpush-go in a bare loop: no ledger, no guards, connections kept.
func pushLibrary(ctx context.Context, spec loopSpec, say func(any) error) error {
	private, public, err := webpush.GenerateVAPIDKeys()
	if err != nil {
		return err
	}
	browser, err := ecdh.P256().GenerateKey(rand.Reader)
	if err != nil {
		return err
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(spec.Far.Roots)
	client := &http.Client{Timeout: 15 * time.Second, Transport: &http.Transport{ForceAttemptHTTP2: true, MaxIdleConnsPerHost: 64,
		TLSClientConfig: &tls.Config{RootCAs: roots}}}
	defer client.CloseIdleConnections()
	o := &webpush.Options{HTTPClient: client, RecordSize: recordSize(len(spec.Message)), Subscriber: "alerts@911.example.org",
		Topic: "bench", TTL: 4 * 3600, Urgency: webpush.UrgencyHigh, VAPIDPublicKey: public, VAPIDPrivateKey: private}
	b64 := base64.RawURLEncoding.EncodeToString
	auth := make([]byte, 16)
	_, _ = rand.Read(auth)
	keys := webpush.Keys{P256dh: b64(browser.PublicKey().Bytes()), Auth: b64(auth)}
	return loop(spec.Far.Concurrency, spec.N, say, func(i int64) error {
		to := &webpush.Subscription{Endpoint: fmt.Sprintf("%s/push/%d", spec.Far.Addr, i), Keys: keys}
		r, err := webpush.SendNotificationWithContext(ctx, spec.Message[:len(spec.Message):len(spec.Message)], to, o)
		if err != nil {
			return err
		}
		_, _ = io.Copy(io.Discard, r.Body)
		_ = r.Body.Close()
		if r.StatusCode != http.StatusCreated {
			return errors.New(r.Status)
		}
		return nil
	})
}

// recordSize is what the push channel pads a payload of n bytes to.
func recordSize(n int) uint32 {
	for _, size := range []int{512, 1024, 2048} {
		if n+103 <= size {
			return uint32(size)
		}
	}
	return 2744
}

// pushFloor is the cryptography that RFC 8291 asks for and nothing else: a key pair, an agreement, four
// derivations and a record.
func pushFloor(_ context.Context, spec loopSpec, say func(any) error) error {
	browser, err := ecdh.P256().GenerateKey(rand.Reader)
	if err != nil {
		return err
	}
	auth := make([]byte, 16)
	size := recordSize(len(spec.Message))
	return loop(runtime.GOMAXPROCS(0), spec.N, say, func(int64) error {
		ours, err := ecdh.P256().GenerateKey(rand.Reader)
		if err != nil {
			return err
		}
		shared, err := ours.ECDH(browser.PublicKey())
		if err != nil {
			return err
		}
		agreed, _ := hkdf.Extract(sha256.New, shared, auth)
		material, _ := hkdf.Expand(sha256.New, agreed, "info", sha256.Size)
		root, _ := hkdf.Extract(sha256.New, material, auth)
		key, _ := hkdf.Expand(sha256.New, root, "key", 16)
		nonce, _ := hkdf.Expand(sha256.New, root, "nonce", 12)
		block, err := aes.NewCipher(key)
		if err != nil {
			return err
		}
		gcm, err := cipher.NewGCM(block)
		if err != nil {
			return err
		}
		gcm.Seal(make([]byte, 0, size), nonce, make([]byte, size-103), nil)
		return nil
	})
}

// loop does n operations, some at once, and says what they took.
func loop(hands, n int, say func(any) error, do func(i int64) error) error {
	var next atomic.Int64
	errs := make([]error, hands)
	var wg sync.WaitGroup
	began, cpu := time.Now(), processor()
	for h := range hands {
		wg.Go(func() {
			for i := next.Add(1); i <= int64(n) && errs[h] == nil; i = next.Add(1) {
				errs[h] = do(i)
			}
		})
	}
	wg.Wait()
	if err := errors.Join(errs...); err != nil {
		return err
	}
	return say(looped{time.Since(began).Seconds(), (processor() - cpu).Seconds()})
}

// onePush is the payload of a push such as each subscriber of a benchmark gets.
func onePush() ([]byte, error) {
	m, err := oneMessage("")
	if err != nil {
		return nil, err
	}
	return push.Compose(m)
}
