package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"sync"
)

// with opens the program that the configuration describes, does f, and closes it.
func (e *env) with(f func(*program) error) error {
	c, err := loadConfig(e.cfgFile)
	if err != nil {
		return err
	}
	far, err := loopbackFarSides()
	if err != nil {
		return err
	}
	p, err := open(e.ctx, c, far, slog.New(slog.NewTextHandler(e.err, nil)))
	if err != nil {
		return err
	}
	return errors.Join(f(p), p.close())
}

type serveCmd struct{}

// Run serves until the process is told to stop; what is in flight is settled first. Without a database the
// last copy on disk stands in.
func (c *serveCmd) Run(e *env) error {
	err := c.serve(e)
	for e.standsIn(err) {
		err = c.serve(e)
	}
	return err
}

func (*serveCmd) serve(e *env) error {
	return e.with(func(p *program) error {
		l, err := net.Listen("tcp", p.cfg.Listen)
		if err != nil {
			return fmt.Errorf("listen: %w", err)
		}
		e.result(map[string]string{"listening": l.Addr().String(), "public_url": p.cfg.PublicURL}, func(w io.Writer) {
			fmt.Fprintf(w, "Serving %s on %s.\n", p.cfg.PublicURL, l.Addr())
		})
		return p.serve(e.ctx, l)
	})
}

// serve runs the sender and the web server until ctx ends, and the duties while no other process does.
func (p *program) serve(ctx context.Context, l net.Listener) error {
	site, err := p.site(ctx)
	if err != nil {
		return err
	}
	if p.crew, err = p.newCrew(site.nudge); err != nil {
		return err
	}
	var crewed, wg sync.WaitGroup
	aboard, leave := context.WithCancel(context.WithoutCancel(ctx)) // the crew is left last
	defer crewed.Wait()
	defer leave()
	crewed.Go(func() { p.crew.Run(aboard) })
	work, stop := context.WithCancel(ctx)
	defer wg.Wait()
	defer stop()
	wg.Go(func() { p.crew.WhileElected(work, p.desk.Run) })
	wg.Go(func() {
		if p.crew.Admitted(work) {
			p.sender.Run(work)
		}
	})
	wg.Go(func() { site.Run(work) })

	if err := errors.Join(site.serveAlone(work, wg.Go), p.serveReturned(work, wg.Go)); err != nil {
		return err
	}
	server := p.server(site)
	server.RegisterOnShutdown(site.stopStreams)
	wg.Go(func() { p.shutDown(work, server) })
	p.serving.Store(true)
	if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve: %w", err)
	}
	return nil
}
