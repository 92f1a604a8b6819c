//go:build interop

package interop_test

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// peer is a far side that runs as a process of its own.
type peer struct {
	name  string
	cmd   *exec.Cmd
	lines chan string // of its standard output
	gone  chan struct{}

	mu   sync.Mutex
	said bytes.Buffer
}

// startPeer starts a process and stops it, with all its children, when the test ends. What it printed
// is shown when the test failed.
func startPeer(t *testing.T, cmd *exec.Cmd) *peer {
	t.Helper()
	p := &peer{name: filepath.Base(cmd.Path), cmd: cmd, lines: make(chan string, 4096), gone: make(chan struct{})}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = p
	// A test binary that is killed cannot clean up; the kernel then ends the peer.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGTERM}
	if err := cmd.Start(); err != nil {
		t.Fatalf("starting %s (make interop-tools installs it): %v", p.name, err)
	}
	go p.read(out)
	t.Cleanup(func() {
		p.stop()
		if t.Failed() {
			t.Logf("%s said:\n%s", p.name, p.tail(60))
		}
	})
	return p
}

func (p *peer) read(out io.Reader) {
	defer close(p.gone)
	for s := bufio.NewScanner(out); s.Scan(); {
		fmt.Fprintln(p, s.Text())
		select {
		case p.lines <- s.Text():
		default: // nobody reads them
		}
	}
	_ = p.cmd.Wait()
}

// Write keeps what the peer prints.
func (p *peer) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.said.Write(b)
}

func (p *peer) tail(n int) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	lines := strings.Split(p.said.String(), "\n")
	return strings.Join(lines[max(0, len(lines)-n):], "\n")
}

// stop asks the peer's process group to end and makes it, five seconds later.
func (p *peer) stop() {
	_ = syscall.Kill(-p.cmd.Process.Pid, syscall.SIGTERM)
	select {
	case <-p.gone:
	case <-time.After(5 * time.Second):
	}
	_ = syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL)
	<-p.gone
}

// patience is how long a test waits for one thing that a peer should do.
const patience = 3 * time.Minute

// line returns the next line that the peer prints.
func (p *peer) line(t *testing.T) string {
	t.Helper()
	select {
	case line := <-p.lines:
		return line
	case <-p.gone:
		t.Fatalf("%s ended by itself", p.name)
	case <-time.After(patience):
		t.Fatalf("%s printed no line in %v", p.name, patience)
	}
	return ""
}

// await asks again and again until a peer, which changes in its own time, agrees.
func await(t *testing.T, what string, agree func() error) {
	t.Helper()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for late := time.After(patience); ; {
		err := agree()
		if err == nil {
			return
		}
		select {
		case <-tick.C:
		case <-late:
			t.Fatalf("waited %v for %s: %v", patience, what, err)
		}
	}
}

// listens reports whether something takes connections at a loopback address.
func listens(addr string) func() error {
	return func() error {
		c, err := net.DialTimeout("tcp", addr, time.Second)
		if err != nil {
			return err
		}
		return c.Close()
	}
}

// answers reports whether a URL answers with 200.
func answers(url string) func() error {
	return func() error {
		client := http.Client{Timeout: 2 * time.Second}
		r, err := client.Get(url)
		if err != nil {
			return err
		}
		defer r.Body.Close()
		if r.StatusCode != http.StatusOK {
			return errors.New(r.Status)
		}
		return nil
	}
}

// freePort returns a port that nobody listens on, for peers that cannot choose one themselves.
func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

// cached is the path of something that `make interop-tools` put into the cache of this checkout.
func cached(t *testing.T, name string) string {
	t.Helper()
	path, err := filepath.Abs(filepath.Join("..", "..", ".cache", name))
	if err != nil {
		t.Fatal(err)
	}
	return path
}
