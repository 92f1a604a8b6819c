package channels

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"syscall"
	"time"
)

// MaxAnswer is how many bytes of an answer's body a guarded client reads before [ErrTooLong].
const MaxAnswer = 1 << 20

// ErrTooLong says that a far side's answer is longer than MaxAnswer.
var ErrTooLong = fmt.Errorf("answer is longer than %d bytes", MaxAnswer)

// Option changes a guarded client.
type Option func(*guard)

// Loopback turns the guard around, for the demo and for tests: the client reaches nothing but loopback,
// there on any port and over plain HTTP too. It is an option of the constructor so that no configuration
// can set it.
func Loopback() Option { return func(g *guard) { g.loopback = true } }

// Trust makes the client believe certificates of these roots, and no others.
func Trust(roots *x509.CertPool) Option {
	return func(g *guard) { g.transport.TLSClientConfig.RootCAs = roots }
}

// Within limits a whole exchange, from dialling to the last byte of the answer, to d; 15 s without it.
func Within(d time.Duration) Option { return func(g *guard) { g.within = d } }

// NewClient returns the HTTP client of every channel. Destinations come from strangers, so it speaks
// HTTPS to port 443 of named hosts only, dials no address that is not global (checked after DNS, at the
// moment of connecting), follows no redirect (a 3xx is an answer), uses no proxy, and limits the time of
// an exchange and the size of an answer. It speaks HTTP/2 where the far side does.
func NewClient(opts ...Option) *http.Client {
	g := &guard{within: 15 * time.Second}
	dialer := &net.Dialer{Timeout: 5 * time.Second, KeepAlive: 30 * time.Second, Control: g.control}
	g.transport = &http.Transport{
		DialContext:            dialer.DialContext,
		ForceAttemptHTTP2:      true, // a transport with its own dialer would not
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12},
		TLSHandshakeTimeout:    5 * time.Second,
		ResponseHeaderTimeout:  10 * time.Second,
		ExpectContinueTimeout:  time.Second,
		IdleConnTimeout:        90 * time.Second,
		MaxIdleConnsPerHost:    64,
		MaxResponseHeaderBytes: 64 << 10,
		// Without pings, requests would go on being put on a connection whose other end is lost.
		HTTP2: &http.HTTP2Config{SendPingTimeout: 10 * time.Second, PingTimeout: 5 * time.Second},
	}
	for _, o := range opts {
		o(g)
	}
	return &http.Client{
		Transport:     g,
		Timeout:       g.within,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// CheckURL parses a URL and returns it if the client may be sent there, by its form alone: the address
// behind the name is judged when it is dialled. The rules are the strict ones for a client that
// [NewClient] did not make. The error says what is wrong without quoting the URL, which may hold a secret.
func CheckURL(c *http.Client, raw string) (*url.URL, error) {
	u, err := url.Parse(raw)
	if err != nil {
		return nil, errors.New("not a URL")
	}
	g, ok := c.Transport.(*guard)
	if !ok {
		g = &guard{}
	}
	if err := g.check(u); err != nil {
		return nil, err
	}
	return u, nil
}

// OnlyLoopback reports whether c was made with [Loopback].
func OnlyLoopback(c *http.Client) bool {
	g, ok := c.Transport.(*guard)
	return ok && g.loopback
}

// guard is a transport that refuses destinations before and while connecting.
type guard struct {
	transport *http.Transport
	loopback  bool
	within    time.Duration
}

func (g *guard) RoundTrip(req *http.Request) (*http.Response, error) {
	if err := g.check(req.URL); err != nil {
		if req.Body != nil {
			req.Body.Close()
		}
		return nil, err
	}
	resp, err := g.transport.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	resp.Body = &limited{ReadCloser: resp.Body, left: MaxAnswer}
	return resp, nil
}

// CloseIdleConnections serves [http.Client.CloseIdleConnections].
func (g *guard) CloseIdleConnections() { g.transport.CloseIdleConnections() }

// check judges a URL by its form.
func (g *guard) check(u *url.URL) error {
	switch {
	case u.User != nil:
		return errors.New("a URL with a user name or password is not accepted")
	case u.Hostname() == "":
		return errors.New("the URL names no host")
	case g.loopback:
		if u.Scheme != "http" && u.Scheme != "https" {
			return errors.New("the URL must start with http:// or https://")
		}
		return nil
	case u.Scheme != "https":
		return errors.New("the URL must start with https://")
	case u.Port() != "" && u.Port() != "443":
		return errors.New("no port but 443 is accepted")
	}
	if _, err := netip.ParseAddr(u.Hostname()); err == nil {
		return errors.New("the host must be a name, not an IP address")
	}
	return nil
}

// control judges the address that DNS gave, for each connection. A name that is checked once and changes
// afterwards (DNS rebinding) is caught here.
func (g *guard) control(_, address string, _ syscall.RawConn) error {
	to, err := netip.ParseAddrPort(address)
	if err != nil {
		return errors.New("the address to dial is not an IP address and port")
	}
	ip := to.Addr()
	switch {
	case g.loopback && !ip.Unmap().IsLoopback():
		return fmt.Errorf("address %s is not loopback, and this client reaches nothing else", ip)
	case !g.loopback && !global(ip):
		return fmt.Errorf("address %s is not global", ip)
	case !g.loopback && to.Port() != 443:
		return fmt.Errorf("port %d is not 443", to.Port())
	}
	return nil
}

// limited is an answer's body that ends with ErrTooLong.
type limited struct {
	io.ReadCloser
	left int64
}

func (l *limited) Read(p []byte) (int, error) {
	// One byte more than is left tells a body of exactly MaxAnswer from a longer one.
	if int64(len(p)) > l.left+1 {
		p = p[:l.left+1]
	}
	n, err := l.ReadCloser.Read(p)
	if l.left -= int64(n); l.left < 0 {
		l.left = 0
		return n - 1, ErrTooLong
	}
	return n, err
}
