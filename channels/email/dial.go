package email

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"slices"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/emersion/go-sasl"

	"callbox/channels"
)

// dialer opens connections: TCP, TLS, EHLO, sign-in. Its errors carry a verdict, name the relay and
// say what to mend; they never contain a user or a password.
type dialer struct {
	helo     string
	roots    *x509.CertPool
	timeouts Timeouts
	closing  *atomic.Bool
}

// connect opens a connection that is ready for mail. When ctx ends, the connection has to hurry.
func (d *dialer) connect(ctx context.Context, r *relay) (*conn, error) {
	dialCtx, cancel := context.WithTimeout(ctx, d.timeouts.Dial)
	defer cancel()
	tcp, err := (&net.Dialer{}).DialContext(dialCtx, "tcp", r.address())
	if err != nil {
		return nil, fmt.Errorf("relay %s: connecting: %w", r.address(), err)
	}
	c := &conn{net: tcp, relay: r, timeouts: d.timeouts, closing: d.closing}
	c.unwatch = context.AfterFunc(ctx, func() { _ = tcp.SetDeadline(time.Now().Add(min(hurry, d.timeouts.Command))) })
	if err := d.prepare(dialCtx, c); err != nil {
		c.unwatch()
		_ = c.net.Close()
		return nil, err
	}
	r.count(+1)
	return c, nil
}

func (d *dialer) prepare(ctx context.Context, c *conn) error {
	cfg := c.relay.cfg
	switch cfg.TLS {
	case TLS:
		if err := d.handshake(ctx, c); err != nil {
			return err
		}
	case Insecure:
		if ip := c.net.RemoteAddr().(*net.TCPAddr).IP; !ip.IsLoopback() {
			return fault(cfg, `is not on this machine, so tls = "insecure" is not for it: use "starttls" or "tls"`)
		}
	}
	c.in = bufio.NewReaderSize(c.net, maxReplyLine)
	c.deadline(c.timeouts.Command)
	if err := d.expect(c, greeting, func() (reply, error) { return readReply(c.in, false) }); err != nil {
		return err
	}
	if err := d.expect(c, hello, func() (reply, error) { return c.hello(d.helo) }); err != nil {
		return err
	}
	if cfg.TLS == STARTTLS {
		if err := d.upgrade(ctx, c); err != nil {
			return err
		}
	}
	if cfg.User == "" {
		return nil
	}
	return d.signIn(c)
}

// expect runs one step of the opening and turns what goes wrong into an error with a verdict.
func (d *dialer) expect(c *conn, at stage, step func() (reply, error)) error {
	r, err := step()
	if err != nil {
		return fmt.Errorf("relay %s: waiting for the answer to %s: %w", c.relay.address(), at, err)
	}
	if r.positive() {
		return nil
	}
	_, err = refusal(at, r, c.relay, "")
	return err
}

// refusal is the error of a negative answer, about one address or, when it is empty, about us.
func refusal(at stage, r reply, from *relay, address string) (ruling, error) {
	ruled := judge(at, r, from.served.Load())
	answer := fmt.Sprintf("relay %s answered %s to %s", from.address(), r.codes(), at)
	if at != signIn { // there the words may repeat a user name
		if words := said(r, address); words != "" {
			answer += ": " + words
		}
	}
	if ruled.verdict == channels.Broken {
		answer += "; " + remedy(at, r, from.cfg)
	}
	return ruled, channels.As(ruled.verdict, errors.New(answer))
}

// fault is an error that a person mends.
func fault(cfg Relay, what string) error {
	return channels.As(channels.Broken, fmt.Errorf("relay %s %s", cfg.address(), what))
}

// upgrade turns the connection into TLS, or fails: nothing is ever sent in the clear instead.
func (d *dialer) upgrade(ctx context.Context, c *conn) error {
	if !c.startTLS {
		return fault(c.relay.cfg, `does not offer STARTTLS, and mail is not sent in the clear: set tls = "tls" if this port speaks TLS from the start, or ask its operator`)
	}
	if err := d.expect(c, startTLS, func() (reply, error) { return c.command("STARTTLS") }); err != nil {
		return err
	}
	if c.in.Buffered() > 0 {
		// Words from before the handshake must not be taken for words after it (RFC 3207 section 6).
		return fmt.Errorf("relay %s: it spoke between STARTTLS and the handshake", c.relay.address())
	}
	if err := d.handshake(ctx, c); err != nil {
		return err
	}
	c.in = bufio.NewReaderSize(c.net, maxReplyLine)
	return d.expect(c, hello, func() (reply, error) { return c.hello(d.helo) })
}

func (d *dialer) handshake(ctx context.Context, c *conn) error {
	secure := tls.Client(c.net, &tls.Config{
		ServerName: c.relay.cfg.Host,
		RootCAs:    d.roots,
		MinVersion: tls.VersionTLS12,
	})
	err := secure.HandshakeContext(ctx)
	if certificate, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return fault(c.relay.cfg, fmt.Sprintf("shows a certificate that is not valid for it (%v): mend host, or trust its issuer", certificate.Err))
	}
	if err != nil {
		return fmt.Errorf("relay %s: the TLS handshake: %w", c.relay.address(), err)
	}
	c.net = secure
	return nil
}

// signIn authenticates with PLAIN, or with LOGIN where the server offers nothing better (RFC 4954).
func (d *dialer) signIn(c *conn) error {
	cfg := c.relay.cfg
	var client sasl.Client
	switch {
	case slices.Contains(c.auth, sasl.Plain):
		client = sasl.NewPlainClient("", cfg.User, string(cfg.Password))
	case slices.Contains(c.auth, sasl.Login):
		client = sasl.NewLoginClient(cfg.User, string(cfg.Password))
	default:
		return fault(cfg, "offers no sign-in by PLAIN or LOGIN: remove its user and password, or use its port for submission")
	}
	return d.expect(c, signIn, func() (reply, error) { return c.authenticate(client) })
}

// address is host:port, as errors and Health name a relay.
func (r Relay) address() string { return net.JoinHostPort(r.Host, strconv.Itoa(r.Port)) }
