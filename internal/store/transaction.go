package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// tx runs f in one writing transaction, alone on the database, and commits when f returns nil.
func (s *Store) tx(ctx context.Context, f func(tx *tx) error) error {
	return s.aside(ctx, func(t *tx) error {
		if err := s.dialect.alone(t); err != nil {
			return err
		}
		return f(t)
	})
}

// aside is tx for what has nothing to do with the rest of the database: it does not wait for others, nor
// they for it.
func (s *Store) aside(ctx context.Context, f func(tx *tx) error) error {
	t, err := s.write.BeginTx(ctx, nil)
	if err != nil {
		return s.explain(err)
	}
	defer t.Rollback()
	if err := f(s.newTx(s.dialect.within(ctx), t)); err != nil {
		if ctx.Err() != nil {
			err = fmt.Errorf("database: %w", ctx.Err())
		}
		return s.explain(err)
	}
	return s.explain(t.Commit())
}

// looking runs f on a connection that only reads.
func (s *Store) looking(ctx context.Context, f func(tx *tx) error) error {
	t, err := s.read.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return s.explain(err)
	}
	defer t.Rollback()
	return s.explain(f(s.newTx(ctx, t)))
}

// explain puts into words what is wrong when the trouble is the database's own.
func (s *Store) explain(err error) error {
	if _, known := errors.AsType[*Trouble](err); err == nil || known {
		return err
	}
	words := s.dialect.say(err)
	if words == "" && errors.Is(err, context.DeadlineExceeded) {
		words = "the database does not answer in time"
	}
	if words == "" {
		return err
	}
	return &Trouble{words, err}
}

// Trouble is an error of the database itself; the same may succeed when somebody mended it. Nothing was
// changed, unless a connection was lost in the moment of a commit.
type Trouble struct {
	Words string // what is wrong and what to do, for who runs the installation
	Cause error
}

func (t *Trouble) Error() string { return t.Words + " (" + t.Cause.Error() + ")" }
func (t *Trouble) Unwrap() error { return t.Cause }

// tx is a transaction with its context, as short as SQL wants to be written.
type tx struct {
	*sql.Tx
	ctx   context.Context
	kept  map[string]*sql.Stmt // prepared so far; a batch says the same few things again and again
	plain bool                 // nothing is prepared: see dialect
	ready *statements          // prepared for many transactions; nil but in those of the ledger
}

func (s *Store) newTx(ctx context.Context, t *sql.Tx) *tx {
	return &tx{Tx: t, ctx: ctx, kept: map[string]*sql.Stmt{}, plain: s.dialect.plain}
}

// stmt prepares a statement, once in the transaction. The transaction closes it.
func (t *tx) stmt(query string) (*sql.Stmt, error) {
	if s := t.kept[query]; s != nil {
		return s, nil
	}
	if ready := t.ready.of(query); ready != nil {
		t.kept[query] = t.StmtContext(t.ctx, ready)
		return t.kept[query], nil
	}
	s, err := t.PrepareContext(t.ctx, query)
	if err == nil {
		t.kept[query] = s
	}
	return s, err
}

// exec runs a statement and returns how many rows it changed.
func (t *tx) exec(query string, args ...any) (int64, error) {
	r, err := t.result(query, args)
	if err != nil {
		return 0, err
	}
	return r.RowsAffected()
}

func (t *tx) result(query string, args []any) (sql.Result, error) {
	if t.plain {
		return t.ExecContext(t.ctx, query, args...)
	}
	s, err := t.stmt(query)
	if err != nil {
		return nil, err
	}
	return s.ExecContext(t.ctx, args...)
}

// must runs a statement that changes exactly one row, and returns ErrNotFound when it changed none.
func (t *tx) must(query string, args ...any) error {
	n, err := t.exec(query, args...)
	if err == nil && n != 1 {
		err = ErrNotFound
	}
	return err
}

// query runs a query of many rows.
func (t *tx) query(query string, args ...any) (*sql.Rows, error) {
	if t.plain {
		return t.QueryContext(t.ctx, query, args...)
	}
	s, err := t.stmt(query)
	if err != nil {
		return nil, err
	}
	return s.QueryContext(t.ctx, args...)
}

// row reads one row; sql.ErrNoRows becomes ErrNotFound.
func (t *tx) row(query string, args []any, into ...any) error {
	if t.plain {
		return oneRow(t.QueryRowContext(t.ctx, query, args...), into...)
	}
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
