package feed

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"callbox/areas"
	"callbox/channels/cap"
	"callbox/channels/channeltest"
	"callbox/outages"
)

const base = "https://alerts.example.gov"

var keys = map[outages.Mode]string{outages.Drill: "k7Qm2xT9k7Qm2xT9k7Qm", outages.Test: "p3Rv8yL1p3Rv8yL1p3Rv"}

var book = sync.OnceValue(func() *areas.Book {
	b, err := areas.NewBook(areas.Holdings{})
	if err != nil {
		panic(err)
	}
	return b
})

// site is a feed over a shelf, with a clock that tests turn.
type site struct {
	*Feed
	shelf *cap.Memory
	send  *cap.Channel
	now   time.Time
}

func newSite(t testing.TB) *site {
	t.Helper()
	s := &site{shelf: &cap.Memory{}, now: channeltest.Now}
	f, err := New(Config{
		Shelf: s.shelf, Atlas: func() Atlas { return book() }, Base: base, Title: "911 outages in Connecticut",
		Keys: keys, Certificate: []byte("-----BEGIN CERTIFICATE-----\n"), Now: func() time.Time { return s.now },
	})
	if err != nil {
		t.Fatal(err)
	}
	s.Feed = f
	changed := func() {
		if err := f.Refresh(context.Background()); err != nil {
			t.Errorf("Refresh: %v", err)
		}
	}
	if s.send, err = cap.New(cap.Config{Shelf: s.shelf, Atlas: book(), Changed: changed}); err != nil {
		t.Fatal(err)
	}
	return s
}

// publish sends a sample at the site's moment and returns the names of its documents.
func (s *site) publish(t testing.TB, sample channeltest.Sample) []string {
	t.Helper()
	m := sample.Message()
	m.To = string(m.Mode)
	m.Bulletin.Issued, m.Bulletin.Expires = s.now, s.now.Add(4*time.Hour)
	for i := range m.Bulletin.Facts.Advice {
		if sample.Kind == outages.AllClear {
			m.Bulletin.Facts.Advice[i].Change = outages.Ended
		}
	}
	receipt, err := s.send.Send(t.Context(), m)
	if err != nil {
		t.Fatalf("publish: %v", err)
	}
	var out []string
	for _, p := range receipt {
		out = append(out, p.ID)
	}
	return out
}

// get asks for a path; headers are pairs of name and value.
func (s *site) get(t testing.TB, path string, headers ...string) *http.Response {
	t.Helper()
	return s.ask(t, http.MethodGet, path, headers...)
}

func (s *site) ask(t testing.TB, method, path string, headers ...string) *http.Response {
	t.Helper()
	r := httptest.NewRequest(method, path, nil)
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w.Result()
}

// body returns the text at a path, which must exist.
func (s *site) body(t testing.TB, path string, headers ...string) string {
	t.Helper()
	res := s.get(t, path, headers...)
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	if res.StatusCode != http.StatusOK {
		t.Fatalf("GET %s: %s\n%s", path, res.Status, b)
	}
	return string(b)
}

// Promise 9: the bytes on the shelf are those that are served, for good.
func TestADocumentIsServedAsItWasStored(t *testing.T) {
	s := newSite(t)
	names := s.publish(t, channeltest.Sample{Towns: 2})
	for i := range 2 {
		for _, name := range names {
			d, err := s.shelf.Read(t.Context(), name)
			if err != nil {
				t.Fatal(err)
			}
			if got := s.body(t, "/cap/"+name+".xml"); got != string(d.XML) {
				t.Errorf("%s: served\n%s\nstored\n%s", name, got, d.XML)
			}
		}
		s.now = s.now.Add(100 * 24 * time.Hour) // long after it left every feed
		s.publish(t, channeltest.Sample{Outage: "later-" + strconv.Itoa(i)})
	}
}

func TestTheCurrentFeedListsTheNewestWordOfEachOutage(t *testing.T) {
	s := newSite(t)
	list := func(path string) string {
		var names []string
		for part := range strings.SplitSeq(s.body(t, path), "<guid isPermaLink=\"true\">"+base+"/cap/") {
			name, _, _ := strings.Cut(part, ".xml</guid>")
			names = append(names, name)
		}
		return strings.Join(names[1:], " ")
	}
	steps := []struct {
		name         string
		after        time.Duration
		sample       *channeltest.Sample
		current, all string
	}{
		{"before anything", 0, nil, "", ""},
		{"an alert", 0, &channeltest.Sample{Outage: "one"}, "one-1", "one-1"},
		{"an update replaces it", time.Hour, &channeltest.Sample{Outage: "one", Seq: 2, Kind: outages.Update}, "one-2", "one-2 one-1"},
		{"a second outage stands beside it", time.Hour, &channeltest.Sample{Outage: "two"}, "two-1 one-2", "two-1 one-2 one-1"},
		{"an all-clear appears as the update goes", time.Hour, &channeltest.Sample{Outage: "one", Seq: 3, Kind: outages.AllClear}, "one-3 two-1", "one-3 two-1 one-2 one-1"},
		{"and leaves when it expires", 61 * time.Minute, nil, "two-1", "one-3 two-1 one-2 one-1"},
		{"the other ends", time.Minute, &channeltest.Sample{Outage: "two", Seq: 2, Kind: outages.AllClear}, "two-2", "two-2 one-3 two-1 one-2 one-1"},
		{"the last all-clear stays", 20 * time.Hour, nil, "two-2", "two-2 one-3 two-1 one-2 one-1"},
		{"even when all have left the window", 60 * time.Hour, nil, "two-2", "two-2"},
		{"until something new happens", time.Hour, &channeltest.Sample{Outage: "three", Towns: 2}, "three-1.2 three-1.1", "three-1.2 three-1.1"},
	}
	for _, step := range steps {
		s.now = s.now.Add(step.after)
		if step.sample != nil {
			s.publish(t, *step.sample)
		}
		if got := list("/cap/rss.xml"); got != step.current {
			t.Errorf("%s: current is %q, want %q", step.name, got, step.current)
		}
		if got := list("/cap/all/rss.xml"); got != step.all {
			t.Errorf("%s: everything is %q, want %q", step.name, got, step.all)
		}
	}
}

// Promise 3: what is not live stands behind a key, and in no feed that is public.
func TestDrillsAndTestsStandBehindTheirKeys(t *testing.T) {
	s := newSite(t)
	s.publish(t, channeltest.Sample{Outage: "real"})
	for _, mode := range []outages.Mode{outages.Drill, outages.Test} {
		name := s.publish(t, channeltest.Sample{Mode: mode, Outage: string(mode)})[0]
		for _, path := range []string{"/cap/rss.xml", "/cap/atom.xml", "/cap/all/rss.xml", "/cap/all/atom.xml", "/cap/es/rss.xml", "/cap/area/009003/rss.xml", "/alerts/active"} {
			if strings.Contains(s.body(t, path), name) {
				t.Errorf("%s lists the %s", path, mode)
			}
		}
		for _, path := range []string{"/cap/" + name + ".xml", "/alerts/" + name, "/cap/" + string(mode) + "/wrong/rss.xml", "/cap/" + string(mode) + "//rss.xml", "/cap/" + string(mode) + "/rss.xml"} {
			if res := s.get(t, path); res.StatusCode != http.StatusNotFound {
				t.Errorf("%s: %s, want 404", path, res.Status)
			}
		}
		keyed := "/cap/" + string(mode) + "/" + keys[mode]
		feed := s.body(t, keyed+"/rss.xml")
		if !strings.Contains(feed, base+keyed+"/"+name+".xml") || strings.Contains(feed, "real-1") {
			t.Errorf("the %s feed lists the wrong documents:\n%s", mode, feed)
		}
		if got := s.body(t, keyed+"/"+name+".xml"); !strings.Contains(got, "<note>") {
			t.Errorf("the %s document explains nothing:\n%s", mode, got)
		}
		if got := s.get(t, keyed+"/rss.xml").Header.Get("Cache-Control"); got != cacheKeyed {
			t.Errorf("the %s feed may be kept: %q", mode, got)
		}
	}
}

func TestTheFeedOfAPlaceListsItsCountyItsStateAndNothingElse(t *testing.T) {
	s := newSite(t)
	s.publish(t, channeltest.Sample{Outage: "hartford"}) // SAME 009003
	for code, want := range map[string]bool{"009003": true, "109003": true, "009000": true, "009001": false, "025025": false} {
		for _, form := range []string{"rss", "atom"} {
			if got := strings.Contains(s.body(t, "/cap/area/"+code+"/"+form+".xml"), "hartford-1"); got != want {
				t.Errorf("%s of %s lists it: %v, want %v", form, code, got, want)
			}
		}
	}
	for _, code := range []string{"009999", "099000", "12345", "abcdef"} {
		if res := s.get(t, "/cap/area/"+code+"/rss.xml"); res.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %s, want 404 for what is no place", code, res.Status)
		}
	}
}

func TestTheSpanishFeedHasTheSameDocumentsInSpanish(t *testing.T) {
	s := newSite(t)
	s.publish(t, channeltest.Sample{})
	feed := s.body(t, "/cap/es/rss.xml")
	for _, want := range []string{"<language>es-US</language>", "Falla del 911: West Hartford", base + "/cap/o-2026-1113-1.xml"} {
		if !strings.Contains(feed, want) {
			t.Errorf("the feed lacks %q:\n%s", want, feed)
		}
	}
}

func TestTheFeedKnowsWhenItChangesByItself(t *testing.T) {
	s := newSite(t)
	if err := s.Refresh(t.Context()); err != nil || !s.Next().IsZero() {
		t.Errorf("before anything: %v, %v; want never", s.Next(), err)
	}
	s.publish(t, channeltest.Sample{})
	if want := s.now.Add(4 * time.Hour); !s.Next().Equal(want) {
		t.Errorf("changes at %v, want %v when the alert expires", s.Next(), want)
	}
}

func TestAPublicationOfAnotherProcessIsNoticed(t *testing.T) {
	s := newSite(t)
	s.body(t, "/cap/rss.xml")
	other, err := cap.New(cap.Config{Shelf: s.shelf, Atlas: book()}) // does not call Refresh
	if err != nil {
		t.Fatal(err)
	}
	s.send = other
	s.publish(t, channeltest.Sample{})
	s.now = s.now.Add(patience + time.Second)
	if got := s.body(t, "/cap/rss.xml"); !strings.Contains(got, "o-2026-1113-1.xml") {
		t.Errorf("the feed does not list it:\n%s", got)
	}
}

// broken is a shelf that fails when told to.
type broken struct {
	cap.Shelf
	fails bool
}

func (b *broken) Since(ctx context.Context, feed outages.Mode, after time.Time) ([]cap.Document, error) {
	if b.fails {
		return nil, errors.New("the store is down")
	}
	return b.Shelf.Since(ctx, feed, after)
}

func TestAShelfThatFailsLeavesTheFormerFeed(t *testing.T) {
	s := newSite(t)
	s.publish(t, channeltest.Sample{})
	shelf := &broken{Shelf: s.shelf}
	s.config.Shelf = shelf
	before := s.body(t, "/cap/rss.xml")
	shelf.fails = true
	s.now = s.now.Add(time.Minute)
	if got := s.body(t, "/cap/rss.xml"); got != before {
		t.Errorf("got\n%s\nwant the former feed\n%s", got, before)
	}
	fresh := newSite(t)
	fresh.config.Shelf = shelf
	if res := fresh.get(t, "/cap/rss.xml"); res.StatusCode != http.StatusServiceUnavailable || res.Header.Get("Retry-After") == "" {
		t.Errorf("a feed that was never read: %s, want 503 with Retry-After", res.Status)
	}
}

func TestTwoProcessesServeTheSameBytesAndTags(t *testing.T) {
	a := newSite(t)
	a.publish(t, channeltest.Sample{Towns: 3})
	b := newSite(t)
	b.config.Shelf = a.shelf
	b.now = a.now.Add(time.Second)
	for _, path := range []string{"/cap/rss.xml", "/cap/atom.xml", "/cap/all/rss.xml", "/alerts/active"} {
		x, y := a.get(t, path), b.get(t, path)
		if x.Header.Get("ETag") != y.Header.Get("ETag") || x.Header.Get("Last-Modified") != y.Header.Get("Last-Modified") {
			t.Errorf("%s: %v and %v", path, x.Header, y.Header)
		}
	}
}

func TestAConfigurationThatCannotWorkIsRefused(t *testing.T) {
	good := Config{Shelf: &cap.Memory{}, Atlas: func() Atlas { return book() }, Base: base}
	for name, change := range map[string]func(*Config){
		"no shelf":         func(c *Config) { c.Shelf = nil },
		"no base":          func(c *Config) { c.Base = "" },
		"a relative base":  func(c *Config) { c.Base = "/cap" },
		"a slash too many": func(c *Config) { c.Base += "/" },
		"a quote":          func(c *Config) { c.Base += `/"` },
		"a short key":      func(c *Config) { c.Keys = map[outages.Mode]string{outages.Drill: "drill"} },
		"a key of two":     func(c *Config) { c.Keys = map[outages.Mode]string{outages.Drill: "aaaaaaaaaaaa/aaaaaaaaaaaa"} },
	} {
		c := good
		change(&c)
		if _, err := New(c); err == nil {
			t.Errorf("%s: New found nothing wrong", name)
		}
	}
}

func TestReadersAndPublishersAtOnceSeeWholeFeeds(t *testing.T) {
	s := newSite(t)
	var wg sync.WaitGroup
	stop := make(chan struct{})
	for range 2 {
		wg.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
					if got := s.body(t, "/cap/all/rss.xml"); !strings.HasSuffix(got, "</rss>") {
						t.Errorf("half a feed:\n%s", got)
					}
				}
			}
		})
	}
	for i := range 5 {
		s.publish(t, channeltest.Sample{Outage: "o" + string(rune('a'+i)), Towns: 3})
	}
	close(stop)
	wg.Wait()
}

func unzipped(t testing.TB, r io.Reader) []byte {
	t.Helper()
	z, err := gzip.NewReader(r)
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func read(t testing.TB, r io.Reader) []byte {
	t.Helper()
	var b bytes.Buffer
	if _, err := b.ReadFrom(r); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}
