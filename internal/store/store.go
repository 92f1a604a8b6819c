// Package store keeps everything in one SQL database: agencies, the directory, the roll of subscribers,
// outages with their drafts and bulletins, and the ledger of deliveries.
//
// It decides nothing. Rules live in outages, dispatch and the desk; the store makes their outcomes
// durable, each in one transaction, and lets SQL itself refuse what must never be.
package store

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"runtime"
	"strings"
	"sync/atomic"
	"time"

	"github.com/pressly/goose/v3"
	_ "modernc.org/sqlite" // the driver "sqlite"

	"callbox/subscribers"
)

//go:embed migrations
var migrations embed.FS

// Errors that callers decide on.
var (
	ErrNotFound = errors.New("not found")
	// ErrStale says that the thing changed since it was read.
	ErrStale = errors.New("changed by somebody else meanwhile")
	// ErrTaken says that the name or address exists already.
	ErrTaken = errors.New("exists already")
)

// Store is one open database. Its methods may be called by many goroutines and processes at once.
type Store struct {
	write  *sql.DB // one connection: SQLite has one writer
	read   *sql.DB
	sealer *subscribers.Sealer
	now    func() time.Time
	group  together
	leases atomic.Int64 // counts calls of Lease, which take turns
}

// Open opens the SQLite database in a file, makes it when there is none, and brings its schema up to
// date. A database of a newer version than this program is refused. now may be nil for the wall clock.
func Open(ctx context.Context, file string, sealer *subscribers.Sealer, now func() time.Time) (*Store, error) {
	if now == nil {
		now = time.Now
	}
	write, err := connect(file, 1, "_pragma=cache_size(-16000)", "_txlock=immediate")
	if err != nil {
		return nil, err
	}
	s := &Store{write: write, sealer: sealer, now: now}
	if err := migrate(ctx, write); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	if s.read, err = connect(file, max(4, runtime.NumCPU()), "_pragma=cache_size(-4000)", "_pragma=query_only(1)"); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// connect opens a pool. Commits are synced to disk: what was acknowledged survives a power cut.
func connect(file string, conns int, options ...string) (*sql.DB, error) {
	dsn := "file:" + (&url.URL{Path: file}).EscapedPath() + "?" + strings.Join(append([]string{
		"_pragma=journal_mode(WAL)", "_pragma=synchronous(FULL)", "_pragma=busy_timeout(10000)", "_pragma=foreign_keys(1)",
	}, options...), "&")
	db, err := sql.Open("sqlite", dsn)
	if err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	db.SetMaxOpenConns(conns)
	db.SetMaxIdleConns(conns)
	return db, nil
}

func migrate(ctx context.Context, db *sql.DB) error {
	dir, err := fs.Sub(migrations, "migrations/sqlite")
	if err != nil {
		return err
	}
	p, err := goose.NewProvider(goose.DialectSQLite3, db, dir)
	if err != nil {
		return fmt.Errorf("database schema: %w", err)
	}
	have, want, err := p.GetVersions(ctx)
	if err != nil {
		return fmt.Errorf("database schema: %w", err)
	}
	if have > want {
		return fmt.Errorf("the database has schema version %d and this program knows %d: use the newer program", have, want)
	}
	if _, err := p.Up(ctx); err != nil {
		return fmt.Errorf("database schema: %w", err)
	}
	return nil
}

// Close closes the database. It is safe to call twice.
func (s *Store) Close() error {
	var errs []error
	for _, db := range []*sql.DB{s.read, s.write} {
		if db != nil {
			errs = append(errs, db.Close())
		}
	}
	return errors.Join(errs...)
}

// Ping reports whether the database answers.
func (s *Store) Ping(ctx context.Context) error {
	var one int
	return s.read.QueryRowContext(ctx, `SELECT 1`).Scan(&one)
}

// tx runs f in one writing transaction and commits when f returns nil.
func (s *Store) tx(ctx context.Context, f func(tx *tx) error) error {
	t, err := s.write.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("database: %w", err)
	}
	defer t.Rollback()
	// When ctx ends, the transaction is rolled back between two statements. The statements themselves are
	// short and do not watch it: the driver would start a goroutine for each.
	if err := f(&tx{t, context.WithoutCancel(ctx), map[string]*sql.Stmt{}}); err != nil {
		if ctx.Err() != nil {
			return fmt.Errorf("database: %w", ctx.Err())
		}
		return err
	}
	if err := t.Commit(); err != nil {
		return fmt.Errorf("database: %w", err)
	}
	return nil
}

// tx is a transaction with its context, as short as SQL wants to be written.
type tx struct {
	*sql.Tx
	ctx  context.Context
	kept map[string]*sql.Stmt // prepared so far; a batch says the same few things again and again
}

// stmt prepares a statement, once in the transaction. The transaction closes it.
func (t *tx) stmt(query string) (*sql.Stmt, error) {
	if s := t.kept[query]; s != nil {
		return s, nil
	}
	s, err := t.PrepareContext(t.ctx, query)
	if err == nil {
		t.kept[query] = s
	}
	return s, err
}

// exec runs a statement and returns how many rows it changed.
func (t *tx) exec(query string, args ...any) (int64, error) {
	s, err := t.stmt(query)
	if err != nil {
		return 0, err
	}
	r, err := s.ExecContext(t.ctx, args...)
	if err != nil {
		return 0, err
	}
	return r.RowsAffected()
}

// must runs a statement that changes exactly one row, and returns ErrNotFound when it changed none.
func (t *tx) must(query string, args ...any) error {
	n, err := t.exec(query, args...)
	if err == nil && n != 1 {
		err = ErrNotFound
	}
	return err
}

// row reads one row; sql.ErrNoRows becomes ErrNotFound.
func (t *tx) row(query string, args []any, into ...any) error {
	s, err := t.stmt(query)
	if err != nil {
		return err
	}
	return oneRow(s.QueryRowContext(t.ctx, args...), into...)
}

func oneRow(r *sql.Row, into ...any) error {
	err := r.Scan(into...)
	if errors.Is(err, sql.ErrNoRows) {
		return ErrNotFound
	}
	return err
}

// each scans every row of a query.
func each(rows *sql.Rows, err error, scan func(rowScanner) error) error {
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := scan(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

// millis is how the database holds a time: 0 means never.
func millis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

func fromMillis(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}

// taken turns a broken UNIQUE rule into ErrTaken.
func taken(err error) error {
	if err != nil && strings.Contains(err.Error(), "UNIQUE constraint failed") {
		return ErrTaken
	}
	return err
}
