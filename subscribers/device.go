package subscribers

import (
	"crypto/subtle"
	"encoding/json"
)

// Push is the name of the channel whose destinations are browsers' push subscriptions, as JSON.
const Push = "push"

// endpointOf returns the address of a push subscription at its push service, by which it is known: what
// else stands in the JSON, and in which order, differs between browsers. A text that is none is itself.
func endpointOf(subscription string) string {
	var s struct {
		Endpoint string `json:"endpoint"`
	}
	if json.Unmarshal([]byte(subscription), &s) != nil || s.Endpoint == "" {
		return subscription
	}
	return s.Endpoint
}

// Endpoint returns a destination that is known as the push subscription with this endpoint is, and to
// which nothing can be sent.
func Endpoint(endpoint string) Destination { return NewDestination(endpoint) }

// SameDevice reports whether two push subscriptions are one, its secret included: an endpoint may have been
// seen by others.
func SameDevice(a, b Destination) bool {
	var one, other struct {
		Endpoint string `json:"endpoint"`
		Keys     struct {
			Auth string `json:"auth"`
		} `json:"keys"`
	}
	if json.Unmarshal([]byte(a.Reveal()), &one) != nil || json.Unmarshal([]byte(b.Reveal()), &other) != nil {
		return false
	}
	return one.Keys.Auth != "" && one.Endpoint == other.Endpoint &&
		subtle.ConstantTimeCompare([]byte(one.Keys.Auth), []byte(other.Keys.Auth)) == 1
}

// Managing is the purpose of the short session in which residents change what they get. Its ID is the
// subscriber's, where those of links are of an address.
const Managing Purpose = "managing"
