package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"callbox/internal/desk"
	"callbox/internal/officials"
	"callbox/internal/store"
	"callbox/outages"
)

type outageCmd struct {
	Lint    lintCmd     `cmd:"" help:"Check a declaration file and show what it would say; nothing is stored."`
	Declare declareCmd  `cmd:"" help:"Write a draft from a declaration file; with --outage of its next bulletin."`
	Notice  noticeCmd   `cmd:"" help:"Take in a carrier's notice (47 CFR 4.9(h)): it opens a draft and sends nothing."`
	Update  declareCmd  `cmd:"" help:"The same as declare, for an update."`
	Clear   clearCmd    `cmd:"" help:"Write the draft of an all-clear."`
	Revise  reviseCmd   `cmd:"" help:"Replace the declaration of a draft."`
	Submit  submitCmd   `cmd:"" help:"Fix the words of a draft and ask a second person."`
	Approve approveCmd  `cmd:"" help:"Approve a submitted draft by its read-back code: it is sent when the undo window is over."`
	Undo    withdrawCmd `cmd:"" help:"Take an approval, a submission or a draft back."`
	Retract retractCmd  `cmd:"" help:"Stop sending and tell whoever was told that it was sent in error. One person may."`
	Stop    stopCmd     `cmd:"" help:"Stop sending what still waits."`
	Status  statusCmd   `cmd:"" help:"Show outages and drafts, or one outage with its ledger."`
	Watch   watchCmd    `cmd:"" help:"Follow the ledger of an outage."`
	Record  recordCmd   `cmd:"" help:"Tell what happened in an outage, how long each step took and whom it reached."`
}

// declaration reads the declaration file of a new outage, or of the next bulletin of one, in the zone of the
// actor's agency.
func (e *env) declaration(p *program, a officials.Actor, outage, file string) (outages.Declaration, error) {
	data, err := e.file(file)
	if err != nil {
		return outages.Declaration{}, usageError{fmt.Errorf("declaration: %w", err)}
	}
	return p.desk.ReadNext(e.ctx, a, outage, data)
}

// file reads a file, or standard input for "-".
func (e *env) file(name string) ([]byte, error) {
	if name == "-" {
		return io.ReadAll(io.LimitReader(e.in, 5<<20))
	}
	return os.ReadFile(name)
}

type noticeCmd struct {
	File   string `short:"f" required:"" help:"The notice, YAML or JSON; - reads standard input."`
	Outage string `help:"The outage that it is about; without, the one that an earlier notice opened, or a new one."`
}

func (c *noticeCmd) Run(e *env) error {
	return e.acting(func(p *program, a officials.Actor) error {
		data, err := e.file(c.File)
		if err != nil {
			return usageError{fmt.Errorf("notice: %w", err)}
		}
		n, err := p.desk.ReadNotice(e.ctx, data)
		if err != nil {
			return err
		}
		d, err := p.desk.Notice(e.ctx, a, c.Outage, n)
		if err != nil {
			return err
		}
		e.result(d, func(w io.Writer) {
			writeDraft(w, d)
			fmt.Fprintf(w, "\nDraft %s of outage %s: nothing was sent. Ask %s (%s, %s), confirm what is true, then: callbox outage revise %s -f FILE\n",
				d.ID, d.Outage, n.Provider, n.Contact.Tel, n.Contact.Email, d.ID)
		})
		return nil
	})
}

type lintCmd struct {
	File   string `short:"f" required:"" help:"Declaration file, YAML or JSON; - reads standard input."`
	Outage string `help:"The outage that it continues; without, a new one."`
	trial
}

func (c *lintCmd) Run(e *env) error {
	acting := e.acting
	if c.Areas != "" || c.Numbers != "" {
		acting = func(f func(*program, officials.Actor) error) error { return c.trial.acting(e, f) }
	}
	return acting(func(p *program, a officials.Actor) error {
		decl, err := e.declaration(p, a, c.Outage, c.File)
		if err != nil {
			return err
		}
		d, err := p.desk.Lint(e.ctx, a, c.Outage, decl)
		if err != nil {
			return err
		}
		return e.preview(p, d)
	})
}

type declareCmd struct {
	File   string `short:"f" required:"" help:"Declaration file, YAML or JSON; - reads standard input."`
	Outage string `help:"The outage that it continues; without, a new one."`
	Submit bool   `help:"Submit it at once."`
}

func (c *declareCmd) Run(e *env) error {
	return e.acting(func(p *program, a officials.Actor) error {
		decl, err := e.declaration(p, a, c.Outage, c.File)
		if err != nil {
			return err
		}
		return e.declare(p, a, c.Outage, decl, c.Submit)
	})
}

// declare writes a draft, and submits it when asked to.
func (e *env) declare(p *program, a officials.Actor, outage string, decl outages.Declaration, submit bool) error {
	d, err := p.desk.Declare(e.ctx, a, outage, decl)
	if err != nil {
		return err
	}
	if submit {
		return e.submit(p, a, d.ID)
	}
	e.result(d, func(w io.Writer) {
		writeDraft(w, d)
		fmt.Fprintf(w, "\nDraft %s of outage %s. Next: callbox outage submit %s\n", d.ID, d.Outage, d.ID)
	})
	return nil
}

type clearCmd struct {
	Outage   string    `arg:"" help:"The outage that is over."`
	Restored time.Time `help:"Since when everything works, RFC 3339." format:"2006-01-02T15:04:05Z07:00"`
	Submit   bool      `help:"Submit it at once."`
}

func (c *clearCmd) Run(e *env) error {
	return e.acting(func(p *program, a officials.Actor) error {
		o, err := p.desk.Status(e.ctx, a, c.Outage)
		if err != nil {
			return err
		}
		return e.declare(p, a, c.Outage, outages.Declaration{Kind: outages.AllClear, Mode: o.Outage.Mode, Restored: c.Restored}, c.Submit)
	})
}

type reviseCmd struct {
	Draft string `arg:"" help:"The draft."`
	File  string `short:"f" required:"" help:"Declaration file, YAML or JSON; - reads standard input."`
}

func (c *reviseCmd) Run(e *env) error {
	return e.acting(func(p *program, a officials.Actor) error {
		draft, err := p.desk.Draft(e.ctx, a, c.Draft)
		if err != nil {
			return err
		}
		decl, err := e.declaration(p, a, draft.Outage, c.File)
		if err != nil {
			return err
		}
		d, err := p.desk.Revise(e.ctx, a, c.Draft, 0, decl)
		if err != nil {
			return err
		}
		e.result(d, func(w io.Writer) { writeDraft(w, d) })
		return nil
	})
}

type submitCmd struct {
	Draft string `arg:"" help:"The draft."`
}

func (c *submitCmd) Run(e *env) error {
	return e.acting(func(p *program, a officials.Actor) error { return e.submit(p, a, c.Draft) })
}

func (e *env) submit(p *program, a officials.Actor, id string) error {
	d, err := p.desk.Submit(e.ctx, a, id)
	if blocked, ok := errors.AsType[*desk.Blocked](err); ok {
		fmt.Fprintf(e.err, "Draft %s is kept; mend it with: callbox outage revise %s -f FILE\n", id, id)
		return blocked
	}
	if err != nil {
		return err
	}
	e.result(d, func(w io.Writer) {
		writeDraft(w, d)
		fmt.Fprintf(w, "\nRead back: %s. A second person approves with: callbox outage approve %s --code %s\n", d.Code, d.ID, d.Code)
	})
	return errWaits
}

type approveCmd struct {
	Draft      string `arg:"" help:"The draft."`
	Code       string `required:"" help:"The six characters that the submitter reads back to you."`
	BreakGlass bool   `help:"Send alone. It is recorded, and the policy must allow it."`
	Reason     string `help:"Why nobody else approves."`
	Area       string `help:"With --break-glass: the name of an area that it is for."`
}

func (c *approveCmd) Run(e *env) error {
	return e.acting(func(p *program, a officials.Actor) error {
		d, err := p.desk.Approve(e.ctx, a, c.Draft, desk.Word{Code: c.Code, BreakGlass: c.BreakGlass, Reason: c.Reason, Area: c.Area})
		if err != nil {
			return err
		}
		e.result(d, func(w io.Writer) {
			fmt.Fprintf(w, "Approved. It is sent at %s; until then: callbox outage undo %s\n", d.Release.Local().Format(time.TimeOnly), d.ID)
		})
		return nil
	})
}

type withdrawCmd struct {
	Draft string `arg:"" help:"The draft."`
}

func (c *withdrawCmd) Run(e *env) error {
	return e.acting(func(p *program, a officials.Actor) error {
		d, err := p.desk.Withdraw(e.ctx, a, c.Draft)
		if err != nil {
			return err
		}
		e.result(d, func(w io.Writer) { fmt.Fprintf(w, "Draft %s is %s again.\n", d.ID, d.State) })
		return nil
	})
}

type retractCmd struct {
	Outage string `arg:"" help:"The outage."`
	Reason string `required:"" help:"sent in error, wrong area, or wrong number."`
}

func (c *retractCmd) Run(e *env) error {
	return e.acting(func(p *program, a officials.Actor) error {
		d, err := p.desk.Retract(e.ctx, a, c.Outage, c.Reason)
		if err != nil {
			return err
		}
		e.result(d, func(w io.Writer) {
			fmt.Fprintf(w, "Sending is stopped. The retraction leaves at %s.\n", d.Release.Local().Format(time.TimeOnly))
		})
		return nil
	})
}

type stopCmd struct {
	Outage string `arg:"" help:"The outage."`
}

func (c *stopCmd) Run(e *env) error {
	return e.acting(func(p *program, a officials.Actor) error {
		if err := p.desk.Stop(e.ctx, a, c.Outage); err != nil {
			return err
		}
		return (&statusCmd{Outage: c.Outage}).Run(e)
	})
}

type statusCmd struct {
	Outage string `arg:"" optional:"" help:"The outage; without, all that are open and every draft."`
}

func (c *statusCmd) Run(e *env) error {
	return e.acting(func(p *program, a officials.Actor) error {
		if c.Outage != "" {
			s, err := p.desk.Status(e.ctx, a, c.Outage)
			if err != nil {
				return err
			}
			e.result(s, func(w io.Writer) { writeStatus(w, s) })
			return nil
		}
		open, err := p.desk.Outages(e.ctx, a, true)
		if err != nil {
			return err
		}
		drafts, err := p.desk.Drafts(e.ctx, a)
		if err != nil {
			return err
		}
		e.result(map[string]any{"open": open, "drafts": drafts}, func(w io.Writer) {
			for _, o := range open {
				last := o.Bulletins[len(o.Bulletins)-1]
				fmt.Fprintf(w, "%s\t%s\t%s %d at %s\n", o.ID, o.Mode, last.Kind, last.Seq, last.Issued.Local().Format(time.DateTime))
			}
			for _, d := range drafts {
				fmt.Fprintf(w, "draft %s\t%s\t%s of %s\n", d.ID, d.State, d.Declaration.Kind, d.Outage)
			}
			if len(open)+len(drafts) == 0 {
				fmt.Fprintln(w, "No outage is open, and no draft waits.")
			}
		})
		return nil
	})
}

type watchCmd struct {
	Outage string        `arg:"" help:"The outage."`
	Every  time.Duration `help:"How often." default:"2s"`
}

func (c *watchCmd) Run(e *env) error {
	return e.acting(func(p *program, a officials.Actor) error {
		for {
			s, err := p.desk.Status(e.ctx, a, c.Outage)
			if err != nil {
				return err
			}
			e.result(s.Figures, func(w io.Writer) {
				fmt.Fprintf(w, "%s  %s\n", time.Now().Format(time.TimeOnly), c.Outage)
				writeFigures(w, s.Figures)
			})
			if waiting(s.Figures) == 0 {
				return nil
			}
			select {
			case <-e.ctx.Done():
				return nil
			case <-time.After(c.Every):
			}
		}
	})
}

func waiting(fs []store.Figure) (n int) {
	for _, f := range fs {
		n += f.Waiting
	}
	return n
}
