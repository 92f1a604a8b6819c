package drills

import (
	"context"
	"errors"
	"hash/fnv"
	"io"
	"time"

	"callbox/channels"
	"callbox/outages"
)

// Faulty returns a channel on which the faults of a drill happen. Messages of other modes pass untouched,
// whatever faults there are.
func Faulty(ch channels.Channel, name channels.Name, now func(outage string) []Fault) channels.Channel {
	return &faulty{ch, name, now}
}

type faulty struct {
	channel channels.Channel
	name    channels.Name
	now     func(outage string) []Fault
}

// ReadBack passes the question on to a channel that can answer it.
func (f *faulty) ReadBack(ctx context.Context, m channels.Message, r channels.Receipt) error {
	if reader, ok := f.channel.(channels.Reader); ok {
		return reader.ReadBack(ctx, m, r)
	}
	return nil
}

// The errors of a drill say that they are its own.
var (
	errBusy    = errors.New("drill: the provider asks to come back later")
	errDown    = errors.New("drill: the provider does not answer")
	errRefused = errors.New("drill: the provider refuses it")
)

// Send meets the faults of its drill, or passes the message on.
func (f *faulty) Send(ctx context.Context, m channels.Message) (channels.Receipt, error) {
	if m.Mode != outages.Drill {
		return f.channel.Send(ctx, m)
	}
	for _, fault := range f.now(m.Bulletin.Outage) {
		if fault.Channel != f.name || !fault.hits(m.Key) {
			continue
		}
		switch fault.Kind {
		case Busy:
			return m.Begun, channels.After(5*time.Second, errBusy)
		case Down:
			return m.Begun, errDown
		case Refuse:
			return m.Begun, channels.As(channels.Refused, errRefused)
		}
	}
	return f.channel.Send(ctx, m)
}

// hits draws by the message's key, so that a message meets the same fault at every attempt.
func (f Fault) hits(key string) bool {
	h := fnv.New32a()
	_, _ = io.WriteString(h, key)
	return int(h.Sum32()%100) < f.Share
}
