package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"callbox/internal/desk/door"
	"callbox/internal/web"
	"callbox/internal/web/console"
	"callbox/internal/web/console/watch"
)

// checkConsole completes and checks the address of the console. Passkeys need a name, so a console at
// 127.0.0.1 is opened at localhost.
func (c *config) checkConsole() error {
	c.ConsoleURL = c.consoleURL()
	u, err := url.Parse(c.ConsoleURL)
	if err != nil || u.Host == "" || u.Path != "" || u.Scheme != "https" && u.Hostname() != "localhost" || net.ParseIP(u.Hostname()) != nil {
		return errors.New("configuration: console_url: write the https address that officials use, with a name and without a path, such as https://console.example.gov")
	}
	return nil
}

// consoleURL is the address of the console, without a slash at its end.
func (c *config) consoleURL() string {
	if c.ConsoleURL != "" {
		return strings.TrimRight(c.ConsoleURL, "/")
	}
	return strings.Replace(c.PublicURL, "http://127.0.0.1", "http://localhost", 1)
}

// consoleHost is the host of the console where it is another than that of the pages; else empty.
func (c *config) consoleHost() string {
	console, err := url.Parse(c.consoleURL())
	public, bad := url.Parse(c.PublicURL)
	if err != nil || bad != nil || console.Hostname() == public.Hostname() {
		return ""
	}
	return console.Hostname()
}

// door lets officials into the console.
func (p *program) door() (*door.Door, error) {
	d, err := door.New(p.desk, p.cfg.consoleURL())
	return d, in("console_url", err)
}

// console returns the officials' console, and what ends its streams when the server shuts down.
func (p *program) console() (h http.Handler, stop func(), err error) {
	d, err := p.door()
	if err != nil {
		return nil, nil, err
	}
	rooms, stop, err := console.Rooms(watch.Config{PushKey: p.cfg.Push.PublicKey})
	if err != nil {
		return nil, nil, err
	}
	h, err = console.New(console.Config{Desk: p.desk, Door: d, Proxies: p.cfg.proxies, Now: p.far.now, Log: p.log, Rooms: rooms})
	return h, stop, err
}

// server returns a web server with the limits of ours.
func (p *program) server(h http.Handler) *http.Server {
	return &http.Server{Handler: h, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 30 * time.Second,
		WriteTimeout: 30 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 16 << 10,
		ErrorLog: slog.NewLogLogger(p.log.Handler(), slog.LevelWarn)}
}

// serveAlone serves the console on its own listener, where there is one, until ctx ends. It returns when
// the listener is open.
func (s *site) serveAlone(ctx context.Context, run func(func())) error {
	if s.p.cfg.ConsoleListen == "" {
		return nil
	}
	l, err := net.Listen("tcp", s.p.cfg.ConsoleListen)
	if err != nil {
		return fmt.Errorf("listen for the console: %w", err)
	}
	server := s.p.server(web.Console(s.console))
	server.RegisterOnShutdown(s.stopStreams)
	run(func() {
		if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			s.p.log.Error("the console is not served any more", "why", err)
		}
	})
	run(func() { s.p.shutDown(ctx, server) })
	return nil
}

// shutDown ends a server when ctx does; what is asked for already is answered.
func (p *program) shutDown(ctx context.Context, server *http.Server) {
	<-ctx.Done()
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	if err := server.Shutdown(grace); err != nil {
		p.log.Warn("open requests were cut off", "why", err)
	}
}
