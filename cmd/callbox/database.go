package main

import (
	"errors"
	"net/url"

	"callbox/internal/store"
)

// database is what the store opens: a file, or the URL of a PostgreSQL database with its password.
func (c config) database() (string, error) {
	if !store.IsPostgres(c.Database) {
		return inDir(c.dir, c.Database), nil
	}
	password, err := c.DatabasePassword.read(c.dir)
	if err != nil {
		return "", in("database_password", err)
	}
	u, err := url.Parse(c.Database)
	if err != nil { // which shows the URL, and maybe a password in it
		return "", in("database", errors.New("write postgres://USER@HOST/NAME, or the name of a file for SQLite"))
	}
	if password != "" {
		u.User = url.UserPassword(u.User.Username(), password)
	}
	return u.String(), nil
}

// openlySecret reports whether a database URL has its password in it.
func openlySecret(database string) bool {
	u, err := url.Parse(database)
	if err != nil || !store.IsPostgres(database) {
		return false
	}
	_, has := u.User.Password()
	return has || u.Query().Has("password")
}
