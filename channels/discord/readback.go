package discord

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/bwmarrin/discordgo"

	"callbox/channels"
)

// ReadBack fetches the post that a receipt names and returns an error unless it shows what Compose made of
// m. A line that a later bulletin prepended is no difference.
func (c *Channel) ReadBack(ctx context.Context, m channels.Message, r channels.Receipt) error {
	hook, err := parse(m.To)
	if err != nil {
		return err
	}
	want, err := Compose(m)
	if err != nil {
		return err
	}
	if len(r) != 1 || r[0].ID == "" {
		return errors.New("the receipt does not name one post")
	}
	s, err := c.session()
	if err != nil {
		return err
	}
	got, err := s.WebhookMessage(hook.id, hook.token, r[0].ID, discordgo.WithContext(ctx))
	if err != nil {
		return fmt.Errorf("reading the post: %w", channels.Strip(err))
	}
	if !strings.HasSuffix(got.Content, want.Content) || len(got.Embeds) != len(want.Embeds) {
		return errors.New("the post is not what was approved")
	}
	for i, e := range want.Embeds {
		if got.Embeds[i].Title != e.Title || got.Embeds[i].Description != e.Description {
			return fmt.Errorf("embed %d of the post is not what was approved", i+1)
		}
	}
	return nil
}
