package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"callbox/channels/cap"
	"callbox/channels/push"
	"callbox/subscribers"
)

type keysCmd struct {
	New    keysNewCmd    `cmd:"" help:"Make the keys that seal addresses, in a file of their own."`
	Push   keysPushCmd   `cmd:"" help:"Make a VAPID key pair for web push."`
	CAP    keysCAPCmd    `cmd:"" name:"cap" help:"Make a key and a certificate that sign the feed."`
	DKIM   keysDKIMCmd   `cmd:"" name:"dkim" help:"Make a key that signs mails, and print what goes into the DNS."`
	Rotate keysRotateCmd `cmd:"" help:"Take the next step towards new sealing keys, while processes serve."`
	Export keysExportCmd `cmd:"" help:"Copy the sealing keys to a file for escrow: without them nobody can be reached after a restore."`
}

type keysNewCmd struct {
	File string `arg:"" optional:"" help:"Where to write them." default:"callbox.keys" type:"path"`
}

func (c *keysNewCmd) Run(e *env) error {
	k := subscribers.GenerateKeys()
	if err := writeNew(c.File, k.File()); err != nil {
		return err
	}
	e.result(map[string]string{"file": c.File, "fingerprint": k.Fingerprint()}, func(w io.Writer) {
		fmt.Fprintf(w, "Keys %s are in %s. Keep a copy away from this machine: callbox keys export.\n", k.Fingerprint(), c.File)
	})
	return nil
}

// writeNew writes a secret file that nobody else may read, and never over another.
func writeNew(file string, data []byte) error {
	f, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, os.ErrExist) {
		return usageError{fmt.Errorf("%s exists already and is not overwritten", filepath.Base(file))}
	}
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	return errors.Join(err, f.Sync(), f.Close())
}

type keysPushCmd struct {
	File string `arg:"" optional:"" help:"Where to write the private key." default:"push.key" type:"path"`
}

func (c *keysPushCmd) Run(e *env) error {
	public, private, err := push.GenerateKeys()
	if err != nil {
		return err
	}
	if err := writeNew(c.File, []byte(private+"\n")); err != nil {
		return err
	}
	e.result(map[string]string{"public_key": public, "private_key": "file:" + filepath.Base(c.File)}, func(w io.Writer) {
		fmt.Fprintf(w, "[push]\npublic_key = %q\nprivate_key = %q\nsubject = \"\" # a mail address or https URL where push services may ask\n",
			public, "file:"+filepath.Base(c.File))
	})
	return nil
}

type keysCAPCmd struct {
	Name        string `arg:"" help:"Who signs: the common name of the certificate."`
	Key         string `help:"Where to write the key." default:"cap.key" type:"path"`
	Certificate string `help:"Where to write the certificate." default:"cap.crt" type:"path"`
	Rotate      bool   `help:"Put the key and certificate that stand there aside, with today's date. Documents that are out keep their own certificate; tell whoever checks signatures 30 days ahead."`
}

func (c *keysCAPCmd) Run(e *env) error {
	if c.Rotate {
		for _, file := range []string{c.Key, c.Certificate} {
			if err := os.Rename(file, file+time.Now().UTC().Format(".20060102-150405")); err != nil {
				return usageError{fmt.Errorf("nothing to rotate: %w", err)}
			}
		}
	}
	key, cert, err := cap.GenerateKey(c.Name, time.Now())
	if err != nil {
		return err
	}
	if err := writeNew(c.Key, key); err != nil {
		return err
	}
	if err := os.WriteFile(c.Certificate, cert, 0o644); err != nil { //nolint:gosec // a certificate is public
		return err
	}
	e.result(map[string]string{"signing_key": "file:" + filepath.Base(c.Key), "certificate": filepath.Base(c.Certificate)}, func(w io.Writer) {
		fmt.Fprintf(w, "[cap]\nsigning_key = %q\ncertificate = %q\n", "file:"+filepath.Base(c.Key), filepath.Base(c.Certificate))
	})
	return nil
}

type keysExportCmd struct {
	To string `arg:"" help:"Where to write the copy." type:"path"`
}

func (c *keysExportCmd) Run(e *env) error {
	cfg, err := loadConfig(e.cfgFile)
	if err != nil {
		return err
	}
	data, err := os.ReadFile(inDir(cfg.dir, cfg.Keys))
	if err != nil {
		return fmt.Errorf("keys: %w", err)
	}
	k, err := subscribers.ParseKeys(data)
	if err != nil {
		return err
	}
	if err := writeNew(c.To, data); err != nil {
		return err
	}
	escrow := inDir(cfg.dir, cfg.Keys) + ".escrow"
	if err := os.WriteFile(escrow, []byte(k.Fingerprint()+"\n"), 0o600); err != nil {
		return err
	}
	e.result(map[string]string{"file": c.To, "fingerprint": k.Fingerprint()}, func(w io.Writer) {
		fmt.Fprintf(w, "Copied keys %s to %s. Move it off this machine.\n", k.Fingerprint(), c.To)
	})
	return nil
}
