package mastodontest

import (
	"fmt"
	"math"
	"strconv"
	"time"

	"callbox/channels/farside"
)

// Answer is what the stand-in does with a request instead of granting it.
type Answer = farside.Answer

// The ways to spoil an answer.
const (
	Reset   = farside.Reset
	Silence = farside.Silence
	Flood   = farside.Flood
)

// The answers of Mastodon that need no argument.
var (
	InvalidToken = refusal(401, "The access token is invalid")
	Forbidden    = refusal(403, "This action is outside the authorized scopes")
	NotFound     = refusal(404, "Record not found")
	Suspended    = refusal(410, "Gone")
	TooLarge     = refusal(413, "Payload Too Large")
	Failure      = refusal(500, "Internal server error")
	Unavailable  = refusal(503, "There was a temporary problem serving your request, please try again")
	Moved        = Answer{Status: 307, Header: map[string]string{"Location": "/elsewhere"}}
)

// Invalid is the refusal of a status.
func Invalid(why string) *Answer {
	a := refusal(422, "Validation failed: "+why)
	return &a
}

// Busy is a 429 that asks to wait.
func Busy(wait time.Duration) Answer {
	a := refusal(429, "Too many requests")
	a.Header = map[string]string{"Retry-After": strconv.Itoa(int(math.Ceil(wait.Seconds())))}
	return a
}

// BusyUntil is a 429 that says when the limit is reset, as Mastodon itself does.
func BusyUntil(reset time.Time) Answer {
	a := refusal(429, "Too many requests")
	a.Header = map[string]string{"X-RateLimit-Reset": reset.UTC().Format(time.RFC3339Nano)}
	return a
}

func refusal(status int, message string) Answer {
	return Answer{Status: status, Body: fmt.Sprintf(`{"error": %q}`, message)}
}
