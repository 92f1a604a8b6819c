//go:build interop

package pages_test

import (
	"net/http"
	"testing"

	"callbox/internal/web"
	"callbox/internal/web/beside"
	"callbox/internal/web/webtest"
)

// zipPage is the page that everybody opens while 911 is out, behind everything that a request passes.
var zipPage = beside.Page{URI: "/?zip=06107", Make: func(t testing.TB) http.Handler {
	s := newSite(t)
	s.issue("", webtest.Alert)
	return web.New(web.Surfaces{Pages: s.Pages, Feed: http.NotFoundHandler(), API: http.NotFoundHandler(), Ready: func() error { return nil }})
}}

func TestMain(m *testing.M) { zipPage.Main(m) }

// BenchmarkBesideNginx holds the page of a ZIP code beside nginx with the same bytes. The goal is 0.35 of
// it. Run it by "make bench-web".
func BenchmarkBesideNginx(b *testing.B) { zipPage.Bench(b) }
