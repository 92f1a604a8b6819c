package mastodon

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"callbox/channels"
)

// fallbackWait is the wait after a 429 that does not name one: Mastodon's limits count in windows of five
// minutes. https://docs.joinmastodon.org/api/rate-limits/
const fallbackWait = time.Minute

// errMissing marks a 404, which means one thing for a reply and another for everything else.
var errMissing = errors.New("the server does not know what was asked for")

// keyed is the context key of the Idempotency-Key header, which go-mastodon has no argument for.
type keyed struct{}

// withKey makes the request of ctx carry an idempotency key. https://docs.joinmastodon.org/methods/statuses/#create
func withKey(ctx context.Context, key string) context.Context {
	return context.WithValue(ctx, keyed{}, key)
}

// exchange is the transport below go-mastodon. It gives every failure its verdict, above all a 429, on
// which go-mastodon would sleep for hours without reading what the server asked for.
type exchange struct {
	next http.RoundTripper
	now  func() time.Time
}

// RoundTrip serves [http.RoundTripper].
func (x *exchange) RoundTrip(req *http.Request) (*http.Response, error) {
	if key, ok := req.Context().Value(keyed{}).(string); ok {
		req = req.Clone(req.Context())
		// Not in its canonical form: by that net/http would know that it may send the request again after
		// a reset, and a server that ignores keys would post twice.
		req.Header["idempotency-key"] = []string{key}
	}
	resp, err := x.next.RoundTrip(req)
	if err != nil {
		return nil, channels.Strip(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if bad := verdict(resp, x.now()); bad != nil {
		return nil, bad
	}
	if err != nil {
		return nil, fmt.Errorf("reading the server's answer: %w", err)
	}
	resp.StatusCode = http.StatusOK // go-mastodon takes 201 for an error
	resp.Body = io.NopCloser(bytes.NewReader(body))
	return resp, nil
}

// advice says what a person can do about a status.
var advice = map[int]string{
	http.StatusUnauthorized:        "the access token is not valid",
	http.StatusForbidden:           "the access token lacks a scope (read:accounts, read:statuses, write:statuses) or the account is disabled",
	http.StatusNotFound:            "not found",
	http.StatusGone:                "the account is gone",
	http.StatusBadRequest:          "the status is not accepted",
	http.StatusUnprocessableEntity: "the status is not accepted",
}

// verdict says what an answer means. A 410 is the only word of a server by which an account, or the server
// itself, is gone for good; a token that was revoked or lacks a scope is for a person to mend.
func verdict(resp *http.Response, now time.Time) error {
	status := resp.StatusCode
	err := channels.FromStatus(status, resp.Header, now)
	if err == nil {
		return nil
	}
	v, wait := channels.VerdictOf(err)
	err = fmt.Errorf("the server answered %d", status)
	if say := advice[status]; say != "" {
		err = fmt.Errorf("%w: %s", err, say)
	}
	switch status {
	case http.StatusTooManyRequests:
		if wait == 0 {
			wait = untilReset(resp.Header, now)
		}
	case http.StatusNotFound:
		return channels.As(channels.Broken, fmt.Errorf("%w: %w", err, errMissing))
	case http.StatusGone:
		return channels.As(channels.Gone, err)
	}
	if v == channels.Later {
		return channels.After(wait, err)
	}
	return channels.As(v, err)
}

// untilReset is the time to X-RateLimit-Reset, an ISO 8601 moment.
func untilReset(h http.Header, now time.Time) time.Duration {
	at, err := time.Parse(time.RFC3339, h.Get("X-RateLimit-Reset"))
	if err != nil || !at.After(now) {
		return fallbackWait
	}
	return min(at.Sub(now), channels.MaxWait)
}
