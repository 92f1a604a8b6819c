package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"callbox/internal/rotation"
	"callbox/subscribers"
)

type keysRotateCmd struct {
	ForgetLinks bool `help:"Instead, let go of the old keys of links: the links in older mails, also those to leave, work no more."`
}

// Run takes the next step of a rotation.
func (c *keysRotateCmd) Run(e *env) error {
	return e.with(func(p *program) error {
		file := inDir(p.cfg.dir, p.cfg.Keys)
		census, err := p.store.Census(e.ctx)
		if err != nil {
			return err
		}
		bar := e.bar(int(census.Addresses), "sealing anew")
		r := rotation.Rotation{Store: p.store, Keys: p.keys, Exported: p.escrow().OK,
			Write:    func(k subscribers.Keys) error { return replaceSecret(file, k.File()) },
			Progress: func(n int) { _ = bar.Add(n) }}
		next := r.Next
		if c.ForgetLinks {
			next = r.Forget
		}
		did, err := next(e.ctx)
		_ = bar.Finish()
		if err != nil {
			return err
		}
		e.result(did, func(w io.Writer) { writeRotation(w, did) })
		return nil
	})
}

func writeRotation(w io.Writer, did rotation.Result) {
	switch did.Step {
	case rotation.Prepared:
		fmt.Fprint(w, "Step 1 of 3: the next keys are in the key file. They open, and do not seal yet.\n"+
			"Export them (callbox keys export FILE), copy the key file to every machine, start every process anew, and say callbox keys rotate again.\n")
	case rotation.Promoted:
		fmt.Fprint(w, "Step 2 of 3: the next keys seal from now on, in processes that start.\n"+
			"Copy the key file to every machine, start every process anew, and say callbox keys rotate again.\n")
	case rotation.Retired:
		fmt.Fprintf(w, "Step 3 of 3: %d were sealed anew.\n", did.Anew)
		if did.Closed > 0 {
			fmt.Fprintf(w, "%d do not open with any key and stay as they are.\n", did.Closed)
		}
		if did.Old > 0 {
			fmt.Fprintf(w, "%d old keys still seal something and stay.\n", did.Old)
		} else {
			fmt.Fprint(w, "No old key seals anything, and none is in the key file any more. Keep its copy as long as backups of that time.\n")
		}
	}
	if did.Links > 0 && did.Step != rotation.Prepared {
		fmt.Fprintf(w, "The links of older mails work on, by older keys (%d). Once those mails are old: callbox keys rotate --forget-links.\n", did.Links)
	}
	fmt.Fprintf(w, "The keys are now %s.\n", did.Keys)
}

// replaceSecret puts new contents into a secret file: in whole or, whenever the power fails, not at all.
func replaceSecret(file string, data []byte) error {
	old, err := os.Stat(file)
	if err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(file), filepath.Base(file)+".*") // which nobody else may read
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	err = errors.Join(err, ownLike(f.Name(), old), f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), file)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	dir, err := os.Open(filepath.Dir(file))
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}
