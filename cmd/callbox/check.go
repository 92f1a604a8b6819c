package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"callbox/internal/desk"
	"callbox/internal/store"
	"callbox/subscribers"
)

type checkCmd struct{}

var errNotReady = errors.New("not ready: see above")

func (*checkCmd) Run(e *env) error {
	err := e.with(func(p *program) error {
		checks, err := p.desk.Readiness(e.ctx)
		if err != nil {
			return err
		}
		return e.checked(append(checks, slices.Concat(p.crewChecks(e.ctx), []desk.Check{p.escrow(), p.public()})...))
	})
	if trouble, ok := errors.AsType[*store.Trouble](err); ok {
		return e.checked([]desk.Check{{What: "database", Text: trouble.Error()}})
	}
	return err
}

// checked prints checks, and is an error when one is not met.
func (e *env) checked(checks []desk.Check) error {
	ready := true
	for _, c := range checks {
		ready = ready && c.OK
	}
	e.result(map[string]any{"ready": ready, "checks": checks}, func(w io.Writer) {
		for _, c := range checks {
			mark := "ok     "
			if !c.OK {
				mark = "MISSING"
			}
			fmt.Fprintf(w, "%s  %s: %s\n", mark, c.What, c.Text)
		}
	})
	if !ready {
		return errNotReady
	}
	return nil
}

// escrow is red until the keys were copied away: a backup without them reaches nobody.
func (p *program) escrow() desk.Check {
	file := inDir(p.cfg.dir, p.cfg.Keys)
	data, err := os.ReadFile(file)
	if err != nil {
		return desk.Check{What: "keys", Text: err.Error()}
	}
	keys, err := subscribers.ParseKeys(data)
	if err != nil {
		return desk.Check{What: "keys", Text: err.Error()}
	}
	noted, _ := os.ReadFile(file + ".escrow") // absent until the first export
	if string(bytes.TrimSpace(noted)) != keys.Fingerprint() {
		return desk.Check{What: "keys", Text: "there is no copy away from this machine; after a loss nobody could be reached: callbox keys export FILE"}
	}
	return desk.Check{What: "keys", OK: true, Text: "keys " + keys.Fingerprint() + " were exported"}
}

func (p *program) public() desk.Check {
	if strings.HasPrefix(p.cfg.PublicURL, "https://") {
		return desk.Check{What: "public_url", OK: true, Text: p.cfg.PublicURL}
	}
	return desk.Check{What: "public_url", Text: "residents need an https address; " + p.cfg.PublicURL + " reaches this machine only"}
}
