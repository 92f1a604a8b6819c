//go:build pgx

package store

import (
	"context"
	"database/sql"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
)

// HasPostgres says that this build can speak to PostgreSQL.
const HasPostgres = true

// pool makes a pool of connections; each is prepared by connected.
func pool(c pgx.ConnConfig, connected func(context.Context, *pgx.Conn) error) (*sql.DB, error) {
	return stdlib.OpenDB(c, stdlib.OptionAfterConnect(connected)), nil
}
