package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/alecthomas/kong"

	"callbox/areas"
	"callbox/internal/desk"
	"callbox/internal/officials"
	"callbox/internal/rotation"
	"callbox/internal/trail"
	"callbox/outages"
)

// The exit codes, as the documentation promises them.
const (
	exitOK       = 0
	exitFailed   = 1
	exitUsage    = 2
	exitBlocked  = 3 // a rule blocks
	exitWaits    = 4 // it waits for another person's approval
	exitConflict = 5 // somebody was quicker, or it does not fit the state of the outage
)

// cli is the command line. Every verb is a struct whose Run does it.
type cli struct {
	Config string `help:"Configuration file." default:"callbox.toml" env:"CALLBOX_CONFIG" type:"path"`
	Output string `short:"o" help:"How to print results: text or json." enum:"text,json" default:"text"`

	Demo        demoCmd        `cmd:"" help:"Run everything on this machine with made-up people and far sides: declare, approve, update, clear."`
	Serve       serveCmd       `cmd:"" help:"Serve the pages, the feed and the API, and send."`
	Outage      outageCmd      `cmd:"" help:"Declare an outage and see it through to its end."`
	Areas       areasCmd       `cmd:"" help:"Towns and dispatch districts."`
	Numbers     numbersCmd     `cmd:"" help:"The directory: whom to call in each area."`
	Subscribers subscribersCmd `cmd:"" help:"The roll of residents."`
	Outlets     outletsCmd     `cmd:"" help:"Crowds: Discord channels, Mastodon accounts, the feed."`
	Templates   templatesCmd   `cmd:"" help:"Wordings."`
	Agencies    agenciesCmd    `cmd:"" help:"Who speaks."`
	Officials   officialsCmd   `cmd:"" help:"People who act for an agency, and their keys."`
	Proposals   proposalsCmd   `cmd:"" help:"Changes that take two people: rights, keys, settings, wordings."`
	Feed        feedCmd        `cmd:"" help:"The CAP feed."`
	Drill       drillCmd       `cmd:"" help:"Game days: ready-made drills after outages that happened, with faults of providers."`
	Audit       auditCmd       `cmd:"" help:"The audit trail: who did what, and whether it is as it was written."`
	Keys        keysCmd        `cmd:"" help:"The keys that seal addresses and sign pushes."`
	Check       checkCmd       `cmd:"" help:"Say in plain words what is missing before this installation can send."`
	Backup      backupCmd      `cmd:"" help:"A sealed copy of the database."`
	Restore     restoreCmd     `cmd:"" help:"Make a database of a sealed copy, and check it."`
	Bench       benchCmd       `cmd:"" help:"Measure this program beside what it could cost, on loopback."`
	BenchPart   benchPartCmd   `cmd:"" name:"bench-part" hidden:""`
}

// env is what a verb has at hand.
type env struct {
	ctx     context.Context
	in      io.Reader
	out     io.Writer // results
	err     io.Writer // progress and complaints
	asJSON  bool
	printed bool // a result in JSON
	cfgFile string
}

// run is the program: main without the process.
func run(ctx context.Context, args []string, in io.Reader, out, errOut io.Writer) int {
	var c cli
	usage := -1
	parser, err := kong.New(&c, kong.Name("callbox"),
		kong.Description("Callbox tells residents whom to call when 911 does not answer."),
		kong.Writers(out, errOut), kong.Exit(func(code int) { usage = code }), kong.ConfigureHelp(kong.HelpOptions{Compact: true}))
	if err != nil {
		fmt.Fprintln(errOut, "callbox:", err)
		return exitFailed
	}
	k, err := parser.Parse(args)
	if usage >= 0 { // --help was asked for
		return usage
	}
	if err != nil {
		fmt.Fprintf(errOut, "callbox: %v\nTry: callbox --help\n", err)
		return exitUsage
	}
	e := &env{ctx: ctx, in: in, out: out, err: errOut, asJSON: c.Output == "json", cfgFile: c.Config}
	return e.report(k.Run(e))
}

// errWaits ends a verb whose result waits for another person.
var errWaits = errors.New("waits for another person's approval")

// errFindings ends a check that found something; the findings are printed already.
var errFindings = errors.New("the check has findings")

// usageError is something wrong with how a verb was called.
type usageError struct{ error }

// report prints an error for a person, or as a problem document, and returns the exit code.
func (e *env) report(err error) int {
	code := exitCode(err)
	if code == exitOK || code == exitWaits || errors.Is(err, errFindings) {
		return code
	}
	if e.asJSON && e.printed {
		return code // the result says it, and one document is enough
	}
	if e.asJSON {
		p := map[string]any{"title": err.Error(), "exit": code}
		if b, ok := errors.AsType[*desk.Blocked](err); ok {
			p["findings"] = b.Findings
		}
		if r, ok := errors.AsType[areas.Report](err); ok {
			p["lines"] = r
		}
		if r, ok := errors.AsType[outages.Problems](err); ok {
			p["problems"] = r
		}
		e.json(p)
		return code
	}
	fmt.Fprintln(e.err, "callbox:", err)
	return code
}

func exitCode(err error) int {
	var blocked *desk.Blocked
	var report areas.Report
	var problems outages.Problems
	var broken *trail.Broken
	var usage usageError
	switch {
	case err == nil:
		return exitOK
	case errors.Is(err, errWaits):
		return exitWaits
	case errors.As(err, &blocked), errors.Is(err, outages.ErrBlocked), errors.Is(err, outages.ErrSecondPerson), errors.As(err, &report),
		errors.As(err, &problems), errors.As(err, &broken), errors.Is(err, errFindings), errors.Is(err, rotation.ErrHeldUp):
		return exitBlocked
	case errors.Is(err, desk.ErrConflict):
		return exitConflict
	case errors.As(err, &usage), errors.Is(err, officials.ErrDenied), errors.Is(err, officials.ErrUnknown), errors.Is(err, desk.ErrNotFound):
		return exitUsage
	}
	return exitFailed
}

// json prints a result as JSON.
func (e *env) json(v any) {
	e.printed = true
	enc := json.NewEncoder(e.out)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		fmt.Fprintln(e.err, "callbox:", err)
	}
}

// result prints v as JSON where that was asked for, and else by text.
func (e *env) result(v any, text func(w io.Writer)) {
	if e.asJSON {
		e.json(v)
		return
	}
	text(e.out)
}
