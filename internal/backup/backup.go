// Package backup seals a copy of the database for an identity that is kept offline, and opens it again.
//
// A sealed file is an age file (age-encryption.org/v1) of a header line in JSON and the gzipped copy. Who
// steals it learns its size. The keys that seal addresses are not in it: they have an escrow of their own.
package backup

import (
	"bufio"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"filippo.io/age"

	"callbox/internal/officials"
	"callbox/internal/store"
)

// Header is the first line inside a sealed file.
type Header struct {
	Format   int          `json:"callbox_backup"` // 1
	Postgres bool         `json:"postgres"`       // a dump of pg_dump; else a SQLite database
	Made     time.Time    `json:"made"`
	Census   store.Census `json:"census"`
}

const format = 1

// Make copies a database, seals the copy for recipients (age1…) into a new file, and records the recovery
// point. The copy is never on a disk in the clear but in the folder of the file, readable by nobody else,
// while it is sealed.
func Make(ctx context.Context, s *store.Store, file string, recipients []string, now time.Time) (Header, error) {
	to, err := parseRecipients(recipients)
	if err != nil {
		return Header{}, err
	}
	if err := absent(file); err != nil {
		return Header{}, err
	}
	dir, err := os.MkdirTemp(filepath.Dir(file), ".callbox-backup-")
	if err != nil {
		return Header{}, err
	}
	defer os.RemoveAll(dir)
	plain := filepath.Join(dir, "copy")
	h := Header{Format: format, Postgres: s.Postgres(), Made: now.UTC().Truncate(time.Second)}
	if h.Census, err = s.Copy(ctx, plain); err != nil {
		return h, err
	}
	sealed := filepath.Join(dir, "sealed")
	b := store.Backup{Made: now}
	if b.Size, b.Digest, err = seal(sealed, plain, h, to); err != nil {
		return h, fmt.Errorf("seal the backup: %w", err)
	}
	if err := os.Link(sealed, file); err != nil { // unlike a renaming, it does not replace a file that came meanwhile
		return h, err
	}
	return h, s.SaveBackup(ctx, b, officials.Entry{Actor: "operator", Action: "backup.make", Object: filepath.Base(file), Detail: b.Digest})
}

func parseRecipients(texts []string) (out []age.Recipient, err error) {
	for _, text := range texts {
		r, err := age.ParseX25519Recipient(text)
		if err != nil {
			return nil, errors.New("backup recipient: write the public part of an age identity, which begins with age1")
		}
		out = append(out, r)
	}
	if len(out) == 0 {
		return nil, errors.New("backup recipient: name at least one; a backup is never written in the clear")
	}
	return out, nil
}

func absent(file string) error {
	if _, err := os.Lstat(file); !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("%s exists already; nothing is overwritten", file)
	}
	return nil
}

// seal writes a sealed file and returns its size and digest once it is on the disk.
func seal(file, plain string, h Header, to []age.Recipient) (size int64, digest string, err error) {
	in, err := os.Open(plain)
	if err != nil {
		return 0, "", err
	}
	defer in.Close()
	out, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return 0, "", err
	}
	defer func() { err = errors.Join(err, out.Close()) }()
	sum := sha256.New()
	w, err := age.Encrypt(io.MultiWriter(out, sum), to...)
	if err != nil {
		return 0, "", err
	}
	if err := json.NewEncoder(w).Encode(h); err != nil {
		return 0, "", err
	}
	zip := gzip.NewWriter(w)
	if _, err := io.Copy(zip, in); err != nil {
		return 0, "", err
	}
	if err := errors.Join(zip.Close(), w.Close(), out.Sync()); err != nil {
		return 0, "", err
	}
	at, err := out.Stat()
	if err != nil {
		return 0, "", err
	}
	return at.Size(), hex.EncodeToString(sum.Sum(nil)), nil
}

// Restore opens a sealed file with the identities in another and makes a database of it: a new SQLite file,
// or an empty PostgreSQL database, whichever was sealed. Nothing is overwritten. The result is checked: it
// opens with this program, counts what was counted when it was copied, and its audit trail is whole.
func Restore(ctx context.Context, file, identities, to string) (h Header, err error) {
	if !store.IsPostgres(to) {
		if err := absent(to); err != nil {
			return h, err
		}
	}
	plain := to + ".part"
	if store.IsPostgres(to) {
		dir, err := os.MkdirTemp("", "callbox-restore-")
		if err != nil {
			return h, err
		}
		defer os.RemoveAll(dir)
		plain = filepath.Join(dir, "dump")
	} else {
		defer func() {
			for _, end := range []string{"", "-wal", "-shm"} {
				err = errors.Join(err, gone(plain+end))
			}
		}()
	}
	if h, err = unseal(file, identities, plain); err != nil {
		return h, err
	}
	switch {
	case h.Postgres && store.IsPostgres(to):
		if err := store.RestorePostgres(ctx, to, plain); err != nil {
			return h, err
		}
		return h, verify(ctx, to, h)
	case h.Postgres:
		return h, errors.New("this backup is of a PostgreSQL database: restore it into an empty one, --to postgres://USER@HOST/NAME")
	case store.IsPostgres(to):
		return h, errors.New("this backup is of a SQLite database: restore it into a file")
	}
	if err := verify(ctx, plain, h); err != nil {
		return h, err
	}
	return h, os.Link(plain, to)
}

func gone(file string) error {
	if err := os.Remove(file); !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}

// unseal writes the copy inside a sealed file to a new file.
func unseal(file, identities, plain string) (h Header, err error) {
	key, err := os.Open(identities)
	if err != nil {
		return h, fmt.Errorf("identity: %w", err)
	}
	defer key.Close()
	ids, err := age.ParseIdentities(key)
	if err != nil {
		return h, errors.New("identity: this file holds no age identity, which begins with AGE-SECRET-KEY-1")
	}
	in, err := os.Open(file)
	if err != nil {
		return h, err
	}
	defer in.Close()
	r, err := age.Decrypt(in, ids...)
	if err != nil {
		return h, fmt.Errorf("open the backup: %w", err)
	}
	buffered := bufio.NewReader(r)
	line, err := buffered.ReadSlice('\n')
	if err == nil {
		err = json.Unmarshal(line, &h)
	}
	switch {
	case err != nil:
		return h, fmt.Errorf("open the backup: %w", err)
	case h.Format != format:
		return h, fmt.Errorf("this is a backup of format %d, and this program reads %d", h.Format, format)
	}
	zip, err := gzip.NewReader(buffered)
	if err != nil {
		return h, fmt.Errorf("open the backup: %w", err)
	}
	out, err := os.OpenFile(plain, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return h, err
	}
	_, err = io.Copy(out, zip)
	if err := errors.Join(err, out.Sync(), out.Close()); err != nil {
		return h, fmt.Errorf("open the backup: %w", err)
	}
	return h, nil
}

// verify holds a restored database against its header.
func verify(ctx context.Context, where string, h Header) error {
	s, err := store.Open(ctx, where, nil, nil)
	if err != nil {
		return fmt.Errorf("the restored database does not open: %w", err)
	}
	c, err := s.Census(ctx)
	if err == nil && c != h.Census {
		err = fmt.Errorf("the restored database holds %+v, and %+v was copied", c, h.Census)
	}
	if err == nil {
		err = s.Audit(ctx, 0, func(officials.Entry) error { return nil })
	}
	return errors.Join(err, s.Close())
}

// NewIdentity writes a new identity to a file, for a safe that is not this machine's, and returns the
// recipient for the configuration.
func NewIdentity(file string) (recipient string, err error) {
	id, err := age.GenerateX25519Identity()
	if err != nil {
		return "", err
	}
	out, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return "", err
	}
	_, err = fmt.Fprintf(out, "# opens the backups of Callbox: keep it away from the machines that make them\n# public key: %s\n%s\n", id.Recipient(), id)
	return id.Recipient().String(), errors.Join(err, out.Close())
}
