package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"time"

	"callbox/internal/officials"
)

// Census counts what a copy of a database must hold again when it is restored.
type Census struct {
	Addresses int64 `json:"addresses"` // of every state
	Bulletins int64 `json:"bulletins"`
	Audit     int64 `json:"audit"` // the number of the last entry
}

const census = `SELECT (SELECT COUNT(*) FROM addresses), (SELECT COUNT(*) FROM bulletins), (SELECT COALESCE(MAX(seq), 0) FROM audit)`

// Census counts what the database holds now.
func (s *Store) Census(ctx context.Context) (c Census, err error) {
	err = oneRow(s.read.QueryRowContext(ctx, census), &c.Addresses, &c.Bulletins, &c.Audit)
	return c, s.explain(err)
}

// Copy writes the database as it is at one moment to a new file while others go on reading and writing: a
// SQLite database, or the custom format of pg_dump. It returns what the copy holds.
func (s *Store) Copy(ctx context.Context, file string) (Census, error) {
	if _, err := os.Stat(file); !errors.Is(err, os.ErrNotExist) {
		return Census{}, fmt.Errorf("copy the database: %s exists already", file)
	}
	if IsPostgres(s.where) {
		return s.dump(ctx, file)
	}
	db, err := openFile(s.where, 1) // not a connection of ours: it reads for as long as the copy takes
	if err != nil {
		return Census{}, err
	}
	defer db.Close()
	if _, err := db.ExecContext(ctx, `VACUUM INTO $1`, file); err != nil {
		return Census{}, fmt.Errorf("copy the database: %w", s.explain(err))
	}
	copied, err := openFile(file, 1)
	if err != nil {
		return Census{}, err
	}
	var c Census
	err = oneRow(copied.QueryRowContext(ctx, census), &c.Addresses, &c.Bulletins, &c.Audit)
	return c, errors.Join(err, copied.Close())
}

// dump runs pg_dump on a snapshot that it shares with the counting.
func (s *Store) dump(ctx context.Context, file string) (c Census, err error) {
	tx, err := s.read.BeginTx(ctx, &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true})
	if err != nil {
		return c, s.explain(err)
	}
	defer tx.Rollback()
	var snapshot string
	if _, err := tx.ExecContext(ctx, `SET LOCAL idle_in_transaction_session_timeout = 0`); err != nil { // pg_dump takes its time
		return c, s.explain(err)
	}
	if err := tx.QueryRowContext(ctx, `SELECT pg_export_snapshot()`).Scan(&snapshot); err != nil {
		return c, s.explain(err)
	}
	if err := tx.QueryRowContext(ctx, census).Scan(&c.Addresses, &c.Bulletins, &c.Audit); err != nil {
		return c, s.explain(err)
	}
	return c, postgresTool(ctx, s.where, "pg_dump", "--format=custom", "--no-owner", "--no-privileges", "--snapshot="+snapshot, "--file="+file)
}

// RestorePostgres fills an empty PostgreSQL database from a file that Copy wrote, all of it or nothing.
func RestorePostgres(ctx context.Context, where, file string) error {
	db, err := openServer(where, "on")
	if err != nil {
		return err
	}
	var tables int
	err = db.QueryRowContext(ctx, `SELECT COUNT(*) FROM information_schema.tables WHERE table_schema NOT IN ('pg_catalog', 'information_schema')`).Scan(&tables)
	if err := errors.Join(err, db.Close()); err != nil {
		return fmt.Errorf("look into the database: %w", err)
	}
	if tables > 0 {
		return fmt.Errorf("the database has %d tables; a backup is restored into an empty one, never over another", tables)
	}
	return postgresTool(ctx, where, "pg_restore", "--exit-on-error", "--single-transaction", "--no-owner", "--no-privileges", file)
}

// postgresTool runs one of PostgreSQL's own programs on a database. Its password stands in the environment
// of the program, not among the arguments, which everybody on the machine can read.
func postgresTool(ctx context.Context, where, name string, args ...string) error {
	u, err := url.Parse(where)
	if err != nil {
		return errors.New("the URL of the database cannot be read")
	}
	cmd := exec.CommandContext(ctx, name)
	cmd.Env = os.Environ()
	if password, has := u.User.Password(); has {
		cmd.Env = append(cmd.Env, "PGPASSWORD="+password)
		u.User = url.User(u.User.Username())
	}
	cmd.Args = append(append(cmd.Args, "--dbname="+u.String()), args...)
	var said strings.Builder
	cmd.Stderr = &said
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%s: %w: %s", name, err, strings.TrimSpace(said.String()))
	}
	return nil
}

// Backup is a recovery point.
type Backup struct {
	Made   time.Time
	Size   int64  // of the sealed file, in bytes
	Digest string // of the sealed file, SHA-256 in hex
}

// SaveBackup records that a copy was made.
func (s *Store) SaveBackup(ctx context.Context, b Backup, e officials.Entry) error {
	return s.tx(ctx, func(t *tx) error {
		if _, err := t.exec(`INSERT INTO backups (made, size, digest) VALUES ($1, $2, $3)`, millis(b.Made), b.Size, b.Digest); err != nil {
			return fmt.Errorf("record the backup: %w", err)
		}
		return t.audit(s.now(), e)
	})
}

// LastBackup returns the newest recovery point, or ErrNotFound.
func (s *Store) LastBackup(ctx context.Context) (b Backup, err error) {
	var made int64
	err = oneRow(s.read.QueryRowContext(ctx, `SELECT made, size, digest FROM backups ORDER BY made DESC LIMIT 1`), &made, &b.Size, &b.Digest)
	b.Made = fromMillis(made)
	return b, s.explain(err)
}

// Postgres reports whether the database is a PostgreSQL server's.
func (s *Store) Postgres() bool { return IsPostgres(s.where) }
