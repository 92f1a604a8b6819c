package main

import (
	"encoding/json"
	"fmt"
	"io"
	"time"

	"callbox/internal/desk"
	"callbox/internal/officials"
	"callbox/internal/trail"
)

type auditCmd struct {
	Verify auditVerifyCmd `cmd:"" help:"Follow the whole trail and its second copy. Exits 3 where either was changed."`
	List   auditListCmd   `cmd:"" help:"List entries, newest first."`
	Export auditExportCmd `cmd:"" help:"Write the whole trail as lines of JSON, each with its hash, as the second copy has it."`
}

// auditCopy is the file of the second copy; empty without one.
func (c config) auditCopy() string {
	if c.AuditCopy == "" {
		return ""
	}
	return inDir(c.dir, c.AuditCopy)
}

type auditVerifyCmd struct{}

// Run needs no key: whoever holds the machine may ask whether its record is whole.
func (*auditVerifyCmd) Run(e *env) error {
	return e.with(func(p *program) error {
		v, err := trail.Verify(e.ctx, p.store, p.cfg.auditCopy())
		if err != nil {
			return err
		}
		e.result(v, func(w io.Writer) {
			fmt.Fprintf(w, "The audit trail is whole to entry %d", v.Entries)
			switch {
			case p.cfg.AuditCopy == "":
				fmt.Fprintln(w, "; it has no second copy (audit_copy in the configuration).")
			default:
				fmt.Fprintf(w, ", and its copy says the same to entry %d.\n", v.Copied)
			}
		})
		return nil
	})
}

type auditListCmd struct {
	By     string        `help:"Only what this official did."`
	Action string        `help:"Only actions that begin so: draft., number., official."`
	Object string        `help:"Only what was done to objects that begin so."`
	For    time.Duration `help:"Only of the last so long: 24h."`
}

func (c *auditListCmd) Run(e *env) error {
	return e.acting(func(p *program, a officials.Actor) error {
		f := desk.AuditFilter{Actor: c.By, Action: c.Action, Object: c.Object}
		if c.For > 0 {
			f.Since = p.desk.Now().Add(-c.For)
		}
		entries, err := p.desk.AuditEntries(e.ctx, a, f)
		if err != nil {
			return err
		}
		e.result(entries, func(w io.Writer) {
			for _, x := range entries {
				fmt.Fprintf(w, "%d\t%s\t%s\t%s\t%s\t%s\n", x.Seq, x.At.Format(time.RFC3339), x.Actor, x.Action, x.Object, x.Detail)
			}
		})
		return nil
	})
}

type auditExportCmd struct{}

func (*auditExportCmd) Run(e *env) error {
	return e.with(func(p *program) error {
		out := json.NewEncoder(e.out)
		return p.store.Trail(e.ctx, 0, func(l trail.Line) error { return out.Encode(l) })
	})
}
