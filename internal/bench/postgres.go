package bench

import (
	"context"
	"errors"
	"fmt"
	"net/url"

	"github.com/jackc/pgx/v5"

	"callbox/channels"
)

// base is a kind of database that mail is measured on.
type base struct {
	mark string // behind the numbers of its figures
	roll func(n int) (db string, err error)
}

// bases are SQLite, and PostgreSQL where one is named.
func (r *run) bases() []base {
	all := []base{{"", func(n int) (string, error) {
		file, _, err := r.roll(channels.Email, n)
		return file, err
	}}}
	if r.Postgres != "" {
		all = append(all, base{"/postgres", r.postgresRoll})
	}
	return all
}

// postgresRoll makes a database with n subscribers by mail beside the one that is named, once in a run.
func (r *run) postgresRoll(n int) (db string, err error) {
	name := fmt.Sprintf("callbox_bench_%d", n)
	u, err := url.Parse(r.Postgres)
	if err != nil {
		return "", fmt.Errorf("the URL of PostgreSQL: %w", err)
	}
	u.Path = "/" + name
	if r.made[name] {
		return u.String(), nil
	}
	if err := r.onServer(r.ctx, "CREATE DATABASE "+name); err != nil {
		return "", err
	}
	if r.made == nil {
		r.made = map[string]bool{}
	}
	r.made[name] = true
	r.Progress(fmt.Sprintf("signing up %d subscribers on PostgreSQL", n))
	_, err = ask[enrolled](r.ctx, "enrol", enrolSpec{DB: u.String(), Keys: r.path("keys"), Channel: channels.Email, N: n})
	return u.String(), err
}

// dropMade ends the databases of this run.
func (r *run) dropMade(ctx context.Context) (err error) {
	for name := range r.made {
		err = errors.Join(err, r.onServer(ctx, "DROP DATABASE "+name+" WITH (FORCE)"))
	}
	return err
}

func (r *run) onServer(ctx context.Context, statement string) error {
	conn, err := pgx.Connect(ctx, r.Postgres)
	if err != nil {
		return err
	}
	_, err = conn.Exec(ctx, statement)
	return errors.Join(err, conn.Close(ctx))
}
