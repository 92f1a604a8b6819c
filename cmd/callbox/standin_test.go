package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// Residents come when everything fails: a start without a database serves the last copy on disk, says what
// it cannot do, and goes on by itself when the database is back.
func TestAStartWithoutADatabaseServesTheLastCopy(t *testing.T) {
	t.Parallel()
	x := newTroubled(t)
	secret := "of yesterday"
	for name, text := range map[string]string{"copy/index.html": "<p>what was known</p>", "copy/zip/06880/index.html": "<p>203-555-0103</p>",
		"copy/cap/rss.xml": "<rss/>", "copy/alerts/active": "{}", "copy/404.html": "<p>nothing here</p>", "secret.txt": secret} {
		x.ok(os.MkdirAll(filepath.Dir(filepath.Join(x.dir, name)), 0o700))
		x.set(name, text)
	}
	x.ok(os.Symlink(filepath.Join(x.dir, "secret.txt"), filepath.Join(x.dir, "copy", "link.html")))
	data, err := os.ReadFile(filepath.Join(x.dir, "callbox.db"))
	x.ok(err)
	x.set("callbox.db", strings.Repeat("this is no database ", 300))
	l := listenAt(t, "127.0.0.1:0")
	base := "http://" + l.Addr().String()
	x.ok(l.Close())
	x.set("callbox.toml", fmt.Sprintf("listen = %q\npublic_url = %q\nexport = \"copy\"\n", l.Addr(), base))
	ctx, stop := context.WithCancel(t.Context())
	var said lockedBuffer
	ended := make(chan int, 1)
	go func() {
		ended <- run(ctx, []string{"--config", filepath.Join(x.dir, "callbox.toml"), "serve"}, strings.NewReader(""), io.Discard, &said)
	}()

	ask := func(method, path string) (int, string) {
		req, err := http.NewRequestWithContext(ctx, method, base+path, nil)
		x.ok(err)
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			return 0, err.Error()
		}
		defer res.Body.Close()
		body, err := io.ReadAll(res.Body)
		x.ok(err)
		return res.StatusCode, fmt.Sprint(res.Header, string(body))
	}
	until := func(path string, want int) {
		t.Helper()
		for end := time.Now().Add(20 * time.Second); ; time.Sleep(20 * time.Millisecond) {
			if got, body := ask("GET", path); got == want {
				return
			} else if time.Now().After(end) {
				t.Fatalf("GET %s: got %d, want %d\n%s\n%s", path, got, want, body, said.String())
			}
		}
	}
	until("/", 200)
	for _, c := range []struct {
		method, path string
		status       int
		want         string
	}{
		{"GET", "/", 200, "what was known"},
		{"GET", "/zip/06880", 200, "203-555-0103"},
		{"GET", "/cap/rss.xml", 200, "<rss/>"},
		{"GET", "/alerts/active", 200, "application/geo+json"},
		{"GET", "/zip/99999", 404, "nothing here"},
		{"GET", "/../secret.txt", 404, "nothing here"},
		{"GET", "/link.html", 404, "nothing here"},
		{"GET", "/", 200, "Content-Security-Policy"},
		{"POST", "/subscribe", 503, "Retry-After"},
		{"GET", "/api/v1/outages", 503, "try again"},
		{"GET", "/healthz", 200, "ok"},
		{"GET", "/readyz", 503, "no database"},
	} {
		status, body := ask(c.method, c.path)
		if status != c.status || !strings.Contains(body, c.want) || strings.Contains(body, secret) {
			t.Errorf("%s %s: got %d %s, want %d with %q", c.method, c.path, status, body, c.status, c.want)
		}
	}
	x.ok(os.WriteFile(filepath.Join(x.dir, "callbox.db"), data, 0o600))
	until("/readyz", 200)
	stop()
	if code := <-ended; code != exitOK {
		t.Errorf("got exit code %d, want success\n%s", code, said.String())
	}
}

// A database that goes away while the program serves takes nothing from residents but their forms.
func TestPagesAndFeedOutliveTheDatabase(t *testing.T) {
	t.Parallel()
	x := newTroubled(t)
	x.serving(func(ctx context.Context, p *program) {
		x.tell(ctx, p.desk)
		paths := []string{"/", "/zip/06880", "/outages/" + x.outage, "/cap/rss.xml", "/alerts/active", "/healthz"}
		for end := time.Now().Add(20 * time.Second); !strings.Contains(get(t, p.cfg.PublicURL+"/cap/rss.xml"), "Westport") ||
			!strings.Contains(get(t, p.cfg.PublicURL+"/zip/06880"), x.outage); time.Sleep(20 * time.Millisecond) {
			if time.Now().After(end) {
				t.Fatal("the outage is not published")
			}
		}
		x.ok(p.store.Close()) // as far as anything that asks it can tell, it is gone
		for _, path := range paths {
			res, err := http.Get(p.cfg.PublicURL + path)
			x.ok(err)
			body, err := io.ReadAll(res.Body)
			x.ok(err)
			x.ok(res.Body.Close())
			if res.StatusCode != http.StatusOK || path == "/zip/06880" && !strings.Contains(string(body), "203-555-0103") {
				t.Errorf("GET %s without a database: got %d, want it served from memory", path, res.StatusCode)
			}
		}
		if res, err := http.Get(p.cfg.PublicURL + "/readyz"); err != nil || res.StatusCode != http.StatusServiceUnavailable {
			t.Errorf("readiness without a database: got %v, %v, want 503", res, err)
		}
	})
}
