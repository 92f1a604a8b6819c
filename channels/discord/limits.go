package discord

import (
	"errors"
	"unicode/utf16"

	"github.com/bwmarrin/discordgo"
)

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

// within refuses a message that Discord would refuse.
func within(p *discordgo.WebhookParams) error {
	total := 0
	for _, e := range p.Embeds {
		total += size(e.Title) + size(e.Description)
		if size(e.Title) > maxTitle || size(e.Description) > maxDescription {
			return errors.New("an embed is longer than Discord takes")
		}
	}
	switch {
	case p.Content == "" && len(p.Embeds) == 0:
		return errors.New("the message is empty")
	case size(p.Content) > maxContent-notice:
		return errors.New("the content is longer than Discord takes")
	case len(p.Embeds) > maxEmbeds || total > maxTotal:
		return errors.New("the embeds together are longer than Discord takes")
	}
	return nil
}
