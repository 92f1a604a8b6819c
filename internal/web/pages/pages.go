// Package pages serves the residents' pages: whether 911 works near them and whom to call, what was said
// in every outage, and how to be told.
//
// Pages that many read at once are made once for each change and served from memory, so that they
// survive the loss of the database and the rush of an outage. Each works without scripts, in every
// language of the phrase table, and asks nothing of other sites.
package pages

import (
	"context"
	"errors"
	"html/template"
	"log/slog"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/text/language"

	"callbox/channels"
	"callbox/internal/desk"
)

// Config is what the pages need.
type Config struct {
	Desk *desk.Desk
	Base string // public URL of the site, without a slash at its end
	// DrillKey opens the pages of drills and tests: ?key=… in their address. Empty means that they
	// have no pages.
	DrillKey string
	// PushKey is the public VAPID key that browsers subscribe with; empty offers no push.
	PushKey string
	// Tests are when tests are planned, the next first, to be announced.
	Tests []time.Time
	// Proxies are the networks whose X-Forwarded-For is believed; none means that nobody's is.
	Proxies []netip.Prefix
	Now     func() time.Time // nil for the wall clock
	Log     *slog.Logger     // nil for none
}

// Pages is an http.Handler for everything that residents open.
type Pages struct {
	Config
	mux       *http.ServeMux
	phrases   map[string]phrases
	langs     []string // English first
	matcher   language.Matcher
	wished    sync.Map // the language for each Accept-Language header
	wishes    atomic.Int64
	templates map[string]*template.Template
	assets    *assets
	limits    *limits
	copied    bool // these are the pages of the copy for a plain host
	current   atomic.Pointer[edition]
}

// New reads the phrases, templates and assets. A phrase that is missing in a language is an error, and
// so is one that a template uses and nobody wrote.
func New(c Config) (*Pages, error) {
	if c.Desk == nil || !strings.Contains(c.Base, "://") || strings.HasSuffix(c.Base, "/") {
		return nil, errors.New("pages: a desk and the public URL without a slash at its end are required")
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	p := &Pages{Config: c, mux: http.NewServeMux(), limits: newLimits(c.Now)}
	var err error
	if p.phrases, err = loadPhrases(); err != nil {
		return nil, err
	}
	p.langs, p.matcher = offered(p.phrases)
	if p.assets, err = loadAssets(); err != nil {
		return nil, err
	}
	if p.templates, err = p.loadTemplates(); err != nil {
		return nil, err
	}
	if err = p.loadWorker(); err != nil {
		return nil, err
	}
	p.handle()
	return p, nil
}

func (p *Pages) handle() {
	for _, r := range p.routes() {
		p.mux.HandleFunc(r.Pattern, r.serve)
	}
}

// Route is one address of the pages.
type Route struct {
	Pattern string // as http.ServeMux reads it
	serve   http.HandlerFunc
}

// Routes lists every route, for tests that walk them.
func (p *Pages) Routes() []Route { return p.routes() }

func (p *Pages) routes() []Route {
	return append(p.managing(), []Route{
		{"GET /{$}", p.home},
		{"GET /zip", p.zips},
		{"GET /zip/{zip}", p.home},
		{"GET /a/{area}", p.area},
		{"GET /outages", p.past},
		{"GET /outages/in/{year}", p.past},
		{"GET /statistics", p.statistics},
		{"GET /outages/{id}", p.outage},
		{"GET /tests", p.tests},
		{"GET /tests/{id}", p.test},
		{"GET /v", p.saidForm},
		{"GET /v/{code}", p.said},
		{"GET /subscribe", p.subscribeForm},
		{"POST /subscribe", p.subscribe},
		{"GET /subscribe/sent", p.subscribeSent},
		{"POST /subscribe/push", p.subscribePush},
		{"POST /subscribe/push/sync", p.syncPush},
		{"POST /subscribe/push/test", p.testPush},
		{"POST /subscribe/push/leave", p.leavePush},
		{"POST /subscribe/push/manage", p.managePush},
		{"GET /confirm/{token}", p.confirmForm},
		{"POST /confirm/{token}", p.confirm},
		{"GET /leave/{token}", p.leaveForm},
		{"POST /leave/{token}", p.leave},
		{"POST /leave/{token}/pause", p.leavePause},
		{"GET /card/{zip}", p.card},
		{"GET /poster/{zip}", p.poster},
		{"GET /numbers", p.numbers},
		{"GET /offline", p.offline},
		{"GET /feeds", p.feeds},
		{"GET /privacy", p.about("privacy")},
		{"GET /accessibility", p.about("accessibility")},
		{"GET /about", p.about("about")},
		{"GET /sw.js", p.worker},
		{"GET /manifest.webmanifest", p.manifest},
		{"GET /assets/{hash}/{name}", p.asset},
		{"GET /", p.notFound},
	}...)
}

// ServeHTTP implements [http.Handler].
func (p *Pages) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.mux.ServeHTTP(w, p.inLanguage(r))
}

// Board returns what the public may know now; nil before the first Refresh.
func (p *Pages) Board() *desk.Board {
	if e := p.current.Load(); e != nil {
		return e.board
	}
	return nil
}

// refreshEvery is how often Run asks whether something was issued.
const refreshEvery = time.Second

// Run keeps the pages up to date until ctx ends. While the database fails they go on answering from
// what was read last, and say since when.
func (p *Pages) Run(ctx context.Context) {
	tick := time.NewTicker(refreshEvery)
	defer tick.Stop()
	failing := false
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		err := p.Refresh(ctx)
		if ctx.Err() != nil {
			return
		}
		if err != nil && !failing {
			p.Log.Error("the pages cannot be renewed and show what was read last", "why", err)
		}
		failing = err != nil
	}
}

// mails reports whether residents can sign up by mail.
func (p *Pages) mails() bool { return p.Desk.Channels[channels.Email] != nil && p.Desk.Post != nil }

// pushes reports whether residents can sign up by web push.
func (p *Pages) pushes() bool { return p.Desk.Channels[channels.Push] != nil && p.PushKey != "" }
