package bench

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"os"
	"runtime/pprof"
	"strconv"
	"sync"
	"time"

	"callbox/channels"
	"callbox/channels/email"
	"callbox/channels/push"
	"callbox/internal/dispatch"
	"callbox/outages"
	"callbox/subscribers"
)

// sendSpec asks for one bulletin to everybody of a database.
type sendSpec struct {
	DB, Keys string // files
	Channel  channels.Name
	Far      farSide
	Profile  string // file for a CPU profile; none when empty
	N        int    // how many deliveries to wait for
	Host     string // with it, count only those of this push service, and stop the others when they are done
}

// farSide is where a channel sends, and how.
type farSide struct {
	Addr        string // host:port of a mail server, URL of a push service
	Connections int    // of mail
	Roots       []byte // certificate of the push services, PEM
	Engine      push.Engine
	Concurrency int
}

// sent is what came of it.
type sent struct {
	Seconds float64 // from the durable issue to the last result in the ledger
	CPU     float64 // seconds of this process, from before the issue
	Peak    int64   // bytes of memory
}

// carrier makes the channel of a far side.
func carrier(name channels.Name, far farSide) (channels.Channel, func() error, error) {
	if name == channels.Email {
		host, port, err := net.SplitHostPort(far.Addr)
		if err != nil {
			return nil, nil, err
		}
		n, err := strconv.Atoi(port)
		if err != nil {
			return nil, nil, err
		}
		ch, err := email.New(email.Config{From: "alerts@911.example.org", FromName: "911 outage bench", ReturnPath: "bounces+*@bounce.example.org",
			BounceKey: "a key for the bench only", Connections: far.Connections, Relays: []email.Relay{{Host: host, Port: n, TLS: email.Insecure}}})
		if err != nil {
			return nil, nil, err
		}
		return ch, ch.Close, nil
	}
	public, private, err := push.GenerateKeys()
	if err != nil {
		return nil, nil, err
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(far.Roots)
	client := channels.NewClient(channels.Loopback(), channels.Trust(roots))
	ch, err := push.New(push.Config{PublicKey: public, PrivateKey: private, Subject: "alerts@911.example.org", Engine: far.Engine, Client: client})
	return ch, func() error { client.CloseIdleConnections(); return nil }, err
}

// counting is a ledger that tells when a number of deliveries has its fate.
type counting struct {
	dispatch.Ledger
	host string // only of the lane of this host; of all when empty

	mu   sync.Mutex
	left int
	done chan struct{}
}

func (c *counting) Flush(ctx context.Context, b *dispatch.Batch, settled []dispatch.Delivery, done bool, now time.Time) (bool, error) {
	superseded, err := c.Ledger.Flush(ctx, b, settled, done, now)
	if err != nil || c.host != "" && c.host != b.Lane.Host {
		return superseded, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, d := range settled {
		if d.Fate == dispatch.Waiting {
			continue
		}
		if c.left--; c.left == 0 {
			close(c.done)
		}
	}
	return superseded, nil
}

// post is a sender at work on a ledger.
type post struct {
	*dispatch.Sender
	stop func() error
}

// newPost puts a sender together as the program does.
func newPost(l *ledger, book dispatch.Ledger, name channels.Name, ch channels.Channel, concurrency int) *post {
	links := subscribers.NewLinks(l.keys)
	const site = "https://alerts.example.org"
	s := dispatch.NewSender(book, map[channels.Name]channels.Channel{name: ch}, dispatch.Options{
		Lanes: map[channels.Name]dispatch.LaneOptions{name: {Concurrency: concurrency}},
		Page:  func(b outages.Bulletin) string { return site + "/outages/" + b.Outage },
		Leave: func(a int64) string { return site + "/leave/" + links.Token(subscribers.Unsubscribe, a, time.Time{}) },
	})
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		s.Run(ctx)
	}()
	return &post{s, func() error { cancel(); <-ended; return nil }}
}

func send(ctx context.Context, spec sendSpec, say func(any) error) (err error) {
	l, err := openLedger(ctx, spec.DB, spec.Keys)
	if err != nil {
		return err
	}
	defer l.Close()
	ch, closing, err := carrier(spec.Channel, spec.Far)
	if err != nil {
		return err
	}
	w, err := newWorld(towns, time.Now())
	if err != nil {
		return err
	}
	outage := newName()
	texts, err := w.texts(outage)
	if err != nil {
		return err
	}
	book := &counting{Ledger: l, host: spec.Host, left: spec.N, done: make(chan struct{})}
	p := newPost(l, book, spec.Channel, ch, spec.Far.Concurrency)
	stopProfile, err := profile(spec.Profile)
	if err != nil {
		return err
	}

	cpu := processor()
	_, at, err := l.issue(ctx, w, outage, texts)
	if err != nil {
		return err
	}
	p.Wake()
	select {
	case <-book.done:
	case <-ctx.Done():
		err = ctx.Err()
	}
	out := sent{Seconds: time.Since(at).Seconds(), CPU: (processor() - cpu).Seconds(), Peak: peak()}
	stopProfile()
	if spec.Host != "" {
		err = errors.Join(err, l.Stop(ctx, outage, system))
	}
	err = errors.Join(err, p.stop(), closing())
	if took, targeted, e := l.accepted(ctx, outage); spec.Host == "" && err == nil && (e != nil || took != spec.N || targeted != spec.N) {
		err = errors.Join(e, fmt.Errorf("%d of %d accepted, %d targeted", took, spec.N, targeted))
	}
	if err != nil {
		return err
	}
	return say(out)
}

// profile writes a CPU profile until the function that it returns is called.
func profile(file string) (stop func(), err error) {
	if file == "" {
		return func() {}, nil
	}
	f, err := os.Create(file)
	if err != nil {
		return nil, err
	}
	if err := pprof.StartCPUProfile(f); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return func() { pprof.StopCPUProfile(); _ = f.Close() }, nil
}
