// Package mastodon posts bulletins as threads of statuses to accounts on Mastodon servers, and on others
// that speak its API.
//
// Every language has a thread of its own. Its first status replies to the last one of its language in the
// outage's former bulletin, so that a reader finds the whole story from any of them.
//
// A repeat is invisible: every status carries an Idempotency-Key, and because servers keep keys for an
// hour or not at all, an attempt first looks for its statuses among the account's own; each is known by
// the fragment of its link. It always looks, for a process that was killed cannot say that it had begun.
package mastodon

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/mattn/go-mastodon"

	"callbox/channels"
	"callbox/templates"
)

// Config is what the channel needs; its zero value works.
type Config struct {
	// Client carries the requests; nil means a guarded one, [channels.NewClient]. Stand-ins on loopback
	// are reached with one made with [channels.Loopback].
	Client *http.Client
	Now    func() time.Time // nil means time.Now
}

// Channel posts to accounts. It remembers the limits of servers and the IDs of accounts, nothing of
// messages, and may be used by many goroutines.
type Channel struct {
	guarded *http.Client // judges servers
	http    http.Client  // carries requests
	now     func() time.Time

	mu    sync.Mutex
	known map[string]known         // by host
	ids   map[[32]byte]mastodon.ID // by account
}

var (
	_ channels.Channel = (*Channel)(nil)
	_ channels.Checker = (*Channel)(nil)
	_ channels.Hosted  = (*Channel)(nil)
)

// New returns the channel.
func New(c Config) *Channel {
	if c.Client == nil {
		c.Client = channels.NewClient()
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	x := &exchange{next: c.Client.Transport, now: c.Now}
	if x.next == nil {
		x.next = http.DefaultTransport
	}
	carrier := *c.Client
	carrier.Transport = x
	return &Channel{
		guarded: c.Client, http: carrier, now: c.Now,
		known: map[string]known{}, ids: map[[32]byte]mastodon.ID{},
	}
}

// Check reports what is wrong with a destination. It asks nobody.
func (c *Channel) Check(destination string) error {
	_, err := parse(c.guarded, destination)
	return err
}

// Host names the server of a destination.
func (c *Channel) Host(destination string) (string, error) {
	a, err := parse(c.guarded, destination)
	return a.host, err
}

// Send posts the statuses of m that neither m.Begun names nor the account already shows, and returns all
// of them in the order of [Compose]. With an error the receipt names those that stand.
func (c *Channel) Send(ctx context.Context, m channels.Message) (channels.Receipt, error) {
	a, err := parse(c.guarded, m.To)
	if err != nil {
		return m.Begun, channels.As(channels.Refused, err)
	}
	limits, err := c.limits(ctx, a)
	if err != nil {
		return m.Begun, fmt.Errorf("asking for the server's limits: %w", channels.Strip(err))
	}
	posts, err := Compose(m, limits)
	if err != nil {
		return m.Begun, channels.As(channels.Refused, err)
	}
	receipt := slices.Clone(m.Begun)
	if len(receipt) >= len(posts) {
		return receipt, nil
	}
	placed, err := c.placed(ctx, a, m)
	if err != nil {
		return receipt, fmt.Errorf("looking for statuses that stand: %w", channels.Strip(err))
	}
	for i := len(receipt); i < len(posts); i++ {
		part, ok := placed[posts[i].Marker]
		if !ok {
			part, err = c.post(ctx, a, m, thread{posts: posts[:i+1], receipt: receipt})
			if err != nil {
				return receipt, fmt.Errorf("posting status %d of %d: %w", i+1, len(posts), channels.Strip(err))
			}
		}
		part.Lang = posts[i].Lang
		receipt = append(receipt, part)
	}
	return receipt, nil
}

// thread is a message on its way: the posts up to the one to be placed now, and those placed before it.
type thread struct {
	posts   []Post
	receipt channels.Receipt
}

// post places the last post of a thread.
func (c *Channel) post(ctx context.Context, a account, m channels.Message, t thread) (channels.Part, error) {
	i := len(t.posts) - 1
	p := t.posts[i]
	toot := &mastodon.Toot{Status: p.Status, Visibility: a.visibility, Language: string(p.Lang)}
	if p.First {
		toot.InReplyToID = mastodon.ID(former(m.Earlier, p.Lang))
	} else {
		toot.InReplyToID = mastodon.ID(t.receipt[i-1].ID)
	}
	ctx = withKey(ctx, m.Key+"/"+strconv.Itoa(i+1))
	status, err := c.client(a).PostStatus(ctx, toot)
	if errors.Is(err, errMissing) && toot.InReplyToID != "" {
		// What it replied to was deleted. The words matter more than the thread.
		toot.InReplyToID = ""
		status, err = c.client(a).PostStatus(ctx, toot)
	}
	switch {
	case err != nil:
		return channels.Part{}, err
	case status == nil || status.ID == "":
		return channels.Part{}, errors.New("the server's answer does not name the status")
	}
	return channels.Part{ID: string(status.ID), Sent: c.now()}, nil
}

// client returns a client of the API that speaks as the account.
func (c *Channel) client(a account) *mastodon.Client {
	client := mastodon.NewClient(&mastodon.Config{Server: a.server, AccessToken: a.token})
	client.Client = c.http
	return client
}

// former returns the last status of a language in the newest earlier receipt that has one.
func former(earlier []channels.Receipt, lang templates.Lang) string {
	for _, receipt := range slices.Backward(earlier) {
		for _, part := range slices.Backward(receipt) {
			if part.Lang == lang && part.ID != "" {
				return part.ID
			}
		}
	}
	return ""
}
