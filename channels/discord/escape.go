package discord

import (
	"regexp"
	"strings"

	"callbox/channels/crowd"
)

// What a text holds may have been typed by anybody in a hurry: it is shown as it stands and must never
// become a mention, a link, a heading or a spoiler.
var (
	// markup is every character that Discord's markdown gives a meaning inside a line.
	markup = regexp.MustCompile("[\\\\*_~`|<>#\\[\\]]")
	// listing is what makes a list of a line that it begins.
	listing = regexp.MustCompile(`^([-+]|[0-9]+[.)])`)
	// mention is an @ that could call somebody. The server looks for mentions before any backslash is
	// read, so a space breaks it.
	mention = regexp.MustCompile(`([@＠])([^\s@＠])`)
)

// escape makes a line of text show as itself.
func escape(s string) string {
	s = markup.ReplaceAllString(crowd.Plain(s), `\$0`)
	s = mention.ReplaceAllString(s, "$1 $2")
	s = strings.ReplaceAll(s, "://", `:\//`)
	return listing.ReplaceAllStringFunc(s, func(m string) string {
		return m[:len(m)-1] + `\` + m[len(m)-1:]
	})
}
