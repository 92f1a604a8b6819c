package store

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
)

// occupied holds the only writer until the function that it returns is called.
func occupied(t *testing.T, b *bench) (release func()) {
	t.Helper()
	begun, end, ended := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	go func() {
		ended <- b.tx(b.ctx, func(*tx) error { close(begun); <-end; return nil })
	}()
	<-begun
	return func() { close(end); b.ok(<-ended) }
}

func count(b *bench) (n int) {
	b.t.Helper()
	b.ok(b.read.QueryRowContext(b.ctx, `SELECT COUNT(*) FROM lanes WHERE channel = 'together'`).Scan(&n))
	return n
}

func TestOneThatFailsAmongManyIsUndoneAlone(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	release := occupied(t, b)
	no := errors.New("no")
	errs := make([]error, 20)
	var wg sync.WaitGroup
	for i := range errs {
		wg.Go(func() {
			errs[i] = b.together(b.ctx, 1, func(t *tx) error {
				if _, err := t.exec(`INSERT INTO lanes (list, channel, host) VALUES ('live', 'together', $1)`, fmt.Sprint(i)); err != nil {
					return err
				}
				if i%2 == 1 {
					return no
				}
				return nil
			})
		})
	}
	release()
	wg.Wait()
	for i, err := range errs {
		if want := i%2 == 1; errors.Is(err, no) != want || err != nil && !want {
			t.Errorf("transaction %d: %v", i, err)
		}
	}
	if got := count(b); got != 10 {
		t.Errorf("%d rows, want 10", got)
	}
}

func TestWhoGivesUpWaitingHasChangedNothing(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	release := occupied(t, b)
	ctx, cancel := context.WithCancel(b.ctx)
	cancel()
	err := b.together(ctx, 1, func(t *tx) error {
		_, err := t.exec(`INSERT INTO lanes (list, channel, host) VALUES ('live', 'together', '')`)
		return err
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want canceled", err)
	}
	release()
	b.ok(b.together(b.ctx, 1, func(*tx) error { return nil })) // after the round that left it out
	if got := count(b); got != 0 {
		t.Errorf("%d rows, want none", got)
	}
}
