package feed

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"testing"

	"callbox/channels/channeltest"
)

// BenchmarkFeed serves the RSS feed over loopback, and beside it the same bytes by a bare net/http
// handler, headers included: figure 12. The goal is 0.9 of the bare one.
func BenchmarkFeed(b *testing.B) {
	s := newSite(b)
	s.publish(b, channeltest.Sample{Towns: 8})
	answer := s.get(b, "/cap/rss.xml")
	body := read(b, answer.Body)
	bare := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		for name, values := range answer.Header {
			w.Header().Set(name, values[0])
		}
		w.Write(body)
	})
	for _, c := range []struct {
		name    string
		handler http.Handler
	}{{"bare", bare}, {"feed", s}} {
		b.Run(c.name, func(b *testing.B) { serve(b, c.handler) })
	}
}

// BenchmarkNotModified serves readers that have the feed already.
func BenchmarkNotModified(b *testing.B) {
	s := newSite(b)
	s.publish(b, channeltest.Sample{Towns: 8})
	tag := s.get(b, "/cap/rss.xml").Header.Get("ETag")
	serve(b, s, "If-None-Match", tag)
}

func serve(b *testing.B, h http.Handler, headers ...string) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	server := &http.Server{Handler: h}
	go server.Serve(l)
	defer server.Close()
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64, DisableCompression: true}}
	defer client.CloseIdleConnections()
	url := fmt.Sprintf("http://%s/cap/rss.xml", l.Addr())
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			r, err := http.NewRequest(http.MethodGet, url, nil)
			if err != nil {
				b.Error(err)
				return
			}
			for i := 0; i+1 < len(headers); i += 2 {
				r.Header.Set(headers[i], headers[i+1])
			}
			res, err := client.Do(r)
			if err != nil {
				b.Error(err)
				return
			}
			io.Copy(io.Discard, res.Body)
			res.Body.Close()
		}
	})
}
