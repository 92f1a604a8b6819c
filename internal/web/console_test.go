package web_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"callbox/internal/web"
)

// says answers with a word.
func says(word string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(word)) })
}

func TestTheConsoleHasAHostOfItsOwnWhereConfigured(t *testing.T) {
	surfaces := web.Surfaces{Pages: says("pages"), Feed: says("feed"), API: says("api"), Console: says("console"), Ready: func() error { return nil }}
	shared := web.New(surfaces)
	surfaces.ConsoleHost = "console.example.gov"
	apart := web.New(surfaces)
	surfaces.Console = nil
	without := web.New(surfaces)
	for _, c := range []struct {
		name      string
		handler   http.Handler
		url, want string
	}{
		{"shared", shared, "https://alerts.example.gov/console/live/", "console"},
		{"shared", shared, "https://alerts.example.gov/", "pages"},
		{"apart", apart, "https://console.example.gov/console/live/", "console"},
		{"apart", apart, "https://console.example.gov:8443/console/", "console"},
		{"apart", apart, "https://console.example.gov/subscribe", "404"},
		{"apart", apart, "https://console.example.gov/api/v1/status", "404"},
		{"apart", apart, "https://console.example.gov/cap/rss.xml", "404"},
		{"apart", apart, "https://console.example.gov/", "302 /console/"},
		{"apart", apart, "https://alerts.example.gov/console/live/", "pages"},
		{"without", without, "https://alerts.example.gov/console/live/", "pages"},
		{"alone", web.Console(says("console")), "https://anything.example.gov/console/", "console"},
		{"alone", web.Console(says("console")), "https://anything.example.gov/subscribe", "404"},
	} {
		w := httptest.NewRecorder()
		c.handler.ServeHTTP(w, httptest.NewRequest("GET", c.url, nil))
		got := strings.TrimSpace(w.Body.String())
		switch w.Code {
		case http.StatusNotFound:
			got = "404"
		case http.StatusFound:
			got = "302 " + w.Header().Get("Location")
		}
		if got != c.want {
			t.Errorf("%s: %s answers %q, want %q", c.name, c.url, got, c.want)
		}
		if !strings.Contains(w.Header().Get("Content-Security-Policy"), "trusted-types swap sw") {
			t.Errorf("%s: %s lacks the headers", c.name, c.url)
		}
	}
}
