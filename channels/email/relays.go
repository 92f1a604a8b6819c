package email

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"callbox/channels"
)

// How long a failing relay is left alone: twice as long after each failure in a row. One that a person
// has to mend starts later, so that wrong passwords do not lock the account.
const (
	firstWait  = time.Second
	brokenWait = 30 * time.Second
	maxWait    = time.Minute
)

// Health is how one relay does.
type Health struct {
	Relay       string           // host:port
	Connections int              // open now: where there are any, this relay is in use
	Failing     string           // what is wrong, and what to mend; empty when nothing is known to be
	Verdict     channels.Verdict // of the failure: Later, or Broken when a person has to mend it
	Since       time.Time        // when it began to fail
	Retry       time.Time        // when it is asked again, at the earliest
}

// relay is one server that carries mail for us, with a breaker.
type relay struct {
	cfg    Relay
	open   atomic.Int32
	served atomic.Bool // it took a recipient since the start

	mu      sync.Mutex
	failing error // nil when it is in order
	since   time.Time
	retry   time.Time
	probing bool          // somebody is asking it again; retry is when the next may, should that one vanish
	wait    time.Duration // the last one; survives until a mail is accepted
}

func (r *relay) address() string { return r.cfg.address() }

// count keeps the number of open connections.
func (r *relay) count(by int32) { r.open.Add(by) }

// due tells whether the relay may be asked now.
func (r *relay) due(now time.Time) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.failing == nil || !now.Before(r.retry)
}

// admit is due for one caller only: while that one probes a failing relay, others leave it alone.
func (r *relay) admit(now time.Time, probe time.Duration) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.failing == nil {
		return true
	}
	if now.Before(r.retry) {
		return false
	}
	r.retry, r.probing = now.Add(probe), true
	return true
}

// fail opens the breaker. Several workers may find the same failure at once: the first counts.
func (r *relay) fail(err error, now time.Time) {
	verdict, _ := channels.VerdictOf(err)
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.failing == nil {
		r.since = now
	} else if now.Before(r.retry) && !r.probing {
		return
	}
	r.probing = false
	first := firstWait
	if verdict == channels.Broken {
		first = brokenWait
	}
	r.wait = min(max(2*r.wait, first), maxWait)
	r.failing, r.retry = err, now.Add(r.wait)
}

// connected closes the breaker: the relay lets us in.
func (r *relay) connected() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.failing, r.probing = nil, false
}

// accepted forgets former failures: the relay took a mail.
func (r *relay) accepted() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.wait = 0
}

func (r *relay) health() Health {
	r.mu.Lock()
	defer r.mu.Unlock()
	h := Health{Relay: r.address(), Connections: int(r.open.Load())}
	if r.failing != nil {
		h.Failing, h.Since, h.Retry = r.failing.Error(), r.since, r.retry
		h.Verdict, _ = channels.VerdictOf(r.failing)
	}
	return h
}

// relays are the servers in the order in which they are asked.
type relays struct {
	all    []*relay
	dialer *dialer
	now    func() time.Time
}

// connect opens a connection to the first relay that is in order, or due to be asked again. When none
// lets us in, the error is Broken if a person has to mend every one of them, and else says when the
// next may be asked.
func (rs *relays) connect(ctx context.Context) (*conn, error) {
	for _, r := range rs.all {
		if !r.admit(rs.now(), rs.dialer.timeouts.Dial+rs.dialer.timeouts.Command) {
			continue
		}
		c, err := rs.dialer.connect(ctx, r)
		if err == nil {
			r.connected()
			return c, nil
		}
		if ctx.Err() != nil {
			return nil, errClosed
		}
		r.fail(err, rs.now())
	}
	return nil, rs.outage()
}

// better tells whether an earlier relay than this one may be asked.
func (rs *relays) better(than *relay) bool {
	for _, r := range rs.all {
		if r == than {
			return false
		}
		if r.due(rs.now()) {
			return true
		}
	}
	return false
}

// outage says why no relay takes mail.
func (rs *relays) outage() error {
	verdict, wait := channels.Broken, maxWait
	var why []string
	now := rs.now()
	for _, r := range rs.all {
		h := r.health()
		if h.Failing == "" {
			return channels.After(firstWait, fmt.Errorf("relay %s: no connection", h.Relay))
		}
		if h.Verdict != channels.Broken {
			verdict = channels.Later
		}
		wait = min(wait, max(h.Retry.Sub(now), firstWait))
		why = append(why, h.Failing)
	}
	err := fmt.Errorf("no relay takes mail: %s", strings.Join(why, "; "))
	if verdict == channels.Broken {
		return channels.As(channels.Broken, err)
	}
	return channels.After(wait, err)
}
