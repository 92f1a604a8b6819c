package main

import (
	"fmt"
	"io"
	"strings"
	"time"

	"callbox/internal/officials"
	"callbox/internal/store"
)

type proposalsCmd struct {
	List   proposalsListCmd `cmd:"" default:"1" help:"List what waits for a second person."`
	Accept proposalAccept   `cmd:"" help:"Make a proposal of somebody else take effect."`
	Refuse proposalRefuse   `cmd:"" help:"Close a proposal without effect."`
}

// proposal is how a proposal is printed.
type proposal struct {
	ID       string    `json:"id"`
	Kind     string    `json:"kind"`
	Object   string    `json:"object"`
	Proposer string    `json:"proposer"`
	At       time.Time `json:"at"`
	Says     []string  `json:"says"`
	Accepted bool      `json:"accepted"`
}

func printed(p store.Proposal) proposal {
	return proposal{p.ID, p.Kind, p.Object, p.Proposer, p.At, p.Says, p.Accepted}
}

type proposalsListCmd struct{}

func (*proposalsListCmd) Run(e *env) error {
	return e.acting(func(p *program, a officials.Actor) error {
		list, err := p.desk.Proposals(e.ctx, a)
		if err != nil {
			return err
		}
		out := []proposal{}
		for _, x := range list {
			out = append(out, printed(x))
		}
		e.result(out, func(w io.Writer) {
			for _, x := range out {
				fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", x.ID, x.At.Format(time.RFC3339), x.Proposer, strings.Join(x.Says, " "))
			}
		})
		return nil
	})
}

type proposalAccept struct {
	ID string `arg:"" help:"The proposal."`
}

func (c *proposalAccept) Run(e *env) error {
	return e.acting(func(p *program, a officials.Actor) error {
		x, err := p.desk.Accept(e.ctx, a, c.ID)
		if err != nil {
			return err
		}
		e.result(printed(x), func(w io.Writer) { fmt.Fprintln(w, strings.Join(x.Says, "\n")) })
		return nil
	})
}

type proposalRefuse struct {
	ID     string `arg:"" help:"The proposal."`
	Reason string `help:"Why; it stands in the audit trail."`
}

func (c *proposalRefuse) Run(e *env) error {
	return e.acting(func(p *program, a officials.Actor) error {
		x, err := p.desk.Refuse(e.ctx, a, c.ID, c.Reason)
		if err != nil {
			return err
		}
		e.result(printed(x), func(w io.Writer) { fmt.Fprintf(w, "%s was refused; nothing changed.\n", x.ID) })
		return nil
	})
}
