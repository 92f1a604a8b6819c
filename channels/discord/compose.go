package discord

import (
	"fmt"
	"strings"

	"github.com/bwmarrin/discordgo"

	"callbox/channels"
	"callbox/outages"
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
// then the numbers of areas, the last ones first. A language for which no room is left is left out; the
// error says that there was none even for the best.
//
// Nothing in a post calls, links or formats but what Compose adds itself.
func Compose(m channels.Message) (*discordgo.WebhookParams, error) {
	if len(m.Texts) == 0 {
		return nil, fmt.Errorf("bulletin %d has no text for this address", m.Bulletin.Seq)
	}
	p := &discordgo.WebhookParams{
		// The zero value would be sent as null, which allows every mention.
		AllowedMentions: &discordgo.MessageAllowedMentions{Parse: []discordgo.AllowedMentionType{}},
	}
	left := maxTotal
	for i, t := range m.Texts[:min(len(m.Texts), maxEmbeds)] {
		title := fit(maxTitle, escape(t.Title), escape(t.Topic))
		// Every language may take what the ones before it left of their equal shares.
		room := min(left/(min(len(m.Texts), maxEmbeds)-i)-size(title), maxDescription)
		description, ok := describe(t, m, room)
		if title == "" || !ok {
			if i == 0 {
				return nil, fmt.Errorf("bulletin %d does not fit a Discord post in %s", m.Bulletin.Seq, t.Lang)
			}
			continue
		}
		left -= size(title) + size(description)
		p.Embeds = append(p.Embeds, &discordgo.MessageEmbed{
			Title: title, Description: description, Color: colors[m.Bulletin.Kind],
		})
		p.Content = extend(p.Content, title)
		if len(t.Parts) == 1 {
			p.Content = extend(p.Content, escape(t.Parts[0].Brief))
		}
	}
	return p, within(p)
}

// fit returns the first of the strings that is within the limit, else nothing.
func fit(limit int, options ...string) string {
	for _, s := range options {
		if size(s) <= limit {
			return s
		}
	}
	return ""
}

// extend adds a line to a content where it has room.
func extend(content, line string) string {
	joined := strings.TrimPrefix(content+"\n"+line, "\n")
	if line == "" || size(joined) > maxContent-notice {
		return content
	}
	return joined
}
