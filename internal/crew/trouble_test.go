package crew

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"callbox/areas"
	"callbox/channels"
	"callbox/internal/dispatch"
	"callbox/internal/officials"
	"callbox/internal/store"
	"callbox/internal/store/pgtest"
	"callbox/outages"
	"callbox/subscribers"
	"callbox/templates"
)

// ownServer starts a server that a test may stop and spoil.
func ownServer(t *testing.T) *pgtest.Server {
	t.Helper()
	s, err := pgtest.Start()
	if errors.Is(err, pgtest.ErrMissing) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Stop(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// inbox is a far side that takes everything, and remembers how often.
type inbox struct {
	mu  sync.Mutex
	got map[string]int
}

func (i *inbox) Send(_ context.Context, m channels.Message) (channels.Receipt, error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.got[m.To]++
	return nil, nil
}

func (i *inbox) count() (people, messages int) {
	i.mu.Lock()
	defer i.mu.Unlock()
	for _, n := range i.got {
		messages += n
	}
	return len(i.got), messages
}

// alarm fills a store with residents and tells them of an outage.
func alarm(t *testing.T, s *store.Store, residents int) {
	t.Helper()
	ctx, now := t.Context(), time.Now().UTC()
	var rs []store.Registration
	for i := range residents {
		rs = append(rs, store.Registration{List: "live", Langs: []string{"en"}, Areas: []areas.ID{"x-a"}, Channel: channels.Email,
			Destination: subscribers.NewDestination(fmt.Sprintf("r%d@example.org", i)), Active: true})
	}
	_, enrolled := s.Enrol(ctx, rs...)
	b := outages.Bulletin{Outage: "o", Seq: 1, Mode: outages.Live, Kind: outages.Alert, Issued: now, Expires: now.Add(4 * time.Hour)}
	b.Declaration.Mode = outages.Live
	b.Facts.Advice = []outages.Advice{{Area: areas.Area{ID: "x-a"}, Change: outages.Changed}}
	text := templates.Text{Lang: "en", Topic: "911 outage", Title: "911 outage: Hartford", Parts: []templates.Part{{Areas: []areas.ID{"x-a"}}}}
	saved := s.SaveAgency(ctx, officials.Agency{ID: "a", Name: "Agency"}, officials.Entry{Actor: "operator", Action: "agency.save"})
	declared := s.NewOutage(ctx, outages.Outage{ID: "o", Agency: "a", Mode: outages.Live})
	_, issued := s.Issue(ctx, b, store.Texts{Areas: []templates.Text{text}}, nil, officials.Entry{Actor: "system", Action: "bulletin.issue"})
	if err := errors.Join(enrolled, saved, declared, issued); err != nil {
		t.Fatal(err)
	}
}

// sailing is a process at work: a crew and a sender, with the far side that they send to.
type sailing struct {
	*Crew
	t    *testing.T
	far  *inbox
	stop func()
}

func sail(t *testing.T, s *store.Store) *sailing {
	x := &sailing{t: t, far: &inbox{got: map[string]int{}}}
	sender := dispatch.NewSender(s, map[channels.Name]channels.Channel{channels.Email: x.far},
		dispatch.Options{Lanes: map[channels.Name]dispatch.LaneOptions{channels.Email: {Concurrency: 4, Rate: 400}}})
	x.Crew = New(Options{Store: s, Share: sender.Share})
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	var wg sync.WaitGroup
	wg.Go(func() { x.Run(ctx) })
	wg.Go(func() {
		if x.Admitted(ctx) {
			sender.Run(ctx)
		}
	})
	x.stop = func() { cancel(); wg.Wait() }
	return x
}

// until waits for something that must come.
func (x *sailing) until(what string, is func() bool) {
	x.t.Helper()
	for end := time.Now().Add(30 * time.Second); !is(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			people, messages := x.far.count()
			x.t.Fatalf("waiting until %s: trouble %v, %d people have %d messages", what, x.Trouble(), people, messages)
		}
	}
}

// promise 5: whatever happens to the database in the middle of a sending is said in words, and nobody is
// missed when it is mended.
func TestADatabaseInTroubleSaysSoAndNobodyIsMissed(t *testing.T) {
	const residents = 900
	full := `CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS
		$$ BEGIN RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = 'disk_full'; END $$`
	for name, c := range map[string]struct {
		words       string
		spoil, mend func(s *pgtest.Server) error
	}{
		"it goes away":      {"does not answer", (*pgtest.Server).Down, func(s *pgtest.Server) error { return s.Up() }},
		"it is read-only":   {"read-only", func(s *pgtest.Server) error { return s.Standby(true) }, func(s *pgtest.Server) error { return s.Standby(false) }},
		"its disk is full":  {"full", on(full, `CREATE TRIGGER full_disk BEFORE INSERT OR UPDATE ON totals EXECUTE FUNCTION full_disk()`, `CREATE TRIGGER full_disk BEFORE UPDATE ON crew EXECUTE FUNCTION full_disk()`), on(`DROP FUNCTION full_disk CASCADE`)},
		"it has no room":    {"connection left", on(`ALTER DATABASE test1 CONNECTION LIMIT 0`, hangUp), on(`ALTER DATABASE test1 CONNECTION LIMIT -1`)},
		"its password goes": {"refuses the user", on(`ALTER ROLE callbox NOLOGIN`, hangUp), on(`ALTER ROLE callbox LOGIN`)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := ownServer(t)
			where, err := server.Make(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			s, err := store.Open(t.Context(), where, subscribers.NewSealer(subscribers.GenerateKeys()), nil)
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			alarm(t, s, residents)
			x := sail(t, s)
			x.until("some have it", func() bool { n, _ := x.far.count(); return n > 100 })
			if err := c.spoil(server); err != nil {
				t.Fatal(err)
			}
			x.until("it says: "+c.words, func() bool { err := x.Trouble(); return err != nil && strings.Contains(err.Error(), c.words) })
			if err := c.mend(server); err != nil {
				t.Fatal(err)
			}
			x.until("all have it", func() bool { n, _ := x.far.count(); return n == residents })
			x.until("all is well again", func() bool { return x.Trouble() == nil })
			x.stop()
			figures, err := s.Figures(t.Context(), "o", false)
			if err != nil {
				t.Fatal(err)
			}
			if got := figures[0]; got.Accepted != residents || got.Targeted != residents {
				t.Errorf("%+v, want all %d accepted", got, residents)
			}
			if _, messages := x.far.count(); messages > residents+200+4 {
				t.Errorf("%d messages to %d people: more repeats than a flush", messages, residents)
			}
		})
	}
}

const hangUp = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND usename = 'callbox'`

// on runs statements as the administrator of the first database.
func on(statements ...string) func(*pgtest.Server) error {
	return func(s *pgtest.Server) error {
		for _, q := range statements {
			if err := s.Exec(context.Background(), "test1", q); err != nil {
				return err
			}
		}
		return nil
	}
}

func TestADatabaseThatIsInTroubleAtTheStartIsRefusedInWords(t *testing.T) {
	server := ownServer(t)
	open := func(where string) error {
		s, err := store.Open(t.Context(), where, subscribers.NewSealer(subscribers.GenerateKeys()), nil)
		if err == nil {
			err = s.Close()
		}
		return err
	}
	where, err := server.Make(t.Context())
	if err := errors.Join(err, open(where)); err != nil {
		t.Fatal(err)
	}
	folder, _ := server.Socket()
	if err := on(`INSERT INTO goose_db_version (version_id, is_applied) VALUES (99, true)`)(server); err != nil {
		t.Fatal(err)
	}
	for words, where := range map[string]string{
		"no database of that name": server.URL("absent"),
		"refuses the user":         "postgres://nobody:secret@/test1?host=" + folder,
		"does not answer":          "postgres://callbox:secret@127.0.0.1:1/test1",
		"cannot be opened":         filepath.Join(t.TempDir(), "absent", "callbox.db"),
		"cannot parse":             "postgres://callbox:secret@host:port:port/test1",
		"has schema version 99":    where,
	} {
		err := open(where)
		if err == nil || !strings.Contains(err.Error(), words) || strings.Contains(err.Error(), "secret") {
			t.Errorf("got %v, want the words %q and no password", err, words)
		}
	}
}
