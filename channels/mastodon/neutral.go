package mastodon

import (
	"regexp"

	"callbox/channels/crowd"
)

var (
	// calling is what makes a mention or a hashtag of the word after it. Mastodon reads the full-width
	// signs too.
	calling = regexp.MustCompile(`([@＠#＃])([^\s@＠#＃])`)
	// scheme is what makes a link of what follows. A typed link would change how a status counts and lead
	// wherever it liked; the only one is to our page.
	scheme = regexp.MustCompile(`([A-Za-z])://`)
)

// neutral makes a line of text show as itself: no mention, hashtag or link. Statuses have no escapes, so a
// space takes the meaning away.
func neutral(s string) string {
	s = calling.ReplaceAllString(crowd.Plain(s), "$1 $2")
	return scheme.ReplaceAllString(s, "$1: //")
}
