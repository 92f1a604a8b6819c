package bench

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"
	"time"

	"callbox/channels"
	"callbox/channels/email/mailtest"
)

// sinks are the far sides of a run: they take everything, each in a process of its own.
type sinks struct {
	mail    string    // host:port of a mail server
	postfix *exec.Cmd // smtp-sink, when it is that server
	source  string    // the program smtp-source, "" when it is not here
	env     []string  // for Postfix's programs
	own     *child    // our mail server, when smtp-sink is not here

	push *child
	pushReady
}

// pushReady is where a push service listens, and whom a client must trust.
type pushReady struct {
	URL   string
	Roots []byte // PEM
}

// startSinks starts a mail server (Postfix's smtp-sink where it is unpacked) and a push service.
func startSinks(ctx context.Context, postfix string) (*sinks, error) {
	s := &sinks{}
	if err := s.startMail(ctx, postfix); err != nil {
		return nil, err
	}
	var err error
	if s.push, s.pushReady, err = startPush(ctx, pushFar{}); err != nil {
		return nil, errors.Join(err, s.close())
	}
	return s, nil
}

func (s *sinks) startMail(ctx context.Context, postfix string) error {
	sink := filepath.Join(postfix, "usr", "sbin", "smtp-sink")
	if _, err := os.Stat(sink); postfix == "" || err != nil {
		own, err := start(ctx, "mail-sink", struct{}{})
		if err != nil {
			return err
		}
		s.own = own
		return own.hear(&s.mail)
	}
	s.source = filepath.Join(postfix, "usr", "sbin", "smtp-source")
	s.env = append(os.Environ(), "MAIL_CONFIG="+postfix, "LD_LIBRARY_PATH="+filepath.Join(postfix, "usr", "lib", "postfix"))
	l, err := net.Listen("tcp", "127.0.0.1:0") // smtp-sink cannot choose a port itself
	if err != nil {
		return err
	}
	s.mail = l.Addr().String()
	if err := l.Close(); err != nil {
		return err
	}
	args := []string{"-h", "mx.example.net", s.mail, "256"}
	if os.Geteuid() == 0 {
		args = append([]string{"-u", "root"}, args...)
	}
	s.postfix = exec.CommandContext(ctx, sink, args...)
	s.postfix.Env = s.env
	if err := s.postfix.Start(); err != nil {
		return fmt.Errorf("smtp-sink: %w", err)
	}
	return answers(s.mail)
}

// answers waits until something listens at an address.
func answers(addr string) error {
	var err error
	for range 100 {
		var c net.Conn
		if c, err = net.DialTimeout("tcp", addr, time.Second); err == nil {
			return c.Close()
		}
		time.Sleep(50 * time.Millisecond)
	}
	return err
}

// pushFar is how a push service behaves.
type pushFar struct {
	Wait  time.Duration // before each answer
	Count bool          // each device's pushes, for tallyPath
	Plain bool          // without TLS
	Busy  time.Duration // so long after the first push, a tenth of the devices is answered 503
}

// startPush starts a push service.
func startPush(ctx context.Context, how pushFar) (*child, pushReady, error) {
	var ready pushReady
	c, err := start(ctx, "push-sink", how)
	if err != nil {
		return nil, ready, err
	}
	return c, ready, c.hear(&ready)
}

// close ends every far side and waits for it.
func (s *sinks) close() error {
	var errs []error
	if s.postfix != nil {
		errs = append(errs, s.postfix.Process.Signal(syscall.SIGTERM))
		_ = s.postfix.Wait() // it ends by the signal
	}
	for _, c := range []*child{s.own, s.push} {
		if c != nil {
			errs = append(errs, c.end())
		}
	}
	return errors.Join(errs...)
}

// mailSink is a mail server that forgets what it takes, where Postfix's is not at hand.
func mailSink(ctx context.Context, _ struct{}, say func(any) error) error {
	s, err := mailtest.Start(mailtest.Options{Forget: true})
	if err != nil {
		return err
	}
	if err := say(net.JoinHostPort(s.Host(), strconv.Itoa(s.Port()))); err != nil {
		return err
	}
	<-ctx.Done()
	return s.Close()
}

// pushSink is a push service, over TLS and HTTP/2 unless it is plain, that takes every push unread: a push service cannot see
// inside.
func pushSink(ctx context.Context, how pushFar, say func(any) error) error {
	s := httptest.NewUnstartedServer(&pushService{pushFar: how, taken: map[string]int{}})
	defer s.Close()
	var roots []byte
	if how.Plain {
		s.Start()
	} else {
		s.EnableHTTP2 = true
		s.StartTLS()
		roots = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw})
	}
	if err := say(pushReady{s.URL, roots}); err != nil {
		return err
	}
	<-ctx.Done()
	s.CloseClientConnections()
	return nil
}

type pushService struct {
	pushFar
	mu    sync.Mutex
	first time.Time
	taken map[string]int // by path
}

// tally is what a push service counted.
type tally struct {
	Devices, Repeats int
	Refused          int // answers 503
}

const (
	tallyPath   = "/tally"
	refusedPath = "refused"
)

func (p *pushService) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == tallyPath {
		_ = json.NewEncoder(w).Encode(p.tally())
		return
	}
	_, _ = io.Copy(io.Discard, r.Body)
	if p.Wait > 0 {
		select {
		case <-time.After(p.Wait):
		case <-r.Context().Done():
			return
		}
	}
	if p.Count && !p.take(r.URL.Path) {
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	w.WriteHeader(http.StatusCreated)
}

// take counts a push, unless the service is busy for this device.
func (p *pushService) take(path string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.first.IsZero() {
		p.first = time.Now()
	}
	device := fnv.New32a() // not by its last digit, which tells the area too
	_, _ = device.Write([]byte(path))
	if device.Sum32()%10 == 0 && time.Since(p.first) < p.Busy {
		p.taken[refusedPath]++
		return false
	}
	p.taken[path]++
	return true
}

func (p *pushService) tally() tally {
	p.mu.Lock()
	defer p.mu.Unlock()
	t := tally{Refused: p.taken[refusedPath]}
	for path, n := range p.taken {
		if path != refusedPath {
			t.Devices++
			t.Repeats += n - 1
		}
	}
	return t
}

// tallyOf asks a push service what it counted.
func tallyOf(ctx context.Context, at pushReady) (t tally, err error) {
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(at.Roots)
	client := channels.NewClient(channels.Loopback(), channels.Trust(roots))
	defer client.CloseIdleConnections()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, at.URL+tallyPath, nil)
	if err != nil {
		return t, err
	}
	res, err := client.Do(req)
	if err != nil {
		return t, err
	}
	defer res.Body.Close()
	return t, json.NewDecoder(res.Body).Decode(&t)
}
