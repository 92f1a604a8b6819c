// Package beside measures what it costs to serve a page, beside a bare net/http handler and nginx with the
// same bytes. Each server has a process of its own, on loopback, and they take turns.
package beside

import (
	"bufio"
	"bytes"
	"cmp"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"
)

// Of one measurement: each server in turn, again and again, and the median counts.
const (
	rounds  = 5
	turn    = time.Second
	readers = 16 // connections that are kept open
)

// Page is what is served and how a server of it is made.
type Page struct {
	URI  string // path and query
	Make func(testing.TB) http.Handler
}

// ask is a way in which readers ask; %s is the tag of what they have.
type ask struct {
	name, header string
	status       int
}

var asks = []ask{
	{"plain", "", http.StatusOK},
	{"gzip", "Accept-Encoding: gzip\r\n", http.StatusOK},
	{"304", "If-None-Match: %s\r\n", http.StatusNotModified},
}

// Bench reports, for each way of asking, answers per second of the page, of the bare handler and of nginx,
// which the environment variable NGINX names, and the ratios. The package's TestMain must be Main.
func (p Page) Bench(b *testing.B) {
	nginx := p.startNginx(b)
	for _, a := range asks {
		b.Run(a.name, func(b *testing.B) {
			addresses := []string{startServer(b, "bare "+a.name), startServer(b, "ours "+a.name), nginx}
			rates := make([][]float64, len(addresses))
			for range rounds * b.N {
				for i, address := range addresses {
					rates[i] = append(rates[i], p.rate(b, address, a))
				}
			}
			own := median(rates[1])
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(median(rates[0]), "bare/s")
			b.ReportMetric(own, "ours/s")
			b.ReportMetric(median(rates[2]), "nginx/s")
			b.ReportMetric(own/median(rates[0]), "of-bare")
			b.ReportMetric(own/median(rates[2]), "of-nginx")
		})
	}
}

// serverVariable tells a copy of this program to be a server: which one, and for which way of asking.
const serverVariable = "CALLBOX_BESIDE"

// Main runs the tests, or is a server of Bench until its input ends.
func (p Page) Main(m *testing.M) {
	which, name, _ := strings.Cut(os.Getenv(serverVariable), " ")
	if which == "" {
		os.Exit(m.Run())
	}
	flag.Parse()
	testing.Benchmark(func(b *testing.B) {
		h := p.Make(b)
		if which == "bare" {
			h = p.bare(h, asks[slices.IndexFunc(asks, func(a ask) bool { return a.name == name })])
		}
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			b.Fatal(err)
		}
		fmt.Println(l.Addr())
		go http.Serve(l, h)
		io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	})
}

// answer is what a server says to a way of asking.
func (p Page) answer(h http.Handler, header string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodGet, p.URI, nil)
	if name, value, ok := strings.Cut(strings.TrimSpace(header), ": "); ok {
		r.Header.Set(name, value)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// bare is the least that net/http does to answer as the page answers.
func (p Page) bare(h http.Handler, a ask) http.Handler {
	answer := p.answer(h, strings.ReplaceAll(a.header, "%s", p.answer(h, "").Header().Get("ETag")))
	body := answer.Body.Bytes()
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		for name, values := range answer.Header() {
			w.Header()[name] = values
		}
		w.WriteHeader(answer.Code)
		if len(body) > 0 {
			w.Write(body)
		}
	})
}

// startServer runs a copy of this program as a server and returns its address.
func startServer(b *testing.B, which string) string {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), serverVariable+"="+which)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		in.Close()
		cmd.Wait()
	})
	address, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		b.Fatalf("the server of %s does not start: %v", which, err)
	}
	return strings.TrimSpace(address)
}

func (p Page) tagAt(b *testing.B, address string) string {
	client := http.Client{Transport: &http.Transport{DisableCompression: true, DisableKeepAlives: true}}
	res, err := client.Get("http://" + address + p.URI)
	if err != nil {
		b.Fatal(err)
	}
	res.Body.Close()
	return cmp.Or(res.Header.Get("ETag"), `"none"`)
}

func median(list []float64) float64 {
	list = slices.Sorted(slices.Values(list))
	return list[len(list)/2]
}

// lengthIn reads the value of a Content-Length line, and -1 of any other.
func lengthIn(line []byte) int {
	value, ok := bytes.CutPrefix(line, []byte("Content-Length: "))
	if !ok {
		return -1
	}
	n := 0
	for _, c := range bytes.TrimSpace(value) {
		n = 10*n + int(c-'0')
	}
	return n
}
