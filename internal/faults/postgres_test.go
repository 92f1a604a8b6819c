//go:build faults

package faults

import (
	"path"
	"strings"
	"testing"
	"time"

	"callbox/internal/store/pgtest"
	"callbox/outages"
)

// serverTroubles befall a PostgreSQL server of a trial's own.
var serverTroubles = []struct {
	name   string
	befall func(r *room, s *pgtest.Server, database string)
}{
	{"PostgreSQL is stopped and started again", func(r *room, s *pgtest.Server, _ string) {
		r.ok(s.Down())
		time.Sleep(3 * time.Second)
		r.ok(s.Up())
	}},
	{"PostgreSQL ends every connection, again and again", func(r *room, s *pgtest.Server, database string) {
		for range 10 {
			r.ok(s.Exec(r.Context(), database, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND usename = 'callbox'`))
			time.Sleep(200 * time.Millisecond)
		}
	}},
	{"PostgreSQL takes nothing that is written for 5 s", func(r *room, s *pgtest.Server, _ string) {
		r.ok(s.Standby(true))
		time.Sleep(5 * time.Second)
		r.ok(s.Standby(false))
	}},
	{"PostgreSQL is away, and the program is killed meanwhile", func(r *room, s *pgtest.Server, _ string) {
		r.ok(s.Down())
		r.kill()
		time.Sleep(2 * time.Second) // the officials' own connections are looked at again only then
		r.ok(s.Up())
		r.serve()
	}},
}

// TestTheDatabaseServerFailsAndThePromisesHold: promises 5, 6, 7, 8, 13 and 14 on PostgreSQL.
func TestTheDatabaseServerFailsAndThePromisesHold(t *testing.T) {
	s := newStation(t)
	for _, x := range serverTroubles {
		for n := range *runs {
			t.Run(x.name, func(t *testing.T) {
				t.Parallel()
				server, err := pgtest.Start()
				if err != nil {
					t.Fatal(err)
				}
				t.Cleanup(func() {
					if err := server.Stop(); err != nil {
						t.Error(err)
					}
				})
				where, err := server.Make(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				name, _, _ := strings.Cut(path.Base(where), "?")
				r := newRoomOn(t, s, *seed+uint64(n), where)
				r.befallen(func(r *room) { x.befall(r, server, name) })
				if err := table.add(x.name, r.wrong); err != nil {
					t.Error(err)
				}
			})
		}
	}
}

// befallen plays a trial in which something befalls the machine while an alert is told; an update follows.
func (r *room) befallen(befall func(*room)) {
	r.Helper()
	r.slow()
	r.serve()
	r.tell(outages.Alert)
	r.issued(1)
	time.Sleep(time.Duration(r.dice.IntN(300)) * time.Millisecond)
	befall(r)
	r.join(1)
	time.Sleep(1500 * time.Millisecond) // what was on its way at the update may arrive after it: no promise speaks of that
	r.tell(outages.Update)
	r.issued(2)
	r.settled()
	r.stop()
	r.judge(fault{repeats: 4 * people, uncertain: true}, 2)
}
