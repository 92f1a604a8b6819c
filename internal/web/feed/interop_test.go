//go:build interop

package feed

import (
	"bytes"
	"encoding/json"
	"os/exec"
	"strings"
	"testing"

	"callbox/channels/channeltest"
)

// feedparserScript prints what Universal Feed Parser, by another author, makes of a feed.
const feedparserScript = `
import feedparser, json, sys
f = feedparser.parse(sys.stdin.buffer.read())
print(json.dumps({"bozo": bool(f.bozo), "version": f.version, "title": f.feed.get("title"), "entries": [
    {k: e.get(k) for k in ("id", "link", "title", "summary", "cap_identifier", "cap_expires", "cap_sent", "cap_areadesc")}
    | {"links": len(e.links), "dated": e.get("published_parsed") is not None} for e in f.entries]}))
`

// parsedFeed is what the script prints.
type parsedFeed struct {
	Bozo    bool
	Version string
	Title   string
	Entries []struct {
		ID, Link, Title, Summary string
		Identifier               string `json:"cap_identifier"`
		Expires                  string `json:"cap_expires"`
		Sent                     string `json:"cap_sent"`
		AreaDesc                 string `json:"cap_areadesc"`
		Links                    int
		Dated                    bool
	}
}

// Rule 15, by a parser of another author: the Debian package python3-feedparser.
func TestFeedparserReadsOurFeeds(t *testing.T) {
	s := newSite(t)
	s.publish(t, channeltest.Sample{Towns: 2})
	for path, version := range map[string]string{
		"/cap/rss.xml": "rss20", "/cap/atom.xml": "atom10", "/cap/all/rss.xml": "rss20", "/cap/es/atom.xml": "atom10",
	} {
		feed := s.body(t, path)
		cmd := exec.CommandContext(t.Context(), "/usr/bin/python3", "-c", feedparserScript)
		cmd.Stdin = strings.NewReader(feed)
		var failure bytes.Buffer
		cmd.Stderr = &failure
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("python3-feedparser is needed: %v\n%s", err, failure.String())
		}
		var got parsedFeed
		if err := json.Unmarshal(out, &got); err != nil {
			t.Fatal(err)
		}
		if got.Bozo || got.Version != version || got.Title != "911 outages in Connecticut" || len(got.Entries) != 2 {
			t.Errorf("%s is read as %+v", path, got)
		}
		for _, e := range got.Entries {
			if e.ID != e.Link || e.Link != base+"/cap/"+e.Identifier+".xml" || e.Links != 1 || e.Title == "" || e.Summary == "" ||
				!e.Dated || e.Expires == "" || e.Sent == "" || e.AreaDesc == "" {
				t.Errorf("%s: entry %+v", path, e)
			}
		}
	}
}
