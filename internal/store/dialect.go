package store

import (
	"context"
	"database/sql"
	"io/fs"
	"strings"

	"github.com/pressly/goose/v3"
)

// dialect is what differs between the databases beneath statements that are the same for both.
type dialect struct {
	// folder is where its migrations stand, and schema makes what carries them out.
	folder string
	schema func(db *sql.DB, migrations fs.FS) (*goose.Provider, error)
	// open makes the pool that writes and the pool that reads. Neither has connected yet.
	open func(where string) (write, read *sql.DB, err error)
	// plain says that statements need not be prepared: the driver prepares and keeps them.
	plain bool
	// within is the context for the statements of a transaction that began with ctx.
	within func(ctx context.Context) context.Context
	// alone keeps every other writing transaction out until this one ends. inLane keeps out those that are
	// alone, and those of the same lane; nil where nothing less than alone can be had.
	alone  func(t *tx) error
	inLane func(t *tx, lane int64) error
	// clock is the database's own time in milliseconds; empty where that is the clock of this machine.
	clock string
	// listen calls heard for what other processes announce; nil where they cannot.
	listen func(ctx context.Context, where string, heard func()) error
	// say puts into words what is wrong with the database when an error comes from it, not from us.
	say func(err error) string
}

func dialectOf(where string) *dialect {
	if IsPostgres(where) {
		return &postgres
	}
	return &sqlite
}

// IsPostgres reports whether a database is the URL of a PostgreSQL server; else it is a file of SQLite.
func IsPostgres(where string) bool {
	return strings.HasPrefix(where, "postgres://") || strings.HasPrefix(where, "postgresql://")
}
