package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"callbox/internal/web"
	"callbox/internal/web/feed"
	"callbox/outages"
)

// site is everything this process serves.
type site struct {
	http.Handler
	p    *program
	feed *feed.Feed
	// changed holds a token when something was published since the last export.
	changed chan struct{}
}

// site puts the surfaces together and hears what is published from now on.
func (p *program) site(ctx context.Context) (*site, error) {
	s := &site{p: p, changed: make(chan struct{}, 1)}
	var err error
	if s.feed, err = p.feed(); err != nil {
		return nil, err
	}
	if err := s.feed.Refresh(ctx); err != nil {
		return nil, fmt.Errorf("read the feed: %w", err)
	}
	s.Handler = web.New(web.Surfaces{Pages: http.NotFoundHandler(), API: http.NotFoundHandler(), Feed: s.feed,
		Metrics: p.metrics(), Ready: p.ready})
	p.published = s.nudge
	s.nudge()
	return s, nil
}

func (p *program) feed() (*feed.Feed, error) {
	key, err := p.cfg.DrillKey.read(p.cfg.dir)
	if err != nil {
		return nil, in("drill_key", err)
	}
	c := feed.Config{Shelf: p.store.Shelf(), Atlas: func() feed.Atlas { return atlas{p}.book() }, Base: p.cfg.PublicURL,
		Title: "911 outages", Author: p.cfg.CAP.Source, Now: p.far.now}
	if key != "" {
		c.Keys = map[outages.Mode]string{outages.Drill: key, outages.Test: key}
	}
	if p.cfg.CAP.Certificate != "" {
		if c.Certificate, err = os.ReadFile(inDir(p.cfg.dir, p.cfg.CAP.Certificate)); err != nil {
			return nil, in("cap.certificate", err)
		}
	}
	return feed.New(c)
}

func (p *program) metrics() http.Handler {
	r := prometheus.NewRegistry()
	r.MustRegister(p.sender.Metrics(), collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return promhttp.HandlerFor(r, promhttp.HandlerOpts{})
}

// ready says what is missing before this process can serve and send.
func (p *program) ready() error {
	ctx, stop := context.WithTimeout(context.Background(), 2*time.Second)
	defer stop()
	if err := p.store.Ping(ctx); err != nil {
		p.log.Error("the database does not answer", "why", err)
		return errors.New("the database does not answer")
	}
	return nil
}

// nudge says that something was published. It does not block: the sender calls it.
func (s *site) nudge() {
	select {
	case s.changed <- struct{}{}:
	default:
	}
}

// Run keeps what is served up to date until ctx ends.
func (s *site) Run(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.changed:
			s.publish(ctx)
		}
	}
}

// publish renews the feed, and its copy for a second host where there is one.
func (s *site) publish(ctx context.Context) {
	err := s.feed.Refresh(ctx)
	if err == nil && s.p.cfg.Export != "" {
		err = s.feed.Export(ctx, inDir(s.p.cfg.dir, s.p.cfg.Export))
	}
	if err != nil && ctx.Err() == nil {
		s.p.log.Error("the feed could not be renewed", "why", err)
	}
}
