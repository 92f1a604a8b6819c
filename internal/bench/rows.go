package bench

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"callbox/channels"
	"callbox/internal/dispatch"
)

// settleSpec asks for one bulletin to everybody of a database, accepted without being sent.
type settleSpec struct {
	DB, Keys string
	N        int
	Profile  string // file for a CPU profile; none when empty
}

// settled is what the ledger alone took.
type settled struct {
	Leasing  float64 // seconds to cut and lease all
	Flushing float64 // seconds to write the results of all
	CPU      float64 // seconds of both
	Totals   float64 // seconds of one query of the totals by channel and area set
	Bytes    float64 // of the database for each delivery
}

// flushes is how many results the sender writes at once.
const flushes = 200

func settle(ctx context.Context, spec settleSpec, say func(any) error) error {
	l, err := openLedger(ctx, spec.DB, spec.Keys)
	if err != nil {
		return err
	}
	defer l.Close()
	w, err := newWorld(towns, time.Now())
	if err != nil {
		return err
	}
	outage := newName()
	texts, err := w.texts(outage)
	if err != nil {
		return err
	}
	var out settled
	if _, _, err := l.issue(ctx, w, outage, texts); err != nil {
		return err
	}
	lanes, err := l.Lanes(ctx, time.Now())
	if err != nil {
		return err
	}
	stopProfile, err := profile(spec.Profile)
	if err != nil {
		return err
	}
	cpu := processor()
	for _, lane := range lanes {
		if lane.Channel == channels.Email {
			err = errors.Join(err, settleAll(ctx, l, lane.ID, &out))
		}
	}
	out.CPU = (processor() - cpu).Seconds()
	stopProfile()
	if err != nil {
		return err
	}
	if took, _, err := l.accepted(ctx, outage); err != nil || took != spec.N {
		return errors.Join(err, fmt.Errorf("%d of %d settled", took, spec.N))
	}
	if err := measureTotals(ctx, l, spec, outage, &out); err != nil {
		return err
	}
	return say(out)
}

// settlers is how many batches are worked on at once, as in the sender for one lane; inHand how many
// are leased before their results are written, so that the two can be told apart.
const (
	settlers = 8
	inHand   = 40
)

// settleAll leases and flushes in turn until nothing is left.
func settleAll(ctx context.Context, l *ledger, lane int64, out *settled) error {
	for {
		batches := make([]*dispatch.Batch, inHand)
		began := time.Now()
		err := sideBySide(inHand, func(i int) (err error) {
			batches[i], err = l.Lease(ctx, lane, "bench", time.Now())
			return err
		})
		leased := time.Now()
		if err == nil {
			err = sideBySide(inHand, func(i int) error { return accept(ctx, l, batches[i]) })
		}
		if err != nil {
			return err
		}
		out.Leasing += leased.Sub(began).Seconds()
		out.Flushing += time.Since(leased).Seconds()
		if !slices.ContainsFunc(batches, func(b *dispatch.Batch) bool { return b != nil }) {
			return nil
		}
	}
}

// sideBySide does n things, as many at once as there are settlers.
func sideBySide(n int, f func(i int) error) error {
	errs := make([]error, settlers)
	var next atomic.Int64
	var wg sync.WaitGroup
	for w := range errs {
		wg.Go(func() {
			for i := next.Add(1) - 1; i < int64(n) && errs[w] == nil; i = next.Add(1) - 1 {
				errs[w] = f(int(i))
			}
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}

// accept writes that the far side took every delivery of a batch.
func accept(ctx context.Context, l *ledger, b *dispatch.Batch) error {
	if b == nil {
		return nil
	}
	now := time.Now()
	for from := 0; from < len(b.Deliveries); from += flushes {
		chunk := b.Deliveries[from:min(from+flushes, len(b.Deliveries))]
		for i := range chunk {
			chunk[i].Fate, chunk[i].Attempts = dispatch.Accepted, 1
		}
		if _, err := l.Flush(ctx, b, chunk, from+flushes >= len(b.Deliveries), now); err != nil {
			return err
		}
	}
	return nil
}

// measureTotals asks for the totals as the store keeps them, and for the room that deliveries take.
func measureTotals(ctx context.Context, l *ledger, spec settleSpec, outage string, out *settled) error {
	var kept sample
	for range 20 {
		began := time.Now()
		_, err := l.Figures(ctx, outage, true)
		if err != nil {
			return err
		}
		kept = append(kept, time.Since(began).Seconds())
	}
	out.Totals = kept.median()
	db, err := sql.Open("sqlite", "file:"+spec.DB+"?_pragma=query_only(1)&_pragma=busy_timeout(10000)&_pragma=cache_size(-16000)")
	if err != nil {
		return err
	}
	defer db.Close()
	var bytes, bulletins float64
	err = db.QueryRowContext(ctx, `SELECT (SELECT SUM(pgsize) FROM dbstat WHERE name IN ('sheets', 'deliveries', 'deliveries_retry')),
		(SELECT COUNT(*) FROM bulletins)`).Scan(&bytes, &bulletins)
	if err != nil {
		return fmt.Errorf("size of deliveries: %w", err)
	}
	out.Bytes = bytes / bulletins / float64(spec.N)
	return nil
}

// rowsSpec asks for a bare table of n rows.
type rowsSpec struct {
	DB string
	N  int
}

// rows is the reference of the ledger: a bare table with the ledger's key, each row written once and
// updated once, 500 in a transaction, synced like the ledger.
func rows(ctx context.Context, spec rowsSpec, say func(any) error) error {
	db, err := sql.Open("sqlite", "file:"+spec.DB+"?_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_txlock=immediate")
	if err != nil {
		return err
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	_, err = db.ExecContext(ctx, `CREATE TABLE bare (bulletin INTEGER, lane INTEGER, set_id INTEGER, address INTEGER,
		fate INTEGER DEFAULT 0, attempts INTEGER DEFAULT 0, next_at INTEGER DEFAULT 0, at INTEGER DEFAULT 0,
		PRIMARY KEY (bulletin, lane, set_id, address)) WITHOUT ROWID`)
	if err != nil {
		return err
	}
	_, err = db.ExecContext(ctx, `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $1)
		INSERT INTO bare (bulletin, lane, set_id, address) SELECT 1, 1, i % 40, i FROM n`, spec.N)
	if err != nil {
		return err
	}
	began, cpu := time.Now(), processor()
	for from := 1; from <= spec.N; from += 500 {
		if err := updateBare(ctx, db, from, min(from+499, spec.N)); err != nil {
			return err
		}
	}
	out := bare{looped: looped{time.Since(began).Seconds(), (processor() - cpu).Seconds()}}
	began = time.Now()
	var groups int
	err = db.QueryRowContext(ctx, `SELECT COUNT(*) FROM (SELECT COUNT(*) FROM bare GROUP BY set_id, fate)`).Scan(&groups)
	if err != nil {
		return err
	}
	out.Scan = time.Since(began).Seconds()
	return say(out)
}

// bare is what the bare table took: to update its rows, and to count them by area set and fate.
type bare struct {
	looped
	Scan float64
}

func updateBare(ctx context.Context, db *sql.DB, from, to int) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()
	upd, err := tx.PrepareContext(ctx, `UPDATE bare SET fate = 1, attempts = 1, at = $1 WHERE bulletin = 1 AND lane = 1 AND set_id = $2 AND address = $3`)
	if err != nil {
		return err
	}
	defer upd.Close()
	now := time.Now().UnixMilli()
	for i := from; i <= to; i++ {
		if _, err := upd.ExecContext(ctx, now, i%40, i); err != nil {
			return err
		}
	}
	return tx.Commit()
}
