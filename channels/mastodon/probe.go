package mastodon

import (
	"context"
	"fmt"

	"callbox/channels"
)

// Probe asks the server of a destination whose account its token opens, which posts nothing.
func (c *Channel) Probe(ctx context.Context, destination string) error {
	a, err := parse(c.guarded, destination)
	if err != nil {
		return err
	}
	if _, err := c.client(a).GetAccountCurrentUser(ctx); err != nil {
		return fmt.Errorf("asking for the account: %w", channels.Strip(err))
	}
	return nil
}
