// Package web puts the surfaces together: the residents' pages, the feed and the API behind one handler,
// with the headers that every answer carries.
package web

import (
	"net/http"
	"strings"
)

// Surfaces are the handlers of a site. Each knows its own paths.
type Surfaces struct {
	Pages   http.Handler // everything that is not below
	Feed    http.Handler // /cap/ and /alerts/
	API     http.Handler // /api/
	Metrics http.Handler // /metrics, to the machine itself only
	Ready   func() error // readiness: what is missing before this process can serve and send
	Console http.Handler // /console/; nil where it has a listener of its own, see Console
	// ConsoleHost is the host of the console where it is not that of the pages. Then the console answers
	// there and nowhere else, and nothing else does there, so that a flaw of the pages cannot reach it.
	ConsoleHost string
}

// Policy is the Content-Security-Policy of every answer: nothing from elsewhere, no inline script or
// style, no framing, and script may write into the page only by the policies that are named.
const Policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
	"manifest-src 'self'; worker-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'; " +
	"require-trusted-types-for 'script'; trusted-types swap sw"

// Console returns the handler of the officials' console where it has a listener of its own.
func Console(console http.Handler) http.Handler {
	return headers(http.NewCrossOriginProtection().Handler(alone(console)))
}

// alone is the console on a host of its own.
func alone(console http.Handler) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/console/", console)
	mux.Handle("/{$}", http.RedirectHandler("/console/", http.StatusFound))
	return mux
}

// New returns the handler of a site. A POST that another site's page makes a browser send is refused.
func New(s Surfaces) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/cap/", s.Feed)
	mux.Handle("/alerts/", s.Feed)
	mux.Handle("/api/", s.API)
	mux.Handle("/", s.Pages)
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("ok\n")) })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, _ *http.Request) {
		if err := s.Ready(); err != nil {
			http.Error(w, err.Error(), http.StatusServiceUnavailable)
			return
		}
		_, _ = w.Write([]byte("ready\n"))
	})
	switch {
	case s.Console == nil:
	case s.ConsoleHost == "":
		mux.Handle("/console/", s.Console)
	default:
		mux.Handle(s.ConsoleHost+"/", alone(s.Console))
	}
	if s.Metrics != nil {
		mux.Handle("GET /metrics", local(s.Metrics))
	}
	return headers(http.NewCrossOriginProtection().Handler(mux))
}

// local answers the machine itself and nobody else: a proxy in front adds a forwarding header.
func local(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		loopback := strings.HasPrefix(r.RemoteAddr, "127.") || strings.HasPrefix(r.RemoteAddr, "[::1]")
		if !loopback || r.Header.Get("X-Forwarded-For") != "" || r.Header.Get("Forwarded") != "" {
			http.NotFound(w, r)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// everywhere is what every answer carries.
var everywhere = http.Header{
	"Content-Security-Policy":    {Policy},
	"X-Content-Type-Options":     {"nosniff"},
	"Referrer-Policy":            {"no-referrer"},
	"Cross-Origin-Opener-Policy": {"same-origin"},
	"Permissions-Policy":         {"geolocation=(), camera=(), microphone=()"},
}

// headers sets what every answer carries; a surface may set its own on top.
func headers(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		for name, values := range everywhere {
			h[name] = values // shared: whoever sets one of them sets another list
		}
		if r.TLS != nil || r.Header.Get("X-Forwarded-Proto") == "https" {
			h.Set("Strict-Transport-Security", "max-age=63072000")
		}
		next.ServeHTTP(w, r)
	})
}
