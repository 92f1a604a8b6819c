// Package mailtest is a mail server for tests and for the demo: it takes mail on loopback, answers as
// its script says, and remembers what it took.
//
// It speaks SMTP by github.com/emersion/go-smtp, with PIPELINING, STARTTLS or TLS with a certificate of
// its own, and a sign-in by PLAIN.
package mailtest

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"log"
	"net"
	"sync"
	"time"

	"github.com/emersion/go-smtp"
)

// Security is how the server protects its connections.
type Security int8

// The kinds of protection.
const (
	Plain Security = iota
	STARTTLS
	TLS
)

// Options describe a server. The zero value takes everything, in the clear.
type Options struct {
	Security Security
	User     string // with a user, mail is taken after a sign-in only
	Password string
	Keep     bool             // keep the mails themselves, not only their envelopes and names
	Forget   bool             // keep nothing but the count
	Stepwise bool             // do not offer PIPELINING; with Plain only
	MaxBytes int64            // size of a mail; 0 means unlimited
	Now      func() time.Time // default time.Now
}

// Mail is a mail that was taken.
type Mail struct {
	From, To  string // the envelope
	MessageID string // without angle brackets
	Data      []byte // headers and body, lines ending in CRLF; nil unless Options.Keep
	User      string // who signed in
	Secure    bool   // it came over TLS
}

// Server is a running server. Its methods may be called by many goroutines.
type Server struct {
	opts     Options
	smtp     *smtp.Server
	listener *listener
	roots    *x509.CertPool
	closed   chan struct{}
	served   sync.WaitGroup

	mu       sync.Mutex
	mails    []Mail
	taken    int
	greets   []Answer
	greeting Answer
	next     []Answer
	byTo     map[string][]Answer
}

// Start starts a server on a free port of 127.0.0.1. Close ends it.
func Start(o Options) (*Server, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	certificate, roots, err := selfSigned(time.Now())
	if err != nil {
		return nil, fmt.Errorf("making a certificate: %w", err)
	}
	tcp, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listening: %w", err)
	}
	s := &Server{opts: o, roots: roots, closed: make(chan struct{}), byTo: map[string][]Answer{}}
	s.listener = &listener{Listener: tcp, stepwise: o.Stepwise, open: map[net.Conn]bool{}}

	s.smtp = smtp.NewServer(smtp.BackendFunc(s.newSession))
	s.smtp.Domain = "mail.example.org"
	s.smtp.MaxMessageBytes = o.MaxBytes
	s.smtp.WriteTimeout = time.Minute
	s.smtp.ErrorLog = log.New(io.Discard, "", 0)
	s.smtp.AllowInsecureAuth = o.Security == Plain

	var accepting net.Listener = s.listener
	config := &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12}
	switch o.Security {
	case STARTTLS:
		s.smtp.TLSConfig = config
	case TLS:
		accepting = tls.NewListener(s.listener, config)
	}
	s.served.Go(func() { _ = s.smtp.Serve(accepting) })
	return s, nil
}

// Close ends the server and every connection.
func (s *Server) Close() error {
	close(s.closed)
	err := s.smtp.Close()
	s.listener.setDown(true)
	s.served.Wait()
	return err
}

// Host is the address the server listens on, without its port.
func (s *Server) Host() string { return "127.0.0.1" }

// Port is the port the server listens on.
func (s *Server) Port() int { return s.listener.Addr().(*net.TCPAddr).Port }

// Addr is where the server listens, as host:port.
func (s *Server) Addr() string { return s.listener.Addr().String() }

// Roots vouch for the server's certificate.
func (s *Server) Roots() *x509.CertPool { return s.roots }

// SetDown makes the server hang up on everybody, or take connections again.
func (s *Server) SetDown(down bool) { s.listener.setDown(down) }

// Connections counts the connections that were taken so far.
func (s *Server) Connections() int { return s.listener.count() }

// Count counts the mails that were taken so far.
func (s *Server) Count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.taken
}

// Mails returns the mails that were taken so far, oldest first; none with Options.Forget.
func (s *Server) Mails() []Mail {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Mail(nil), s.mails...)
}

func (s *Server) take(m Mail) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.taken++
	if !s.opts.Forget {
		s.mails = append(s.mails, m)
	}
}
