//go:build interop

package feed

import (
	"bufio"
	"bytes"
	"cmp"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"callbox/channels/channeltest"
)

// Of one measurement: each server in turn, again and again, and the median counts.
const (
	rounds  = 5
	turn    = time.Second
	readers = 16 // connections that are kept open
)

// asks are the ways in which readers ask; %s is the tag of what they have.
var asks = map[string]struct {
	header string
	status int
}{
	"plain": {"", http.StatusOK},
	"gzip":  {"Accept-Encoding: gzip\r\n", http.StatusOK},
	"304":   {"If-None-Match: %s\r\n", http.StatusNotModified},
}

// BenchmarkBesideNginx serves the RSS feed, a bare net/http handler with the same bytes and headers, and
// nginx with the same file, each by a process of its own over loopback to the same readers: figure 12. The
// goals are 0.9 of the bare handler and 0.35 of nginx. Run it by "make bench-feed".
func BenchmarkBesideNginx(b *testing.B) {
	nginx := startNginx(b, largeSite(b))
	for name, c := range asks {
		b.Run(name, func(b *testing.B) {
			addresses := []string{startServer(b, "bare "+name), startServer(b, "feed "+name), nginx}
			rates := make([][]float64, len(addresses))
			for range rounds * b.N {
				for i, address := range addresses {
					rates[i] = append(rates[i], rate(b, address, c.header, c.status))
				}
			}
			own := median(rates[1])
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(median(rates[0]), "bare/s")
			b.ReportMetric(own, "feed/s")
			b.ReportMetric(median(rates[2]), "nginx/s")
			b.ReportMetric(own/median(rates[0]), "of-bare")
			b.ReportMetric(own/median(rates[2]), "of-nginx")
		})
	}
}

func largeSite(b *testing.B) *site {
	s := newSite(b)
	s.publish(b, channeltest.Sample{Towns: 8})
	return s
}

// serverVariable tells a copy of this program to be a server: which one, and for which way of asking.
const serverVariable = "CALLBOX_BESIDE"

// TestMain runs the tests, or is a server of BenchmarkBesideNginx until its input ends.
func TestMain(m *testing.M) {
	which, name, _ := strings.Cut(os.Getenv(serverVariable), " ")
	if which == "" {
		os.Exit(m.Run())
	}
	flag.Parse()
	testing.Benchmark(func(b *testing.B) {
		s := largeSite(b)
		var h http.Handler = s
		if which == "bare" {
			h = s.bare(b, strings.ReplaceAll(asks[name].header, "%s", s.get(b, "/cap/rss.xml").Header.Get("ETag")))
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

// bare is the least that net/http does to answer as the feed answers.
func (s *site) bare(b *testing.B, header string) http.Handler {
	answer := s.get(b, "/cap/rss.xml", strings.Split(strings.TrimSpace(header), ": ")...)
	body := read(b, answer.Body)
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		for name, values := range answer.Header {
			w.Header()[name] = values
		}
		w.WriteHeader(answer.StatusCode)
		if len(body) > 0 {
			w.Write(body)
		}
	})
}

// startServer runs a copy of this program as a server and returns its address.
func startServer(b *testing.B, which string) string {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), serverVariable+"="+which)
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

// startNginx serves the feed's bytes, compressed beforehand, from files in a folder of its own.
func startNginx(b *testing.B, s *site) string {
	dir, err := os.MkdirTemp("", "nginx-") // not b.TempDir: its workers close after it is removed
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { os.RemoveAll(dir) })
	zipped, err := io.ReadAll(s.get(b, "/cap/rss.xml", "Accept-Encoding", "gzip").Body)
	if err != nil {
		b.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	address := l.Addr().String()
	l.Close()
	user := ""
	if os.Getuid() == 0 {
		user = "user root;\n" // whoever reads the folder
	}
	config := user + strings.NewReplacer("DIR", dir, "ADDRESS", address).Replace(`
daemon off; worker_processes auto; pid DIR/pid; error_log stderr crit;
events { worker_connections 256; }
http {
  access_log off; sendfile on; tcp_nopush on; keepalive_requests 100000000; gzip_static on; gzip_vary on; open_file_cache max=10;
  client_body_temp_path DIR/a; proxy_temp_path DIR/b; fastcgi_temp_path DIR/c; uwsgi_temp_path DIR/d; scgi_temp_path DIR/e;
  types { application/xml xml; }
  server { listen ADDRESS; root DIR; add_header Cache-Control "public, max-age=30"; add_header Access-Control-Allow-Origin "*"; add_header X-Content-Type-Options nosniff; }
}`)
	for name, body := range map[string]string{"nginx.conf": config, "cap/rss.xml": s.body(b, "/cap/rss.xml"), "cap/rss.xml.gz": string(zipped)} {
		file := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			b.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(body), 0o644); err != nil {
			b.Fatal(err)
		}
	}
	var said bytes.Buffer
	cmd := exec.Command(cmp.Or(os.Getenv("NGINX"), "nginx"), "-p", dir, "-c", filepath.Join(dir, "nginx.conf"))
	cmd.Stderr = &said
	if err := cmd.Start(); err != nil {
		b.Fatalf("nginx is needed: %v", err)
	}
	b.Cleanup(func() {
		cmd.Process.Signal(os.Interrupt)
		cmd.Wait()
	})
	for range 200 {
		if c, err := net.Dial("tcp", address); err == nil {
			c.Close()
			return address
		}
		time.Sleep(10 * time.Millisecond)
	}
	b.Fatalf("nginx does not answer: %s", said.String())
	return ""
}

// rate counts the answers that the readers get in a turn, per second.
func rate(b *testing.B, address, header string, status int) float64 {
	if strings.Contains(header, "%s") {
		header = fmt.Sprintf(header, tagAt(b, address))
	}
	request := []byte("GET /cap/rss.xml HTTP/1.1\r\nHost: " + address + "\r\n" + header + "\r\n")
	var answers atomic.Int64
	var all sync.WaitGroup
	began := time.Now()
	for range readers {
		all.Go(func() {
			n, err := askAgain(address, request, status, began.Add(turn))
			if answers.Add(int64(n)); err != nil {
				b.Error(err)
			}
		})
	}
	all.Wait()
	return float64(answers.Load()) / time.Since(began).Seconds()
}

// askAgain sends one request over and over, and reads the answers with as little work as can be.
func askAgain(address string, request []byte, status int, until time.Time) (int, error) {
	c, err := net.Dial("tcp", address)
	if err != nil {
		return 0, err
	}
	defer c.Close()
	in, want := bufio.NewReaderSize(c, 64<<10), "HTTP/1.1 "+strconv.Itoa(status)
	for n := 0; ; n++ {
		if time.Now().After(until) {
			return n, nil
		}
		if _, err := c.Write(request); err != nil {
			return n, err
		}
		length := 0
		for first := true; ; first = false {
			line, err := in.ReadSlice('\n')
			if err != nil {
				return n, err
			}
			if first && !bytes.HasPrefix(line, []byte(want)) {
				return n, fmt.Errorf("answer %q, want %s", line, want)
			}
			if len(line) == 2 {
				break
			}
			if value, ok := bytes.CutPrefix(line, []byte("Content-Length: ")); ok {
				if length, err = strconv.Atoi(string(bytes.TrimSpace(value))); err != nil {
					return n, err
				}
			}
		}
		if _, err := in.Discard(length); err != nil {
			return n, err
		}
	}
}

func tagAt(b *testing.B, address string) string {
	client := http.Client{Transport: &http.Transport{DisableCompression: true, DisableKeepAlives: true}}
	res, err := client.Get("http://" + address + "/cap/rss.xml")
	if err != nil {
		b.Fatal(err)
	}
	res.Body.Close()
	return cmp.Or(res.Header.Get("ETag"), `"none"`)
}

func median(list []float64) float64 {
	slices.Sort(list)
	return list[len(list)/2]
}
