package discord

import (
	"context"
	"strings"
	"time"

	"github.com/bwmarrin/discordgo"

	"callbox/channels"
)

// patience is how long Send tries to edit the former bulletin's message.
const patience = 3 * time.Second

// pointOn prepends to the message of the former bulletin that a newer one stands below. Nothing else of it
// changes: what was said stays readable. Doing it twice changes nothing. Errors end here, for the reader
// has the new post either way.
func (c *Channel) pointOn(ctx context.Context, hook webhook, m channels.Message) {
	id := former(m.Earlier)
	line := below(m)
	if id == "" || line == "" {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	s, err := c.session()
	if err != nil {
		return
	}
	old, err := s.WebhookMessage(hook.id, hook.token, id, discordgo.WithContext(ctx))
	if err != nil || old == nil || strings.HasPrefix(old.Content, line) {
		return
	}
	content := line + "\n" + old.Content
	if size(content) > maxContent {
		return
	}
	_, _ = s.WebhookMessageEdit(hook.id, hook.token, id, &discordgo.WebhookEdit{
		Content:         &content,
		AllowedMentions: &discordgo.MessageAllowedMentions{Parse: []discordgo.AllowedMentionType{}},
	}, discordgo.WithContext(ctx))
}

// former is the ID of the newest message among earlier receipts that has one.
func former(earlier []channels.Receipt) string {
	for i := len(earlier) - 1; i >= 0; i-- {
		for _, part := range earlier[i] {
			if part.ID != "" {
				return part.ID
			}
		}
	}
	return ""
}
