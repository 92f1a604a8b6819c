package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"callbox/internal/backup"
	"callbox/internal/store"
)

type backupConfig struct {
	// Recipients are the public parts of age identities, age1…, that open the backups. The identities are
	// kept away from this machine.
	Recipients []string `toml:"recipients"`
}

type backupCmd struct {
	Make backupMakeCmd `cmd:"" default:"withargs" help:"Copy the database while it is in use, sealed for the recipients of the configuration."`
	Key  backupKeyCmd  `cmd:"" help:"Make an identity that opens backups, and print its recipient for the configuration."`
}

type backupMakeCmd struct {
	To string `help:"A new file; a folder gets one named after the time." required:"" type:"path"`
}

// Run makes a backup.
func (c *backupMakeCmd) Run(e *env) error {
	return e.with(func(p *program) error {
		now, file := p.desk.Now(), c.To
		if d, err := os.Stat(file); err == nil && d.IsDir() {
			file = filepath.Join(file, "callbox-"+now.UTC().Format("20060102-150405")+".age")
		}
		h, err := backup.Make(e.ctx, p.store, file, p.cfg.Backup.Recipients, now)
		if err != nil {
			return err
		}
		e.result(map[string]any{"file": file, "made": h.Made, "census": h.Census}, func(w io.Writer) {
			fmt.Fprintf(w, "%s holds %d addresses, %d bulletins and the audit trail to number %d, as of %s UTC.\n",
				file, h.Census.Addresses, h.Census.Bulletins, h.Census.Audit, h.Made.Format(time.DateTime))
		})
		return nil
	})
}

type backupKeyCmd struct {
	File string `arg:"" help:"A new file for the identity. Take it away from this machine." type:"path"`
}

// Run makes an identity.
func (c *backupKeyCmd) Run(e *env) error {
	recipient, err := backup.NewIdentity(c.File)
	if err != nil {
		return err
	}
	e.result(map[string]string{"recipient": recipient}, func(w io.Writer) {
		fmt.Fprintf(w, "[backup]\nrecipients = [%q]\n", recipient)
	})
	return nil
}

type restoreCmd struct {
	From     string `help:"A backup." required:"" type:"existingfile"`
	Identity string `help:"The file of the identity that opens it." required:"" type:"existingfile"`
	To       string `help:"A new SQLite file, or postgres://USER@HOST/NAME of an empty database (its password in PGPASSWORD)." required:""`
}

// Run restores a backup elsewhere and checks what came of it. No configuration is needed: the machine of
// old may be lost.
func (c *restoreCmd) Run(e *env) error {
	if openlySecret(c.To) {
		return usageError{errors.New("--to: leave the password out, everybody on this machine can read it: put it into PGPASSWORD")}
	}
	h, err := backup.Restore(e.ctx, c.From, c.Identity, c.To)
	if err != nil {
		return err
	}
	place := c.To
	if store.IsPostgres(place) {
		place, _, _ = strings.Cut(place, "?")
	}
	e.result(map[string]any{"to": place, "made": h.Made, "census": h.Census}, func(w io.Writer) {
		fmt.Fprintf(w, "%s is restored as of %s UTC: %d addresses, %d bulletins, the audit trail is whole to number %d.\n"+
			"It needs the sealing keys of that time: callbox keys export is where their copy came from.\n",
			place, h.Made.Format(time.DateTime), h.Census.Addresses, h.Census.Bulletins, h.Census.Audit)
	})
	return nil
}
