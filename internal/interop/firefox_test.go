//go:build interop

package interop_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// firefox is a browser without a window, with its push service and the one page that it has open.
type firefox struct {
	service      *pushService
	Subscription string     // as the browser gave it to the page, JSON
	shown        chan shown // what the page's service worker reports
}

// shown is a message as the service worker got it, and the notifications that the browser then held.
type shown struct {
	Text  string `json:"text"`
	Error string `json:"error"`
	Shown []struct {
		Title string `json:"title"`
		Body  string `json:"body"`
		Lang  string `json:"lang"`
		Tag   string `json:"tag"`
	} `json:"shown"`
}

// The preferences: our push service instead of the vendor's, notifications allowed without asking, none that
// Marionette recommends (it turns push off), and nothing that goes out by itself.
const preferences = `
user_pref("dom.push.serverURL", "ws://127.0.0.1:%[1]s/browser");
user_pref("dom.push.testing.allowInsecureServerURL", true);
user_pref("permissions.default.desktop-notification", 1);
user_pref("network.manage-offline-status", false);
user_pref("alerts.useSystemBackend", false);
user_pref("app.normandy.enabled", false);
user_pref("app.update.enabled", false);
user_pref("browser.shell.checkDefaultBrowser", false);
user_pref("browser.startup.homepage_override.mstone", "ignore");
user_pref("browser.safebrowsing.malware.enabled", false);
user_pref("browser.safebrowsing.phishing.enabled", false);
user_pref("datareporting.policy.dataSubmissionEnabled", false);
user_pref("extensions.systemAddon.update.enabled", false);
user_pref("extensions.update.enabled", false);
user_pref("network.captive-portal-service.enabled", false);
user_pref("network.connectivity-service.enabled", false);
user_pref("remote.prefs.recommended", false);
user_pref("services.settings.server", "http://127.0.0.1:%[1]s/nothing");
user_pref("toolkit.telemetry.enabled", false);
user_pref("toolkit.telemetry.unified", false);
`

// startFirefox opens the page, which subscribes with an application server's public key.
func startFirefox(t *testing.T, publicKey string) *firefox {
	t.Helper()
	f := &firefox{service: &pushService{t: t, acks: make(chan ack, 16), connected: make(chan struct{})}, shown: make(chan shown, 16)}
	subscribed, failed := make(chan string, 1), make(chan string, 1)

	mux := http.NewServeMux()
	mux.HandleFunc("GET /browser", f.service.browser)
	mux.HandleFunc("POST /push/{channel}", f.service.take)
	mux.Handle("GET /", http.FileServer(http.Dir(filepath.Join("testdata", "firefox"))))
	mux.HandleFunc("GET /connected", func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-f.service.connected:
		case <-r.Context().Done():
		}
	})
	mux.HandleFunc("GET /key", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, publicKey) })
	mux.HandleFunc("POST /subscribed", func(_ http.ResponseWriter, r *http.Request) { subscribed <- read(r) })
	mux.HandleFunc("POST /failed", func(_ http.ResponseWriter, r *http.Request) { failed <- read(r) })
	mux.HandleFunc("POST /shown", func(_ http.ResponseWriter, r *http.Request) {
		var s shown
		if err := json.NewDecoder(r.Body).Decode(&s); err != nil {
			t.Errorf("the worker's report: %v", err)
		}
		f.shown <- s
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	f.service.base = server.URL
	_, port, _ := strings.Cut(strings.TrimPrefix(server.URL, "http://"), ":")

	openFirefox(t, port, "http://localhost:"+port+"/")
	select {
	case f.Subscription = <-subscribed:
	case why := <-failed:
		t.Fatalf("the page could not subscribe: %s", why)
	case <-time.After(patience):
		t.Fatalf("the page did not subscribe in %v", patience)
	}
	return f
}

// openFirefox opens an address in a browser whose push service is at a port of this machine.
func openFirefox(t *testing.T, port, address string, options ...string) {
	t.Helper()
	profile := t.TempDir()
	if err := os.WriteFile(filepath.Join(profile, "user.js"), fmt.Appendf(nil, preferences, port), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("firefox-esr", append(options, "--headless", "--no-remote", "--profile", profile, address)...)
	cmd.Env = append(os.Environ(), "HOME="+profile, "MOZ_CRASHREPORTER_DISABLE=1")
	startPeer(t, cmd)
}

func read(r *http.Request) string {
	body, _ := io.ReadAll(io.LimitReader(r.Body, 1<<16))
	return string(body)
}

// next returns what the browser says of the next message, and what its page then shows.
func (f *firefox) next(t *testing.T) (ack, shown) {
	t.Helper()
	var a ack
	select {
	case a = <-f.service.acks:
	case <-time.After(patience):
		t.Fatalf("the browser acknowledged nothing in %v", patience)
	}
	select {
	case s := <-f.shown:
		return a, s
	case <-time.After(patience):
		t.Fatalf("the page showed nothing in %v (the browser's code: %d)", patience, a.Code)
	}
	return a, shown{}
}
