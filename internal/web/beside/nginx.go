package beside

import (
	"bytes"
	"cmp"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// startNginx serves the page's bytes, compressed beforehand, with its headers, from a folder of its own.
func (p Page) startNginx(b *testing.B) string {
	dir, err := os.MkdirTemp("", "nginx-") // not b.TempDir: its workers close after it is removed
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { os.RemoveAll(dir) })
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	address := l.Addr().String()
	l.Close()
	h := p.Make(b)
	plain, zipped := p.answer(h, ""), p.answer(h, "Accept-Encoding: gzip")
	if plain.Code != http.StatusOK || zipped.Header().Get("Content-Encoding") != "gzip" {
		b.Fatalf("%s: %d, and compressed by %q", p.URI, plain.Code, zipped.Header().Get("Content-Encoding"))
	}
	name, _, _ := strings.Cut(p.URI, "?")
	if strings.HasSuffix(name, "/") {
		name += "index.html"
	}
	for file, body := range map[string][]byte{"nginx.conf": config(dir, address, plain.Header()), name: plain.Body.Bytes(), name + ".gz": zipped.Body.Bytes()} {
		file = filepath.Join(dir, file)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			b.Fatal(err)
		}
		if err := os.WriteFile(file, body, 0o644); err != nil {
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

// config is that of an nginx that has every advantage: descriptors kept, files compressed beforehand.
func config(dir, address string, headers http.Header) []byte {
	var add strings.Builder
	for name, values := range headers {
		switch name {
		case "Content-Type", "Content-Length", "Content-Encoding", "Etag", "Vary", "Last-Modified", "Date":
			continue // its own
		}
		for _, value := range values {
			add.WriteString("add_header " + name + " \"" + strings.ReplaceAll(value, `"`, `\"`) + "\";\n")
		}
	}
	user := ""
	if os.Getuid() == 0 {
		user = "user root;\n" // whoever reads the folder
	}
	return []byte(user + strings.NewReplacer("DIR", dir, "ADDRESS", address, "HEADERS", add.String()).Replace(`
daemon off; worker_processes auto; pid DIR/pid; error_log stderr crit;
events { worker_connections 256; }
http {
  access_log off; sendfile on; tcp_nopush on; keepalive_requests 100000000; gzip_static on; gzip_vary on; open_file_cache max=10;
  client_body_temp_path DIR/a; proxy_temp_path DIR/b; fastcgi_temp_path DIR/c; uwsgi_temp_path DIR/d; scgi_temp_path DIR/e;
  types { application/xml xml; text/html html; }
  server { listen ADDRESS; root DIR;
HEADERS  }
}`))
}
