package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
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
		return e.checked(checks)
	})
	if trouble, ok := errors.AsType[*store.Trouble](err); ok {
		return e.checked([]desk.Check{{What: "database", Text: trouble.Error()}})
	}
	return err
}

// machine says what this machine has or lacks.
func (p *program) machine(ctx context.Context) []desk.Check {
	return append(p.crewChecks(ctx), p.escrow(), p.public(), p.disk())
}

// diskLeast is the free space below which the disk of the database is red. A million deliveries take some
// 30 MB, and a backup as much as the database.
const diskLeast = 1 << 30

// disk says how much room there is for the database and its backups.
func (p *program) disk() desk.Check {
	free, err := freeBytes(p.cfg.dir)
	switch {
	case err != nil:
		return desk.Check{What: "disk", Text: "cannot be asked: " + err.Error()}
	case free < diskLeast:
		return desk.Check{What: "disk", Text: fmt.Sprintf("only %d MB are free; make room, or nothing can be written down and so nothing sent", free>>20)}
	}
	return desk.Check{What: "disk", OK: true, Text: fmt.Sprintf("%d GB are free", free>>30)}
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
