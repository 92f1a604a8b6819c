package store

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"callbox/internal/officials"
)

// audit appends an entry in the transaction of the change it tells of. An entry without an action is
// no entry.
func (t *tx) audit(now time.Time, e officials.Entry) error {
	if e.Action == "" {
		return nil
	}
	var before []byte
	err := t.row(`SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1`, nil, &e.Seq, &before)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return fmt.Errorf("audit: %w", err)
	}
	e.Seq++
	e.At = now.UTC().Truncate(time.Millisecond)
	line, hash, err := officials.Chain(before, e)
	if err != nil {
		return err
	}
	if _, err = t.exec(`INSERT INTO audit (seq, at, data, hash) VALUES ($1, $2, $3, $4)`,
		e.Seq, millis(now), string(line), hash); err != nil {
		return fmt.Errorf("audit: %w", err)
	}
	return nil
}

// Audit calls f for every entry after a sequence number, oldest first, and verifies the chain on the
// way: an entry that does not follow from the one before it ends the walk with an error naming it.
func (s *Store) Audit(ctx context.Context, after int64, f func(officials.Entry) error) error {
	var before []byte
	if after > 0 {
		err := oneRow(s.read.QueryRowContext(ctx, `SELECT hash FROM audit WHERE seq = $1`, after), &before)
		if err != nil {
			return fmt.Errorf("audit entry %d: %w", after, err)
		}
	}
	rows, err := s.read.QueryContext(ctx, `SELECT seq, data, hash FROM audit WHERE seq > $1 ORDER BY seq`, after)
	next := after + 1
	return each(rows, err, func(r rowScanner) error {
		var seq int64
		var line string
		var hash []byte
		if err := r.Scan(&seq, &line, &hash); err != nil {
			return err
		}
		if seq != next || !bytes.Equal(officials.Link(before, []byte(line)), hash) {
			return fmt.Errorf("audit entry %d does not follow from the one before it", next)
		}
		next, before = seq+1, hash
		var e officials.Entry
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			return fmt.Errorf("audit entry %d: %w", seq, err)
		}
		return f(e)
	})
}

// Record appends an entry that tells of no change in the database.
func (s *Store) Record(ctx context.Context, e officials.Entry) error {
	return s.tx(ctx, func(t *tx) error { return t.audit(s.now(), e) })
}
