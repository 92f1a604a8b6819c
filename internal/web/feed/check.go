package feed

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"net/url"
	"strings"
	"time"

	"callbox/channels/cap"
	"callbox/outages"
)

// Check checks a CAP document, an RSS feed or an Atom feed, of ours or of others, by the rules that one
// file can tell. Rule 15 is that of feeds, the others are those of [cap.Rules].
func Check(file []byte) []outages.Finding {
	root, err := rootOf(file)
	if err != nil {
		return []outages.Finding{{Rule: "cap-15", Block: true, Place: "file", Text: fmt.Sprintf("is not XML: %v", err)}}
	}
	var read any
	switch {
	case root.Local == "rss":
		read = &rssRead{}
	case root.Local == "feed" && root.Space == atomSpace:
		read = &atomRead{}
	default:
		return cap.Rules{}.Check(file)
	}
	out := report{}
	if len(file) > maxFeed {
		out.warn("feed", "has %d bytes: stay under %d", len(file), maxFeed)
	}
	if err := xml.Unmarshal(file, read); err != nil {
		out.block("feed", "is not well-formed: readers drop the whole feed: %v", err)
		return out
	}
	switch feed := read.(type) {
	case *rssRead:
		feed.check(&out)
	case *atomRead:
		feed.check(&out)
	}
	return out
}

func rootOf(file []byte) (xml.Name, error) {
	in := xml.NewDecoder(bytes.NewReader(file))
	for {
		token, err := in.Token()
		if err != nil {
			return xml.Name{}, err
		}
		if start, ok := token.(xml.StartElement); ok {
			return start.Name, nil
		}
	}
}

type report []outages.Finding

func (r *report) block(place, format string, args ...any) {
	*r = append(*r, outages.Finding{Rule: "cap-15", Block: true, Place: place, Text: fmt.Sprintf(format, args...)})
}

func (r *report) warn(place, format string, args ...any) {
	*r = append(*r, outages.Finding{Rule: "cap-15", Place: place, Text: fmt.Sprintf(format, args...)})
}

// itemRead is what both kinds of entries share; the hints must be of the CAP namespace.
type itemRead struct {
	Title      string `xml:"title"`
	Identifier string `xml:"urn:oasis:names:tc:emergency:cap:1.2 identifier"`
	Sent       string `xml:"urn:oasis:names:tc:emergency:cap:1.2 sent"`
	Expires    string `xml:"urn:oasis:names:tc:emergency:cap:1.2 expires"`
	AreaDesc   string `xml:"urn:oasis:names:tc:emergency:cap:1.2 areaDesc"`
}

// listed is where an entry stands and what it points to.
type listed struct {
	place, id string
	links     []string
	dated     bool // its time can be read
}

// check looks at one entry; seen holds the ids before it.
func (i itemRead) check(out *report, e listed, seen map[string]bool) {
	if i.Title == "" {
		out.block(e.place, "has no title")
	}
	if len(e.links) != 1 {
		out.block(e.place, "has %d links, exactly one is needed: the document", len(e.links))
		return
	}
	link := e.links[0]
	u, err := url.Parse(link)
	switch {
	case err != nil || u.Scheme != "https" || u.Host == "":
		out.block(e.place, "link %.200q is not an absolute https address", link)
	case !strings.HasSuffix(u.Path, ".xml") || u.RawQuery != "":
		out.block(e.place, "link %.200q does not end in .xml", link)
	case e.id != link:
		out.block(e.place, "its id %.200q is not its link", e.id)
	case seen[e.id]:
		out.block(e.place, "its id stands twice in the feed")
	}
	seen[e.id] = true
	if !e.dated {
		out.block(e.place, "has no time that can be read")
	}
	if i.Identifier == "" || i.Sent == "" || i.Expires == "" || i.AreaDesc == "" {
		out.warn(e.place, "lacks cap:identifier, cap:sent, cap:expires or cap:areaDesc: readers must fetch every document")
	}
}

// rssRead is an RSS feed as readers see it: elements without a namespace.
type rssRead struct {
	Channel struct {
		Title         string     `xml:"title"`
		Description   string     `xml:"description"`
		Language      string     `xml:"language"`
		PubDate       string     `xml:"pubDate"`
		LastBuildDate string     `xml:"lastBuildDate"`
		TTL           string     `xml:"ttl"`
		Self          []atomLink `xml:"http://www.w3.org/2005/Atom link"`
		Links         []plain    `xml:"link"`
		Items         []struct {
			itemRead
			Description string  `xml:"description"`
			GUID        string  `xml:"guid"`
			PubDate     string  `xml:"pubDate"`
			Links       []plain `xml:"link"`
		} `xml:"item"`
	} `xml:"channel"`
}

// plain is an element with its name, to tell RSS's link from Atom's.
type plain struct {
	XMLName xml.Name
	Text    string `xml:",chardata"`
}

func plainTexts(list []plain) []string {
	var out []string
	for _, p := range list {
		if p.XMLName.Space == "" {
			out = append(out, p.Text)
		}
	}
	return out
}

func (r *rssRead) check(out *report) {
	c := r.Channel
	if c.Title == "" || c.Description == "" || len(plainTexts(c.Links)) != 1 {
		out.block("channel", "needs a title, a description and one link")
	}
	if len(c.Self) != 1 || c.Self[0].Rel != "self" {
		out.block("channel", "needs one atom:link of rel self")
	}
	if c.Language == "" || c.TTL == "" || !dated(c.LastBuildDate, time.RFC1123Z) {
		out.block("channel", "needs language, lastBuildDate and ttl")
	}
	if len(c.Items) == 0 {
		out.warn("channel", "lists nothing: some readers reject that or forget nothing")
	} else if !dated(c.PubDate, time.RFC1123Z) {
		out.block("channel", "needs pubDate")
	}
	seen := map[string]bool{}
	for n, i := range c.Items {
		place := fmt.Sprintf("item %d", n+1)
		if i.Description == "" {
			out.block(place, "has no description")
		}
		i.itemRead.check(out, listed{place, i.GUID, plainTexts(i.Links), dated(i.PubDate, time.RFC1123Z)}, seen)
	}
}

func dated(text, layout string) bool {
	_, err := time.Parse(layout, text)
	return err == nil
}

// atomRead is an Atom feed as readers see it.
type atomRead struct {
	ID      string     `xml:"http://www.w3.org/2005/Atom id"`
	Title   string     `xml:"http://www.w3.org/2005/Atom title"`
	Updated string     `xml:"http://www.w3.org/2005/Atom updated"`
	Author  string     `xml:"http://www.w3.org/2005/Atom author>name"`
	Links   []atomLink `xml:"http://www.w3.org/2005/Atom link"`
	Entries []struct {
		itemRead
		ID      string     `xml:"http://www.w3.org/2005/Atom id"`
		Updated string     `xml:"http://www.w3.org/2005/Atom updated"`
		Summary string     `xml:"http://www.w3.org/2005/Atom summary"`
		Links   []atomLink `xml:"http://www.w3.org/2005/Atom link"`
	} `xml:"http://www.w3.org/2005/Atom entry"`
}

func (a *atomRead) check(out *report) {
	if a.ID == "" || a.Title == "" || a.Author == "" || !dated(a.Updated, time.RFC3339) {
		out.block("feed", "needs id, title, author and updated")
	}
	if len(a.Links) != 1 || a.Links[0].Rel != "self" {
		out.block("feed", "needs one link, of rel self")
	}
	seen := map[string]bool{}
	for n, e := range a.Entries {
		place := fmt.Sprintf("entry %d", n+1)
		if e.Summary == "" {
			out.block(place, "has no summary")
		}
		var links []string
		for _, l := range e.Links {
			links = append(links, l.Href)
		}
		e.itemRead.check(out, listed{place, e.ID, links, dated(e.Updated, time.RFC3339)}, seen)
	}
}
