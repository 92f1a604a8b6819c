package channeltest

import (
	"io"
	"net"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// Script plays queued answers in front of an HTTP far side that only knows how to accept. Its zero value
// accepts everything.
type Script struct {
	mu    sync.Mutex
	queue []Answer
}

// Next queues answers, one for each coming request.
func (s *Script) Next(answers ...Answer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.queue = append(s.queue, answers...)
}

func (s *Script) next() Answer {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.queue) == 0 {
		return Accept
	}
	a := s.queue[0]
	s.queue = s.queue[1:]
	return a
}

// Wrap returns a handler that plays the script and hands what is accepted to far. Requests that get a
// success with a broken answer (Cut, Stall, Endless) are not handed to far.
func (s *Script) Wrap(far http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a := s.next()
		if a == Accept {
			far.ServeHTTP(w, r)
			return
		}
		io.Copy(io.Discard, io.LimitReader(r.Body, 1<<20))
		play(a, w, r)
	})
}

var statuses = map[Answer]int{
	Busy: http.StatusTooManyRequests, BusyFor: http.StatusTooManyRequests,
	Down: http.StatusInternalServerError, Away: http.StatusServiceUnavailable,
	Moved: http.StatusTemporaryRedirect, Reject: http.StatusBadRequest,
	TooLarge: http.StatusRequestEntityTooLarge, Forbidden: http.StatusForbidden,
	Unknown: http.StatusUnauthorized, Missing: http.StatusNotFound, Over: http.StatusGone,
}

// play gives one unhappy answer.
func play(a Answer, w http.ResponseWriter, r *http.Request) {
	switch a {
	case Reset:
		hangUp(w)
	case Silent:
		wait(r)
	case Cut, Stall, Endless:
		begin(w)
		finish(a, w, r)
	default:
		h := w.Header()
		switch a {
		case BusyFor:
			h.Set("Retry-After", strconv.Itoa(int(Wait.Seconds())))
		case Away:
			h.Set("Retry-After", time.Now().Add(time.Minute).UTC().Format(http.TimeFormat))
		case Moved:
			h.Set("Location", "/elsewhere")
		}
		w.WriteHeader(statuses[a])
		io.WriteString(w, `{"message":"scripted","error":"scripted"}`)
	}
}

func begin(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusCreated)
	io.WriteString(w, `{"id":"17`)
	http.NewResponseController(w).Flush()
}

func finish(a Answer, w http.ResponseWriter, r *http.Request) {
	switch a {
	case Cut:
		hangUp(w)
	case Stall:
		wait(r)
	case Endless:
		chunk := make([]byte, 32<<10)
		for r.Context().Err() == nil {
			if _, err := w.Write(chunk); err != nil {
				return
			}
		}
	}
}

// wait ends when the caller has gone. A handler that returned then would still end its answer well, and a
// caller over TLS may see that before its own connection is closed.
func wait(r *http.Request) {
	<-r.Context().Done()
	panic(http.ErrAbortHandler)
}

// hangUp resets the connection, or over HTTP/2 the stream.
func hangUp(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		tcp.SetLinger(0) // close with RST
	}
	conn.Close()
}
