package main

import (
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"

	"callbox/internal/desk"
	"callbox/internal/officials"
	"callbox/outages"
	"callbox/subscribers"
)

// trial are the flags that try a declaration without a server: on areas and numbers from files, for an
// agency that may speak for every state.
type trial struct {
	Areas   string `help:"Try it without a server, on the areas of this CSV file." type:"existingfile" group:"without a server"`
	Numbers string `help:"The directory to try it on, a CSV file." type:"existingfile" group:"without a server"`
	Zone    string `help:"The agency's time zone." default:"America/New_York" group:"without a server"`
	Agency  string `help:"The agency's name." default:"Sample agency" group:"without a server"`
}

// acting runs f on a desk of its own, which is gone afterwards.
func (c trial) acting(e *env, f func(*program, officials.Actor) error) error {
	dir, err := os.MkdirTemp("", "callbox-trial-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if err := os.WriteFile(filepath.Join(dir, "callbox.keys"), subscribers.GenerateKeys().File(), 0o600); err != nil {
		return err
	}
	p, err := open(e.ctx, config{Database: "callbox.db", Keys: "callbox.keys", PublicURL: "https://alerts.example.gov", dir: dir},
		farSides{}, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	defer p.close() //nolint:errcheck // the database is deleted next
	a, err := c.actor(e, p)
	if err != nil {
		return err
	}
	if err := takeFile(c.Areas, func(r io.Reader) (desk.Imported, error) { return p.desk.ImportAreas(e.ctx, a, r) }); err != nil {
		return err
	}
	if err := takeFile(c.Numbers, func(r io.Reader) (desk.Imported, error) { return p.desk.ImportDirectory(e.ctx, a, r) }); err != nil {
		return err
	}
	return f(p, a)
}

// actor makes the agency, an official of it, and a feed that hears every state.
func (c trial) actor(e *env, p *program) (officials.Actor, error) {
	book, err := p.desk.Book(e.ctx)
	if err != nil {
		return officials.Actor{}, err
	}
	agency := officials.Agency{ID: "trial", Name: c.Agency, Zone: c.Zone, Sender: "trial@example.gov", Jurisdiction: book.States(),
		Policy: outages.Policy{TwoPeople: true}}
	if err := p.desk.SaveAgency(e.ctx, agency); err != nil {
		return officials.Actor{}, usageError{err}
	}
	a := officials.Actor{Agency: agency, Official: &officials.Official{ID: "trial"}, Scopes: officials.Roles}
	feed := subscribers.Outlet{Name: "feed", List: subscribers.Live, Langs: []string{"en", "es"}, Areas: agency.Jurisdiction}
	return a, p.desk.Outlet(e.ctx, a, feed, "cap", subscribers.NewDestination("live"))
}

func takeFile(file string, take func(io.Reader) (desk.Imported, error)) error {
	if file == "" {
		return nil
	}
	f, err := os.Open(file)
	if err != nil {
		return usageError{err}
	}
	defer f.Close()
	if _, err := take(f); err != nil {
		return fmt.Errorf("%s: %w", filepath.Base(file), err)
	}
	return nil
}
