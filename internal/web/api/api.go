// Package api serves /api/v1: the desk's use cases and the public's questions as JSON.
//
// Officials and machines identify themselves with bearer keys. Machines propose; approving takes a
// person. Mistakes come back as problem documents (RFC 9457) that name the place in the body. The
// document at /api/v1/openapi.json describes every route and is held against them by a test.
package api

import (
	"errors"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"time"

	"callbox/internal/desk"
	"callbox/internal/officials"
)

// Config is what the API needs.
type Config struct {
	Desk *desk.Desk
	// Board returns what the public may know now, nil when nothing was read yet.
	Board func() *desk.Board
	Now   func() time.Time // nil for the wall clock
	Log   *slog.Logger     // nil for none
}

// API is an http.Handler for everything below /api/.
type API struct {
	Config
	mux      *http.ServeMux
	document []byte // OpenAPI, as JSON
}

// New returns the API.
func New(c Config) (*API, error) {
	if c.Desk == nil || c.Board == nil {
		return nil, errors.New("api: a desk and the board are required")
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	a := &API{Config: c, mux: http.NewServeMux()}
	var err error
	if a.document, err = openAPI(); err != nil {
		return nil, err
	}
	methods := map[string][]string{}
	for _, r := range a.Routes() {
		a.mux.Handle(r.Method+" "+r.Path, a.serve(r))
		methods[r.Path] = append(methods[r.Path], r.Method)
	}
	for path, allowed := range methods {
		slices.Sort(allowed)
		a.mux.HandleFunc(path, a.refuseMethod(strings.Join(allowed, ", ")))
	}
	a.mux.HandleFunc("/api/", func(w http.ResponseWriter, _ *http.Request) {
		a.fail(w, &problem{Status: http.StatusNotFound, Code: "not-found", Detail: "there is nothing at this address; see /api/v1/openapi.json"})
	})
	return a, nil
}

// Route is one address of the API.
type Route struct {
	Method, Path string
	Public       bool // needs no key
	Creates      bool // heeds an Idempotency-Key
	answer       func(*call) (reply, error)
}

// Routes lists every route.
func (a *API) Routes() []Route {
	get, post := http.MethodGet, http.MethodPost
	return []Route{
		{Method: get, Path: "/api/v1/openapi.json", Public: true, answer: a.describe},
		{Method: get, Path: "/api/v1/areas", Public: true, answer: a.findAreas},
		{Method: get, Path: "/api/v1/areas/{id}", Public: true, answer: a.area},
		{Method: get, Path: "/api/v1/zips/{zip}", Public: true, answer: a.zip},
		{Method: get, Path: "/api/v1/status", Public: true, answer: a.status},

		{Method: get, Path: "/api/v1/outages", answer: a.outages},
		{Method: post, Path: "/api/v1/outages", Creates: true, answer: a.declare},
		{Method: get, Path: "/api/v1/outages/{id}", answer: a.outage},
		{Method: post, Path: "/api/v1/outages/{id}/bulletins", Creates: true, answer: a.declare},
		{Method: post, Path: "/api/v1/outages/{id}/stop", answer: a.stop},
		{Method: post, Path: "/api/v1/outages/{id}/retract", Creates: true, answer: a.retract},

		{Method: post, Path: "/api/v1/lint", answer: a.lint},
		{Method: post, Path: "/api/v1/notices", Creates: true, answer: a.notice},
		{Method: get, Path: "/api/v1/drafts", answer: a.drafts},
		{Method: get, Path: "/api/v1/drafts/{id}", answer: a.draft},
		{Method: http.MethodPut, Path: "/api/v1/drafts/{id}", answer: a.revise},
		{Method: post, Path: "/api/v1/drafts/{id}/submit", answer: a.submit},
		{Method: post, Path: "/api/v1/drafts/{id}/approve", answer: a.approve},
		{Method: post, Path: "/api/v1/drafts/{id}/withdraw", answer: a.withdraw},
	}
}

// ServeHTTP implements [http.Handler].
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) { a.mux.ServeHTTP(w, r) }

// serve answers one route: who asks, what they send, what comes of it.
func (a *API) serve(route Route) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c := &call{Request: r}
		if route.Public {
			w.Header().Set("Access-Control-Allow-Origin", "*") // for pages of others, which send no key
		} else {
			var err error
			if c.actor, err = a.actor(r); err != nil {
				a.fail(w, err)
				return
			}
		}
		if err := c.read(w); err != nil {
			a.fail(w, err)
			return
		}
		answer := route.answer
		if key := r.Header.Get("Idempotency-Key"); key != "" && route.Creates {
			answer = a.once(key, route.answer)
		}
		out, err := answer(c)
		if err != nil {
			a.fail(w, err)
			return
		}
		a.write(w, r, out)
	})
}

func (a *API) refuseMethod(allowed string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Allow", allowed)
		a.fail(w, &problem{Status: http.StatusMethodNotAllowed, Code: "method", Detail: "this address takes " + allowed})
	}
}

// actor finds out who asks, by their bearer key (RFC 6750).
func (a *API) actor(r *http.Request) (officials.Actor, error) {
	scheme, key, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return officials.Actor{}, officials.ErrUnknown
	}
	return a.Desk.Who(r.Context(), officials.Secret(strings.TrimSpace(key)))
}
