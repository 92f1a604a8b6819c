// Package email carries bulletins to mailboxes, through mail relays of the agency's choice.
//
// A mail is rendered once for each bulletin and set of texts; what differs between readers is spliced
// in. The transport is our own: a few connections shared by all callers, TLS required, a deadline for
// every wait, PIPELINING (RFC 2920) so that a mail costs about one round trip, and relays in order of
// which the next takes over when one fails.
//
// RFC 5321 (SMTP), 3207 (STARTTLS), 4954 (AUTH), 3463 (enhanced status), 5322 (the mail), 2919 and 8058
// (list headers), 3834 (automatic mail).
package email

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"callbox/channels"
)

// Channel carries mail. It may be used by many goroutines; Close ends it.
type Channel struct {
	cfg    Config
	forms  *forms
	relays *relays
	pool   *pool
	jobs   sync.Pool // of *job
	macs   sync.Pool // of hash.Hash: the bounce key's, kept ready
}

// New returns a channel for a configuration, or an error with one line for each setting to mend. It
// does not connect yet: see Probe.
func New(cfg Config) (*Channel, error) {
	cfg, err := cfg.withDefaults()
	if err != nil {
		return nil, fmt.Errorf("e-mail settings: %w", err)
	}
	closing := new(atomic.Bool)
	rs := &relays{
		dialer: &dialer{helo: cfg.HELO, roots: cfg.RootCAs, timeouts: cfg.Timeouts, closing: closing},
		now:    cfg.Now,
	}
	for _, r := range cfg.Relays {
		rs.all = append(rs.all, &relay{cfg: r})
	}
	pc := poolConfig{connections: cfg.Connections, perConn: cfg.MailsPerConnection, idle: cfg.Idle}
	return &Channel{
		cfg:    cfg,
		forms:  newForms(),
		relays: rs,
		pool:   newPool(rs, pc, closing),
		jobs:   sync.Pool{New: func() any { return &job{done: make(chan error, 1)} }},
		macs:   sync.Pool{New: func() any { return newMAC(cfg.BounceKey) }},
	}, nil
}

// Compose returns the mail that Send transmits for m. Where keys are configured Send puts their signatures
// before it, as relays put lines of theirs.
func (c *Channel) Compose(m channels.Message) ([]byte, error) {
	mail, _, err := c.appendMail(nil, &m)
	return mail, err
}

func (c *Channel) appendMail(dst []byte, m *channels.Message) (mail []byte, dotless bool, err error) {
	p, err := person(m, c.cfg.sender())
	if err != nil {
		return dst, false, err
	}
	f, err := c.forms.of(m, c.cfg.sender())
	if err != nil {
		return dst, false, err
	}
	return f.appendMail(dst, p), f.dotless, nil
}

// Send carries m to its address. Its receipt is empty: the name of a mail is its Message-ID, which is
// derived from the key. A mail whose answer was lost is Later: it is repeated under the same Message-ID.
// Broken means that a person has to mend every relay; the error says what.
func (c *Channel) Send(ctx context.Context, m channels.Message) (channels.Receipt, error) {
	j := c.jobs.Get().(*job)
	var err error
	if j.mail, j.dotless, err = c.appendMail(j.mail[:0], &m); err != nil {
		c.jobs.Put(j)
		return nil, channels.As(channels.Refused, fmt.Errorf("composing the mail: %w", err))
	}
	if j.mail, err = c.sign(j.mail); err != nil {
		c.jobs.Put(j)
		return nil, err
	}
	j.from, j.to = c.returnPath(m.Key), m.To
	settled, err := c.pool.send(ctx, j)
	if settled {
		j.tries = 0
		j.phase.Store(pending)
		c.jobs.Put(j)
	}
	return nil, err
}

// Check refuses a destination that is not an e-mail address of ASCII letters. Its error does not repeat
// the address.
func (c *Channel) Check(destination string) error { return checkAddress(destination) }

// Health tells how each relay does, in their order.
func (c *Channel) Health() []Health {
	out := make([]Health, len(c.relays.all))
	for i, r := range c.relays.all {
		out[i] = r.health()
	}
	return out
}

// Probe connects and signs in to every relay, without sending a mail, and returns an error for each
// that cannot be used. Addresses are not asked about: few servers tell.
func (c *Channel) Probe(ctx context.Context, _ string) error {
	var faults []error
	for _, r := range c.relays.all {
		conn, err := c.relays.dialer.connect(ctx, r)
		if err != nil {
			r.fail(err, c.cfg.Now())
			faults = append(faults, err)
			continue
		}
		r.connected()
		conn.quit()
	}
	return errors.Join(faults...)
}

// Close lets the mails that are on the way end, and closes all connections. Later calls of Send fail.
func (c *Channel) Close() error {
	c.pool.close()
	return nil
}
