// Package farside scripts what the stand-in of a provider does with a request, for tests and demonstrations.
package farside

import (
	"io"
	"net"
	"net/http"
)

// Answer is what a stand-in does with a request instead of granting it. The zero Answer grants it, for a
// script in which a later request fails.
type Answer struct {
	Status int
	Header map[string]string
	Body   string
	// Posts says that what was sent is posted all the same, as when the answer is lost on its way.
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

// Grants reports whether the request is granted.
func (a *Answer) Grants() bool { return a.Status == 0 && a.Break == "" }

// Play gives the answer.
func (a *Answer) Play(w http.ResponseWriter, r *http.Request) {
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
