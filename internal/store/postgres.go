package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

// postgres is a server that many processes share.
//
// Its transactions are as apart from each other as those of SQLite, by locks of our own instead of an
// isolation level that makes some fail: every writing transaction is alone, except that those of the
// ledger share the database and are alone in their lane. docs/decisions/0012-postgres.md says why.
var postgres = dialect{
	folder: "postgres",
	schema: func(db *sql.DB, migrations fs.FS) (*goose.Provider, error) {
		one, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, 60))
		if err != nil {
			return nil, err
		}
		return goose.NewProvider(goose.DialectPostgres, db, migrations, goose.WithSessionLocker(one))
	},
	open: func(where string) (write, read *sql.DB, err error) {
		if write, err = openServer(where, "off"); err != nil {
			return nil, nil, err
		}
		read, err = openServer(where, "on")
		return write, read, err
	},
	plain:  true,
	within: func(ctx context.Context) context.Context { return ctx },
	alone: func(t *tx) error {
		_, err := t.exec(`SELECT pg_advisory_xact_lock($1, 0)`, lockClass)
		return err
	},
	inLane: func(t *tx, lane int64) error {
		_, err := t.exec(`SELECT pg_advisory_xact_lock_shared($1, 0), pg_advisory_xact_lock($1, $2)`, lockClass, lane)
		return err
	},
	clock:  `CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT)`,
	listen: listenServer,
	say:    sayOfServer,
}

// lockClass sets our advisory locks apart from those of others in the same database.
const lockClass = 911

// poolSize is how many connections each of a process's two pools may open.
const poolSize = 6

// openServer opens a pool. Who is cut off must not hold a lock that others wait for: the server ends a
// transaction whose process is silent, and both sides notice a dead connection within seconds.
func openServer(where, readOnly string) (*sql.DB, error) {
	c, err := serverConfig(where)
	if err != nil {
		return nil, err
	}
	c.RuntimeParams["default_transaction_read_only"] = readOnly
	db := stdlib.OpenDB(*c, stdlib.OptionAfterConnect(func(_ context.Context, conn *pgx.Conn) error {
		m := conn.TypeMap()
		m.TryWrapEncodePlanFuncs = append(m.TryWrapEncodePlanFuncs, boolAsNumber)
		return nil
	}))
	db.SetMaxOpenConns(poolSize)
	db.SetMaxIdleConns(poolSize)
	return db, nil
}

func serverConfig(where string) (*pgx.ConnConfig, error) {
	c, err := pgx.ParseConfig(where)
	if err != nil {
		return nil, fmt.Errorf("database: %w", err) // without the password
	}
	c.ConnectTimeout = 5 * time.Second
	c.DialFunc = (&net.Dialer{KeepAliveConfig: net.KeepAliveConfig{Enable: true, Idle: 3 * time.Second, Interval: time.Second, Count: 3}}).DialContext
	for name, value := range map[string]string{
		"application_name":                    "callbox",
		"lock_timeout":                        "10s",
		"idle_in_transaction_session_timeout": "5s",
		"tcp_keepalives_idle":                 "3",
		"tcp_keepalives_interval":             "1",
		"tcp_keepalives_count":                "3",
		"tcp_user_timeout":                    "6s",
	} {
		if _, given := c.RuntimeParams[name]; !given {
			c.RuntimeParams[name] = value
		}
	}
	return c, nil
}

// boolAsNumber lets a bool be written to a column of numbers, as SQLite's driver does.
func boolAsNumber(value any) (pgtype.WrappedEncodePlanNextSetter, any, bool) {
	b, ok := value.(bool)
	if !ok {
		return nil, nil, false
	}
	return &boolPlan{}, numberOf(b), true
}

type boolPlan struct{ next pgtype.EncodePlan }

func (p *boolPlan) SetNext(next pgtype.EncodePlan) { p.next = next }

func (p *boolPlan) Encode(value any, buf []byte) ([]byte, error) {
	return p.next.Encode(numberOf(value.(bool)), buf)
}

func numberOf(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

// sayOfServer reads the codes of PostgreSQL, appendix A of its manual.
func sayOfServer(err error) string {
	e, ok := errors.AsType[*pgconn.PgError](err)
	if !ok {
		if _, ok := errors.AsType[*pgconn.ConnectError](err); ok || isNetwork(err) {
			return "the database does not answer: is PostgreSQL running, and does `database` name its host and port?"
		}
		return ""
	}
	switch class := e.Code[:min(2, len(e.Code))]; {
	case e.Code == "25006":
		return "the database is read-only: a standby, or an administrator set it so"
	case e.Code == "53100":
		return "the disk that holds the database is full"
	case e.Code == "53300":
		return "the database has no connection left: raise max_connections, or run fewer processes"
	case e.Code == "3D000":
		return "the server has no database of that name: make it with createdb"
	case class == "28":
		return "the database refuses the user or the password"
	case e.Code == "42501":
		return "the database user lacks a right: let it own the database"
	case e.Code == "55P03":
		return "another process holds the database for longer than it should"
	case class == "58" || class == "XX":
		return "the disk that holds the database fails, or the database is damaged"
	case class == "57" || class == "08" || e.Code == "25P03":
		return "the database ended the connection: it is being stopped, or this process was silent too long"
	}
	return ""
}

func isNetwork(err error) bool {
	_, ok := errors.AsType[net.Error](err)
	return ok || strings.Contains(err.Error(), "unexpected EOF") || pgconn.Timeout(err)
}

// listenServer hears what the triggers of the schema announce.
func listenServer(ctx context.Context, where string, heard func()) error {
	c, err := serverConfig(where)
	if err != nil {
		return err
	}
	conn, err := pgx.ConnectConfig(ctx, c)
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	defer conn.Close(context.WithoutCancel(ctx)) //nolint:errcheck // nothing is lost with it
	if _, err := conn.Exec(ctx, `LISTEN callbox`); err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	for {
		heard() // also once now, for what was announced before
		if _, err := conn.WaitForNotification(ctx); err != nil {
			return fmt.Errorf("listen: %w", err)
		}
	}
}
