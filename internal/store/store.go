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
	"strings"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

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
	where   string
	dialect *dialect
	write   *sql.DB
	read    *sql.DB
	sealer  *subscribers.Sealer
	now     func() time.Time
	group   together
	sets    areaSets

	statements statements
	leases     atomic.Int64 // counts calls of Lease, which take turns
}

// Open opens a database and brings its schema up to date: a file of SQLite, made when there is none, or
// the URL of a PostgreSQL database, postgres://user@host/name. A schema newer than this program is
// refused; a [Trouble] says what is wrong with the database itself. now may be nil for the wall clock.
func Open(ctx context.Context, where string, sealer *subscribers.Sealer, now func() time.Time) (*Store, error) {
	return open(ctx, where, migrations, sealer, now)
}

func open(ctx context.Context, where string, schema fs.FS, sealer *subscribers.Sealer, now func() time.Time) (s *Store, err error) {
	if now == nil {
		now = time.Now
	}
	s = &Store{where: where, dialect: dialectOf(where), sealer: sealer, now: now}
	if s.write, s.read, err = s.dialect.open(where); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	if err := s.migrate(ctx, schema); err != nil {
		return nil, errors.Join(s.explain(err), s.Close())
	}
	return s, nil
}

func (s *Store) migrate(ctx context.Context, schema fs.FS) error {
	folder, err := fs.Sub(schema, "migrations/"+s.dialect.folder)
	if err != nil {
		return err
	}
	p, err := s.dialect.schema(s.write, folder)
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
	if have == want {
		return nil // a database that cannot be written still says so where people look
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
	server, ok := errors.AsType[*pgconn.PgError](err)
	if ok && server.Code == "23505" || err != nil && strings.Contains(err.Error(), "UNIQUE constraint failed") {
		return ErrTaken
	}
	return err
}
