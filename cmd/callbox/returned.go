package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"strings"

	"callbox/channels/email"
	"callbox/channels/email/bounces"
	"callbox/internal/desk"
)

// checkProxies reads the networks whose word of where a request comes from is believed: the machine itself
// where none is named.
func (c *config) checkProxies() error {
	if c.TrustedProxies == nil {
		c.TrustedProxies = []string{"127.0.0.0/8", "::1"}
	}
	for _, text := range c.TrustedProxies {
		p, err := netip.ParsePrefix(text)
		if ip, ipErr := netip.ParseAddr(text); ipErr == nil {
			p, err = ip.Prefix(ip.BitLen())
		}
		if err != nil {
			return fmt.Errorf("configuration: trusted_proxies: %q: write an address such as 10.0.0.7 or a network such as 10.0.0.0/8", text)
		}
		c.proxies = append(c.proxies, p)
	}
	return nil
}

// dkim reads the keys that sign mails.
func (c emailConfig) dkim(dir string) ([]email.DKIM, error) {
	var out []email.DKIM
	for i, d := range c.DKIM {
		text, err := d.Key.read(dir)
		if err != nil {
			return nil, fmt.Errorf("dkim[%d].key: %w", i, err)
		}
		key, err := email.ParseDKIMKey([]byte(text))
		if err != nil {
			return nil, fmt.Errorf("dkim[%d].key: %w", i, err)
		}
		out = append(out, email.DKIM{Domain: d.Domain, Selector: d.Selector, Key: key})
	}
	return out, nil
}

// returned is what takes the mails that came back, or nil where it is not configured.
func (p *program) newReturned() (*bounces.Intake, error) {
	c := p.cfg.Email
	if c.BouncesListen == "" && c.BouncesMaildir == "" {
		return nil, nil
	}
	if !strings.Contains(c.ReturnPath, "*") {
		return nil, errors.New("bounces_listen, bounces_maildir: return_path needs a *, which tells which mail came back")
	}
	secret, err := c.BounceKey.read(p.cfg.dir)
	if err != nil {
		return nil, fmt.Errorf("bounce_key: %w", err)
	}
	return bounces.New(bounces.Config{ReturnPath: c.ReturnPath, Secret: email.Secret(secret), Log: p.log, Take: p.takeBack}), nil
}

// takeBack gives a report to the desk.
func (p *program) takeBack(ctx context.Context, key string, r bounces.Report) (known bool, err error) {
	if r.Complaint {
		err = p.desk.Complained(ctx, key)
	} else {
		err = p.desk.Bounced(ctx, key, r.Verdict, "came back after it was accepted: "+r.Status)
	}
	switch {
	case errors.Is(err, desk.ErrNotFound):
		return false, nil
	case errors.Is(err, desk.ErrUnsettled):
		return true, bounces.ErrEarly
	}
	return err == nil, err
}

// serveReturned takes mails that came back until ctx ends. It returns when the listener is open, if there is
// one.
func (p *program) serveReturned(ctx context.Context, run func(func())) error {
	if p.returned == nil {
		return nil
	}
	if maildir := p.cfg.Email.BouncesMaildir; maildir != "" {
		run(func() { p.returned.Watch(ctx, inDir(p.cfg.dir, maildir)) })
	}
	if p.cfg.Email.BouncesListen == "" {
		return nil
	}
	kind, address := "tcp", p.cfg.Email.BouncesListen
	if socket, ok := strings.CutPrefix(address, "unix:"); ok {
		kind, address = "unix", inDir(p.cfg.dir, socket)
		if f, err := os.Lstat(address); err == nil && f.Mode().Type() == os.ModeSocket {
			os.Remove(address) // of a process that was killed; if it stays, listening says so
		}
	}
	l, err := net.Listen(kind, address)
	if err != nil {
		return fmt.Errorf("listen for bounces: %w", err)
	}
	if kind == "unix" { // for the mail server, whoever it runs as: reports are signed
		if err := os.Chmod(address, 0o666); err != nil { //nolint:gosec // see above
			return errors.Join(fmt.Errorf("listen for bounces: %w", err), l.Close())
		}
	}
	run(func() {
		if err := p.returned.Serve(l); err != nil && ctx.Err() == nil {
			p.log.Error("mails that come back are not taken any more", "why", err)
		}
	})
	run(func() {
		<-ctx.Done()
		if err := p.returned.Close(); err != nil {
			p.log.Debug("the listener for bounces ended", "why", err)
		}
	})
	return nil
}
