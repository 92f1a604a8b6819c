package push

import (
	"crypto/ecdh"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// subscription is where one browser is reached, and the keys to seal for it.
type subscription struct {
	endpoint string
	key      *ecdh.PublicKey // p256dh
	auth     []byte          // 16 bytes

	origin  string // scheme and host of the endpoint: the audience of a token
	service string // the push service: its lane
}

const (
	maxDestination = 4096 // bytes; the longest known, of Windows, have about 1,000
	authSize       = 16   // RFC 8291 section 3.2
)

// parseSubscription reads a PushSubscription as a browser's toJSON gives it. Errors quote nothing of it.
func parseSubscription(destination string) (subscription, error) {
	if len(destination) > maxDestination {
		return subscription{}, fmt.Errorf("push subscription: longer than %d bytes", maxDestination)
	}
	var wire struct {
		Endpoint string `json:"endpoint"`
		Keys     struct {
			P256dh string `json:"p256dh"`
			Auth   string `json:"auth"`
		} `json:"keys"`
	}
	if err := json.Unmarshal([]byte(destination), &wire); err != nil {
		return subscription{}, errors.New("push subscription: not the JSON of a PushSubscription")
	}
	if wire.Endpoint == "" {
		return subscription{}, errors.New("push subscription: endpoint is missing")
	}
	point, err := decode(wire.Keys.P256dh)
	if err != nil {
		return subscription{}, errors.New("push subscription: keys.p256dh is not base64url")
	}
	key, err := ecdh.P256().NewPublicKey(point)
	if err != nil {
		return subscription{}, errors.New("push subscription: keys.p256dh is not a point of P-256 in 65 bytes")
	}
	auth, err := decode(wire.Keys.Auth)
	if err != nil || len(auth) != authSize {
		return subscription{}, fmt.Errorf("push subscription: keys.auth is not %d bytes in base64url", authSize)
	}
	return subscription{endpoint: wire.Endpoint, key: key, auth: auth}, nil
}

var toURLAlphabet = strings.NewReplacer("+", "-", "/", "_")

// decode reads base64url with or without padding; some clients give base64 instead.
func decode(s string) ([]byte, error) {
	return base64.RawURLEncoding.DecodeString(toURLAlphabet.Replace(strings.TrimRight(s, "=")))
}
