package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"runtime"
	"strings"

	"github.com/pressly/goose/v3"
	driver "modernc.org/sqlite"
	code "modernc.org/sqlite/lib"
)

// sqlite is a file. It has one writer at a time, so that a transaction that writes is alone by itself.
var sqlite = dialect{
	folder: "sqlite",
	schema: func(db *sql.DB, migrations fs.FS) (*goose.Provider, error) {
		return goose.NewProvider(goose.DialectSQLite3, db, migrations)
	},
	open: func(file string) (write, read *sql.DB, err error) {
		keepPrivate(file)
		if write, err = openFile(file, 1, "_pragma=cache_size(-16000)", "_txlock=immediate"); err != nil {
			return nil, nil, err
		}
		read, err = openFile(file, max(4, runtime.NumCPU()), "_pragma=cache_size(-4000)", "_pragma=query_only(1)")
		return write, read, err
	},
	// When ctx ends, a transaction is rolled back between two statements. The statements themselves are
	// short and do not watch it: the driver would start a goroutine for each.
	within: context.WithoutCancel,
	alone:  func(*tx) error { return nil },
	say:    sayOfFile,
}

// keepPrivate makes a new database for its owner alone, whatever the umask; SQLite gives the files beside it
// the mode of the first. Where that fails, opening it says why.
func keepPrivate(file string) {
	if f, err := os.OpenFile(file, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600); err == nil {
		_ = f.Close()
	}
}

// openFile opens a pool. Commits are synced to disk: what was acknowledged survives a power cut.
func openFile(file string, conns int, options ...string) (*sql.DB, error) {
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

func sayOfFile(err error) string {
	e, ok := errors.AsType[*driver.Error](err)
	if !ok {
		return ""
	}
	switch e.Code() & 0xff { // the rest is detail
	case code.SQLITE_FULL:
		return "the disk that holds the database is full"
	case code.SQLITE_READONLY, code.SQLITE_PERM:
		return "the database file cannot be written: look at its owner and mode, and those of its folder"
	case code.SQLITE_CANTOPEN:
		return "the database file cannot be opened or made: look at its folder"
	case code.SQLITE_IOERR:
		return "the disk that holds the database fails"
	case code.SQLITE_CORRUPT, code.SQLITE_NOTADB:
		return "the file is damaged or no database: restore the last backup"
	case code.SQLITE_BUSY, code.SQLITE_LOCKED:
		return "another process holds the database for longer than it should"
	}
	return ""
}
