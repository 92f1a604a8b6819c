// Package feed serves what was published as CAP: RSS and Atom feeds, the documents themselves, and
// GeoJSON in the shape of api.weather.gov, to aggregators, apps and operators.
//
// Every answer is made once for each change and served from memory; the same bytes can be exported as
// plain files to a second host.
package feed

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"callbox/areas"
	"callbox/channels/cap"
	"callbox/internal/officials"
	"callbox/internal/web/answer"
	"callbox/outages"
)

// Atlas knows the areas; an *areas.Book is one.
type Atlas interface {
	Area(areas.ID) (areas.Area, bool)
}

// Config is what a Feed needs.
type Config struct {
	Shelf cap.Shelf
	Atlas func() Atlas // the areas as they are now
	Base  string       // public URL of the site without a slash at its end: "https://alerts.example.gov"
	Title string       // of the feeds: "911 outages in Connecticut"
	// Author names who publishes, as Atom requires.
	Author string
	// Certificate, in PEM, is that of the signing key; empty where nothing is signed.
	Certificate []byte
	// Keys are the secret path segments behind which the feeds of drills and tests stand:
	// /cap/drill/{key}/rss.xml. A mode without a key has no feed.
	Keys map[outages.Mode]string
	// Handover copies a document for IPAWS for who holds a personal key; nil serves no copies. Its errors
	// are officials.ErrUnknown, officials.ErrDenied and cap.ErrNotFound; others mean that it cannot now.
	Handover func(ctx context.Context, key officials.Secret, identifier string) (cap.Handover, error)
	// Now is the clock; nil means time.Now.
	Now func() time.Time
}

// Feed is an http.Handler for the paths below /cap/ and /alerts/.
type Feed struct {
	config  Config
	mu      sync.Mutex // held while building
	current atomic.Pointer[snapshot]
}

// minKey is how long a key must be to not be guessed, in characters.
const minKey = 20

// New checks the configuration. Nothing is read before the first request or Refresh.
func New(c Config) (*Feed, error) {
	if c.Shelf == nil || c.Atlas == nil {
		return nil, errors.New("feed: a shelf and an atlas are required")
	}
	u, err := url.Parse(c.Base)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || strings.ContainsAny(c.Base, "?# \"<>") || strings.HasSuffix(c.Base, "/") {
		return nil, errors.New("feed: the base must be an absolute URL without a query and without a slash at its end")
	}
	for mode, key := range c.Keys {
		if len(key) < minKey || url.PathEscape(key) != key {
			return nil, fmt.Errorf("feed: the key of the %s feed needs at least %d characters that stand in a path", mode, minKey)
		}
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Title == "" {
		c.Title = "911 outages"
	}
	if c.Author == "" {
		c.Author = c.Title
	}
	return &Feed{config: c}, nil
}

// patience is how long a snapshot is served before the shelf is asked whether another process published.
const patience = 2 * time.Second

// Refresh rebuilds what is served if anything was published since. Call it after publishing; a feed that
// is not told notices within two seconds of the next request.
func (f *Feed) Refresh(ctx context.Context) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.rebuild(ctx)
}

// Next is when what is served changes by itself, because a document expires or is too old to be listed;
// zero for never. Whoever exports the feed does it again then.
func (f *Feed) Next() time.Time {
	if s := f.current.Load(); s != nil {
		return s.next
	}
	return time.Time{}
}

// rebuild replaces the snapshot where it is outdated; the caller holds the lock.
func (f *Feed) rebuild(ctx context.Context) error {
	next, err := f.build(ctx, f.current.Load(), f.config.Now())
	if err != nil {
		return err
	}
	f.current.Store(next)
	return nil
}

// latest returns the snapshot to serve from. One request at a time renews it, the others are served
// from the former one meanwhile, and so are all while the shelf fails.
func (f *Feed) latest(ctx context.Context) (*snapshot, error) {
	s := f.current.Load()
	if s == nil {
		f.mu.Lock()
		defer f.mu.Unlock()
		if s = f.current.Load(); s == nil {
			if err := f.rebuild(ctx); err != nil {
				return nil, err
			}
		}
		return f.current.Load(), nil
	}
	if !s.stale(f.config.Now()) || !f.mu.TryLock() {
		return s, nil
	}
	defer f.mu.Unlock()
	if err := f.rebuild(ctx); err != nil {
		s.checked.Store(f.config.Now().UnixNano()) // ask again later; old words are better than none
		return s, nil
	}
	return f.current.Load(), nil
}

// ServeHTTP implements [http.Handler].
func (f *Feed) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch r.Method {
	case http.MethodGet, http.MethodHead:
	case http.MethodOptions:
		preflight(w)
		return
	default:
		w.Header().Set("Allow", "GET, HEAD, OPTIONS")
		problem(w, http.StatusMethodNotAllowed, "feeds are only read")
		return
	}
	s, err := f.latest(r.Context())
	if err != nil {
		w.Header().Set("Retry-After", "5")
		problem(w, http.StatusServiceUnavailable, "the feed cannot be read at the moment")
		return
	}
	live := s.editions[outages.Live]
	if r.URL.Path == activePath {
		live.serveActive(w, r, f.config)
		return
	}
	if r.URL.RawQuery != "" {
		problem(w, http.StatusBadRequest, "this address takes no parameters")
		return
	}
	if p := live.pages[r.URL.Path]; p != nil {
		p.ServeHTTP(w, r)
		return
	}
	if m := ipawsPath.FindStringSubmatch(r.URL.Path); m != nil && f.config.Handover != nil {
		f.handOver(w, r, m[1], m[2])
		return
	}
	if p := f.seldom(r, s); p != nil {
		p.ServeHTTP(w, r)
		return
	}
	problem(w, http.StatusNotFound, "there is nothing at this address")
}

// preflight lets scripts of any site send conditional requests.
func preflight(w http.ResponseWriter) {
	h := w.Header()
	h.Set("Allow", "GET, HEAD, OPTIONS")
	h.Set("Access-Control-Allow-Origin", "*")
	h.Set("Access-Control-Allow-Methods", "GET, HEAD")
	h.Set("Access-Control-Allow-Headers", "If-None-Match, If-Modified-Since")
	h.Set("Access-Control-Max-Age", "86400")
	w.WriteHeader(http.StatusNoContent)
}

var (
	documentPath = regexp.MustCompile(`^/cap/([A-Za-z0-9._-]{1,80})\.xml$`)
	alertPath    = regexp.MustCompile(`^/alerts/([A-Za-z0-9._-]{1,80})$`)
	areaPath     = regexp.MustCompile(`^/cap/area/([0-9]{6})/(rss|atom)\.xml$`)
	keyedPath    = regexp.MustCompile(`^/cap/(drill|test)/([^/]+)(/.+)$`)
)

// seldom finds what is not among the prepared pages: documents older than the window, feeds of areas
// where nothing happened, drills and tests. It returns nil for what does not exist.
func (f *Feed) seldom(r *http.Request, s *snapshot) *answer.Answer {
	live := s.editions[outages.Live]
	if m := keyedPath.FindStringSubmatch(r.URL.Path); m != nil {
		mode := outages.Mode(m[1])
		key, keyed := f.config.Keys[mode]
		if !keyed || subtle.ConstantTimeCompare([]byte(key), []byte(m[2])) != 1 {
			return nil
		}
		e := s.editions[mode]
		if p := e.pages["/cap"+m[3]]; p != nil {
			return p
		}
		return f.old(r.Context(), documentPath.FindStringSubmatch("/cap"+m[3]), e)
	}
	if m := areaPath.FindStringSubmatch(r.URL.Path); m != nil && f.isPlace(m[1]) {
		pages, ok := s.places.Load(m[1])
		if !ok { // as many as there are counties at most
			pages, _ = s.places.LoadOrStore(m[1], live.area(m[1]))
		}
		return pages.(map[string]*answer.Answer)[r.URL.Path]
	}
	if m := alertPath.FindStringSubmatch(r.URL.Path); m != nil {
		return f.alert(r, m[1], live)
	}
	return f.old(r.Context(), documentPath.FindStringSubmatch(r.URL.Path), live)
}

// old fetches a document from the shelf: it stays reachable for good.
func (f *Feed) old(ctx context.Context, match []string, e *edition) *answer.Answer {
	if match == nil {
		return nil
	}
	d, err := f.config.Shelf.Read(ctx, match[1])
	if err != nil || d.Feed != e.mode {
		return nil
	}
	return e.documentPage(d)
}

// isPlace reports whether a SAME code is that of a state or county.
func (f *Feed) isPlace(code string) bool { return cap.IsSAME(f.config.Atlas(), code) }
