package feed

import (
	"encoding/json"
	"encoding/xml"
	"io"
	"mime"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"callbox/channels/cap"
	"callbox/channels/channeltest"
	"callbox/outages"
)

// Each test here reads as one known consumer of CAP feeds does: what breaks a feed for it, breaks here.

// listedEntry is an entry with the fields that one or another consumer relies on.
type listedEntry struct {
	ID      string `xml:"id"`
	GUID    string `xml:"guid"`
	Title   string `xml:"title"`
	Text    string `xml:"description"`
	Summary string `xml:"summary"`
	Updated string `xml:"updated"`
	PubDate string `xml:"pubDate"`
	Links   []struct {
		XMLName xml.Name
		Href    string `xml:"href,attr"`
		Type    string `xml:"type,attr"`
		Text    string `xml:",chardata"`
	} `xml:"link"`
	Identifier string `xml:"urn:oasis:names:tc:emergency:cap:1.2 identifier"`
	Expires    string `xml:"urn:oasis:names:tc:emergency:cap:1.2 expires"`
	AreaDesc   string `xml:"urn:oasis:names:tc:emergency:cap:1.2 areaDesc"`
}

// poll reads a feed.
func (s *site) poll(t *testing.T, path string) []listedEntry {
	t.Helper()
	var feed struct {
		Entries []listedEntry `xml:"entry"`
		Items   []listedEntry `xml:"channel>item"`
	}
	if err := xml.Unmarshal([]byte(s.body(t, path)), &feed); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return append(feed.Entries, feed.Items...)
}

// fetch reads the document of an entry by its absolute URL.
func (s *site) fetch(t *testing.T, url string) (cap.Alert, *http.Response) {
	t.Helper()
	path, ok := strings.CutPrefix(url, base)
	if !ok {
		t.Fatalf("link %q does not lead to the site", url)
	}
	res := s.get(t, path)
	body, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		t.Fatalf("GET %s: %s", path, res.Status)
	}
	a, err := cap.Parse(body)
	if err != nil {
		t.Fatal(err)
	}
	return a, res
}

// during runs a reader after every step of an outage, drills beside it.
func during(t *testing.T, read func(t *testing.T, s *site)) {
	s := newSite(t)
	s.publish(t, channeltest.Sample{Mode: outages.Drill, Outage: "practice"})
	for i, step := range []channeltest.Sample{{Towns: 2}, {Towns: 2, Kind: outages.Update}, {Kind: outages.AllClear}, {Kind: outages.Retract}} {
		step.Seq = i + 1
		if step.Kind == outages.Retract {
			s.publish(t, channeltest.Sample{Outage: "wrong"})
			s.now = s.now.Add(time.Minute)
			step.Outage, step.Seq = "wrong", 2
		}
		s.publish(t, step)
		s.now = s.now.Add(10 * time.Minute)
		t.Run(string(step.Kind), func(t *testing.T) { read(t, s) })
	}
}

var onePair = regexp.MustCompile(`^-?[0-9.]+,-?[0-9.]+( -?[0-9.]+,-?[0-9.]+){3,}$`)

func TestCAPCollatorFindsDocumentsByTheirMediaType(t *testing.T) {
	during(t, func(t *testing.T, s *site) {
		for _, e := range s.poll(t, "/cap/atom.xml") {
			a, res := s.fetch(t, e.Links[0].Href)
			if media, _, _ := mime.ParseMediaType(res.Header.Get("Content-Type")); media != "application/xml" && media != "text/xml" {
				t.Errorf("media type %q is ignored", media)
			}
			if last := a.Infos[len(a.Infos)-1]; !last.Expires.Time().After(s.now) {
				t.Errorf("%s has expired at %s", a.Identifier, last.Expires)
			}
			if len(a.Infos[0].Areas[0].Polygons) == 0 {
				t.Errorf("%s has no polygon", a.Identifier)
			}
		}
	})
}

func TestTheIFRCHubFindsDocumentsByLinkAndByID(t *testing.T) {
	during(t, func(t *testing.T, s *site) {
		var urls []string
		for _, e := range s.poll(t, "/cap/rss.xml") {
			if e.Links[0].XMLName.Space != "" {
				t.Errorf("the first link is of namespace %q", e.Links[0].XMLName.Space)
			}
			urls = append(urls, e.Links[0].Text)
		}
		for _, e := range s.poll(t, "/cap/atom.xml") {
			if e.ID != e.Links[0].Href {
				t.Errorf("atom:id %q is not the document %q", e.ID, e.Links[0].Href)
			}
			urls = append(urls, e.ID)
		}
		if len(urls) == 0 {
			t.Error("an empty feed: its alerts would stay for ever")
		}
		for _, url := range urls {
			a, _ := s.fetch(t, url)
			if a.Status != "Actual" || !a.Infos[0].Expires.Time().After(s.now) {
				t.Errorf("%s: status %s, expires %s", a.Identifier, a.Status, a.Infos[0].Expires)
			}
			for _, p := range a.Infos[0].Areas[0].Polygons {
				if !onePair.MatchString(p) {
					t.Errorf("%s: polygon %q has other than single blanks", a.Identifier, p)
				}
			}
		}
	})
}

func TestThePublicAlertServerOfKDEReadsHintsAndOneLink(t *testing.T) {
	during(t, func(t *testing.T, s *site) {
		feed := s.body(t, "/cap/atom.xml")
		if !strings.Contains(feed, `xmlns:cap="urn:oasis:names:tc:emergency:cap:1.2"`) {
			t.Error("the prefix cap is not bound to the namespace")
		}
		for _, e := range s.poll(t, "/cap/atom.xml") {
			if len(e.Links) != 1 && e.Links[0].Type != "application/cap+xml" {
				t.Errorf("%d links, the first of type %q", len(e.Links), e.Links[0].Type)
			}
			a, _ := s.fetch(t, e.Links[0].Href)
			if e.Identifier != a.Identifier || e.Expires != string(a.Infos[0].Expires) {
				t.Errorf("hints %q and %q, the document says %q and %q", e.Identifier, e.Expires, a.Identifier, a.Infos[0].Expires)
			}
			if body := s.body(t, strings.TrimPrefix(e.ID, base)); !utf8.ValidString(body) {
				t.Errorf("%s is not UTF-8", e.ID)
			}
		}
		tag := s.get(t, "/cap/atom.xml").Header.Get("ETag")
		if res := s.get(t, "/cap/atom.xml", "If-None-Match", tag); res.StatusCode != http.StatusNotModified {
			t.Errorf("status %d, want 304", res.StatusCode)
		}
	})
}

func TestCapComposerImportsEveryEntry(t *testing.T) {
	during(t, func(t *testing.T, s *site) {
		for _, path := range []string{"/cap/rss.xml", "/cap/atom.xml"} {
			for _, e := range s.poll(t, path) {
				link := e.Links[0].Href + e.Links[0].Text
				if len(e.Links) != 1 || !strings.HasSuffix(link, ".xml") || e.ID+e.GUID != link {
					t.Errorf("%s: links %v, id %q", path, e.Links, e.ID+e.GUID)
				}
				a, _ := s.fetch(t, link)
				i := a.Infos[0]
				if i.Headline == "" || i.Description == "" || len(i.Areas) == 0 {
					t.Errorf("%s lacks headline, description or area", a.Identifier)
				}
			}
		}
	})
}

func TestTheFilteredAlertHubSeesNoEntryReDated(t *testing.T) {
	dates := map[string]string{}
	during(t, func(t *testing.T, s *site) {
		for _, e := range append(s.poll(t, "/cap/all/atom.xml"), s.poll(t, "/cap/all/rss.xml")...) {
			key, date := e.ID+" "+e.GUID, e.Updated+e.PubDate
			if former, ok := dates[key]; ok && former != date {
				t.Errorf("%s was dated %s, now %s", key, former, date)
			}
			dates[key] = date
		}
	})
}

func TestCapparselibTakesDocumentsForDocuments(t *testing.T) {
	during(t, func(t *testing.T, s *site) {
		for _, e := range s.poll(t, "/cap/atom.xml") {
			body := s.body(t, strings.TrimPrefix(e.ID, base))
			if strings.Contains(body, "w3.org/2005/Atom") || strings.Contains(body, "<resource>") {
				t.Errorf("%s would be read as a feed, or has a resource", e.ID)
			}
		}
	})
}

func TestGooglePublicAlertsTakesEveryItem(t *testing.T) {
	during(t, func(t *testing.T, s *site) {
		items := s.poll(t, "/cap/rss.xml")
		if len(items) == 0 {
			t.Error("a channel without items is rejected")
		}
		seen := map[string]bool{}
		for _, e := range append(items, s.poll(t, "/cap/atom.xml")...) {
			if e.Title == "" || e.Text+e.Summary == "" || e.Links[0].Href+e.Links[0].Text == "" {
				t.Errorf("an item lacks title, description or link: %+v", e)
			}
			if seen[e.ID] && e.ID != "" {
				t.Errorf("%s stands twice", e.ID)
			}
			seen[e.ID] = true
		}
	})
}

func TestHomeAssistantReadsActiveAlertsAsJSON(t *testing.T) {
	during(t, func(t *testing.T, s *site) {
		var g struct {
			Features []struct{ Properties json.RawMessage }
		}
		if err := json.Unmarshal([]byte(s.body(t, "/alerts/active")), &g); err != nil {
			t.Fatal(err)
		}
		var ids []string
		for _, f := range g.Features {
			var p struct{ ID, Event, Headline string }
			if err := json.Unmarshal(f.Properties, &p); err != nil || p.ID == "" || p.Event == "" || p.Headline == "" {
				t.Errorf("properties %s, error %v", f.Properties, err)
			}
			if len(f.Properties) > 16_000 {
				t.Errorf("%s has %d bytes, attributes stop at 16 kB", p.ID, len(f.Properties))
			}
			ids = append(ids, p.ID)
		}
		for _, old := range []string{"o-2026-1113-1.1", "o-2026-1113-1.2"} {
			if slices.Contains(ids, old) && len(ids) > 2 {
				t.Errorf("%q lists a superseded alert beside its update", ids)
			}
		}
	})
}

func TestAppsReadAnEmptyFeedAndNeedNoDownloadForPlaces(t *testing.T) {
	s := newSite(t)
	for _, path := range []string{"/cap/rss.xml", "/cap/atom.xml"} {
		if got := s.poll(t, path); len(got) != 0 {
			t.Errorf("%s lists %d entries before anything happened", path, len(got))
		}
	}
	s.publish(t, channeltest.Sample{})
	for _, path := range []string{"/cap/rss.xml", "/cap/atom.xml"} {
		if got := s.poll(t, path)[0].AreaDesc; got != "West Hartford (CT)" {
			t.Errorf("%s: the entry's place is %q", path, got)
		}
	}
}
