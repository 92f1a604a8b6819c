package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"callbox/channels/cap"
	"callbox/internal/desk"
	"callbox/internal/officials"
	"callbox/internal/store"
	"callbox/internal/web"
	"callbox/internal/web/api"
	"callbox/internal/web/feed"
	"callbox/internal/web/pages"
	"callbox/outages"
)

// site is everything this process serves.
type site struct {
	http.Handler
	p     *program
	feed  *feed.Feed
	pages *pages.Pages

	console     http.Handler
	stopStreams func() // of the console, when its server shuts down
	// changed holds a token when something was published since it was last served, and renewed one when
	// what is served changed since the pages were last copied.
	changed, renewed chan struct{}
}

// site puts the surfaces together and hears what is published from now on.
func (p *program) site(ctx context.Context) (*site, error) {
	s := &site{p: p, changed: make(chan struct{}, 1), renewed: make(chan struct{}, 1)}
	var err error
	drillKey, err := p.cfg.DrillKey.read(p.cfg.dir)
	if err != nil {
		return nil, in("drill_key", err)
	}
	if s.feed, err = p.feed(drillKey); err != nil {
		return nil, err
	}
	s.pages, err = pages.New(pages.Config{Desk: p.desk, Base: p.cfg.PublicURL, DrillKey: drillKey,
		PushKey: p.cfg.Push.PublicKey, Tests: p.cfg.Tests, Proxies: p.cfg.proxies, Now: p.far.now, Log: p.log})
	if err != nil {
		return nil, err
	}
	api, err := api.New(api.Config{Desk: p.desk, Board: s.pages.Board, Now: p.far.now, Log: p.log})
	if err != nil {
		return nil, err
	}
	if err := errors.Join(s.feed.Refresh(ctx), s.pages.Refresh(ctx)); err != nil {
		return nil, fmt.Errorf("read what the public may know: %w", err)
	}
	if s.console, s.stopStreams, err = p.console(); err != nil {
		return nil, err
	}
	surfaces := web.Surfaces{Pages: s.pages, API: api, Feed: s.feed, Metrics: p.metrics(), Ready: p.ready}
	if p.cfg.ConsoleListen == "" {
		surfaces.Console, surfaces.ConsoleHost = s.console, p.cfg.consoleHost()
	}
	s.Handler = web.New(surfaces)
	p.published = s.nudge
	return s, nil
}

// feed returns the feed, with those of drills and tests where there is a key for them.
func (p *program) feed(drillKey string) (*feed.Feed, error) {
	c := feed.Config{Shelf: p.store.Shelf(), Atlas: func() feed.Atlas { return atlas{p}.book() }, Base: p.cfg.PublicURL,
		Title: "911 outages", Author: p.cfg.CAP.Source, Now: p.far.now, Handover: p.handover}
	if drillKey != "" {
		c.Keys = map[outages.Mode]string{outages.Drill: drillKey, outages.Test: drillKey}
	}
	if p.cfg.CAP.Certificate != "" {
		var err error
		if c.Certificate, err = os.ReadFile(inDir(p.cfg.dir, p.cfg.CAP.Certificate)); err != nil {
			return nil, in("cap.certificate", err)
		}
	}
	return feed.New(c)
}

// handover copies a document for who holds a key.
func (p *program) handover(ctx context.Context, key officials.Secret, identifier string) (cap.Handover, error) {
	a, err := p.desk.Who(ctx, key)
	if err != nil {
		return cap.Handover{}, err
	}
	h, err := p.desk.Handover(ctx, a, identifier)
	if errors.Is(err, desk.ErrNotFound) {
		err = cap.ErrNotFound
	}
	return h, err
}

func (p *program) metrics() http.Handler {
	r := prometheus.NewRegistry()
	r.MustRegister(p.sender.Metrics(), gauges{p}, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	if p.returned != nil {
		r.MustRegister(p.returned.Metrics())
	}
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
	if err := p.crew.Trouble(); err != nil {
		if t, ok := errors.AsType[*store.Trouble](err); ok {
			return errors.New(t.Words) // the log has the rest
		}
		return err
	}
	switch due, err := p.store.Backlog(ctx); {
	case err != nil:
		p.log.Error("the backlog cannot be read", "why", err)
		return errors.New("the database does not answer")
	case !due.IsZero() && p.desk.Now().Sub(due) > backlogMost:
		return errors.New("approved bulletins wait to be issued")
	}
	return nil
}

// backlogMost is how long an approved bulletin may be due; the desk looks several times a second.
const backlogMost = 10 * time.Second

// nudge says that something was published. It does not block: the sender calls it.
func (s *site) nudge() { nudge(s.changed) }

// nudge puts a token into a channel unless it has one.
func nudge(c chan<- struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// Run keeps what is served up to date until ctx ends.
func (s *site) Run(ctx context.Context) {
	var wg sync.WaitGroup
	defer wg.Wait()
	wg.Go(func() { s.pages.Run(ctx) })
	if s.p.cfg.Export != "" {
		wg.Go(func() { s.copyPages(ctx) })
	}
	again := time.NewTimer(0)
	defer again.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.changed:
		case <-again.C:
		}
		err := s.publish(ctx)
		if err != nil && ctx.Err() == nil {
			s.p.log.Error("what is served could not be renewed", "why", err)
		}
		again.Reset(s.rest(err))
	}
}

// Between two publications without news.
const (
	restMost   = time.Hour
	restFailed = 30 * time.Second
	// restExport keeps the copy on a second host young: each page says of when it is.
	restExport = 5 * time.Minute
)

// rest is how long to wait until the feed changes by itself, because a document expires, or until what
// failed is tried again.
func (s *site) rest(failure error) time.Duration {
	next := s.feed.Next()
	switch {
	case failure != nil:
		return restFailed
	case next.IsZero():
		return restMost
	}
	return min(max(next.Sub(s.p.desk.Now()), 0)+time.Second, restMost)
}

// publish renews the pages and the feed, and its copy for a second host where there is one.
func (s *site) publish(ctx context.Context) error {
	err := errors.Join(s.pages.Refresh(ctx), s.feed.Refresh(ctx))
	if err == nil && s.p.cfg.Export != "" {
		err = s.feed.Export(ctx, inDir(s.p.cfg.dir, s.p.cfg.Export))
		nudge(s.renewed)
	}
	return err
}

// copyPages keeps the copy of the pages on a second host until ctx ends. It goes beside the feed's: a page
// for every ZIP code of a state takes longer than aggregators should wait.
func (s *site) copyPages(ctx context.Context) {
	tick := time.NewTicker(restExport)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.renewed:
		case <-tick.C:
		}
		if err := s.copyOnce(ctx); err != nil && ctx.Err() == nil {
			s.p.log.Error("the copy of the pages could not be renewed", "why", err)
		}
	}
}

func (s *site) copyOnce(ctx context.Context) error {
	return s.pages.Export(ctx, inDir(s.p.cfg.dir, s.p.cfg.Export))
}
