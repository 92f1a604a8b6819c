package mastodontest

import (
	"fmt"
	"io"
	"math"
	"net"
	"net/http"
	"strconv"
	"time"
)

// Answer is what the stand-in does with a request instead of granting it. The zero Answer grants it, for
// a script in which a later request fails.
type Answer struct {
	Status int
	Header map[string]string
	Body   string
	// Posts says that the status is posted all the same, as when the answer is lost on its way.
	Posts bool
	// Break, where set, is done instead of a proper answer, or in the middle of it if Status is set.
	Break Break
}

// Break is a way to spoil an answer.
type Break string

// The ways.
const (
	Reset   Break = "reset"   // resets the connection
	Silence Break = "silence" // says nothing more until the client hangs up
	Flood   Break = "flood"   // sends a body without end
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

func (a *Answer) grants() bool { return a.Status == 0 && a.Break == "" }

// play gives the answer.
func (a *Answer) play(w http.ResponseWriter, r *http.Request) {
	if a.Status != 0 {
		w.Header().Set("Content-Type", "application/json")
		for k, v := range a.Header {
			w.Header().Set(k, v)
		}
		w.WriteHeader(a.Status)
		io.WriteString(w, a.Body)
		if a.Break != "" {
			http.NewResponseController(w).Flush()
		}
	}
	switch a.Break {
	case Reset:
		reset(w)
	case Silence:
		<-r.Context().Done()
	case Flood:
		chunk := make([]byte, 32<<10)
		for {
			if _, err := w.Write(chunk); err != nil {
				return
			}
		}
	}
}

// reset closes the connection so that the client sees a reset and not an end.
func reset(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		tcp.SetLinger(0)
	}
	conn.Close()
}
