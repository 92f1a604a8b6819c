package backup

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"callbox/areas"
	"callbox/channels"
	"callbox/internal/officials"
	"callbox/internal/store"
	"callbox/internal/store/pgtest"
	"callbox/subscribers"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

var now = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

// room is an installation with three residents, and an identity that opens its backups.
type room struct {
	*testing.T
	dir       string
	where     string
	keys      subscribers.Keys
	store     *store.Store
	identity  string // file
	recipient string
}

func newRoom(t *testing.T, where string) *room {
	t.Helper()
	r := &room{T: t, dir: t.TempDir(), keys: subscribers.GenerateKeys()}
	if r.where = where; where == "" {
		r.where = filepath.Join(r.dir, "callbox.db")
	}
	var err error
	r.store, err = store.Open(t.Context(), r.where, subscribers.NewSealer(r.keys), func() time.Time { return now })
	r.ok(err)
	t.Cleanup(func() { r.ok(r.store.Close()) })
	r.ok(r.store.SaveAgency(t.Context(), officials.Agency{ID: "a", Name: "Agency"}, officials.Entry{Actor: "operator", Action: "agency.save"}))
	for i := range 3 {
		_, err := r.store.Enrol(t.Context(), store.Registration{List: "live", Langs: []string{"en"}, Areas: []areas.ID{"x-a"},
			Channel: channels.Email, Destination: subscribers.NewDestination(fmt.Sprintf("pat%d@secret-mail.example.org", i)), Active: true})
		r.ok(err)
	}
	r.identity = filepath.Join(r.dir, "identity.txt")
	r.recipient, err = NewIdentity(r.identity)
	r.ok(err)
	return r
}

func (r *room) ok(err error) {
	r.Helper()
	if err != nil {
		r.Fatal(err)
	}
}

func (r *room) backup(name string) (file string) {
	r.Helper()
	file = filepath.Join(r.dir, name)
	_, err := Make(r.Context(), r.store, file, []string{r.recipient}, now)
	r.ok(err)
	return file
}

func (r *room) restored(where string) {
	r.Helper()
	s, err := store.Open(r.Context(), where, subscribers.NewSealer(r.keys), nil)
	r.ok(err)
	defer s.Close()
	var found []string
	r.ok(s.Roll(r.Context(), func(l subscribers.Line) error {
		found = append(found, l.Address.Destination.Reveal())
		return nil
	}))
	if len(found) != 3 || found[2] != "pat2@secret-mail.example.org" {
		r.Errorf("got %d residents with the keys of old, want all three", len(found))
	}
}

func TestABackupIsRestoredElsewhere(t *testing.T) {
	r := newRoom(t, "")
	file := r.backup("b.age")
	to := filepath.Join(r.dir, "restored.db")
	h, err := Restore(t.Context(), file, r.identity, to)
	r.ok(err)
	if h.Census.Addresses != 3 || !h.Made.Equal(now) {
		t.Errorf("got %+v, want three addresses, made at %s", h, now)
	}
	r.restored(to)
	left, err := filepath.Glob(filepath.Join(r.dir, "*"))
	r.ok(err)
	for _, f := range left {
		if strings.Contains(f, ".part") || strings.Contains(f, ".callbox-backup-") {
			t.Errorf("%s was left behind", filepath.Base(f))
		}
	}
	last, err := r.store.LastBackup(t.Context())
	if err != nil || !last.Made.Equal(now) || last.Size == 0 {
		t.Errorf("recovery point: got %+v, %v, want that of now", last, err)
	}
}

// promise 12: who steals a backup learns nobody's address, not even who can open it but lacks the keys.
func TestAStolenBackupShowsNoContact(t *testing.T) {
	r := newRoom(t, "")
	file := r.backup("b.age")
	plain := filepath.Join(r.dir, "plain")
	_, err := unseal(file, r.identity, plain)
	r.ok(err)
	for name, secrets := range map[string][]string{file: {"secret-mail", "SQLite format", "Agency", "x-a"}, plain: {"secret-mail", "pat0"}} {
		data, err := os.ReadFile(name)
		r.ok(err)
		for _, s := range secrets {
			if bytes.Contains(data, []byte(s)) {
				t.Errorf("%s shows %q", filepath.Base(name), s)
			}
		}
		if at, err := os.Stat(name); err != nil || at.Mode().Perm() != 0o600 {
			t.Errorf("%s: mode %v, %v, want it readable by its owner only", filepath.Base(name), at.Mode(), err)
		}
	}
}

func TestWhatIsWrongWithARestoreIsSaidAndNothingIsLeft(t *testing.T) {
	r := newRoom(t, "")
	file := r.backup("b.age")
	data, err := os.ReadFile(file)
	r.ok(err)
	write := func(name string, data []byte) string {
		r.ok(os.WriteFile(filepath.Join(r.dir, name), data, 0o600))
		return filepath.Join(r.dir, name)
	}
	bent := bytes.Clone(data)
	bent[len(bent)-20] ^= 1
	other := filepath.Join(r.dir, "other.txt")
	_, err = NewIdentity(other)
	r.ok(err)
	for name, c := range map[string]struct{ file, identity, to, want string }{
		"another identity": {file, other, "new.db", "no identity matched"},
		"no identity":      {file, write("keys", []byte("hello")), "new.db", "AGE-SECRET-KEY"},
		"a bit flipped":    {write("bent.age", bent), r.identity, "new.db", "open the backup"},
		"cut short":        {write("short.age", data[:len(data)-100]), r.identity, "new.db", "open the backup"},
		"no backup":        {write("x.age", []byte("hello")), r.identity, "new.db", "open the backup"},
		"over a database":  {file, r.identity, "callbox.db", "exists already"},
	} {
		to := filepath.Join(r.dir, c.to)
		if _, err := Restore(t.Context(), c.file, c.identity, to); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", name, err, c.want)
		}
		if _, err := os.Stat(to + ".part"); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s: a copy in the clear was left behind", name)
		}
	}
	if _, err := os.Stat(filepath.Join(r.dir, "new.db")); !errors.Is(err, os.ErrNotExist) {
		t.Error("a failed restore left a database")
	}
	if _, err := Make(t.Context(), r.store, file, []string{r.recipient}, now.Add(time.Second)); err == nil {
		t.Error("a backup was overwritten")
	}
	if _, err := Make(t.Context(), r.store, file+"2", nil, now.Add(time.Second)); err == nil || !strings.Contains(err.Error(), "clear") {
		t.Errorf("without a recipient: got %v, want it refused", err)
	}
}

func TestPostgresIsRestoredIntoAnEmptyDatabase(t *testing.T) {
	r := newRoom(t, pgtest.Database(t))
	file := r.backup("b.age")
	to := pgtest.Database(t)
	_, err := Restore(t.Context(), file, r.identity, to)
	r.ok(err)
	r.restored(to)
	if _, err := Restore(t.Context(), file, r.identity, to); err == nil || !strings.Contains(err.Error(), "empty") {
		t.Errorf("over a database: got %v, want it refused", err)
	}
	if _, err := Restore(t.Context(), file, r.identity, filepath.Join(r.dir, "x.db")); err == nil || !strings.Contains(err.Error(), "PostgreSQL") {
		t.Errorf("into a file: got %v, want to be told where it belongs", err)
	}
}
