package bench

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"
	"time"

	"callbox/channels"
	"callbox/internal/dispatch"
)

// settleSpec asks for one bulletin to everybody of a database, accepted without being sent.
type settleSpec struct {
	DB, Keys string
	N        int
}

// settled is what the ledger alone took.
type settled struct {
	Seconds, CPU float64 // to cut, lease and settle all
	Totals       float64 // seconds of one query of the totals by channel and area set
	Scan         float64 // seconds of counting the delivery rows by fate instead
	Bytes        float64 // of the database for each delivery
	Issue        float64 // seconds
	Deliveries   int     // rows that Scan counted
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
	began := time.Now()
	if _, _, err := l.issue(ctx, w, outage, texts); err != nil {
		return err
	}
	out.Issue = time.Since(began).Seconds()
	lanes, err := l.Lanes(ctx, time.Now())
	if err != nil {
		return err
	}
	cpu := processor()
	began = time.Now()
	for _, lane := range lanes {
		if lane.Channel == channels.Email {
			err = errors.Join(err, settleAll(ctx, l, lane.ID))
		}
	}
	out.Seconds, out.CPU = time.Since(began).Seconds(), (processor() - cpu).Seconds()
	if err != nil {
		return err
	}
	if took, _, err := l.accepted(ctx, outage); err != nil || took != spec.N {
		return errors.Join(err, fmt.Errorf("%d of %d settled", took, spec.N))
	}
	if err := measureTotals(ctx, l, spec.DB, outage, &out); err != nil {
		return err
	}
	return say(out)
}

// settlers is how many batches are settled at once: as in the sender, where the batches of one lane are
// worked on side by side.
const settlers = 8

// settleAll leases and flushes until nothing is left.
func settleAll(ctx context.Context, l *ledger, lane int64) error {
	errs := make([]error, settlers)
	var wg sync.WaitGroup
	for i := range errs {
		wg.Go(func() {
			for more := true; more && errs[i] == nil; {
				more, errs[i] = settleBatch(ctx, l, lane)
			}
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}

func settleBatch(ctx context.Context, l *ledger, lane int64) (more bool, err error) {
	now := time.Now()
	b, err := l.Lease(ctx, lane, "bench", now)
	if err != nil || b == nil {
		return false, err
	}
	for from := 0; from < len(b.Deliveries); from += flushes {
		chunk := b.Deliveries[from:min(from+flushes, len(b.Deliveries))]
		for i := range chunk {
			chunk[i].Fate, chunk[i].Attempts = dispatch.Accepted, 1
		}
		if _, err := l.Flush(ctx, b, chunk, from+flushes >= len(b.Deliveries), now); err != nil {
			return false, err
		}
	}
	return true, nil
}

// measureTotals asks for the totals as the store keeps them, and as one would count them.
func measureTotals(ctx context.Context, l *ledger, file, outage string, out *settled) error {
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
	db, err := sql.Open("sqlite", "file:"+file+"?_pragma=query_only(1)&_pragma=busy_timeout(10000)&_pragma=cache_size(-16000)")
	if err != nil {
		return err
	}
	defer db.Close()
	began := time.Now()
	err = db.QueryRowContext(ctx, `SELECT SUM(n) FROM (SELECT COUNT(*) AS n FROM deliveries d
		WHERE d.bulletin = (SELECT MAX(id) FROM bulletins) GROUP BY d.lane, d.set_id, d.fate)`).Scan(&out.Deliveries)
	if err != nil {
		return fmt.Errorf("count deliveries: %w", err)
	}
	out.Scan = time.Since(began).Seconds()
	var bytes, all float64
	err = db.QueryRowContext(ctx, `SELECT (SELECT SUM(pgsize) FROM dbstat WHERE name LIKE 'deliveries%'), (SELECT COUNT(*) FROM deliveries)`).
		Scan(&bytes, &all)
	if err != nil {
		return fmt.Errorf("size of deliveries: %w", err)
	}
	out.Bytes = bytes / all
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
	return say(looped{time.Since(began).Seconds(), (processor() - cpu).Seconds()})
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
