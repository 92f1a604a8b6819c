package mastodon

import (
	"context"
	"errors"
	"net/url"
	"time"

	"github.com/mattn/go-mastodon"

	"callbox/channels"
)

// Limits are how long a server's statuses may be.
type Limits struct {
	Chars int // characters of a status
	// URL is what every link counts, however long it is; zero where links count in full.
	URL int
}

// Usual are the limits of a Mastodon server that nobody changed.
var Usual = Limits{Chars: 500, URL: 23}

// known are limits and until when they are believed.
type known struct {
	Limits
	until time.Time
}

// rememberLimits is how long the limits of a server are believed.
const rememberLimits = 24 * time.Hour

// limits returns what the server of an account says of itself. A server that does not say has the usual
// limits; only one that cannot be asked now is an error.
func (c *Channel) limits(ctx context.Context, a account) (Limits, error) {
	c.mu.Lock()
	k := c.known[a.host]
	c.mu.Unlock()
	if c.now().Before(k.until) {
		return k.Limits, nil
	}
	k = known{Limits: Usual, until: c.now().Add(rememberLimits)}
	instance, err := c.client(a).GetInstance(ctx)
	if err == nil {
		k.Limits = limitsOf(instance)
	} else if _, asked := errors.AsType[*url.Error](err); asked {
		if v, _ := channels.VerdictOf(err); v == channels.Later {
			return Limits{}, err
		}
	}
	c.mu.Lock()
	c.known[a.host] = k
	c.mu.Unlock()
	return k.Limits, nil
}

// limitsOf reads the configuration of a server; what it leaves out or gets wrong is as usual.
func limitsOf(i *mastodon.Instance) Limits {
	l := Usual
	if i.Configuration == nil || i.Configuration.Statuses == nil {
		return l
	}
	said := *i.Configuration.Statuses
	if n, ok := said["max_characters"].(float64); ok && n >= 1 {
		l.Chars = int(min(n, 10_000))
	}
	// Mastodon itself says 23 and means it. Others count links in full, whatever they say: GoToSocial
	// says 25 and refuses a status that relied on it.
	if n, ok := said["characters_reserved_per_url"].(float64); l.Chars > Usual.Chars || !ok || int(n) != Usual.URL {
		l.URL = 0
	}
	return l
}
