//go:build interop

package feed

import (
	"net/http"
	"testing"

	"callbox/channels/channeltest"
	"callbox/internal/web/beside"
)

var largeFeed = beside.Page{URI: "/cap/rss.xml", Make: func(t testing.TB) http.Handler {
	s := newSite(t)
	s.publish(t, channeltest.Sample{Towns: 8})
	return s
}}

func TestMain(m *testing.M) { largeFeed.Main(m) }

// BenchmarkBesideNginx is figure 12; the goals are 0.9 of the bare handler and 0.35 of nginx. Run it by
// "make bench-web".
func BenchmarkBesideNginx(b *testing.B) { largeFeed.Bench(b) }
