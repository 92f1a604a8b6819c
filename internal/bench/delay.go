package bench

import (
	"context"
	"errors"
	"io"
	"net"
	"sync"
	"time"
)

// delaySpec asks for a way to an address on which every byte travels for a while, in both directions.
type delaySpec struct {
	To  string // host:port
	Way time.Duration
}

// delay is a long cable: a proxy that hands on what it got no earlier than Way after it came, however
// much is on the way.
func delay(ctx context.Context, spec delaySpec, say func(any) error) error {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	defer context.AfterFunc(ctx, func() { _ = l.Close() })()
	if err := say(l.Addr().String()); err != nil {
		return err
	}
	var pairs sync.WaitGroup
	defer pairs.Wait()
	for {
		near, err := l.Accept()
		if errors.Is(err, net.ErrClosed) {
			return nil
		}
		if err != nil {
			return err
		}
		far, err := net.Dial("tcp", spec.To)
		if err != nil {
			_ = near.Close()
			return err
		}
		pairs.Go(func() { lag(far, near, spec.Way) })
		pairs.Go(func() { lag(near, far, spec.Way) })
		context.AfterFunc(ctx, func() { _, _ = near.Close(), far.Close() })
	}
}

// parcel is some bytes and when they arrive.
type parcel struct {
	bytes []byte
	due   time.Time
}

// lag copies from one end to the other, late. Both ends close when either does.
func lag(to, from net.Conn, way time.Duration) {
	parcels := make(chan parcel, 1024)
	go func() {
		defer close(parcels)
		for {
			b := make([]byte, 16<<10)
			n, err := from.Read(b)
			if n > 0 {
				parcels <- parcel{b[:n], time.Now().Add(way)}
			}
			if err != nil {
				return
			}
		}
	}()
	for p := range parcels {
		time.Sleep(time.Until(p.due))
		if _, err := to.Write(p.bytes); err != nil {
			_ = from.Close()
			_, _ = io.Copy(io.Discard, from)
		}
	}
	_ = to.Close()
}
