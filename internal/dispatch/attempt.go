package dispatch

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"runtime/debug"
	"strings"
	"sync/atomic"
	"unicode"

	"callbox/channels"
)

// serve makes one attempt of a delivery, if it may be made now.
func (s *shift) serve(l *load, index int) outcome {
	d := l.Deliveries[index]
	d.Expires = l.edition.Bulletin.Expires
	if d.InDoubt() {
		return outcome{d.resolve(s.sender.opts.Now()), true}
	}
	if o, ok := s.before(l, d); !ok {
		return o
	}
	if s.track.limiter != nil && s.track.limiter.Wait(s.begin) != nil {
		return outcome{}
	}
	if o, ok := s.before(l, d); !ok { // time has passed
		return o
	}
	announced := doubtful(s.lane.Channel)
	if announced && !s.announce(l, d) {
		return outcome{d, true} // takes back what may have been written
	}
	began := len(d.Receipt)
	receipt, differs, err := s.send(l, index, d)
	now := s.sender.opts.Now()
	err, stop := s.track.learn(now, d, err, s.probe)
	if stop {
		s.stop()
	}
	d = d.Settle(now, receipt, err)
	if differs != nil && d.Fate == Accepted {
		d.Reason = reason(differs)
	}
	verdict, _ := channels.VerdictOf(err)
	return outcome{d, announced || verdict != channels.Broken || len(d.Receipt) != began}
}

// before reports whether an attempt may begin, and what becomes of the delivery without one.
func (s *shift) before(l *load, d Delivery) (outcome, bool) {
	now := s.sender.opts.Now()
	if s.begin.Err() != nil || !l.open(now) {
		return outcome{}, false
	}
	if lapsed, ok := d.Lapse(now); ok {
		return outcome{lapsed, true}, false
	}
	return outcome{}, true
}

// send builds the message and gives it to the channel. What a crowd was told is read back: differs says
// that it was taken and does not stand there as it was approved.
func (s *shift) send(l *load, index int, d Delivery) (receipt channels.Receipt, differs, err error) {
	to := l.Recipients[index]
	m, err := l.edition.message(d, to, l.texts[index], s.sender.opts.Leave)
	if err != nil {
		return nil, nil, err
	}
	ctx, cancel := context.WithTimeout(s.sender.attempts, s.options.Timeout)
	defer cancel()
	l.flying.Add(1)
	s.flying.Inc()
	receipt, err = s.safely(ctx, m)
	s.flying.Dec()
	l.flying.Add(-1)
	if err != nil {
		s.sender.meter.failed(s.lane.Channel, err)
		return receipt, nil, withoutAddress(err, to.Destination)
	}
	s.accepted.Inc()
	if reader, ok := s.channel.(channels.Reader); ok && to.Crowd {
		if err := reader.ReadBack(ctx, m, join(m.Begun, receipt)); err != nil {
			differs = withoutAddress(fmt.Errorf("accepted, but reading it back: %w", err), to.Destination)
			s.sender.log.Error("what was published differs from what was approved, or could not be read back",
				s.lane.attr(), slog.Int64("bulletin", l.Bulletin), slog.Any("why", differs))
		}
	}
	return receipt, differs, nil
}

// safely turns a panic of a channel into an error: tried again later, because a message that comes twice
// harms less than one that never comes, and a channel that always panics rests like one whose far side is
// down. What it says is not logged when it could hold an address.
func (s *shift) safely(ctx context.Context, m channels.Message) (r channels.Receipt, err error) {
	defer func() {
		v := recover()
		if v == nil {
			return
		}
		what := fmt.Sprintf("%T", v)
		if e, ok := v.(runtime.Error); ok {
			what = e.Error()
		}
		s.sender.log.Error("a channel panicked", s.lane.attr(), slog.String("panic", what), slog.String("stack", string(debug.Stack())))
		err = errors.New("the channel failed inside; see the log")
	}()
	return s.channel.Send(ctx, m)
}

// unaddressed is an error whose text does not show the destination it speaks of.
type unaddressed struct {
	text string
	err  error
}

func (e *unaddressed) Error() string { return e.text }
func (e *unaddressed) Unwrap() error { return e.err }

// withoutAddress blots out what an error repeats of a destination. Channels take care of that; a far side
// that quotes the address in its answer is caught here.
func withoutAddress(err error, destination string) error {
	text, lower := err.Error(), strings.ToLower(destination)
	for _, token := range strings.FieldsFunc(text, divides) {
		token = strings.Trim(token, ".:;!?")
		if telling(token) && strings.Contains(lower, strings.ToLower(token)) {
			text = strings.ReplaceAll(text, token, "[address]")
		}
	}
	if text == err.Error() {
		return err
	}
	return &unaddressed{text, err}
}

func divides(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune(`"'<>()[]{},`, r) }

// telling reports whether a word can be a piece of an address or a secret: a plain word that a
// destination also holds, such as the key of a JSON object, is none.
func telling(token string) bool {
	plain := func(r rune) bool { return !unicode.IsLetter(r) }
	return len(token) >= 20 || len(token) >= 6 && strings.ContainsFunc(token, plain)
}

// inFlight returns the counter of the attempts of a bulletin in flight.
func (s *Sender) inFlight(bulletin int64) *atomic.Int64 {
	s.flyingMu.Lock()
	defer s.flyingMu.Unlock()
	if s.flying[bulletin] == nil {
		s.flying[bulletin] = new(atomic.Int64)
	}
	return s.flying[bulletin]
}

// InFlight returns how many attempts of a bulletin this process has begun and not ended.
func (s *Sender) InFlight(bulletin int64) int {
	s.flyingMu.Lock()
	defer s.flyingMu.Unlock()
	if n := s.flying[bulletin]; n != nil {
		return int(n.Load())
	}
	return 0
}
