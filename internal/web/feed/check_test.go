package feed

import (
	"slices"
	"strings"
	"testing"
	"time"

	"callbox/channels/cap"
	"callbox/channels/channeltest"
	"callbox/outages"
)

func blocked(findings []outages.Finding) []string {
	var out []string
	for _, f := range findings {
		if f.Block && !slices.Contains(out, f.Rule) {
			out = append(out, f.Rule)
		}
	}
	return out
}

func TestRule15OurFeedsAndDocumentsHaveNoFindings(t *testing.T) {
	s := newSite(t)
	s.publish(t, channeltest.Sample{Towns: 3})
	s.publish(t, channeltest.Sample{Mode: outages.Drill})
	s.now = s.now.Add(time.Minute)
	s.publish(t, channeltest.Sample{Outage: "two", Towns: 12})
	drill := "/cap/drill/" + keys[outages.Drill]
	for _, path := range []string{
		"/cap/rss.xml", "/cap/atom.xml", "/cap/all/rss.xml", "/cap/all/atom.xml", "/cap/es/rss.xml", "/cap/es/atom.xml",
		"/cap/area/009003/rss.xml", "/cap/area/009003/atom.xml", drill + "/rss.xml", drill + "/atom.xml", "/cap/two-1.xml",
	} {
		for _, f := range Check([]byte(s.body(t, path))) {
			if f.Block || f.Rule == "cap-15" {
				t.Errorf("%s: %+v", path, f)
			}
		}
	}
}

func TestRule15EachBreachIsFound(t *testing.T) {
	s := newSite(t)
	s.publish(t, channeltest.Sample{})
	link := base + "/cap/o-2026-1113-1.xml"
	for _, c := range []struct{ path, name, old, new string }{
		{"rss", "not well-formed", "</channel>", ""},
		{"rss", "a second link", "<link>" + link, "<link>https://alerts.example.gov/page</link><link>" + link},
		{"rss", "a link that is not the guid", "<link>" + link, "<link>https://alerts.example.gov/other.xml"},
		{"rss", "a link that does not end in .xml", link, strings.TrimSuffix(link, ".xml")},
		{"rss", "a link with a query", link, link + "?a.xml"},
		{"rss", "a link without encryption", link, strings.Replace(link, "https", "http", 1)},
		{"rss", "no title", "<title>911 outage: West Hartford</title>", ""},
		{"rss", "no link to itself", `rel="self"`, `rel="via"`},
		{"rss", "no language", "<language>en-US</language>", ""},
		{"rss", "no ttl", "<ttl>1</ttl>", ""},
		{"rss", "no time", "<pubDate>Fri, 13 Nov 2026 15:05:00 -0500</pubDate>", ""},
		{"atom", "an id that is not the document", "<id>" + link, "<id>urn:x"},
		{"atom", "a second link to a page", "<summary>", `<link rel="alternate" type="text/html" href="https://alerts.example.gov/o"></link><summary>`},
		{"atom", "no author", "<author><name>911 outages in Connecticut</name></author>", ""},
		{"atom", "no updated", "updated>", "changed>"},
		{"atom", "no summary", "summary>", "content>"},
	} {
		feed := s.body(t, "/cap/"+c.path+".xml")
		changed := strings.ReplaceAll(feed, c.old, c.new)
		if changed == feed {
			t.Fatalf("%s %s: the feed does not hold %q", c.path, c.name, c.old)
		}
		if got := blocked(Check([]byte(changed))); !slices.Equal(got, []string{"cap-15"}) {
			t.Errorf("%s with %s: rules %q, want cap-15", c.path, c.name, got)
		}
	}
}

func TestRule15AnEntryThatStandsTwiceIsFound(t *testing.T) {
	s := newSite(t)
	s.publish(t, channeltest.Sample{})
	feed := s.body(t, "/cap/atom.xml")
	start, end := strings.Index(feed, "<entry>"), strings.Index(feed, "</entry>")+len("</entry>")
	doubled := feed[:end] + feed[start:end] + feed[end:]
	if got := blocked(Check([]byte(doubled))); !slices.Equal(got, []string{"cap-15"}) {
		t.Errorf("rules %q, want cap-15", got)
	}
}

func TestRule15AFeedStaysSmallInALongOutage(t *testing.T) {
	s := newSite(t)
	var err error
	if s.send, err = cap.New(cap.Config{Shelf: s.shelf, Atlas: book()}); err != nil { // builds nothing in between
		t.Fatal(err)
	}
	for i := range 10 {
		kind := outages.Update
		if i == 0 {
			kind = outages.Alert
		}
		s.publish(t, channeltest.Sample{Towns: 8, Seq: i + 1, Kind: kind})
		s.now = s.now.Add(30 * time.Minute)
	}
	for _, path := range []string{"/cap/rss.xml", "/cap/all/rss.xml", "/cap/all/atom.xml"} {
		feed := s.body(t, path)
		if len(feed) >= maxFeed || !strings.Contains(feed, "o-2026-1113-10.8") {
			t.Errorf("%s has %d bytes, or lacks the newest", path, len(feed))
		}
	}
}

func TestCheckTakesAnything(t *testing.T) {
	for _, text := range []string{"", "{}", "<rss/>", "<feed/>", `<feed xmlns="http://www.w3.org/2005/Atom"/>`, "<html></html>", "<rss><channel><item/></channel></rss>"} {
		if got := blocked(Check([]byte(text))); len(got) == 0 {
			t.Errorf("%q: no finding", text)
		}
	}
}

func FuzzCheckNeverPanics(f *testing.F) {
	f.Add([]byte("<rss><channel><item><link>a</link></item></channel></rss>"))
	f.Add([]byte(`<feed xmlns="http://www.w3.org/2005/Atom"><entry/></feed>`))
	f.Add([]byte(`<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2"><info><area><polygon>1,1</polygon></area></info></alert>`))
	f.Fuzz(func(_ *testing.T, file []byte) { Check(file) })
}
