//go:build interop

package interop_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// goToSocial is a GoToSocial server: another implementation of the Mastodon API, on SQLite, that
// federates with nobody.
type goToSocial struct {
	base string // "http://localhost:1234"
	env  []string
	peer *peer
}

const goToSocialVersion = "0.19.2"

// The one account.
const (
	account  = "capitol"
	mailbox  = account + "@example.org"
	password = "Correct-horse-battery-staple-1"
)

// startGoToSocial starts a server with one account.
func startGoToSocial(t *testing.T) *goToSocial {
	t.Helper()
	dir, port := t.TempDir(), freePort(t)
	host := fmt.Sprintf("localhost:%d", port)
	g := &goToSocial{base: "http://" + host}
	web := goToSocialSource(t)
	g.env = append(os.Environ(),
		"GTS_HOST="+host, "GTS_PROTOCOL=http", "GTS_BIND_ADDRESS=127.0.0.1", fmt.Sprintf("GTS_PORT=%d", port),
		"GTS_LETSENCRYPT_ENABLED=false", "GTS_INSTANCE_FEDERATION_MODE=allowlist", "GTS_LOG_LEVEL=warn",
		"GTS_DB_TYPE=sqlite", "GTS_DB_ADDRESS="+filepath.Join(dir, "gotosocial.db"),
		"GTS_STORAGE_LOCAL_BASE_PATH="+filepath.Join(dir, "storage"),
		"GTS_WEB_TEMPLATE_BASE_DIR="+filepath.Join(web, "web", "template")+"/",
		"GTS_WEB_ASSET_BASE_DIR="+filepath.Join(web, "web", "assets")+"/",
		"GTS_MEDIA_FFMPEG_POOL_SIZE=1", "GTS_WAZERO_COMPILATION_CACHE="+cached(t, "wazero"),
		"GTS_STATUSES_MAX_CHARS=500",
	)
	if err := os.MkdirAll(cached(t, "wazero"), 0o755); err != nil {
		t.Fatal(err)
	}
	g.restart(t) // the first start makes the database, without which there is no account
	g.peer.stop()
	create := exec.CommandContext(t.Context(), cached(t, "gotosocial-"+goToSocialVersion), "admin", "account", "create",
		"--username", account, "--email", mailbox, "--password", password)
	create.Env = g.env
	if out, err := create.CombinedOutput(); err != nil {
		t.Fatalf("creating the account: %v\n%s", err, out)
	}
	g.restart(t)
	return g
}

// restart starts the server, again, with more settings.
func (g *goToSocial) restart(t *testing.T, env ...string) {
	t.Helper()
	if g.peer != nil {
		g.peer.stop()
	}
	cmd := exec.Command(cached(t, "gotosocial-"+goToSocialVersion), "server", "start")
	cmd.Env = append(g.env, env...)
	g.peer = startPeer(t, cmd)
	await(t, "GoToSocial", answers(g.base+"/readyz"))
}

// goToSocialSource is the directory of the module, which holds the templates of its pages.
func goToSocialSource(t *testing.T) string {
	t.Helper()
	get := exec.CommandContext(t.Context(), "go", "mod", "download", "-json", "code.superseriousbusiness.org/gotosocial")
	get.Dir = "gotosocial"
	get.Env = append(os.Environ(), "GOTOOLCHAIN=go1.24.9", "GOWORK=off")
	out, err := get.Output()
	if err != nil {
		t.Fatalf("finding the source of GoToSocial: %v", err)
	}
	var module struct{ Dir string }
	if err := json.Unmarshal(out, &module); err != nil {
		t.Fatal(err)
	}
	return module.Dir
}

// token signs in as a person does in a browser and allows an application to post (RFC 6749 section 4.1).
func (g *goToSocial) token(t *testing.T) string {
	t.Helper()
	const nowhere = "urn:ietf:wg:oauth:2.0:oob"
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	browser := &http.Client{
		Jar: jar, Timeout: patience,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	var app struct {
		ID     string `json:"client_id"`
		Secret string `json:"client_secret"`
	}
	g.call(t, g.post(t, "/api/v1/apps", url.Values{
		"client_name": {"Callbox"}, "redirect_uris": {nowhere}, "scopes": {"read write"},
	}), &app)
	ask := url.Values{
		"client_id": {app.ID}, "redirect_uri": {nowhere}, "response_type": {"code"}, "scope": {"read write"},
	}
	sentOn(t, browser, g.request(t, http.MethodGet, "/oauth/authorize?"+ask.Encode()))
	sentOn(t, browser, g.post(t, "/auth/sign_in", url.Values{"username": {mailbox}, "password": {password}}))
	code := sentOn(t, browser, g.post(t, "/oauth/authorize", nil)).Query().Get("code")
	var token struct {
		Token string `json:"access_token"`
	}
	g.call(t, g.post(t, "/oauth/token", url.Values{
		"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {nowhere},
		"client_id": {app.ID}, "client_secret": {app.Secret},
	}), &token)
	if token.Token == "" {
		t.Fatal("signing in gave no token")
	}
	return token.Token
}

func (g *goToSocial) request(t *testing.T, method, path string) *http.Request {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, g.base+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	return req
}

func (g *goToSocial) post(t *testing.T, path string, form url.Values) *http.Request {
	t.Helper()
	req := g.request(t, http.MethodPost, path)
	req.Body = io.NopCloser(strings.NewReader(form.Encode()))
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return req
}

// sentOn visits a page that must send the browser on, and returns where to.
func sentOn(t *testing.T, browser *http.Client, req *http.Request) *url.URL {
	t.Helper()
	req.Header.Set("Accept", "text/html")
	resp, err := browser.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	to, err := resp.Location()
	if err != nil {
		t.Fatalf("%s %s: %s, want a redirect", req.Method, req.URL.Path, resp.Status)
	}
	return to
}

// call sends a request and reads the JSON answer.
func (g *goToSocial) call(t *testing.T, req *http.Request, into any) {
	t.Helper()
	client := http.Client{Timeout: patience}
	resp, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		t.Fatalf("%s %s: %s", req.Method, req.URL.Path, resp.Status)
	}
	if err := json.NewDecoder(resp.Body).Decode(into); err != nil {
		t.Fatalf("%s %s: %v", req.Method, req.URL.Path, err)
	}
}

// status is a post as the server gives it back.
type status struct {
	ID         string `json:"id"`
	ReplyTo    string `json:"in_reply_to_id"`
	Language   string `json:"language"`
	Visibility string `json:"visibility"`
}

// posts returns what the account has posted, oldest first.
func (g *goToSocial) posts(t *testing.T, token string) []status {
	t.Helper()
	var me struct {
		ID string `json:"id"`
	}
	g.get(t, token, "/api/v1/accounts/verify_credentials", &me)
	var all []status
	g.get(t, token, "/api/v1/accounts/"+me.ID+"/statuses?limit=40", &all)
	slices.Reverse(all)
	return all
}

// source returns a status as it was sent, before the server made HTML of it.
func (g *goToSocial) source(t *testing.T, token, id string) string {
	t.Helper()
	var source struct{ Text string }
	g.get(t, token, "/api/v1/statuses/"+id+"/source", &source)
	return source.Text
}

func (g *goToSocial) get(t *testing.T, token, path string, into any) {
	t.Helper()
	req := g.request(t, http.MethodGet, path)
	req.Header.Set("Authorization", "Bearer "+token)
	g.call(t, req, into)
}
