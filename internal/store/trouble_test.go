package store

import (
	"context"
	"errors"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"callbox/areas"
	"callbox/internal/dispatch"
	"callbox/internal/officials"
	"callbox/outages"
	"callbox/subscribers"
)

// onFile is a bench on SQLite, whatever the others are on.
func onFile(t *testing.T) *bench {
	t.Helper()
	b := newBench(t)
	s, err := Open(b.ctx, filepath.Join(t.TempDir(), "file.db"), subscribers.NewSealer(subscribers.GenerateKeys()), b.now)
	b.ok(err)
	t.Cleanup(func() { b.ok(s.Close()) })
	b.Store = s
	b.ok(s.SaveAgency(b.ctx, officials.Agency{ID: "a", Name: "Agency"}, officials.Entry{Actor: "operator", Action: "agency.save"}))
	return b
}

// promise 5: on a full disk a flush fails as a whole and says why; when there is room nobody is missed.
func TestAFullDiskIsSaidInWordsAndLosesNothing(t *testing.T) {
	t.Parallel()
	b := onFile(t)
	b.residents(100, "x-a")
	b.issue("o", outages.Alert, []areas.ID{"x-a"}, nil)
	batch := b.lease()
	for i := range batch.Deliveries {
		batch.Deliveries[i].Fate, batch.Deliveries[i].Reason = dispatch.Refused, strings.Repeat("no ", 2000)
	}
	b.limit(1)
	_, err := b.Flush(b.ctx, batch, batch.Deliveries, true, b.at)
	if trouble, ok := errors.AsType[*Trouble](err); !ok || !strings.Contains(trouble.Words, "full") {
		t.Errorf("got %v, want that the disk is full", err)
	}
	b.limit(1 << 30)
	b.reconciles()
	if got := b.totals("o", 1); got.Waiting != 100 {
		t.Errorf("%+v, want that nothing was written", got)
	}
	b.at = b.at.Add(dispatch.LeaseFor + time.Second)
	b.drain(nil)
	if got := b.totals("o", 1); got.Accepted != 100 {
		t.Errorf("%+v, want all accepted", got)
	}
}

// limit is how many pages the file may have; no fewer than it has.
func (b *bench) limit(pages int) {
	b.t.Helper()
	var now int
	b.ok(b.write.QueryRowContext(b.ctx, "PRAGMA max_page_count").Scan(&now))
	b.ok(b.write.QueryRowContext(b.ctx, "PRAGMA max_page_count = "+strconv.Itoa(pages)).Scan(&now))
}

func TestAFileThatCannotBeWrittenIsSaidInWords(t *testing.T) {
	t.Parallel()
	b := onFile(t)
	b.ok(b.Writable(b.ctx))
	_, err := b.write.ExecContext(b.ctx, "PRAGMA query_only = 1") // as a file does that is only readable
	b.ok(err)
	if err := b.Writable(b.ctx); err == nil || !strings.Contains(err.Error(), "cannot be written") {
		t.Errorf("got %v, want that it cannot be written", err)
	}
}

// Announcements reach other processes where there are any; elsewhere everybody looks.
func TestAnotherProcessHearsOfABulletin(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	if b.dialect.listen == nil {
		b.ok(b.Listen(b.ctx, func() { t.Error("something was announced") }))
		return
	}
	b.resident("r", "x-a")
	ctx, stop := context.WithCancel(b.ctx)
	heard, ended := make(chan bool, 10), make(chan error)
	other := b.another()
	go func() { ended <- other.Listen(ctx, func() { heard <- true }) }()
	<-heard // it listens
	b.issue("o", outages.Alert, []areas.ID{"x-a"}, nil)
	<-heard
	stop()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("at the end: %v", err)
	}
}
