//go:build browser

package pages_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"callbox/internal/browser"
	"callbox/internal/web"
	"callbox/internal/web/webtest"
)

// live is a site that a browser can open, with the headers that every answer carries.
type live struct {
	*site
	server *httptest.Server
	Origin string // http://localhost:1234, which browsers take for secure
	worker atomic.Pointer[string]
}

func newLive(t *testing.T) *live {
	t.Helper()
	l := &live{site: newSite(t)}
	nothing := http.NotFoundHandler()
	whole := web.New(web.Surfaces{Pages: l.Pages, Feed: nothing, API: nothing, Ready: func() error { return nil }})
	l.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if script := l.worker.Load(); script != nil && r.URL.Path == "/sw.js" {
			w.Header().Set("Content-Type", "text/javascript")
			_, _ = w.Write([]byte(*script))
			return
		}
		whole.ServeHTTP(w, r)
	}))
	t.Cleanup(l.server.Close)
	l.Origin = strings.Replace(l.server.URL, "127.0.0.1", "localhost", 1)
	return l
}

// lose makes the site unreachable, as a network that is gone does.
func (l *live) lose() {
	l.server.CloseClientConnections()
	l.server.Close()
}

// at gives a tab the clock of the room.
func (l *live) at(tab *browser.Tab) *browser.Tab {
	tab.Before(`Date.now = () => ` + quoted(l.Now()) + `;`)
	return tab
}

func quoted(t time.Time) string { return `Date.parse('` + t.UTC().Format(time.RFC3339) + `')` }

// aDevice stands in for the push service, which a browser without one cannot ask: the subscription is one
// that the site takes.
func (l *live) aDevice(tab *browser.Tab) {
	tab.Before(`{
		const made = ` + l.Device + `;
		let now = JSON.parse(localStorage.getItem('subscribed') ?? 'null');
		const wrap = () => now && {endpoint: made.endpoint, toJSON: () => made, unsubscribe: async () => { now = null; localStorage.removeItem('subscribed'); return true; }};
		PushManager.prototype.subscribe = async () => { now = made; localStorage.setItem('subscribed', JSON.stringify(made)); return wrap(); };
		PushManager.prototype.getSubscription = async () => wrap();
	}`)
}

// everyPage lists the addresses of all pages that a resident may open, without a language.
func (l *live) everyPage() map[string]string {
	l.T.Helper()
	over := l.issue("", webtest.Alert)
	l.Pass(time.Hour)
	l.issue(over, webtest.Update)
	l.Pass(time.Hour)
	l.issue(over, webtest.AllClear)
	l.Pass(22 * time.Hour)
	tested := l.issue("", strings.Replace(webtest.Alert, `"live"`, `"test"`, 1))
	drilled := l.issue("", strings.Replace(webtest.Alert, `"live"`, `"drill"`, 1))
	open := l.issue("", webtest.Alert)
	board, err := l.Desk.Posted(l.T.Context(), open)
	l.OK(err)
	return map[string]string{
		"home": "/", "zip": "/zip/06107", "two-towns": "/zip/06824", "calm": "/zip/06037", "unserved": "/zip/90210", "wrong-zip": "/?zip=0610",
		"area": "/a/x-westport", "outage": "/outages/" + open, "over": "/outages/" + over, "test": "/tests/" + tested,
		"drill": "/outages/" + drilled + "?key=" + drillKey, "outages": "/outages", "zips": "/zip", "tests": "/tests",
		"code": "/v/" + l.BulletinCode(board.Bulletins[0]), "code-form": "/v", "code-unknown": "/v/AAAAAA", "card": "/card/06824", "poster": "/poster/06107",
		"subscribe": "/subscribe?zip=06107", "sent": "/subscribe/sent", "confirm": "/confirm/nonsense", "leave": "/leave/" + l.LeaveToken(1),
		"privacy": "/privacy", "accessibility": "/accessibility", "about": "/about", "feeds": "/feeds", "offline": "/offline", "missing": "/nothing",
	}
}
