package discordtest

import (
	"fmt"
	"math"
	"net/http"
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

// The answers of Discord that need no argument. Codes and messages are those of
// https://discord.com/developers/docs/topics/opcodes-and-status-codes#json
var (
	UnknownWebhook = refusal(404, 10015, "Unknown Webhook")
	UnknownMessage = refusal(404, 10008, "Unknown Message")
	UnknownChannel = refusal(404, 10003, "Unknown Channel")
	InvalidToken   = refusal(401, 50027, "Invalid Webhook Token")
	Unauthorized   = refusal(401, 40001, "Unauthorized")
	MissingAccess  = refusal(403, 50013, "Missing Permissions")
	InvalidJSON    = refusal(400, 50109, "The request body contains invalid JSON.")
	EmptyMessage   = refusal(400, 50006, "Cannot send an empty message")
	TooLarge       = refusal(413, 40005, "Request entity too large")
	Failure        = Answer{Status: 500, Body: `{"message": "500: Internal Server Error", "code": 0}`}
	BadGateway     = Answer{Status: 502, Header: html, Body: "<html>502 Bad Gateway</html>"}
	Unavailable    = Answer{Status: 503, Header: html, Body: "<html>503</html>"}
	Moved          = Answer{Status: 307, Header: map[string]string{"Location": "/elsewhere"}}
	// Banned is the edge in front of Discord after too many bad requests: no JSON, no bucket.
	Banned = Answer{Status: 429, Header: map[string]string{"Content-Type": "text/html", "Retry-After": "60"}, Body: "error code: 1015"}
	// Blocked is the edge refusing a client altogether.
	Blocked = Answer{Status: 403, Header: html, Body: "<html>Attention Required!</html>"}
)

var html = map[string]string{"Content-Type": "text/html"}

func refusal(status, code int, message string) Answer {
	return Answer{Status: status, Body: fmt.Sprintf(`{"message": %q, "code": %d}`, message, code)}
}

// Busy is a 429 that asks to wait.
func Busy(wait time.Duration) Answer {
	return Answer{
		Status: http.StatusTooManyRequests,
		Header: map[string]string{
			"Retry-After":             strconv.Itoa(int(math.Ceil(wait.Seconds()))),
			"X-RateLimit-Reset-After": fmt.Sprintf("%.3f", wait.Seconds()),
			"X-RateLimit-Scope":       "user",
		},
		Body: fmt.Sprintf(`{"message": "You are being rate limited.", "retry_after": %.3f, "global": false}`, wait.Seconds()),
	}
}
