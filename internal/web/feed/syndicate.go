package feed

import (
	"encoding/xml"
	"time"

	"callbox/channels/cap"
)

// listing is one feed to write: which entries, under which name and address, in which language.
type listing struct {
	title, summary string
	language       string // "en" or "es"
	self, home     string // its own URL, and a page for people
	author         string
	style          string // URL of the stylesheet that shows an RSS feed to people
	updated        time.Time
	entries        []entry
	keep           bool // every entry must stay, however large the feed becomes
}

// maxFeed is what Google Public Alerts wishes a feed to stay under, in bytes.
const maxFeed = 100_000

// write makes the feed with the given maker and keeps it small: first summaries give way to headlines,
// then the oldest entries go.
func (l listing) write(format func(l listing, brief bool) any) ([]byte, error) {
	for brief := false; ; brief = true {
		body, err := xml.Marshal(format(l, brief))
		if err != nil {
			return nil, err
		}
		body = append([]byte(xml.Header), body...)
		if len(body) < maxFeed || brief && (l.keep || len(l.entries) <= 1) {
			return body, nil
		}
		if brief {
			l.entries = l.entries[:len(l.entries)*9/10]
		}
	}
}

// hints tell readers what they would find in the document, in the CAP namespace: those which know the
// document need not fetch it.
type hints struct {
	Identifier string   `xml:"cap:identifier"`
	Sender     string   `xml:"cap:sender"`
	Sent       string   `xml:"cap:sent"`
	Status     string   `xml:"cap:status"`
	MsgType    string   `xml:"cap:msgType"`
	Event      string   `xml:"cap:event"`
	Categories []string `xml:"cap:category"`
	Urgency    string   `xml:"cap:urgency"`
	Severity   string   `xml:"cap:severity"`
	Certainty  string   `xml:"cap:certainty"`
	Expires    string   `xml:"cap:expires"`
	AreaDesc   string   `xml:"cap:areaDesc"`
}

func hintsOf(e entry, i cap.Info) hints {
	return hints{
		Identifier: e.alert.Identifier, Sender: e.alert.Sender, Sent: string(e.alert.Sent), Status: e.alert.Status,
		MsgType: e.alert.MsgType, Event: i.Event, Categories: i.Categories, Urgency: i.Urgency, Severity: i.Severity,
		Certainty: i.Certainty, Expires: string(i.Expires), AreaDesc: places(i),
	}
}

func summary(i cap.Info, brief bool) string {
	if brief {
		return i.Headline
	}
	return i.Description + "\n" + i.Instruction
}

const (
	atomSpace = "http://www.w3.org/2005/Atom"
	atomType  = "application/atom+xml"
	rssType   = "application/rss+xml"
	capType   = "application/cap+xml"
)

// atomLink is a link of Atom (RFC 4287, section 4.2.7).
type atomLink struct {
	Rel  string `xml:"rel,attr,omitempty"`
	Type string `xml:"type,attr,omitempty"`
	Href string `xml:"href,attr"`
}

type rssFeed struct {
	XMLName xml.Name   `xml:"rss"`
	Version string     `xml:"version,attr"`
	Atom    string     `xml:"xmlns:atom,attr"`
	CAP     string     `xml:"xmlns:cap,attr"`
	Channel rssChannel `xml:"channel"`
}

type rssChannel struct {
	Title         string    `xml:"title"`
	Link          string    `xml:"link"`
	Description   string    `xml:"description"`
	Language      string    `xml:"language"`
	PubDate       string    `xml:"pubDate,omitempty"`
	LastBuildDate string    `xml:"lastBuildDate,omitempty"`
	TTL           int       `xml:"ttl"` // minutes
	Self          atomLink  `xml:"atom:link"`
	Items         []rssItem `xml:"item"`
}

type rssItem struct {
	Title       string  `xml:"title"`
	Link        string  `xml:"link"`
	Description string  `xml:"description"`
	Category    string  `xml:"category"`
	GUID        rssGUID `xml:"guid"`
	PubDate     string  `xml:"pubDate"`
	hints
}

type rssGUID struct {
	IsPermaLink bool   `xml:"isPermaLink,attr"`
	Value       string `xml:",chardata"`
}

// rss writes RSS 2.0. The link of an item, its guid and the document's URL are one.
func rss(l listing, brief bool) any {
	c := rssChannel{
		Title: l.title, Link: l.home, Description: l.summary, Language: map[string]string{"en": "en-US", "es": "es-US"}[l.language],
		TTL: 1, Self: atomLink{Rel: "self", Type: rssType, Href: l.self},
	}
	if !l.updated.IsZero() {
		c.LastBuildDate = l.updated.Format(time.RFC1123Z)
	}
	for _, e := range l.entries {
		i := e.in(l.language)
		c.Items = append(c.Items, rssItem{
			Title: i.Headline, Link: e.url, Description: summary(i, brief), Category: i.Event,
			GUID: rssGUID{IsPermaLink: true, Value: e.url}, PubDate: e.alert.Sent.Time().Format(time.RFC1123Z), hints: hintsOf(e, i),
		})
	}
	if len(c.Items) > 0 {
		c.PubDate = c.Items[0].PubDate
	}
	return rssFeed{Version: "2.0", Atom: atomSpace, CAP: cap.Namespace, Channel: c}
}

type atomFeed struct {
	XMLName xml.Name    `xml:"feed"`
	Space   string      `xml:"xmlns,attr"`
	CAP     string      `xml:"xmlns:cap,attr"`
	Lang    string      `xml:"xml:lang,attr"`
	ID      string      `xml:"id"`
	Title   string      `xml:"title"`
	Sub     string      `xml:"subtitle"`
	Updated string      `xml:"updated"`
	Author  string      `xml:"author>name"`
	Link    atomLink    `xml:"link"`
	Entries []atomEntry `xml:"entry"`
}

type atomEntry struct {
	ID        string   `xml:"id"`
	Title     string   `xml:"title"`
	Updated   string   `xml:"updated"`
	Published string   `xml:"published"`
	Link      atomLink `xml:"link"`
	Summary   string   `xml:"summary"`
	hints
}

// atom writes Atom (RFC 4287). An entry has one link, and its id is the document's URL.
func atom(l listing, brief bool) any {
	f := atomFeed{
		Space: atomSpace, CAP: cap.Namespace, Lang: l.language, ID: l.self, Title: l.title, Sub: l.summary,
		Updated: l.updated.Format(time.RFC3339), Author: l.author, Link: atomLink{Rel: "self", Type: atomType, Href: l.self},
	}
	for _, e := range l.entries {
		i := e.in(l.language)
		f.Entries = append(f.Entries, atomEntry{
			ID: e.url, Title: i.Headline, Updated: string(e.alert.Sent), Published: string(e.alert.Sent),
			Link: atomLink{Type: capType, Href: e.url}, Summary: summary(i, brief), hints: hintsOf(e, i),
		})
	}
	return f
}

// styled puts the stylesheet in front of an RSS feed. CAP documents never have one: their signature
// covers what stands before the root.
func styled(feed []byte, style string) []byte {
	instruction := xml.Header + `<?xml-stylesheet type="text/xsl" href="` + style + `"?>` + "\n"
	return append([]byte(instruction), feed[len(xml.Header):]...)
}
