package mastodon

import (
	"context"
	"crypto/sha256"
	"time"

	"github.com/mattn/go-mastodon"

	"callbox/channels"
)

const (
	// pages is how many pages of an account's statuses are looked through at most; a page has 40, the most
	// that Mastodon gives. https://docs.joinmastodon.org/methods/accounts/#statuses
	pages    = 5
	pageSize = 40
	// skew is how far a server's clock may be behind ours.
	skew = 10 * time.Minute
)

// placed looks through the account's own statuses, back to the time when the bulletin was issued, for
// those of m that a former attempt placed, and returns them by their markers.
func (c *Channel) placed(ctx context.Context, a account, m channels.Message) (map[string]channels.Part, error) {
	client := c.client(a)
	id, err := c.id(ctx, a)
	if err != nil {
		return nil, err
	}
	found := map[string]channels.Part{}
	page := &mastodon.Pagination{Limit: pageSize}
	for range pages {
		statuses, err := client.GetAccountStatuses(ctx, id, page)
		if err != nil {
			return nil, err
		}
		for _, s := range statuses {
			if s == nil || s.Reblog != nil || s.ID == "" {
				continue
			}
			if s.CreatedAt.Before(m.Bulletin.Issued.Add(-skew)) {
				return found, nil // newest first: all that follow are older
			}
			if mark := markerIn(s.Content, m.Key); mark != "" {
				found[mark] = channels.Part{ID: string(s.ID), Sent: s.CreatedAt}
			}
		}
		if page.MaxID == "" {
			break // the answer named no further page
		}
		page = &mastodon.Pagination{Limit: pageSize, MaxID: page.MaxID}
	}
	return found, nil
}

// id asks once whose token it is.
func (c *Channel) id(ctx context.Context, a account) (mastodon.ID, error) {
	key := sha256.Sum256([]byte(a.server + "\x00" + a.token))
	c.mu.Lock()
	id := c.ids[key]
	c.mu.Unlock()
	if id != "" {
		return id, nil
	}
	self, err := c.client(a).GetAccountCurrentUser(ctx)
	if err != nil {
		return "", err
	}
	c.mu.Lock()
	c.ids[key] = self.ID
	c.mu.Unlock()
	return self.ID, nil
}
