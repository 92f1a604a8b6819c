// Package discord posts bulletins to Discord channels through their incoming webhooks.
//
// A webhook needs no bot and no connection: whoever knows its URL may post. Posts cannot be looked up
// without their ID, so a post of unknown outcome is [channels.Uncertain] and never repeated here.
package discord

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/bwmarrin/discordgo"

	"callbox/channels"
)

// Config is what the channel needs; its zero value works.
type Config struct {
	// Client carries the requests; nil means a guarded one, [channels.NewClient].
	Client *http.Client
	// FarSide is the base URL of a stand-in that is asked instead of discord.com. It needs a Client made
	// with [channels.Loopback].
	FarSide string
	Now     func() time.Time // nil means time.Now
}

// Channel posts to webhooks. It keeps nothing between posts and may be used by many goroutines.
type Channel struct {
	client *http.Client
	now    func() time.Time
}

var (
	_ channels.Channel = (*Channel)(nil)
	_ channels.Checker = (*Channel)(nil)
)

// New returns the channel. It refuses a far side that its client might not keep to loopback.
func New(c Config) (*Channel, error) {
	if c.Client == nil {
		c.Client = channels.NewClient()
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	x := &exchange{next: c.Client.Transport, now: c.Now, within: c.Client.Timeout}
	if x.next == nil {
		x.next = http.DefaultTransport
	}
	if c.FarSide != "" {
		far, err := url.Parse(c.FarSide)
		if err != nil || !channels.OnlyLoopback(c.Client) {
			return nil, errors.New("discord: a far side other than discord.com needs a URL and a loopback client")
		}
		x.far = far
	}
	client := *c.Client
	client.Transport, client.Timeout = x, 0
	return &Channel{client: &client, now: c.Now}, nil
}

// Check reports what is wrong with a webhook URL. It asks nobody.
func (c *Channel) Check(destination string) error {
	_, err := parse(destination)
	return err
}

// Send posts m and returns the ID of the message. After that it tries, for three seconds at most, to point
// readers of the former bulletin's message to the new one; failing at that is not failing to deliver.
func (c *Channel) Send(ctx context.Context, m channels.Message) (channels.Receipt, error) {
	if len(m.Begun) > 0 {
		return m.Begun, nil // a post has one part
	}
	hook, err := parse(m.To)
	if err != nil {
		return nil, channels.As(channels.Refused, err)
	}
	params, err := Compose(m)
	if err != nil {
		return nil, channels.As(channels.Refused, err)
	}
	s, err := c.session()
	if err != nil {
		return nil, err
	}
	posted, err := s.WebhookExecute(hook.id, hook.token, true, params, discordgo.WithContext(ctx))
	switch {
	case errors.Is(err, discordgo.ErrJSONUnmarshal), err == nil && (posted == nil || posted.ID == ""):
		return nil, channels.As(channels.Uncertain, errNameless)
	case err != nil:
		return nil, fmt.Errorf("posting: %w", channels.Strip(err))
	}
	c.pointOn(ctx, hook, m)
	return channels.Receipt{{ID: posted.ID, Sent: c.now()}}, nil
}

// session returns a discordgo session that never sleeps, retries or waits for another: each has a rate
// limiter of its own, because that one holds a lock during a request and heeds no context.
func (c *Channel) session() (*discordgo.Session, error) {
	s, err := discordgo.New("")
	if err != nil {
		return nil, fmt.Errorf("making a discord session: %w", err)
	}
	s.Client = c.client
	s.ShouldRetryOnRateLimit = false
	s.MaxRestRetries = 0
	s.LogLevel = -1 // its messages may hold the URL
	return s, nil
}
