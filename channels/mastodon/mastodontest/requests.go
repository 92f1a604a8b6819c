package mastodontest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// routes are all that the stand-in knows. https://docs.joinmastodon.org/methods/statuses/
func (s *Server) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /api/v1/instance", s.open(s.instance))
	mux.HandleFunc("GET /api/v1/accounts/verify_credentials", s.signedIn(s.verify))
	mux.HandleFunc("GET /api/v1/accounts/{id}/statuses", s.signedIn(s.list))
	mux.HandleFunc("POST /api/v1/statuses", s.signedIn(s.create))
	mux.HandleFunc("PUT /api/v1/statuses/{id}", s.signedIn(s.edit))
	mux.HandleFunc("GET /api/v1/statuses/{id}", s.open(s.show))
	mux.HandleFunc("GET /api/v1/statuses/{id}/source", s.signedIn(s.source))
	return mux
}

// request is one request under the server's lock, with the account that makes it, if any.
type request struct {
	*http.Request
	head http.Header // of the answer
	self *account
}

// handler answers with a body that becomes JSON, or with an answer that is given instead of it.
type handler func(request) (any, *Answer)

func (s *Server) open(h handler) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) { s.serve(w, request{Request: r, head: w.Header()}, h) }
}

// signedIn serves requests with the token of an account, within its rate limit.
func (s *Server) signedIn(h handler) http.HandlerFunc {
	return s.open(func(r request) (any, *Answer) {
		r.self = s.accounts[strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")]
		if r.self == nil {
			return nil, &InvalidToken
		}
		if busy := s.count(r); busy != nil {
			return nil, busy
		}
		return h(r)
	})
}

func (s *Server) serve(w http.ResponseWriter, r request, h handler) {
	if err := r.ParseForm(); err != nil {
		Invalid("form").Play(w, r.Request)
		return
	}
	body, instead := func() (any, *Answer) {
		s.mu.Lock()
		defer s.mu.Unlock()
		if r.Method != http.MethodPost && len(s.reads) > 0 {
			instead := s.reads[0]
			s.reads = s.reads[1:]
			if !instead.Grants() {
				s.counts.Failed++
				return nil, &instead
			}
		}
		body, instead := h(r)
		if instead != nil {
			s.counts.Failed++
		}
		return body, instead
	}()
	if instead != nil {
		instead.Play(w, r.Request)
		return
	}
	js, err := json.Marshal(body)
	if err != nil {
		panic(err) // bodies are made of strings, numbers and maps
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	if r.Method == http.MethodPost && s.Created {
		w.WriteHeader(http.StatusCreated)
	}
	w.Write(js)
}

// count counts a request against the account's limit.
func (s *Server) count(r request) *Answer {
	if s.Requests == 0 {
		return nil
	}
	now, a := s.now(), r.self
	if now.Sub(a.since) >= s.Per {
		a.since, a.used = now, 0
	}
	a.used++
	reset := a.since.Add(s.Per)
	r.head.Set("X-RateLimit-Limit", strconv.Itoa(s.Requests))
	r.head.Set("X-RateLimit-Remaining", strconv.Itoa(max(s.Requests-a.used, 0)))
	r.head.Set("X-RateLimit-Reset", reset.UTC().Format(time.RFC3339Nano))
	if a.used > s.Requests {
		return &Answer{Status: http.StatusTooManyRequests, Body: `{"error": "Too many requests"}`}
	}
	return nil
}

func (s *Server) instance(request) (any, *Answer) {
	s.counts.Reads++
	said := map[string]any{"uri": "social.example.org", "title": "Stand-in", "version": "4.4.0"}
	if !s.Quiet {
		said["configuration"] = map[string]any{"statuses": map[string]any{
			"max_characters": s.Chars, "characters_reserved_per_url": s.URL, "max_media_attachments": 4,
		}}
	}
	return said, nil
}

func (s *Server) verify(r request) (any, *Answer) {
	s.counts.Reads++
	return r.self.json(), nil
}

// list returns the newest statuses of the account itself, and the link to older ones in the header Link.
func (s *Server) list(r request) (any, *Answer) {
	if r.PathValue("id") != r.self.id {
		return nil, &NotFound
	}
	s.counts.Reads++
	limit := 20
	if n, err := strconv.Atoi(r.Form.Get("limit")); err == nil && n > 0 {
		limit = min(n, 40)
	}
	out := []any{}
	for _, st := range slices.Backward(r.self.statuses) {
		if before := r.Form.Get("max_id"); before != "" && st.ID >= before {
			continue
		}
		out = append(out, s.json(st, r.self))
		if len(out) == limit {
			q := url.Values{"limit": {strconv.Itoa(limit)}, "max_id": {st.ID}}
			r.head.Set("Link", fmt.Sprintf(`<%s%s?%s>; rel="next"`, s.Base(), r.URL.Path, q.Encode()))
			break
		}
	}
	return out, nil
}

func (s *Server) create(r request) (any, *Answer) {
	var scripted *Answer
	if len(s.script) > 0 {
		scripted, s.script = &s.script[0], s.script[1:]
		switch {
		case scripted.Grants():
			scripted = nil
		case !scripted.Posts:
			return nil, scripted
		}
	}
	key := r.Header.Get("Idempotency-Key")
	if st := r.self.keys[key]; st != nil && !s.IgnoreKeys {
		s.counts.Repeats++
		return s.json(st, r.self), scripted
	}
	reply := r.Form.Get("in_reply_to_id")
	if reply != "" && s.find(reply) == nil {
		return nil, &NotFound
	}
	st := &Status{
		ID: s.id(), Language: r.Form.Get("language"), Visibility: r.Form.Get("visibility"),
		InReplyTo: reply, Key: key, At: s.now(),
	}
	if bad := s.write(st, r.Form.Get("status")); bad != nil {
		return nil, bad
	}
	r.self.statuses = append(r.self.statuses, st)
	if key != "" {
		r.self.keys[key] = st
	}
	s.counts.Posts++
	return s.json(st, r.self), scripted
}

func (s *Server) edit(r request) (any, *Answer) {
	for _, st := range r.self.statuses {
		if st.ID == r.PathValue("id") {
			if bad := s.write(st, r.Form.Get("status")); bad != nil {
				return nil, bad
			}
			st.Edits++
			s.counts.Edits++
			return s.json(st, r.self), nil
		}
	}
	return nil, &NotFound
}

func (s *Server) show(r request) (any, *Answer) {
	for _, a := range s.accounts {
		for _, st := range a.statuses {
			if st.ID == r.PathValue("id") {
				s.counts.Reads++
				return s.json(st, a), nil
			}
		}
	}
	return nil, &NotFound
}

// source returns the text of one of the account's own statuses as it was posted.
func (s *Server) source(r request) (any, *Answer) {
	for _, st := range r.self.statuses {
		if st.ID == r.PathValue("id") {
			s.counts.Reads++
			return map[string]string{"id": st.ID, "text": st.Text, "spoiler_text": ""}, nil
		}
	}
	return nil, &NotFound
}

func (s *Server) find(id string) *Status {
	for _, a := range s.accounts {
		for _, st := range a.statuses {
			if st.ID == id {
				return st
			}
		}
	}
	return nil
}
