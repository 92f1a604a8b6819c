package email

import (
	"context"
	"errors"
	"fmt"
	"net"
)

// maxTries bounds how often a mail that was not sent yet is taken to another connection.
const maxTries = 4

// worker carries one job after the other over one connection. It owns both.
type worker struct {
	pool  *pool
	conn  *conn // nil when there is none
	ahead *job  // the next job: its envelope went out with the mail before
}

func (w *worker) run() {
	defer w.hangUp()
	for {
		if j := w.ahead; j != nil {
			w.ahead = nil
			w.carry(j, true)
			continue
		}
		j := w.pool.take()
		if j == nil {
			return
		}
		if w.conn != nil && w.spent() {
			w.hangUp()
		}
		w.carry(j, false)
	}
}

// carry tries a job until it has an outcome. A connection that is lost before the mail was sent costs
// the job nothing: it goes to a new one, of the next relay where this one is at fault.
func (w *worker) carry(j *job, sent bool) {
	for {
		if w.conn == nil {
			sent = false
			c, err := w.pool.relays.connect(w.pool.ctx)
			if err != nil {
				w.pool.settle(j, err)
				return
			}
			w.conn = c
		}
		if j.isAbandoned() && !sent {
			w.pool.settle(j, context.Canceled) // nobody listens
			return
		}
		again, err := w.attempt(j, sent)
		if again {
			if j.tries++; j.tries < maxTries {
				continue
			}
		}
		w.pool.settle(j, err)
		return
	}
}

// attempt tries a job on the connection. again says that nothing was sent and that another connection
// may do better.
func (w *worker) attempt(j *job, sent bool) (again bool, err error) {
	c := w.conn
	if err := c.fits(j); err != nil && !sent {
		return false, err
	}
	at, r, err := c.envelope(j, sent)
	if err != nil {
		return true, w.lost(at, err)
	}
	if r.code != readyForMail {
		return w.refused(j, at, r)
	}
	c.relay.served.Store(true)
	if !j.begin() {
		// After DATA there is no way back but to hang up.
		w.drop()
		return false, context.Canceled
	}
	if c.pipelining && c.carried+1 < w.pool.cfg.perConn && !w.spent() {
		w.ahead = w.pool.poll(c)
	}
	r, err = c.mail(j, w.ahead)
	if err != nil {
		_ = w.lost(end, err)
		return false, errors.Join(errUnanswered, fmt.Errorf("relay %s: %w", c.relay.address(), err))
	}
	c.carried++
	if r.positive() {
		c.relay.accepted()
		return false, nil
	}
	_, err = refusal(end, r, c.relay, j.to)
	if r.code == 421 {
		w.drop()
	}
	return false, err
}

// refused settles an envelope that the relay did not take.
func (w *worker) refused(j *job, at stage, r reply) (again bool, err error) {
	from := w.conn.relay
	ruled, err := refusal(at, r, from, j.to)
	if !ruled.relay {
		return false, err
	}
	from.fail(err, w.pool.relays.now())
	w.hangUp()
	return true, err
}

// lost drops a connection that failed. The relay is at fault when it did so without having carried a
// mail on it, or by being silent; closing an old connection is its good right.
func (w *worker) lost(at stage, err error) error {
	c := w.conn
	err = fmt.Errorf("relay %s: waiting for the answer to %s: %w", c.relay.address(), at, err)
	timeout, ok := errors.AsType[net.Error](err)
	if c.carried == 0 || ok && timeout.Timeout() {
		c.relay.fail(err, w.pool.relays.now())
	}
	w.drop()
	return err
}

// spent tells that the connection should be given back: it carried its share, or an earlier relay may
// be asked again.
func (w *worker) spent() bool {
	return w.conn.carried >= w.pool.cfg.perConn || w.pool.closing.Load() || w.pool.relays.better(w.conn.relay)
}

func (w *worker) drop() {
	w.conn.drop()
	w.conn = nil
}

func (w *worker) hangUp() {
	if w.conn != nil {
		w.conn.quit()
		w.conn = nil
	}
}
