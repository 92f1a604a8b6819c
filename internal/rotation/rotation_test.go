package rotation

import (
	"context"
	"crypto/rand"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"callbox/areas"
	"callbox/channels"
	"callbox/internal/crew"
	"callbox/internal/officials"
	"callbox/internal/store"
	"callbox/internal/store/pgtest"
	"callbox/subscribers"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

// The clock of every process: it stands still, so that nobody is taken for dead.
var at = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

// room is an installation with a key file, on one database, and processes that serve it.
type room struct {
	*testing.T
	where string
	file  subscribers.Keys // what stands in the key file
	wrong error            // why it cannot be written
}

// onBoth runs a test on each database.
func onBoth(t *testing.T, test func(r *room)) {
	t.Run("on SQLite", func(t *testing.T) {
		test(&room{T: t, where: filepath.Join(t.TempDir(), "callbox.db"), file: subscribers.GenerateKeys()})
	})
	t.Run("on PostgreSQL", func(t *testing.T) {
		test(&room{T: t, where: pgtest.Database(t), file: subscribers.GenerateKeys()})
	})
}

func (r *room) ok(err error) {
	r.Helper()
	if err != nil {
		r.Fatal(err)
	}
}

func (r *room) open(keys subscribers.Keys) *store.Store {
	r.Helper()
	s, err := store.Open(r.Context(), r.where, subscribers.NewSealer(keys), func() time.Time { return at })
	r.ok(err)
	r.Cleanup(func() { r.ok(s.Close()) })
	return s
}

// process is one that serves, with the key file as it stood when it was started.
type process struct {
	*room
	name  string
	keys  subscribers.Keys
	store *store.Store
}

func (r *room) start(name string) *process {
	r.Helper()
	p := &process{r, name, r.file, r.open(r.file)}
	_, err := p.store.Muster(p.Context(), store.Member{Name: name, About: "process " + name, Digest: crew.Digest("x", p.keys), Began: at})
	p.ok(err)
	return p
}

// again stops a process and starts it anew.
func (p *process) again() *process {
	p.Helper()
	p.ok(p.store.Quit(p.Context(), p.name))
	return p.start(p.name)
}

// join has n residents sign up at a process.
func (p *process) join(n int) {
	p.Helper()
	var all []store.Registration
	for range n {
		address := rand.Text() + "@example.org"
		all = append(all, store.Registration{List: subscribers.Live, Langs: []string{"en"}, Areas: []areas.ID{"x-a"}, Channel: channels.Email,
			Destination: subscribers.NewDestination(address), Active: true})
	}
	_, err := p.store.Enrol(p.Context(), all...)
	p.ok(err)
}

// rotate takes a step, as the verb does.
func (r *room) rotate(exported bool) (Result, error) {
	r.Helper()
	s := r.open(r.file)
	return Rotation{Store: s, Keys: r.file, Exported: exported, Write: func(k subscribers.Keys) error {
		if r.wrong == nil {
			r.file = k
		}
		return r.wrong
	}}.Next(r.Context())
}

func (r *room) must(step Step, exported bool) Result {
	r.Helper()
	did, err := r.rotate(exported)
	if err != nil || did.Step != step || did.Keys != r.file.Fingerprint() {
		r.Fatalf("got %+v, %v; want %s", did, err, step)
	}
	return did
}

func (r *room) heldUp(why string, exported bool) {
	r.Helper()
	before := r.file.Fingerprint()
	did, err := r.rotate(exported)
	if !errors.Is(err, ErrHeldUp) || !strings.Contains(err.Error(), why) || r.file.Fingerprint() != before {
		r.Fatalf("got %+v, %v; want it held up: %s", did, err, why)
	}
}

// promise 12: keys are rotated while two processes serve; nobody is lost, and no step goes on too early.
func TestKeysAreRotatedWhileProcessesServe(t *testing.T) {
	onBoth(t, func(r *room) {
		one, two := r.start("one"), r.start("two")
		one.ok(one.store.SaveAgency(r.Context(), officials.Agency{ID: "a", Name: "A"}, officials.Entry{}))
		one.join(3)
		old := r.file

		r.must(Prepared, false)
		r.heldUp("callbox keys export", false)
		r.heldUp("process one and process two", true)
		one = one.again()
		r.heldUp("process two does not hold the next keys", true)
		two = two.again()
		r.must(Promoted, true)
		one = one.again() // seals with the new keys beside one that seals with the old
		one.join(1)
		two.join(1)
		r.heldUp("process two seals with an old key", true)
		for _, p := range []*process{one, two} {
			if got := p.opens(); got != 5 {
				r.Errorf("process %s opens %d addresses, want 5", p.name, got)
			}
		}
		two.again()
		r.wrong = errors.New("no room")
		if _, err := r.rotate(true); !errors.Is(err, r.wrong) {
			r.Fatalf("a key file that cannot be written: %v", err)
		}
		r.wrong = nil
		did := r.must(Retired, true)
		if did.Old != 0 || did.Links != 1 || did.Closed != 0 {
			r.Errorf("at the end: %+v, want no old key, and one that reads links", did)
		}
		if left, err := one.store.SealedBy(r.Context()); err != nil || len(left) != 1 || old.Ring().SealsLike(r.file.Ring()) {
			r.Errorf("sealed by %v, %v; want one new key", left, err)
		}
		if got := r.start("three").opens(); got != 5 {
			r.Errorf("with the new keys alone %d open, want 5", got)
		}
		if got := r.trail(); got != "prepared promoted retired retired" {
			r.Errorf("the trail says %q", got)
		}
	})
}

// opens counts the addresses that a process can read.
func (p *process) opens() (n int) {
	p.Helper()
	p.ok(p.store.Roll(p.Context(), func(subscribers.Line) error { n++; return nil }))
	return n
}

// trail is what the audit trail says of the keys.
func (r *room) trail() string {
	var steps []string
	r.ok(r.open(r.file).Audit(r.Context(), 0, func(e officials.Entry) error {
		if e.Action == "keys.rotate" {
			steps = append(steps, e.Object)
		}
		return nil
	}))
	return strings.Join(steps, " ")
}

// What no key opens is counted, and hinders nothing.
func TestWhatNoKeyOpensHindersNothing(t *testing.T) {
	onBoth(t, func(r *room) {
		one := r.start("one")
		one.join(1)
		lost := &process{r, "lost", r.file, r.open(r.file.Prepare().Promote())} // with a key that nobody has any more
		lost.join(1)
		one.ok(one.store.Quit(r.Context(), "one"))
		r.must(Prepared, true)
		r.must(Promoted, true)
		if did := r.must(Retired, true); did.Anew != 1 || did.Closed != 1 || did.Old != 0 {
			r.Errorf("with an address of a lost key: %+v, want one sealed anew and one that does not open", did)
		}
	})
}

func TestLinksAreForgottenBetweenRotationsOnly(t *testing.T) {
	r := &room{T: t, where: filepath.Join(t.TempDir(), "callbox.db"), file: subscribers.GenerateKeys()}
	forget := func() (Result, error) {
		return Rotation{Store: r.open(r.file), Keys: r.file, Write: func(k subscribers.Keys) error { r.file = k; return nil }}.Forget(context.Background())
	}
	r.must(Prepared, true)
	if _, err := forget(); !errors.Is(err, ErrHeldUp) {
		t.Errorf("in the middle: %v, want it held up", err)
	}
	r.must(Promoted, true)
	r.must(Retired, true)
	if did, err := forget(); err != nil || did.Links != 0 || r.file.OldLinks() != 0 {
		t.Errorf("after it: %+v, %v", did, err)
	}
}
