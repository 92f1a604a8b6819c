package discord

import "unicode/utf16"

// The limits of a message, in characters unless said otherwise.
// https://discord.com/developers/docs/resources/webhook#execute-webhook and
// https://discord.com/developers/docs/resources/message#embed-object-embed-limits
const (
	maxContent     = 2000
	maxEmbeds      = 10 // embeds
	maxTitle       = 256
	maxDescription = 4096
	maxTotal       = 6000 // titles and descriptions of all embeds together
)

// notice is the room kept in a content for the line that a later bulletin prepends.
const notice = 300

// size counts as the stricter of two readings of "character" does: UTF-16 code units, of which there are
// never fewer than code points.
func size(s string) int {
	n := 0
	for _, r := range s {
		n += max(1, utf16.RuneLen(r))
	}
	return n
}
