// Package discordtest is a stand-in for Discord's webhooks on loopback, for the demo and for tests.
//
// It speaks the part of the API that webhooks use, refuses what breaks a documented limit as Discord
// refuses it, counts requests against rate limits, keeps what was posted, and can be told to fail.
package discordtest

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

	"github.com/bwmarrin/discordgo"
)

// Message is a message as the stand-in keeps it.
type Message struct {
	ID      string
	Content string
	Embeds  []*discordgo.MessageEmbed
	Posted  []byte // the body of the request that posted it
	At      time.Time
	Edits   []string // the contents that edits gave it, oldest first
}

// Counts are how many requests of each sort were granted, and how many were not.
type Counts struct {
	Posts, Edits, Reads, Failed int
}

// Server is the stand-in. Its methods may be called by many goroutines.
type Server struct {
	// Now is the clock of messages and rate limits; nil means time.Now. Set it before the first request.
	Now func() time.Time
	// Posts may be posted to one webhook in Per; none means no limit. Set them before the first request.
	Posts int
	Per   time.Duration

	listener net.Listener
	http     http.Server

	mu     sync.Mutex
	lastID uint64
	hooks  map[string]*hook
	script []Answer
	counts Counts
}

// hook is one webhook with its messages.
type hook struct {
	token    string
	deleted  bool
	messages []*Message
	script   []Answer
	bucket   bucket
}

// New starts a stand-in on a port of loopback, with Discord's usual limit of five posts in two seconds.
func New() (*Server, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("starting the Discord stand-in: %w", err)
	}
	s := &Server{Posts: 5, Per: 2 * time.Second, listener: l, lastID: 1_100_000_000_000_000_000, hooks: map[string]*hook{}}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /api/{version}/webhooks/{id}/{token}", s.execute)
	mux.HandleFunc("GET /api/{version}/webhooks/{id}/{token}", s.show)
	mux.HandleFunc("GET /api/{version}/webhooks/{id}/{token}/messages/{message}", s.read)
	mux.HandleFunc("PATCH /api/{version}/webhooks/{id}/{token}/messages/{message}", s.edit)
	s.http = http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	go s.http.Serve(l) // ends with Close
	return s, nil
}

// URL is the base URL of the stand-in, without a slash at its end.
func (s *Server) URL() string { return "http://" + s.listener.Addr().String() }

// Close stops the stand-in at once; requests that are under way are cut.
func (s *Server) Close() error { return s.http.Close() }

// Add makes a webhook and returns its URL, as Discord would show it.
func (s *Server) Add() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	id, token := s.id(), strings.ToLower(rand.Text()+rand.Text())
	s.hooks[id] = &hook{token: token}
	return "https://discord.com/api/webhooks/" + id + "/" + token
}

// Delete deletes a webhook; it is unknown from then on, its messages stay.
func (s *Server) Delete(url string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.of(url).deleted = true
}

// Next queues answers for the coming posts to a webhook, one for each. With none queued they are granted.
func (s *Server) Next(url string, answers ...Answer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	h := s.of(url)
	h.script = append(h.script, answers...)
}

// NextEdit queues answers for the coming reads and edits of messages of any webhook.
func (s *Server) NextEdit(answers ...Answer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.script = append(s.script, answers...)
}

// Messages returns copies of the messages of a webhook, oldest first.
func (s *Server) Messages(url string) []Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []Message
	for _, m := range s.of(url).messages {
		c := *m
		c.Edits = slices.Clone(m.Edits)
		out = append(out, c)
	}
	return out
}

// Counts returns how many requests there were.
func (s *Server) Counts() Counts {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.counts
}

// of finds the webhook of a URL that Add returned, and an empty one for any other.
func (s *Server) of(url string) *hook {
	if parts := strings.Split(url, "/"); len(parts) > 2 {
		if h := s.hooks[parts[len(parts)-2]]; h != nil {
			return h
		}
	}
	return &hook{}
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

// grant finds the webhook of a request, or says what is answered instead.
func (s *Server) grant(r *http.Request) (*hook, *Answer) {
	h := s.hooks[r.PathValue("id")]
	switch {
	case h == nil || h.deleted:
		return nil, &UnknownWebhook
	case h.token != r.PathValue("token"):
		return nil, &InvalidToken
	}
	return h, nil
}

// answer gives an answer, and counts it as a failure if it is one.
func (s *Server) answer(w http.ResponseWriter, r *http.Request, a *Answer) {
	s.mu.Lock()
	s.counts.Failed++
	s.mu.Unlock()
	a.Play(w, r)
}

func (m *Message) json() []byte {
	body, err := json.Marshal(discordgo.Message{
		ID: m.ID, ChannelID: "1000000000000000001", Content: m.Content, Embeds: m.Embeds, Timestamp: m.At,
	})
	if err != nil {
		panic(err) // a message is made of strings and numbers
	}
	return body
}
