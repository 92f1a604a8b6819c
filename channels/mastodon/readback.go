package mastodon

import (
	"context"
	"fmt"

	"github.com/mattn/go-mastodon"

	"callbox/channels"
)

// ReadBack fetches the statuses that a receipt names and returns an error unless they say what Compose
// made of m.
func (c *Channel) ReadBack(ctx context.Context, m channels.Message, r channels.Receipt) error {
	a, err := parse(c.guarded, m.To)
	if err != nil {
		return err
	}
	limits, err := c.limits(ctx, a)
	if err != nil {
		return fmt.Errorf("asking for the server's limits: %w", channels.Strip(err))
	}
	posts, err := Compose(m, limits)
	if err != nil {
		return err
	}
	if len(r) != len(posts) {
		return fmt.Errorf("the receipt names %d statuses, want %d", len(r), len(posts))
	}
	client := c.client(a)
	for i, p := range posts {
		source, err := client.GetStatusSource(ctx, mastodon.ID(r[i].ID))
		if err != nil {
			return fmt.Errorf("reading status %d of %d: %w", i+1, len(posts), channels.Strip(err))
		}
		if source.Text != p.Status {
			return fmt.Errorf("status %d of %d is not what was approved", i+1, len(posts))
		}
	}
	return nil
}
