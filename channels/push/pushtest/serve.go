package pushtest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/netip"
	"regexp"
	"strconv"
	"time"
)

// maxBody is the longest sealed push that every push service takes (RFC 8030 section 7.2).
const maxBody = 4096

var (
	topicForm = regexp.MustCompile(`^[A-Za-z0-9_-]{1,32}$`)        // RFC 8030 section 5.4
	urgencies = regexp.MustCompile(`^(very-low|low|normal|high)$`) // RFC 8030 section 5.3
)

// denial is an answer to a push that breaks a rule.
type denial struct {
	status int
	why    string
}

func (d *denial) Error() string { return d.why }

// ServeHTTP takes a push.
func (s *Service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBody+1))
	if err != nil {
		return
	}
	n, ok := s.device(r.URL.Path)
	if !ok {
		s.answer(w, r, Answer{Status: http.StatusNotFound}, "no such subscription")
		return
	}
	note, err := s.check(r, n, body)
	if d, bad := errors.AsType[*denial](err); bad {
		s.answer(w, r, Answer{Status: d.status}, d.why)
		return
	}
	a := s.scripted(n)
	if a.Status == 0 {
		a.Status = http.StatusCreated
	}
	pause(r, a.Wait)
	if !a.Reset && a.Status < 300 {
		if !s.Blind {
			note.Payload, err = unseal(s.key, s.auth(n), body)
			if err != nil {
				note.Trouble = err.Error()
			}
		}
		s.keep(note)
		w.Header().Set("Location", s.Base+"/message/"+strconv.Itoa(n))
	}
	s.answer(w, r, a, "scripted")
}

// check judges a push as a push service does, which cannot see inside.
func (s *Service) check(r *http.Request, n int, body []byte) (Notification, error) {
	h := r.Header
	note := Notification{
		Device: n, Topic: h.Get("Topic"), Urgency: h.Get("Urgency"), Size: len(body), At: s.now(),
	}
	ttl, err := strconv.Atoi(h.Get("TTL"))
	switch {
	case r.Method != http.MethodPost:
		return note, &denial{http.StatusMethodNotAllowed, "only POST"}
	case err != nil || ttl <= 0: // 0 is within the RFC, but Windows denies it
		return note, &denial{http.StatusBadRequest, "TTL is missing or not more than 0"}
	case len(body) > maxBody:
		return note, &denial{http.StatusRequestEntityTooLarge, "longer than 4096 bytes"}
	case h.Get("Content-Encoding") != "aes128gcm":
		return note, &denial{http.StatusUnsupportedMediaType, "Content-Encoding is not aes128gcm"}
	case note.Topic != "" && !topicForm.MatchString(note.Topic):
		return note, &denial{http.StatusBadRequest, "Topic is not up to 32 characters of base64url"}
	case note.Urgency != "" && !urgencies.MatchString(note.Urgency):
		return note, &denial{http.StatusBadRequest, "Urgency is not one of four"}
	}
	note.TTL = time.Duration(ttl) * time.Second
	s.mu.Lock()
	server := s.devices[n].server
	s.mu.Unlock()
	return note, s.verify(h.Get("Authorization"), s.origin(r), server)
}

// origin is where the request was sent to, as its sender sees it: TLS may end before it comes here.
func (s *Service) origin(r *http.Request) string {
	if r.TLS != nil || s.Base == "https://"+r.Host {
		return "https://" + r.Host
	}
	return "http://" + r.Host
}

// pause waits, and breaks the connection when the sender leaves meanwhile.
func pause(r *http.Request, d time.Duration) {
	if d <= 0 {
		return
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-r.Context().Done():
		panic(http.ErrAbortHandler)
	}
}

func (s *Service) answer(w http.ResponseWriter, r *http.Request, a Answer, why string) {
	if a.Reset || a.Status >= 300 {
		s.mu.Lock()
		s.counts.Denied++
		s.mu.Unlock()
	}
	if a.Reset {
		panic(http.ErrAbortHandler)
	}
	if a.RetryAfter > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int(a.RetryAfter.Seconds())))
	}
	w.WriteHeader(a.Status)
	if a.Status >= 300 {
		fmt.Fprintln(w, why)
	}
}

// Listening is a service that listens on loopback.
type Listening struct {
	*Service
	Roots  *x509.CertPool // what a client must trust; nil for plain HTTP
	server *http.Server
	done   chan struct{}
}

// Start listens on a free port of loopback, over plain HTTP.
func Start() (*Listening, error) { return listen(nil, nil) }

// StartTLS listens on a free port of loopback, over HTTPS with HTTP/2 and a certificate of its own.
func StartTLS() (*Listening, error) {
	cert, roots, err := certificate()
	if err != nil {
		return nil, fmt.Errorf("push service: making a certificate: %w", err)
	}
	return listen(&tls.Config{Certificates: []tls.Certificate{cert}, NextProtos: []string{"h2", "http/1.1"}}, roots)
}

func listen(secure *tls.Config, roots *x509.CertPool) (*Listening, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("push service: %w", err)
	}
	s := New()
	s.Base = "http://" + l.Addr().String()
	p := &Listening{Service: s, Roots: roots, done: make(chan struct{})}
	p.server = &http.Server{Handler: s, TLSConfig: secure, ReadHeaderTimeout: 10 * time.Second}
	serve := func() error { return p.server.Serve(l) }
	if secure != nil {
		s.Base = "https://" + l.Addr().String()
		serve = func() error { return p.server.ServeTLS(l, "", "") }
	}
	go func() {
		defer close(p.done)
		_ = serve() // ends by Close
	}()
	return p, nil
}

// Close ends the service and all its connections, and waits for it.
func (l *Listening) Close() error {
	err := l.server.Close()
	<-l.done
	return err
}

// certificate makes one for 127.0.0.1 that signs itself.
func certificate() (tls.Certificate, *x509.CertPool, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, nil, err
	}
	form := &x509.Certificate{
		SerialNumber: big.NewInt(1),
		NotBefore:    time.Now().Add(-time.Hour), NotAfter: time.Now().Add(30 * 24 * time.Hour),
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, BasicConstraintsValid: true, IsCA: true,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		IPAddresses: []net.IP{netip.MustParseAddr("127.0.0.1").AsSlice()},
	}
	der, err := x509.CreateCertificate(rand.Reader, form, form, &key.PublicKey, key)
	if err != nil {
		return tls.Certificate{}, nil, err
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		return tls.Certificate{}, nil, err
	}
	roots := x509.NewCertPool()
	roots.AddCert(leaf)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, roots, nil
}
