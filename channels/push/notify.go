package push

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"time"

	"callbox/channels"
)

// Notice is a push to one device that tells no bulletin, such as a word to an official. It belongs to no
// list and to no delivery.
type Notice struct {
	To    string // a browser's PushSubscription as JSON
	Lang  string // BCP 47
	Title string
	Body  string
	Link  string // absolute URL that a tap opens
	Tag   string // a newer notice of the same tag replaces an older one
	TTL   time.Duration
}

// Notify sends a notice, once. Its errors are those of Send.
func (c *Channel) Notify(ctx context.Context, n Notice) error {
	s, err := c.open(n.To)
	if err != nil {
		return channels.As(channels.Refused, err)
	}
	now, tag := c.now(), noticeTag(n.Tag)
	payload, err := marshal(payload{WebPush: declarative, Notification: notification{Title: n.Title, Body: n.Body, Navigate: n.Link,
		Lang: n.Lang, Dir: "ltr", Tag: tag, Renotify: true, Require: true, Timestamp: now.UnixMilli()}})
	if err == nil && len(payload) > MaxPayload {
		err = errors.New("the notice is too long")
	}
	if err != nil {
		return channels.As(channels.Refused, fmt.Errorf("encoding a notice: %w", err))
	}
	req, err := c.engine.request(ctx, push{to: s, payload: payload, size: recordSize(len(payload)), topic: tag, ttl: max(1, int(n.TTL.Seconds()))})
	if err != nil {
		return fmt.Errorf("sealing a push for %s: %w", s.service, channels.Strip(err))
	}
	answer, err := channels.Do(c.client, req)
	if answer == nil {
		return fmt.Errorf("push service %s: %w", s.service, err)
	}
	return judge(s.service, answer, now)
}

// noticeTag never equals the topic of a bulletin.
func noticeTag(tag string) string {
	sum := sha256.Sum256([]byte("callbox notice\x00" + tag))
	return base64.RawURLEncoding.EncodeToString(sum[:24])
}
