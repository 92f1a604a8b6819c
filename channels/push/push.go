// Package push carries bulletins to browsers by Web Push: RFC 8030 (the protocol), RFC 8291 (sealing) and
// RFC 8292 (VAPID, who sends).
//
// The payload is a Declarative Web Push message, which a browser can show without a service worker and a
// service worker can read. A subscription is given by a stranger, so its endpoint must lie on the list of
// known push services, and everything goes through the guarded client.
package push

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"callbox/channels"
)

// KnownHosts are the push services of the browsers: of Chrome, Firefox, Safari and Edge. A host equals one
// of them or lies below it.
var KnownHosts = []string{
	"fcm.googleapis.com", "push.services.mozilla.com", "push.apple.com", "notify.windows.com",
}

// Engine names an implementation of sealing and signing.
type Engine string

// The engines. They put the same messages on the wire; Native takes less than half the CPU.
const (
	Auto    Engine = "auto"       // Library, and Native for what a bulletin has beyond NativeAfter pushes
	Library Engine = "webpush-go" // github.com/SherClockHolmes/webpush-go; signs each push anew
	Native  Engine = "native"     // the standard library; one signed token per push service and 6 hours
)

// Config is what a push channel needs to know.
type Config struct {
	PublicKey  string // the VAPID key pair as base64url without padding; see GenerateKeys
	PrivateKey string
	// Subject is whom a push service may ask about our pushes (RFC 8292 section 2.1): an e-mail address,
	// with or without mailto:, or an https URL, of a domain that exists. Apple refuses others.
	Subject string
	Hosts   []string // the push services to trust; nil means KnownHosts
	Engine  Engine   // empty means Auto
	// NativeAfter is the audience above which Auto takes the native engine: so many pushes of one
	// bulletin by this process go by the library. 0 means DefaultNativeAfter.
	NativeAfter int
	Client      *http.Client     // nil means channels.NewClient()
	Now         func() time.Time // nil means time.Now
}

// Channel is the push channel. Many goroutines may use it.
type Channel struct {
	hosts  []string
	client *http.Client
	now    func() time.Time
	engine engine
	bodies bodies
}

// New checks the key pair and the subject, and returns the channel. With a client made by
// [channels.Loopback] any loopback host is a push service, and no other.
func New(c Config) (*Channel, error) {
	keys, err := parseKeys(c.PublicKey, c.PrivateKey)
	if err != nil {
		return nil, err
	}
	subject, err := parseSubject(c.Subject)
	if err != nil {
		return nil, err
	}
	ch := &Channel{hosts: c.Hosts, client: c.Client, now: c.Now}
	if ch.hosts == nil {
		ch.hosts = KnownHosts
	}
	if ch.client == nil {
		ch.client = channels.NewClient()
	}
	if ch.now == nil {
		ch.now = time.Now
	}
	byLibrary := &library{keys: keys, subject: subject}
	byUs := &native{signer: signer{keys: keys, subject: subject, now: ch.now}}
	switch c.Engine {
	case Library:
		ch.engine = byLibrary
	case Native:
		ch.engine = byUs
	case Auto, "":
		ch.engine = &auto{library: byLibrary, native: byUs, after: cmp.Or(c.NativeAfter, DefaultNativeAfter)}
	default:
		return nil, fmt.Errorf("push engine %q is not known: it is %q, %q or %q", c.Engine, Auto, Library, Native)
	}
	if c.NativeAfter < 0 {
		return nil, fmt.Errorf("push native_after is %d: it is a number of pushes, 1 or more", c.NativeAfter)
	}
	return ch, nil
}

// Check refuses a destination that is not a browser's PushSubscription as JSON, or whose endpoint does not
// lie at a push service that is trusted.
func (c *Channel) Check(destination string) error {
	_, err := c.open(destination)
	return err
}

// Host returns the push service of a destination: the entry of the trusted hosts that its endpoint lies at
// or below, so that nobody can make up lanes; on loopback host and port.
func (c *Channel) Host(destination string) (string, error) {
	s, err := c.open(destination)
	if err != nil {
		return "", err
	}
	return s.service, nil
}

// open parses a destination and finds its push service.
func (c *Channel) open(destination string) (subscription, error) {
	s, err := parseSubscription(destination)
	if err != nil {
		return subscription{}, err
	}
	u, err := channels.CheckURL(c.client, s.endpoint)
	if err != nil {
		return subscription{}, fmt.Errorf("push endpoint: %w", err)
	}
	s.origin = u.Scheme + "://" + u.Host
	if channels.OnlyLoopback(c.client) {
		s.service = u.Host
		return s, nil
	}
	host := strings.ToLower(strings.TrimSuffix(u.Hostname(), "."))
	for _, known := range c.hosts {
		if host == known || strings.HasSuffix(host, "."+known) {
			s.service = known
			return s, nil
		}
	}
	return subscription{}, errors.New("push endpoint: its host is not a push service that this installation trusts")
}

// Send implements [channels.Channel]. Its receipt is always empty: what identifies a push is the topic,
// which is derived from the outage. A newer bulletin of the outage replaces an older one that the push
// service still holds (Topic, RFC 8030 section 5.4) or the screen still shows (tag).
func (c *Channel) Send(ctx context.Context, m channels.Message) (channels.Receipt, error) {
	s, err := c.open(m.To)
	if err != nil {
		return nil, channels.As(channels.Refused, err)
	}
	payload, err := compose(m, c.bodies.of)
	if err != nil {
		return nil, channels.As(channels.Refused, err)
	}
	now := c.now()
	ttl := min(m.Bulletin.Expires.Sub(now), maxTTL)
	if ttl <= 0 {
		return nil, channels.As(channels.Refused, errors.New("the bulletin has expired"))
	}
	req, err := c.engine.request(ctx, push{
		of: bulletin{m.Bulletin.Outage, m.Bulletin.Seq}, to: s, payload: payload, size: recordSize(len(payload)), topic: topic(m),
		ttl: max(1, int(ttl.Seconds())), // Windows answers 400 to a TTL of 0
	})
	if err != nil {
		return nil, fmt.Errorf("sealing a push for %s: %w", s.service, channels.Strip(err))
	}
	answer, err := channels.Do(c.client, req)
	if answer == nil {
		return nil, fmt.Errorf("push service %s: %w", s.service, err)
	}
	// The status is all that a push service says; a body that ends badly changes nothing.
	return nil, judge(s.service, answer, now)
}

// maxTTL is the longest that Firebase Cloud Messaging keeps a push: four weeks.
const maxTTL = 28 * 24 * time.Hour

// topic names what a push is about, in the 32 characters of base64url that a Topic may have. A drill
// never shares a topic with a live outage.
func topic(m channels.Message) string {
	sum := sha256.Sum256([]byte("callbox topic\x00" + string(m.Mode) + "\x00" + m.Bulletin.Outage))
	return base64.RawURLEncoding.EncodeToString(sum[:24])
}
