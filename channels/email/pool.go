package email

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"callbox/channels"
)

var errClosed = errors.New("the e-mail channel is closed")

// job is one mail on its way through the pool.
type job struct {
	from, to string // the envelope
	mail     []byte
	dotless  bool // no line of the mail begins with a dot
	tries    int
	phase    atomic.Int32
	done     chan error // buffered: a worker never waits for a caller
}

// The phases of a job. Whoever moves it out of pending decides: the worker that sends its mail, or the
// caller who gives up.
const (
	pending int32 = iota
	sending
	abandoned
)

// begin claims a job for sending; it fails when the caller gave up.
func (j *job) begin() bool { return j.phase.CompareAndSwap(pending, sending) }

// abandon gives a job up; it fails when its mail is on the way.
func (j *job) abandon() bool { return j.phase.CompareAndSwap(pending, abandoned) }

func (j *job) isAbandoned() bool { return j.phase.Load() == abandoned }

// pool shares a few connections among any number of callers. Each connection has a worker, started
// when a mail waits and ended when none came for a while.
type pool struct {
	relays *relays
	cfg    poolConfig
	jobs   chan *job // unbuffered: a mail is taken by the worker that sends it

	ctx     context.Context // ends when the pool is closed
	cancel  context.CancelFunc
	closing *atomic.Bool
	wg      sync.WaitGroup

	load atomic.Int32 // jobs that have no outcome yet

	mu      sync.Mutex
	workers int
	waiting int // callers whose mail nobody took yet
}

type poolConfig struct {
	connections int
	perConn     int
	idle        time.Duration
}

func newPool(rs *relays, cfg poolConfig, closing *atomic.Bool) *pool {
	p := &pool{relays: rs, cfg: cfg, jobs: make(chan *job), closing: closing}
	p.ctx, p.cancel = context.WithCancel(context.Background())
	return p
}

// send has a job carried and returns its outcome. When ctx ends first it returns at once: without a
// verdict while nothing was sent, and saying so when the mail was on its way. Unless settled, a worker
// may still use the job.
func (p *pool) send(ctx context.Context, j *job) (settled bool, err error) {
	if err := p.hand(ctx, j); err != nil {
		return true, err
	}
	select {
	case err := <-j.done:
		return true, err
	case <-ctx.Done():
	}
	if j.abandon() {
		return false, ctx.Err()
	}
	select {
	case err := <-j.done:
		return true, err
	default:
		return false, errors.Join(errUnanswered, ctx.Err())
	}
}

// hand gives a job to a worker, starting one when all are busy.
func (p *pool) hand(ctx context.Context, j *job) (err error) {
	if p.ctx.Err() != nil {
		return errClosed
	}
	load := int(p.load.Add(1))
	defer func() {
		if err != nil {
			p.load.Add(-1)
		}
	}()
	select {
	case p.jobs <- j:
		return nil
	default:
	}
	p.mu.Lock()
	p.waiting++
	if p.workers < min(load, p.cfg.connections) && p.ctx.Err() == nil {
		p.workers++
		p.wg.Go(func() { (&worker{pool: p}).run() })
	}
	p.mu.Unlock()
	defer func() {
		p.mu.Lock()
		p.waiting--
		p.mu.Unlock()
	}()
	select {
	case p.jobs <- j:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-p.ctx.Done():
		return errClosed
	}
}

// take waits for a job; it returns nil when none came for a while, or when the pool is closing.
func (p *pool) take() *job {
	idle := time.NewTimer(p.cfg.idle)
	defer idle.Stop()
	for {
		select {
		case j := <-p.jobs:
			return j
		case <-p.ctx.Done():
		case <-idle.C:
			idle.Reset(p.cfg.idle)
		}
		if p.leave() {
			return nil
		}
	}
}

// leave ends a worker, unless a caller is waiting for one.
func (p *pool) leave() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.waiting > 0 && p.ctx.Err() == nil {
		return false
	}
	p.workers--
	return true
}

// poll returns a job whose caller is waiting now and that fits a connection, or nil.
func (p *pool) poll(c *conn) *job {
	for {
		select {
		case j := <-p.jobs:
			err := c.fits(j)
			if err == nil {
				return j
			}
			p.settle(j, err)
		default:
			return nil
		}
	}
}

// settle tells a caller the outcome of its job.
func (p *pool) settle(j *job, err error) {
	p.load.Add(-1) // first: the caller's next mail must find this worker free
	j.done <- err
}

// close lets every worker finish the mail it has begun, waits for them, and refuses all others.
func (p *pool) close() {
	p.closing.Store(true)
	p.mu.Lock() // no worker starts after it
	p.cancel()
	p.mu.Unlock()
	p.wg.Wait()
}

// errUnanswered says that a mail was sent whole and its answer was lost. It is repeated under the same
// Message-ID, which mailboxes take for the same mail.
var errUnanswered = channels.As(channels.Later, errors.New("the mail was sent, and the relay's answer did not arrive"))
