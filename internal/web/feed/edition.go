package feed

import (
	"context"
	_ "embed"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"callbox/channels/cap"
	"callbox/internal/web/answer"
	"callbox/outages"
)

// What shows an RSS feed to people. The style stands apart, as the site forbids it inline.
var (
	//go:embed feed.xsl
	stylesheet []byte
	//go:embed feed.css
	style []byte
)

// Lives of answers in caches. Feeds change within a minute of their bulletin; a document never does.
const (
	cacheFeed     = "public, max-age=30"
	cacheDocument = "public, max-age=31536000, immutable"
	cacheKeyed    = "private, no-store"
)

// snapshot is everything that is served, at one moment.
type snapshot struct {
	editions map[outages.Mode]*edition
	next     time.Time // when what is current changes by itself; zero for never
	checked  atomic.Int64
	places   sync.Map // pages of the places that were asked for and where nothing happened, by SAME code
}

// stale reports whether the shelf must be asked again.
func (s *snapshot) stale(now time.Time) bool {
	if !s.next.IsZero() && !now.Before(s.next) {
		return true
	}
	return now.Sub(time.Unix(0, s.checked.Load())).Abs() > patience
}

// edition is the feeds of one mode.
type edition struct {
	mode     outages.Mode
	base     string // URL of its /cap
	config   Config
	entries  []entry // all within the window, newest first
	live     []entry // of these, what is current
	modified time.Time
	pages    map[string]*answer.Answer // by path, as if the edition stood at /cap
	atom     *answer.Answer            // what /alerts/active is for those who ask for Atom
}

// build makes the snapshot for a moment; it returns the former one where nothing changed.
func (f *Feed) build(ctx context.Context, former *snapshot, now time.Time) (*snapshot, error) {
	s := &snapshot{editions: map[outages.Mode]*edition{}}
	s.checked.Store(now.UnixNano())
	same := former != nil && (former.next.IsZero() || now.Before(former.next))
	for _, mode := range []outages.Mode{outages.Live, outages.Drill, outages.Test} {
		docs, err := f.config.Shelf.Since(ctx, mode, now.Add(-window))
		if err != nil {
			return nil, fmt.Errorf("read the %s feed: %w", mode, err)
		}
		e, err := f.newEdition(mode, docs, former)
		if err != nil {
			return nil, err
		}
		s.editions[mode] = e
		same = same && slices.EqualFunc(e.entries, former.editions[mode].entries, func(a, b entry) bool { return a.Identifier == b.Identifier })
	}
	if same {
		former.checked.Store(now.UnixNano())
		return former, nil
	}
	for mode, e := range s.editions {
		var made map[string]*answer.Answer
		if former != nil {
			made = former.editions[mode].pages
		}
		if err := e.fill(now, made); err != nil {
			return nil, err
		}
		s.note(e, now)
	}
	return s, nil
}

// note finds the next moment at which a document expires or leaves the window.
func (s *snapshot) note(e *edition, now time.Time) {
	for _, x := range e.entries {
		for _, at := range []time.Time{x.Expires, x.Sent.Add(window)} {
			if at.After(now) && (s.next.IsZero() || at.Before(s.next)) {
				s.next = at
			}
		}
	}
}

// newEdition reads documents, but for those that were read before.
func (f *Feed) newEdition(mode outages.Mode, docs []cap.Document, former *snapshot) (*edition, error) {
	e := &edition{mode: mode, config: f.config, base: f.config.Base + "/cap", pages: map[string]*answer.Answer{}}
	if mode != outages.Live {
		e.base += "/" + string(mode) + "/" + f.config.Keys[mode]
	}
	known := map[string]entry{}
	if former != nil {
		for _, x := range former.editions[mode].entries {
			known[x.Identifier] = x
		}
	}
	for _, d := range slices.Backward(docs) {
		x, ok := known[d.Identifier]
		if !ok {
			var err error
			if x, err = newEntry(d, e.base); err != nil {
				return nil, fmt.Errorf("document %s: %w", d.Identifier, err)
			}
		}
		e.entries = append(e.entries, x)
	}
	return e, nil
}

// fill makes the pages, but for those of documents that were made before.
func (e *edition) fill(now time.Time, made map[string]*answer.Answer) error {
	e.live = current(e.entries, now)
	for _, x := range e.entries {
		path := "/cap/" + x.Identifier + ".xml"
		if e.pages[path] = made[path]; e.pages[path] == nil {
			e.pages[path] = e.documentPage(x.Document)
		}
		// What the feeds say changed when a document came or ended: the same in every process.
		for _, at := range []time.Time{x.Sent, x.Expires} {
			if !at.After(now) && at.After(e.modified) {
				e.modified = at
			}
		}
	}
	for _, l := range []struct {
		path     string
		language string
		entries  []entry
	}{
		{"", "en", e.live}, {"/es", "es", e.live},
		{"/all", "en", recent(e.entries, now)}, {"/all/es", "es", recent(e.entries, now)},
	} {
		if err := e.put(l.path, l.language, l.entries); err != nil {
			return err
		}
	}
	for _, code := range e.codes() {
		maps.Copy(e.pages, e.area(code))
	}
	e.pages["/cap/feed.xsl"] = answer.New(stylesheet, e.kind("text/xsl; charset=utf-8", cacheFeed, time.Time{}))
	e.pages["/cap/feed.css"] = answer.New(style, e.kind("text/css; charset=utf-8", cacheFeed, time.Time{}))
	if len(e.config.Certificate) > 0 {
		e.pages["/cap/signing-cert.pem"] = answer.New(e.config.Certificate, e.kind("application/x-pem-file", cacheFeed, time.Time{}))
	}
	if e.mode == outages.Live {
		return e.putGeo()
	}
	return nil
}

// codes are the places that the current documents are for, and their states.
func (e *edition) codes() []string {
	found := map[string]bool{}
	for _, x := range e.entries {
		for _, code := range x.codes {
			found[code], found["0"+code[1:3]+"000"] = true, true
		}
	}
	return slices.Sorted(maps.Keys(found))
}

// put makes the RSS and the Atom feed of a path below /cap.
func (e *edition) put(path, language string, entries []entry) error {
	l := listing{
		title: e.config.Title, summary: summaries[language], language: language, author: e.config.Author,
		home: e.config.Base + "/", style: e.config.Base + "/cap/feed.xsl", updated: e.modified, entries: entries,
		keep: !strings.HasPrefix(path, "/all"),
	}
	if e.mode != outages.Live {
		l.title = strings.ToUpper(string(e.mode)) + ": " + l.title
	}
	l.self = e.base + path + "/rss.xml"
	body, err := l.write(rss)
	if err != nil {
		return fmt.Errorf("write %s: %w", l.self, err)
	}
	e.pages["/cap"+path+"/rss.xml"] = answer.New(styled(body, l.style), e.kind("application/xml; charset=utf-8", cacheFeed, e.modified))
	l.self = e.base + path + "/atom.xml"
	if body, err = l.write(atom); err != nil {
		return fmt.Errorf("write %s: %w", l.self, err)
	}
	e.pages["/cap"+path+"/atom.xml"] = answer.New(body, e.kind("application/atom+xml; charset=utf-8", cacheFeed, e.modified))
	return nil
}

var summaries = map[string]string{
	"en": "Whom to call when 911 does not answer. CAP 1.2 documents.",
	"es": "A quién llamar cuando el 911 no contesta. Documentos CAP 1.2.",
}

// area makes the feeds of the place of a SAME code.
func (e *edition) area(code string) map[string]*answer.Answer {
	own := *e
	own.pages = map[string]*answer.Answer{}
	if err := own.put("/area/"+code, "en", touching(e.live, code)); err != nil {
		return nil // the same entries were written before, so that this does not happen
	}
	return own.pages
}

func (e *edition) documentPage(d cap.Document) *answer.Answer {
	return answer.New(d.XML, e.kind("application/xml; charset=utf-8", cacheDocument, d.Sent))
}

// kind is public for live pages; what stands behind a key is kept by nobody.
func (e *edition) kind(media, cache string, modified time.Time) answer.Kind {
	if e.mode != outages.Live {
		cache = cacheKeyed
	}
	return answer.Kind{Media: media, Cache: cache, Modified: modified, Open: true}
}
