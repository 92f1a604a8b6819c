package push

import (
	"context"
	"fmt"
	"net/http"

	webpush "github.com/SherClockHolmes/webpush-go"
)

// push is one sealed message to be.
type push struct {
	of      bulletin
	to      subscription
	payload []byte
	size    int    // of the sealed body, one of recordSizes
	topic   string // at most 32 characters of base64url
	ttl     int    // seconds, more than 0
}

// engine seals a push for its browser and signs it for its push service.
type engine interface {
	// request returns the request that carries p. It does not send it.
	request(ctx context.Context, p push) (*http.Request, error)
}

// recordSizes are the sizes of a sealed body. A push is padded to the smallest that fits, so that its
// length tells an onlooker little. The largest is what Firefox for Android takes
// (https://mozilla-services.github.io/autopush-rs/http.html), the least of all push services.
var recordSizes = [...]int{512, 1024, 2048, 2744}

const (
	// overhead is what sealing adds: salt 16, record size 4, key length 1, key 65, delimiter 1, tag 16
	// (RFC 8188 section 2, RFC 8291 section 4).
	overhead = 103
	// MaxPayload is the longest payload, in bytes, that Compose makes.
	MaxPayload = 2600
)

// recordSize returns the smallest sealed size for a payload of n bytes, n <= MaxPayload.
func recordSize(n int) int {
	for _, size := range recordSizes {
		if n+overhead <= size {
			return size
		}
	}
	return n + overhead
}

// library is the engine of webpush-go, for sealing and signing only: its own client would follow
// redirects and has no time limit. It signs every push anew, by the clock of the machine, for 12 hours,
// whatever VapidExpiration says.
type library struct {
	keys    keyPair
	subject string // webpush-go puts mailto: before everything but an https URL
}

func (l *library) request(ctx context.Context, p push) (*http.Request, error) {
	var made captured
	// webpush-go appends its padding to the message: without spare capacity, it must copy.
	message := p.payload[:len(p.payload):len(p.payload)]
	resp, err := webpush.SendNotificationWithContext(ctx, message, &webpush.Subscription{
		Endpoint: p.to.endpoint,
		Keys:     webpush.Keys{P256dh: encode(p.to.key.Bytes()), Auth: encode(p.to.auth)},
	}, &webpush.Options{
		HTTPClient:      &made,
		RecordSize:      uint32(p.size),
		Subscriber:      l.subject,
		Topic:           p.topic,
		TTL:             p.ttl,
		Urgency:         webpush.UrgencyHigh,
		VAPIDPublicKey:  l.keys.publicText,
		VAPIDPrivateKey: l.keys.privateText,
	})
	if err != nil {
		return nil, fmt.Errorf("webpush-go: %w", err)
	}
	resp.Body.Close()
	return made.request, nil
}

// captured is a client that keeps the request instead of sending it.
type captured struct{ request *http.Request }

func (c *captured) Do(r *http.Request) (*http.Response, error) {
	c.request = r
	return &http.Response{StatusCode: http.StatusCreated, Body: http.NoBody, Request: r}, nil
}
