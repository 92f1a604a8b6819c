package discord

import (
	"fmt"
	"strings"

	"github.com/bwmarrin/discordgo"

	"callbox/channels"
	"callbox/outages"
	"callbox/templates"
)

// colors mark the kinds of bulletin along an embed's edge, as 0xRRGGBB. They repeat what the words say.
var colors = map[outages.Kind]int{
	outages.Alert:    0xC62828,
	outages.Update:   0xEF6C00,
	outages.AllClear: 0x2E7D32,
	outages.Retract:  0x616161,
}

// Compose makes the post that Send transmits. Its content, which is all that a phone's notification shows,
// has a title in every language; an embed in each language, the best first, tells the rest and ends with
// the link to the page. What does not fit is left to that page: first the clauses that may be dropped,
// then the numbers of areas, the last ones first. Where even that leaves no room for all languages, the
// last ones are left out.
//
// Nothing in a post calls, links or formats but what Compose adds itself.
func Compose(m channels.Message) (*discordgo.WebhookParams, error) {
	if len(m.Texts) == 0 {
		return nil, fmt.Errorf("bulletin %d has no text for this address", m.Bulletin.Seq)
	}
	for n := min(len(m.Texts), maxEmbeds); n > 0; n-- {
		embeds, ok := embed(m, m.Texts[:n])
		if !ok {
			continue
		}
		p := &discordgo.WebhookParams{
			Content: content(m.Texts[:n]),
			Embeds:  embeds,
			// The zero value would be sent as null, which allows every mention.
			AllowedMentions: &discordgo.MessageAllowedMentions{Parse: []discordgo.AllowedMentionType{}},
		}
		return p, nil
	}
	return nil, fmt.Errorf("bulletin %d does not fit a Discord post", m.Bulletin.Seq)
}

// embed makes an embed of each text and says whether there was room for all. Every language may take what
// those before it left of their equal shares.
func embed(m channels.Message, texts []templates.Text) ([]*discordgo.MessageEmbed, bool) {
	left := maxTotal
	var embeds []*discordgo.MessageEmbed
	for i, t := range texts {
		title := title(t)
		room := min(left/(len(texts)-i)-size(title), maxDescription)
		description, ok := describe(t, m, room)
		if !ok || size(title) > maxTitle {
			return nil, false
		}
		left -= size(title) + size(description)
		embeds = append(embeds, &discordgo.MessageEmbed{
			Title: title, Description: description, Color: colors[m.Bulletin.Kind],
		})
	}
	return embeds, true
}

// content has the title of every language, and what a notification needs of a text with one part.
func content(texts []templates.Text) string {
	var content string
	for _, t := range texts {
		content = extend(content, title(t))
		if len(t.Parts) == 1 {
			content = extend(content, escape(t.Parts[0].Brief))
		}
	}
	return content
}

// title is the title of a text, or its topic where the title is too long.
func title(t templates.Text) string {
	if s := escape(t.Title); size(s) <= maxTitle {
		return s
	}
	return escape(t.Topic)
}

// extend adds a line to a content where it has room.
func extend(content, line string) string {
	joined := strings.TrimPrefix(content+"\n"+line, "\n")
	if line == "" || size(joined) > maxContent-notice {
		return content
	}
	return joined
}
