package bench

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"
)

// readersSpec asks for residents who keep a page open and look again, apps that poll the feed, and others
// who sign up.
type readersSpec struct {
	Addr    string // host:port of the program
	Paths   []string
	Readers int           // each with a connection of its own, all open at once
	Every   time.Duration // how often each looks, on the average
	SignUps float64       // a second
	ZIP     string        // that they sign up for
}

// asked is one request and what came of it.
type asked struct {
	At   int64   // when it was due, Unix time in milliseconds
	Took float64 // milliseconds from then on to the last byte of the answer
	What string  // the path
	Came string  // what came of it: one of the words below, or what went wrong
}

// What comes of a request.
const (
	answered = "answered"
	deferred = "deferred" // please come later: to a sign-up only
)

const signUpPath = "/subscribe"

// readers opens every connection, says so, and reads until its task ends; then it says what it saw.
func readers(ctx context.Context, spec readersSpec, say func(any) error) error {
	all, err := openReaders(ctx, spec)
	if err != nil {
		return err
	}
	if err := say(true); err != nil {
		return err
	}
	var log journal
	var wg sync.WaitGroup
	for _, r := range all {
		wg.Go(func() { r.read(ctx, spec.Every, &log) })
	}
	if spec.SignUps > 0 {
		wg.Go(func() { signUps(ctx, spec, &log) })
	}
	wg.Wait()
	return say(log.all)
}

// journal is what all readers saw.
type journal struct {
	mu  sync.Mutex
	all []asked
}

func (j *journal) add(due time.Time, what, came string) {
	took := float64(time.Since(due).Microseconds()) / 1000
	j.mu.Lock()
	defer j.mu.Unlock()
	j.all = append(j.all, asked{due.UnixMilli(), took, what, came})
}

// openReaders has every reader connect and read once.
func openReaders(ctx context.Context, spec readersSpec) ([]*reader, error) {
	all, errs := make([]*reader, spec.Readers), make([]error, spec.Readers)
	var wg sync.WaitGroup
	slots := make(chan struct{}, 64)
	for i := range all {
		all[i] = &reader{addr: spec.Addr, path: spec.Paths[i%len(spec.Paths)]}
		slots <- struct{}{}
		wg.Go(func() {
			errs[i] = all[i].ask(ctx)
			<-slots
		})
	}
	wg.Wait()
	return all, errors.Join(errs...)
}

// reader is a browser or an app with one connection that it keeps.
type reader struct {
	addr, path string
	conn       net.Conn
	in         *bufio.Reader
}

// answerWithin is the patience of a reader.
const answerWithin = 30 * time.Second

// read looks again and again until ctx ends. A request is timed from when it was due, so that one late
// answer does not hide the wait of the next.
func (r *reader) read(ctx context.Context, every time.Duration, log *journal) {
	defer func() {
		if r.conn != nil {
			_ = r.conn.Close()
		}
	}()
	for due := time.Now().Add(rand.N(every)); ; due = due.Add(every/2 + rand.N(every)) {
		select {
		case <-time.After(time.Until(due)):
		case <-ctx.Done():
			return
		}
		came := answered
		if err := r.ask(ctx); err != nil {
			came = err.Error()
		}
		log.add(due, r.path, came)
	}
}

// ask gets the path over the kept connection, or over a new one where there is none.
func (r *reader) ask(ctx context.Context) (err error) {
	if r.conn == nil {
		if r.conn, err = (&net.Dialer{Timeout: answerWithin}).DialContext(ctx, "tcp", r.addr); err != nil {
			return fmt.Errorf("connect: %w", err)
		}
		r.in = bufio.NewReaderSize(r.conn, 1<<10)
	}
	defer func() {
		if err != nil {
			_ = r.conn.Close()
			r.conn = nil
		}
	}()
	if err := r.conn.SetDeadline(time.Now().Add(answerWithin)); err != nil {
		return err
	}
	if _, err := fmt.Fprintf(r.conn, "GET %s HTTP/1.1\r\nHost: %s\r\nAccept-Encoding: gzip\r\nAccept-Language: en\r\n\r\n", r.path, r.addr); err != nil {
		return fmt.Errorf("ask: %w", err)
	}
	res, err := http.ReadResponse(r.in, nil)
	if err != nil {
		return fmt.Errorf("no answer: %w", err)
	}
	n, err := io.Copy(io.Discard, res.Body)
	switch {
	case err != nil:
		return fmt.Errorf("half an answer: %w", err)
	case res.StatusCode != http.StatusOK || n == 0:
		return fmt.Errorf("%s with %d bytes", res.Status, n)
	}
	return nil
}

// signUps has one resident after the other sign up, each from a network and a mail domain of their own.
func signUps(ctx context.Context, spec readersSpec, log *journal) {
	client := &http.Client{Timeout: answerWithin, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	defer client.CloseIdleConnections()
	var wg sync.WaitGroup
	defer wg.Wait()
	every, due := time.Duration(float64(time.Second)/spec.SignUps), time.Now()
	for i := 0; ; i++ {
		due = due.Add(every)
		select {
		case <-time.After(time.Until(due)):
		case <-ctx.Done():
			return
		}
		due := due
		wg.Go(func() { log.add(due, signUpPath, signOneUp(context.WithoutCancel(ctx), client, spec, i)) })
	}
}

func signOneUp(ctx context.Context, client *http.Client, spec readersSpec, i int) string {
	form := url.Values{"email": {fmt.Sprintf("%s@n%d.example.net", newcomers, i)}, "places": {spec.ZIP}, "language": {"en"}}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+spec.Addr+signUpPath, strings.NewReader(form.Encode()))
	if err != nil {
		return err.Error()
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("X-Forwarded-For", fmt.Sprintf("198.18.%d.%d", i>>8&0xff, i&0xff))
	res, err := client.Do(req)
	if err != nil {
		return err.Error()
	}
	defer res.Body.Close()
	if _, err := io.Copy(io.Discard, res.Body); err != nil {
		return err.Error()
	}
	later := res.StatusCode == http.StatusServiceUnavailable || res.StatusCode == http.StatusTooManyRequests
	switch {
	case res.StatusCode == http.StatusSeeOther:
		return answered
	case later && res.Header.Get("Retry-After") != "":
		return deferred
	}
	return res.Status
}
