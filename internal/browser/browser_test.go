//go:build browser

package browser_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"callbox/internal/browser"
)

const sound = `<!doctype html><html lang="en"><title>Sound</title><meta name="viewport" content="width=device-width">
<main><h1>Sound</h1><form action="/next"><label>Name <input name="name"></label> <button>Go on</button></form><p id="said"></p></main>
<script>document.getElementById('said').textContent = 'scripted'</script></html>`

const unsound = `<!doctype html><html><title>Unsound</title><main><img src="/a.png"><div style="width:2000px">wide</div></main></html>`

// serve returns a site at http://localhost.
func serve(t *testing.T) string {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		switch r.URL.Path {
		case "/":
			_, _ = w.Write([]byte(sound))
		case "/next":
			w.WriteHeader(http.StatusConflict)
			_, _ = w.Write([]byte(strings.ReplaceAll(sound, "Sound", "Hello "+r.FormValue("name"))))
		case "/unsound":
			_, _ = w.Write([]byte(unsound))
		}
	}))
	t.Cleanup(s.Close)
	return strings.Replace(s.URL, "127.0.0.1", "localhost", 1)
}

func TestAFormIsFilledInAndSent(t *testing.T) {
	t.Parallel()
	site := serve(t)
	b := browser.Start(t)
	tab := b.Tab(browser.Phone)
	if got := tab.Go(site + "/"); got != http.StatusOK {
		t.Errorf("status %d, want 200", got)
	}
	if got := tab.Text("#said"); got != "scripted" {
		t.Errorf("the script said %q", got)
	}
	tab.Accessible()
	tab.Fill("[name=name]", "Ada")
	if got := tab.Press("button"); got != http.StatusConflict {
		t.Errorf("status %d, want 409", got)
	}
	if got := tab.Text("h1"); got != "Hello Ada" {
		t.Errorf("the heading is %q", got)
	}
	if got := tab.Foreign(); len(got) > 0 {
		t.Errorf("requests to other sites: %q", got)
	}
	if got := tab.Pages(); got != 1 {
		t.Errorf("it prints on %d sheets, want 1", got)
	}

	plain := b.Tab(browser.Desk, browser.NoScript)
	plain.Go(site + "/")
	if got := plain.Text("#said"); got != "" {
		t.Errorf("with scripts off one ran: %q", got)
	}
}

// recorder takes the failures that a check reports.
type recorder struct {
	testing.TB
	said []string
}

func (r *recorder) Errorf(format string, args ...any) { r.said = append(r.said, format) }

func TestWhatIsNotAccessibleFails(t *testing.T) {
	t.Parallel()
	site := serve(t)
	tab := browser.Start(t).Tab(browser.Phone)
	tab.Go(site + "/unsound")
	r := &recorder{TB: t}
	tab.T = r
	tab.Accessible()
	tab.T = t
	for _, want := range []string{"axe: ", "scrolls sideways", "h1"} {
		if !strings.Contains(strings.Join(r.said, "\n"), want) {
			t.Errorf("nothing was said of %q: %q", want, r.said)
		}
	}
}

func TestAPasskeyIsMade(t *testing.T) {
	t.Parallel()
	site := serve(t)
	tab := browser.Start(t).Tab(browser.Desk)
	key := tab.Authenticator()
	tab.Go(site + "/")
	browser.Eval[string](tab, `navigator.credentials.create({publicKey: {challenge: new Uint8Array(32), rp: {name: 'x'},
		user: {id: new Uint8Array(8), name: 'ada', displayName: 'Ada'}, pubKeyCredParams: [{type: 'public-key', alg: -7}],
		authenticatorSelection: {userVerification: 'required', residentKey: 'required'}}}).then((c) => c.id)`)
	if got := key.Keys(); got != 1 {
		t.Errorf("the authenticator has %d passkeys, want 1", got)
	}
}
