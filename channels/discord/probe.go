package discord

import (
	"context"
	"fmt"

	"github.com/bwmarrin/discordgo"

	"callbox/channels"
)

// Probe asks for the webhook of a destination, which posts nothing.
func (c *Channel) Probe(ctx context.Context, destination string) error {
	hook, err := parse(destination)
	if err != nil {
		return err
	}
	s, err := c.session()
	if err != nil {
		return err
	}
	if _, err := s.WebhookWithToken(hook.id, hook.token, discordgo.WithContext(ctx)); err != nil {
		return fmt.Errorf("asking for the webhook: %w", channels.Strip(err))
	}
	return nil
}
