package feed

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"callbox/channels/channeltest"
	"callbox/outages"
)

const document = "/cap/o-2026-1113-1.xml"

func TestRule16EveryAnswerSaysHowLongItMayBeKept(t *testing.T) {
	s := newSite(t)
	s.publish(t, channeltest.Sample{})
	for path, want := range map[string][2]string{
		document:                {"application/xml; charset=utf-8", "public, max-age=31536000, immutable"},
		"/cap/rss.xml":          {"application/xml; charset=utf-8", "public, max-age=30"},
		"/cap/atom.xml":         {"application/atom+xml; charset=utf-8", "public, max-age=30"},
		"/cap/feed.xsl":         {"text/xsl; charset=utf-8", "public, max-age=30"},
		"/cap/signing-cert.pem": {"application/x-pem-file", "public, max-age=30"},
		"/alerts/active":        {"application/geo+json", "public, max-age=30"},
	} {
		h := s.get(t, path).Header
		if got := [2]string{h.Get("Content-Type"), h.Get("Cache-Control")}; got != want {
			t.Errorf("%s: %q, want %q", path, got, want)
		}
		if h.Get("ETag") == "" || h.Get("Access-Control-Allow-Origin") != "*" || !strings.HasPrefix(h.Get("Vary"), "Accept-Encoding") {
			t.Errorf("%s: headers %v lack a tag, CORS or Vary", path, h)
		}
	}
}

func TestRule16AReaderThatHasThePageGets304(t *testing.T) {
	s := newSite(t)
	s.publish(t, channeltest.Sample{})
	for _, path := range []string{"/cap/rss.xml", "/cap/atom.xml", document, "/alerts/active"} {
		first := s.get(t, path)
		tag, modified := first.Header.Get("ETag"), first.Header.Get("Last-Modified")
		zipped := s.get(t, path, "Accept-Encoding", "gzip").Header.Get("ETag")
		if tag == zipped {
			t.Errorf("%s: the plain and the zipped bytes have one tag", path)
		}
		for _, c := range []struct {
			name, value string
			want        int
		}{
			{"If-None-Match", tag, 304}, {"If-None-Match", "W/" + tag, 304}, {"If-None-Match", zipped, 304},
			{"If-None-Match", `"a", ` + tag, 304}, {"If-None-Match", "*", 304}, {"If-None-Match", `"other"`, 200},
			{"If-Modified-Since", modified, 304}, {"If-Modified-Since", "Sat, 14 Nov 2026 00:00:00 GMT", 304},
			{"If-Modified-Since", "Fri, 13 Nov 2026 20:04:59 GMT", 200}, {"If-Modified-Since", "yesterday", 200},
		} {
			res := s.get(t, path, c.name, c.value)
			if res.StatusCode != c.want {
				t.Errorf("%s with %s %s: %d, want %d", path, c.name, c.value, res.StatusCode, c.want)
			}
			if body := read(t, res.Body); res.StatusCode == 304 && (len(body) > 0 || res.Header.Get("ETag") == "") {
				t.Errorf("%s: a 304 with %d bytes and tag %q", path, len(body), res.Header.Get("ETag"))
			}
		}
		if res := s.get(t, path, "If-None-Match", `"other"`, "If-Modified-Since", modified); res.StatusCode != 200 {
			t.Errorf("%s: %d, want 200: the tag counts before the time", path, res.StatusCode)
		}
	}
}

func TestRule16ATagChangesWithTheFeed(t *testing.T) {
	s := newSite(t)
	s.publish(t, channeltest.Sample{})
	before := s.get(t, "/cap/rss.xml").Header.Get("ETag")
	s.now = s.now.Add(time.Hour)
	s.publish(t, channeltest.Sample{Seq: 2, Kind: outages.Update})
	if res := s.get(t, "/cap/rss.xml", "If-None-Match", before); res.StatusCode != 200 {
		t.Errorf("status %d after an update, want 200", res.StatusCode)
	}
}

func TestRule16HeadAndGzipAreOfTheSamePage(t *testing.T) {
	s := newSite(t)
	s.publish(t, channeltest.Sample{})
	for _, path := range []string{"/cap/rss.xml", document} {
		plain := read(t, s.get(t, path).Body)
		res := s.get(t, path, "Accept-Encoding", "br, gzip;q=0.8")
		if got := unzipped(t, res.Body); string(got) != string(plain) || res.Header.Get("Content-Encoding") != "gzip" {
			t.Errorf("%s: the zipped page differs", path)
		}
		for _, no := range []string{"", "identity", "gzip;q=0", "br"} {
			if res := s.get(t, path, "Accept-Encoding", no); res.Header.Get("Content-Encoding") != "" {
				t.Errorf("%s: zipped for Accept-Encoding %q", path, no)
			}
		}
		head := s.ask(t, http.MethodHead, path)
		if body := read(t, head.Body); len(body) != 0 || head.ContentLength != int64(len(plain)) && head.Header.Get("Content-Length") == "" {
			t.Errorf("%s: HEAD has %d bytes and length %s", path, len(body), head.Header.Get("Content-Length"))
		}
	}
}

func TestRule16WhatIsNotAFeedIsAProblemDocument(t *testing.T) {
	s := newSite(t)
	s.publish(t, channeltest.Sample{})
	for _, c := range []struct {
		method, path string
		want         int
	}{
		{"GET", "/cap/rss.xml?page=2", 400}, {"GET", document + "?x", 400}, {"GET", "/alerts/active?zone=CTZ001", 400},
		{"GET", "/alerts/active?area=Connecticut", 400}, {"GET", "/alerts/active?point=a,b", 400}, {"GET", "/alerts/active?point=NaN,1", 400},
		{"GET", "/alerts/active?limit=0", 400}, {"GET", "/alerts/active?%zz", 400},
		{"POST", "/cap/rss.xml", 405}, {"DELETE", document, 405},
		{"GET", "/cap/none-1.xml", 404}, {"GET", "/cap/..%2f..%2fetc.xml", 404}, {"GET", "/cap/", 404}, {"GET", "/alerts/none-1", 404}, {"GET", "/cap/none.txt", 404},
	} {
		res := s.ask(t, c.method, c.path)
		if res.StatusCode != c.want || res.Header.Get("Content-Type") != "application/problem+json" {
			t.Errorf("%s %s: %s %s, want %d", c.method, c.path, res.Status, res.Header.Get("Content-Type"), c.want)
		}
	}
	if res := s.ask(t, http.MethodOptions, "/cap/rss.xml"); res.StatusCode != 204 || res.Header.Get("Access-Control-Allow-Headers") == "" {
		t.Errorf("OPTIONS: %s %v, want a preflight answer", res.Status, res.Header)
	}
}

// geo is as much of the GeoJSON as a client of api.weather.gov reads.
type geo struct {
	Type     string
	Features []struct {
		ID       string
		Geometry struct {
			Type        string
			Coordinates [][][][2]float64
		}
		Properties struct {
			Event, Severity, MessageType, Status string
			Headline, Sent, Expires, AreaDesc    string
			Geocode, Parameters, EventCode       map[string][]string
			References                           []struct{ Identifier, Sender, Sent string }
		}
	}
}

func (s *site) active(t *testing.T, query string) geo {
	t.Helper()
	var g geo
	if err := json.Unmarshal([]byte(s.body(t, "/alerts/active"+query)), &g); err != nil {
		t.Fatal(err)
	}
	return g
}

func TestActiveAlertsHaveTheShapeOfTheWeatherService(t *testing.T) {
	s := newSite(t)
	if g := s.active(t, ""); g.Type != "FeatureCollection" || g.Features == nil {
		t.Errorf("before anything: %+v, want an empty list", g)
	}
	s.publish(t, channeltest.Sample{})
	s.now = s.now.Add(time.Minute)
	s.publish(t, channeltest.Sample{Seq: 2, Kind: outages.Update})
	f := s.active(t, "").Features[0]
	p := f.Properties
	if f.ID != base+"/alerts/o-2026-1113-2" || p.MessageType != "Update" || p.References[0].Identifier != "o-2026-1113-1" ||
		!slices.Equal(p.Geocode["SAME"], []string{"009003"}) || !slices.Equal(p.EventCode["SAME"], []string{"TOE"}) {
		t.Errorf("the feature is %+v", f)
	}
	for _, polygon := range f.Geometry.Coordinates {
		area := 0.0
		for i := range len(polygon[0]) - 1 {
			a, b := polygon[0][i], polygon[0][i+1]
			area += a[0]*b[1] - b[0]*a[1]
			if a[0] > 0 || a[1] < 0 {
				t.Fatalf("position %v: longitude stands first", a)
			}
		}
		if area <= 0 {
			t.Errorf("a ring runs clockwise, RFC 7946 wants the other way")
		}
	}
}

func TestActiveAlertsAreSelectedByTheirParameters(t *testing.T) {
	s := newSite(t)
	s.publish(t, channeltest.Sample{Outage: "one"})
	s.publish(t, channeltest.Sample{Outage: "two"})
	for query, want := range map[string]int{
		"?status=actual": 2, "?status=Test": 0, "?status=test,actual": 2, "?message_type=alert": 2, "?message_type=cancel": 0,
		"?event=911%20Telephone%20Outage%20Emergency": 2, "?event=Flood": 0, "?code=TOE": 2, "?code=TOR": 0,
		"?severity=Severe": 2, "?severity=Minor": 0, "?urgency=Immediate&certainty=Observed": 2, "?urgency=Immediate&certainty=Likely": 0,
		"?area=CT": 2, "?area=ma,ct": 2, "?area=MA": 0, "?point=41.76,-72.68": 2, "?point=42.36,-71.06": 0, "?limit=1": 1, "?": 2,
	} {
		if got := len(s.active(t, query).Features); got != want {
			t.Errorf("%s: %d alerts, want %d", query, got, want)
		}
	}
}

func TestActiveAlertsComeAsAtomAndCAPOnRequest(t *testing.T) {
	s := newSite(t)
	s.publish(t, channeltest.Sample{})
	if got := s.body(t, "/alerts/active", "Accept", "application/atom+xml"); got != s.body(t, "/cap/atom.xml") {
		t.Errorf("as Atom:\n%s", got)
	}
	if got := s.body(t, "/alerts/o-2026-1113-1", "Accept", "application/cap+xml"); got != s.body(t, document) {
		t.Errorf("as CAP:\n%s", got)
	}
	if got := s.body(t, "/alerts/o-2026-1113-1"); !strings.HasPrefix(got, `{"id":"`+base+`/alerts/o-2026-1113-1","type":"Feature"`) {
		t.Errorf("as GeoJSON:\n%s", got)
	}
	if got := s.get(t, "/alerts/active").Header.Get("Vary"); got != "Accept-Encoding, Accept" {
		t.Errorf("Vary is %q", got)
	}
}

func TestAnExportIsWhatIsServed(t *testing.T) {
	s := newSite(t)
	dir := t.TempDir()
	s.publish(t, channeltest.Sample{Towns: 2})
	s.publish(t, channeltest.Sample{Mode: outages.Drill, Outage: "practice"})
	export := func() {
		t.Helper()
		if err := s.Export(t.Context(), dir); err != nil {
			t.Fatal(err)
		}
		n := 0
		err := filepath.WalkDir(dir, func(file string, d os.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			n++
			path, _ := filepath.Rel(dir, file)
			got, err := os.ReadFile(file)
			if want := s.body(t, "/"+filepath.ToSlash(path)); string(got) != want {
				t.Errorf("%s: the file is\n%s\nserved is\n%s", path, got, want)
			}
			if strings.Contains(string(got), "practice") {
				t.Errorf("%s holds the drill", path)
			}
			return err
		})
		if err != nil || n < 12 {
			t.Errorf("%d files, error %v", n, err)
		}
	}
	export()
	old := filepath.Join(dir, "cap", "o-2026-1113-1.1.xml")
	before, err := os.Stat(old)
	if err != nil {
		t.Fatal(err)
	}
	s.now = s.now.Add(72 * time.Hour)
	s.publish(t, channeltest.Sample{Outage: "later", Towns: 1})
	export() // the first outage has left the window; its documents stay
	after, err := os.Stat(old)
	if err != nil || !after.ModTime().Equal(before.ModTime()) {
		t.Errorf("the old document was touched: %v, %v", after, err)
	}
}

func TestAnExportThatCannotBeWrittenSaysWhere(t *testing.T) {
	s := newSite(t)
	s.publish(t, channeltest.Sample{})
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := s.Export(t.Context(), file); err == nil || !strings.Contains(err.Error(), "/cap/") {
		t.Errorf("error is %v, want one that names the file", err)
	}
}
