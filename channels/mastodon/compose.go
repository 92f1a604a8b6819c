package mastodon

import (
	"crypto/sha256"
	"encoding/base32"
	"fmt"
	"net/url"
	"strings"

	"callbox/channels"
	"callbox/templates"
)

// Post is one status of a message.
type Post struct {
	Lang   templates.Lang
	Status string
	Marker string // the fragment of its link, by which it is found again
	First  bool   // it begins the thread of its language; the others reply to the one before
}

// Compose makes the statuses that Send posts: one thread for each language, the best first. Each status
// says what it is about, which of how many it is, and links to the page. What a thread of [MaxThread]
// statuses has no room for is left to that page: first the clauses that may be dropped, then the numbers
// of areas, the last ones first.
//
// Nothing in a status mentions, tags or links but that one link.
func Compose(m channels.Message, l Limits) ([]Post, error) {
	if len(m.Texts) == 0 {
		return nil, fmt.Errorf("bulletin %d has no text for this account", m.Bulletin.Seq)
	}
	page, err := url.Parse(m.Page)
	if err != nil || page.Host == "" {
		return nil, fmt.Errorf("bulletin %d has no page that a status could link to", m.Bulletin.Seq)
	}
	page.Fragment = ""
	var posts []Post
	for _, t := range m.Texts {
		before := len(posts)
		mark := func(i int) string { return marker(m.Key, before+i+1) }
		link := func(i int) string { return page.String() + "#" + mark(i) }
		statuses, ok := write(t, l, link)
		if !ok {
			return nil, fmt.Errorf("bulletin %d does not fit statuses of %d characters in %s", m.Bulletin.Seq, l.Chars, t.Lang)
		}
		for i, s := range statuses {
			posts = append(posts, Post{Lang: t.Lang, Status: s, Marker: mark(i), First: i == 0})
		}
	}
	return posts, nil
}

// The marker of a status is the fragment of its link, as "k7mn42xq-01": readers hardly see it, no server
// changes it, and no other message has it.
const codeLength = 8

var encoding = base32.StdEncoding.WithPadding(base32.NoPadding)

// marker names part n, from 1, of the message with a key. Two digits keep part 1 from being found in 11.
func marker(key string, n int) string { return fmt.Sprintf("%s-%02d", code(key), n) }

// code shortens a key.
func code(key string) string {
	sum := sha256.Sum256([]byte(key))
	return strings.ToLower(encoding.EncodeToString(sum[:])[:codeLength])
}

// markerIn returns the marker of a part of the message with a key that the content of a status holds, in
// whatever HTML the server made of it; else nothing.
func markerIn(content, key string) string {
	_, after, ok := strings.Cut(content, "#"+code(key)+"-")
	if !ok || len(after) < 2 {
		return ""
	}
	return code(key) + "-" + after[:2]
}
