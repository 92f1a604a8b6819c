package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"callbox/areas"
	"callbox/internal/officials"
	"callbox/outages"
)

type agenciesCmd struct {
	Add  agencyAddCmd  `cmd:"" help:"Add an agency, or change it."`
	List agencyListCmd `cmd:"" help:"List the agencies."`
}

type agencyAddCmd struct {
	ID           string        `arg:"" help:"Short name: lower-case letters, digits and hyphens. It stands in the IDs of outages."`
	Name         string        `required:"" help:"Full name, as residents read it."`
	Short        string        `help:"Short name, for texts of 90 characters: \"CT DESPP\"."`
	Jurisdiction []string      `required:"" help:"The areas it may speak for: GEOIDs, or names such as \"CT\" or \"Hinds County, MS\"."`
	Zone         string        `required:"" help:"IANA time zone, such as America/New_York."`
	Sender       string        `required:"" help:"The sender of its CAP documents, such as alerts@agency.example.gov; it never changes."`
	Alone        bool          `help:"Live bulletins need no second person. Not recommended."`
	BreakGlass   bool          `help:"One person may send alone, with a reason, which is recorded." default:"true" negatable:""`
	AloneAfter   int           `help:"Minutes that a draft waits for a second person before one may send alone; -1 for none." default:"5"`
	DrillFirst   bool          `help:"The live space of the console opens only to who took part in a drill in the last 180 days."`
	Undo         time.Duration `help:"How long an approval can be taken back before it is released." default:"10s"`
}

func (c *agencyAddCmd) Run(e *env) error {
	return e.with(func(p *program) error {
		book, err := p.desk.Book(e.ctx)
		if err != nil {
			return err
		}
		a := officials.Agency{ID: c.ID, Name: c.Name, Short: c.Short, Zone: c.Zone, Sender: c.Sender, Undo: c.Undo, DrillFirst: c.DrillFirst,
			Policy: outages.Policy{TwoPeople: !c.Alone, BreakGlass: c.BreakGlass, BreakGlassAfter: c.AloneAfter}}
		for _, name := range c.Jurisdiction {
			area, err := book.Find(name)
			if err != nil {
				return usageError{fmt.Errorf("--jurisdiction: %w", err)}
			}
			a.Jurisdiction = append(a.Jurisdiction, area.ID)
		}
		if err := p.desk.SaveAgency(e.ctx, a); err != nil {
			return usageError{err}
		}
		e.result(a, func(w io.Writer) { fmt.Fprintf(w, "Agency %s speaks for %s.\n", a.ID, ids(a.Jurisdiction)) })
		return nil
	})
}

func ids(list []areas.ID) string {
	var s []string
	for _, id := range list {
		s = append(s, string(id))
	}
	return strings.Join(s, ", ")
}

type agencyListCmd struct{}

func (*agencyListCmd) Run(e *env) error {
	return e.with(func(p *program) error {
		list, err := p.store.Agencies(e.ctx)
		if err != nil {
			return err
		}
		e.result(list, func(w io.Writer) {
			for _, a := range list {
				fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", a.ID, a.Name, ids(a.Jurisdiction), a.Zone)
			}
		})
		return nil
	})
}

type officialsCmd struct {
	Add    officialAddCmd `cmd:"" help:"Add a person and print, once, their personal key and a link into the console."`
	List   officialList   `cmd:"" help:"List the people of an agency."`
	Link   linkCmd        `cmd:"" help:"Print a link that lets a person into the console once, to set up a passkey."`
	Key    machineKeyCmd  `cmd:"" help:"Add a machine's key: it proposes, people approve."`
	Revoke revokeCmd      `cmd:"" help:"End a key for good."`
}

type officialAddCmd struct {
	ID     string   `arg:"" help:"Short name: it stands in drafts, approvals and the audit trail."`
	Agency string   `required:"" help:"The agency the person acts for."`
	Name   string   `required:"" help:"Full name."`
	Email  string   `help:"Where waiting drafts are announced."`
	Roles  []string `required:"" help:"viewer, drafter, approver, directory, admin."`
	OnCall int      `help:"Place in the on-call order: 1 is woken first. Without one, with the last."`
}

func (c *officialAddCmd) Run(e *env) error {
	return e.with(func(p *program) error {
		o := officials.Official{ID: c.ID, Agency: c.Agency, Name: c.Name, Email: c.Email, Roles: roles(c.Roles), OnCall: c.OnCall}
		s, err := p.desk.AddOfficial(e.ctx, o)
		if err != nil {
			return err
		}
		link, err := p.link(e.ctx, o)
		if err != nil {
			return err
		}
		e.result(map[string]string{"for": o.ID, "key": s.Reveal(), "link": link}, func(w io.Writer) {
			fmt.Fprintf(w, "The key of %s, shown this once; keep it like a password:\n%s\n\n", o.ID, s.Reveal())
			showLink(w, o, link)
		})
		return nil
	})
}

func showLink(w io.Writer, o officials.Official, link string) {
	fmt.Fprintf(w, "It lets %s into the console once within a day, to set up a passkey:\n%s\n", o.Name, link)
}

type linkCmd struct {
	Agency string `arg:"" help:"The agency of the person."`
	ID     string `arg:"" help:"The person."`
}

func (c *linkCmd) Run(e *env) error {
	return e.with(func(p *program) error {
		people, err := p.store.Officials(e.ctx, c.Agency)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(people, func(o officials.Official) bool { return o.ID == c.ID })
		if i < 0 {
			return usageError{fmt.Errorf("agency %q has no official %q: callbox officials list", c.Agency, c.ID)}
		}
		link, err := p.link(e.ctx, people[i])
		if err != nil {
			return err
		}
		e.result(map[string]string{"for": c.ID, "link": link}, func(w io.Writer) { showLink(w, people[i], link) })
		return nil
	})
}

// link makes a link that lets somebody into the console once.
func (p *program) link(ctx context.Context, o officials.Official) (string, error) {
	d, err := p.door()
	if err != nil {
		return "", err
	}
	t, err := d.Link(ctx, o)
	return d.URL(t), err
}

func roles(names []string) []officials.Role {
	var out []officials.Role
	for _, n := range names {
		out = append(out, officials.Role(n))
	}
	return out
}

func (e *env) showKey(who string, s officials.Secret) {
	e.result(map[string]string{"for": who, "key": s.Reveal()}, func(w io.Writer) {
		fmt.Fprintf(w, "The key of %s, shown this once; keep it like a password:\n%s\n", who, s.Reveal())
	})
}

type officialList struct {
	Agency string `arg:"" help:"The agency."`
}

func (c *officialList) Run(e *env) error {
	return e.with(func(p *program) error {
		list, err := p.store.Officials(e.ctx, c.Agency)
		if err != nil {
			return err
		}
		e.result(list, func(w io.Writer) {
			for _, o := range list {
				fmt.Fprintf(w, "%s\t%s\t%v\n", o.ID, o.Name, o.Roles)
			}
		})
		return nil
	})
}

type machineKeyCmd struct {
	Name   string   `arg:"" help:"What uses it."`
	Agency string   `required:"" help:"The agency it acts for."`
	Mode   string   `required:"" enum:"live,drill,test" help:"The only mode it may touch."`
	Scopes []string `help:"What it may do: viewer, drafter, directory." default:"drafter"`
}

func (c *machineKeyCmd) Run(e *env) error {
	return e.with(func(p *program) error {
		s, err := p.desk.AddMachineKey(e.ctx, officials.Key{Agency: c.Agency, Name: c.Name, Mode: outages.Mode(c.Mode), Scopes: roles(c.Scopes)})
		if err != nil {
			return err
		}
		e.showKey(c.Name, s)
		return nil
	})
}

type revokeCmd struct {
	Agency string `arg:"" help:"The agency of the key."`
	ID     string `arg:"" help:"The key's ID: what stands between its first two underscores."`
}

func (c *revokeCmd) Run(e *env) error {
	return e.with(func(p *program) error {
		entry := officials.Entry{Agency: c.Agency, Actor: "operator", Action: "key.revoke", Object: c.ID}
		if err := p.store.RevokeKey(e.ctx, c.Agency, c.ID, entry); err != nil {
			return err
		}
		e.result(map[string]string{"revoked": c.ID}, func(w io.Writer) { fmt.Fprintf(w, "Key %s opens nothing any more.\n", c.ID) })
		return nil
	})
}

// actor returns who holds the personal key in the environment or in a file. Nobody types a key into a
// command line, where others can read it.
func (e *env) actor(p *program) (officials.Actor, error) {
	s := os.Getenv("CALLBOX_KEY")
	if file := os.Getenv("CALLBOX_KEY_FILE"); s == "" && file != "" {
		b, err := os.ReadFile(file)
		if err != nil {
			return officials.Actor{}, usageError{fmt.Errorf("CALLBOX_KEY_FILE: %w", err)}
		}
		s = strings.TrimSpace(string(b))
	}
	if s == "" {
		return officials.Actor{}, usageError{errors.New("who are you? Put your personal key into CALLBOX_KEY, or its file into CALLBOX_KEY_FILE")}
	}
	return p.desk.Who(e.ctx, officials.Secret(s))
}

// acting opens the program and finds out who acts.
func (e *env) acting(f func(*program, officials.Actor) error) error {
	return e.with(func(p *program) error {
		a, err := e.actor(p)
		if err != nil {
			return err
		}
		return f(p, a)
	})
}
