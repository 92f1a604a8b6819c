//go:build !pgx

package store

import (
	"context"
	"database/sql"
	"errors"

	"github.com/jackc/pgx/v5"
)

// HasPostgres says that this build can speak to PostgreSQL.
const HasPostgres = false

func pool(pgx.ConnConfig, func(context.Context, *pgx.Conn) error) (*sql.DB, error) {
	return nil, errors.New("this build cannot speak to PostgreSQL: build it with -tags pgx")
}
