package discordtest

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/bwmarrin/discordgo"
)

// maxBody is more than any message within the limits can be.
const maxBody = 1 << 20

// execute posts a message: "Execute Webhook".
func (s *Server) execute(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		s.answer(w, r, &TooLarge)
		return
	}
	posted, instead := s.post(w.Header(), r, body)
	switch {
	case instead != nil:
		s.answer(w, r, instead)
	case r.URL.Query().Get("wait") != "true":
		w.WriteHeader(http.StatusNoContent)
	default:
		reply(w, posted)
	}
}

// post keeps a message and returns it as JSON, or says what is answered instead. It counts the post
// against the rate limit and reports that in the headers.
func (s *Server) post(head http.Header, r *http.Request, body []byte) ([]byte, *Answer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	h, instead := s.grant(r)
	if instead != nil {
		return nil, instead
	}
	if busy := h.bucket.take(head, s.Posts, s.Per, s.now()); busy != nil {
		return nil, busy
	}
	var scripted *Answer
	if len(h.script) > 0 {
		scripted, h.script = &h.script[0], h.script[1:]
		switch {
		case scripted.Grants():
			scripted = nil
		case !scripted.Posts:
			return nil, scripted
		}
	}
	var p discordgo.WebhookParams
	if err := decode(body, &p); err != nil {
		return nil, &InvalidJSON
	}
	if bad := breaks(p.Content, p.Embeds); bad != nil {
		return nil, bad
	}
	m := &Message{ID: s.id(), Content: p.Content, Embeds: p.Embeds, Posted: body, At: s.now()}
	h.messages = append(h.messages, m)
	s.counts.Posts++
	return m.json(), scripted
}

// show returns a webhook: "Get Webhook with Token".
func (s *Server) show(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	_, instead := s.grant(r)
	s.mu.Unlock()
	if instead != nil {
		s.answer(w, r, instead)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	fmt.Fprintf(w, `{"id": %q, "type": 1, "name": "Callbox"}`, r.PathValue("id"))
}

// read returns a message: "Get Webhook Message".
func (s *Server) read(w http.ResponseWriter, r *http.Request) {
	s.change(w, r, func(*Message) *Answer {
		s.counts.Reads++
		return nil
	})
}

// edit replaces what an edit names of a message, and leaves the rest: "Edit Webhook Message".
func (s *Server) edit(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		s.answer(w, r, &TooLarge)
		return
	}
	s.change(w, r, func(m *Message) *Answer {
		var e discordgo.WebhookEdit
		if err := decode(body, &e); err != nil {
			return &InvalidJSON
		}
		next := *m
		if e.Content != nil {
			next.Content = *e.Content
			next.Edits = append(next.Edits, next.Content)
		}
		if e.Embeds != nil {
			next.Embeds = *e.Embeds
		}
		if bad := breaks(next.Content, next.Embeds); bad != nil {
			return bad
		}
		*m = next
		s.counts.Edits++
		return nil
	})
}

// change finds the message of a request, does something to it and returns it.
func (s *Server) change(w http.ResponseWriter, r *http.Request, do func(*Message) *Answer) {
	body, instead := func() ([]byte, *Answer) {
		s.mu.Lock()
		defer s.mu.Unlock()
		h, instead := s.grant(r)
		if instead != nil {
			return nil, instead
		}
		if len(s.script) > 0 {
			instead, s.script = &s.script[0], s.script[1:]
			if !instead.Grants() {
				return nil, instead
			}
		}
		for _, m := range h.messages {
			if m.ID == r.PathValue("message") {
				if bad := do(m); bad != nil {
					return nil, bad
				}
				return m.json(), nil
			}
		}
		return nil, &UnknownMessage
	}()
	if instead != nil {
		s.answer(w, r, instead)
		return
	}
	reply(w, body)
}

func reply(w http.ResponseWriter, body []byte) {
	w.Header().Set("Content-Type", "application/json")
	w.Write(body)
}

// decode reads a JSON object.
func decode(body []byte, into any) error {
	if len(body) == 0 || body[0] != '{' {
		return errors.New("not an object")
	}
	return json.Unmarshal(body, into)
}
