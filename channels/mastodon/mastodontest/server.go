// Package mastodontest is a stand-in for a Mastodon server on loopback, for the demo and for tests.
//
// It speaks the part of the API that posting needs, counts characters as Mastodon does, finds the mentions
// and hashtags that Mastodon would find, keeps what was posted, and can be told to fail, or to ignore
// idempotency keys as some servers do.
package mastodontest

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Status is a status as the stand-in keeps it.
type Status struct {
	ID         string
	Text       string // as posted, or as last edited
	Language   string
	Visibility string
	InReplyTo  string // the ID of the status it replies to; empty if none
	Key        string // the Idempotency-Key of the request
	At         time.Time
	Edits      int
	Mentions   []string // accounts that the text mentions
	Tags       []string // hashtags of the text
}

// Counts are how many requests of each sort were granted, and how many of any sort were not.
type Counts struct {
	Posts, Repeats, Edits, Reads, Failed int // Repeats are posts that an idempotency key answered
}

// Server is the stand-in. Its methods may be called by many goroutines; set its fields before the first
// request.
type Server struct {
	Now func() time.Time // the clock; nil means time.Now
	// Chars and URL are the limits that statuses are held to; URL is what every link counts.
	Chars, URL int
	// Quiet keeps the limits out of what the server says of itself.
	Quiet bool
	// IgnoreKeys makes every post a new status, as GoToSocial does.
	IgnoreKeys bool
	// Created makes a granted post answer 201 instead of 200.
	Created bool
	// Requests may be made by one account in Per; none means no limit.
	Requests int
	Per      time.Duration

	listener net.Listener
	http     http.Server

	mu       sync.Mutex
	lastID   uint64
	accounts map[string]*account // by token
	script   []Answer            // for posts
	reads    []Answer            // for everything else
	counts   Counts
}

// account is one account with its statuses.
type account struct {
	id, name string
	statuses []*Status
	keys     map[string]*Status
	since    time.Time // the rate limit's window
	used     int
}

// New starts a stand-in on a port of loopback with Mastodon's usual limits: 500 characters, links count 23,
// and 300 requests in five minutes.
func New() (*Server, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("starting the Mastodon stand-in: %w", err)
	}
	s := &Server{
		Chars: 500, URL: 23, Requests: 300, Per: 5 * time.Minute,
		listener: l, lastID: 110_000_000_000_000_000, accounts: map[string]*account{},
	}
	s.http = http.Server{Handler: s.routes(), ReadHeaderTimeout: 5 * time.Second}
	go s.http.Serve(l) // ends with Close
	return s, nil
}

// Base is the URL of the stand-in, without a slash at its end.
func (s *Server) Base() string { return "http://" + s.listener.Addr().String() }

// Close stops the stand-in at once; requests that are under way are cut.
func (s *Server) Close() error { return s.http.Close() }

// Add makes an account and returns a destination for it.
func (s *Server) Add(name string) (destination string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	token := rand.Text() + rand.Text()
	s.accounts[token] = &account{id: s.id(), name: name, keys: map[string]*Status{}}
	d, err := json.Marshal(map[string]string{"server": s.Base(), "token": token, "visibility": "public"})
	if err != nil {
		panic(err) // a map of strings
	}
	return string(d)
}

// Revoke makes the token of a destination that Add returned invalid.
func (s *Server) Revoke(destination string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for token := range s.accounts {
		if strings.Contains(destination, token) {
			delete(s.accounts, token)
		}
	}
}

// Next queues answers for the coming posts, one each. With none queued they are granted.
func (s *Server) Next(answers ...Answer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.script = append(s.script, answers...)
}

// NextRead queues answers for the coming requests that are not posts.
func (s *Server) NextRead(answers ...Answer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.reads = append(s.reads, answers...)
}

// Statuses returns copies of the statuses of a destination that Add returned, oldest first.
func (s *Server) Statuses(destination string) []Status {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []Status
	for token, a := range s.accounts {
		if strings.Contains(destination, token) {
			for _, st := range a.statuses {
				out = append(out, *st)
			}
		}
	}
	return out
}

// Delete deletes a status, as its author may by hand.
func (s *Server) Delete(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, a := range s.accounts {
		a.statuses = slices.DeleteFunc(a.statuses, func(st *Status) bool { return st.ID == id })
	}
}

// Counts returns how many requests there were.
func (s *Server) Counts() Counts {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.counts
}

func (s *Server) id() string {
	s.lastID++
	return strconv.FormatUint(s.lastID, 10)
}

func (s *Server) now() time.Time {
	if s.Now != nil {
		return s.Now()
	}
	return time.Now()
}
