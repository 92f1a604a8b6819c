// Package pgtest starts a throw-away PostgreSQL server for the tests of a package, from the programs of
// Debian's package postgresql.
//
// It runs beside the test process and ends with it, listens on a socket of its own folder only, and does
// not wait for the disk.
package pgtest

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// ErrMissing says that PostgreSQL is not on this machine.
var ErrMissing = errors.New("PostgreSQL is not here, so what needs it did not run: install Debian's package postgresql")

// Server is a running server.
type Server struct {
	dir  string // of its data and its socket
	bin  string // folder of its programs
	cmd  *exec.Cmd
	over chan struct{}
	made atomic.Int64 // databases
}

// Start starts a server. Stop it.
func Start() (*Server, error) {
	bin, err := programs()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "callbox-pg-")
	if err != nil {
		return nil, err
	}
	s := &Server{dir: dir, bin: bin}
	if err := errors.Join(own(dir), s.initialize()); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	if err := s.Up(); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	if err := s.Exec(context.Background(), "postgres", `CREATE ROLE callbox LOGIN`); err != nil {
		return nil, errors.Join(err, s.Stop())
	}
	return s, nil
}

// programs finds the folder of the newest server.
func programs() (string, error) {
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/postgres") // where Debian keeps them, out of PATH
	if err != nil {
		return "", err
	}
	if len(found) == 0 {
		name, err := exec.LookPath("postgres")
		if err != nil {
			return "", ErrMissing
		}
		return filepath.Dir(name), nil
	}
	slices.Sort(found)
	return filepath.Dir(found[len(found)-1]), nil
}

func (s *Server) initialize() error {
	out, err := s.command("initdb", "-D", s.data(), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync").CombinedOutput()
	if err != nil {
		return fmt.Errorf("initdb: %w\n%s", err, out)
	}
	return nil
}

func (s *Server) data() string { return filepath.Join(s.dir, "data") }

func (s *Server) command(name string, args ...string) *exec.Cmd {
	c := exec.Command(filepath.Join(s.bin, name), args...)
	c.Dir = s.dir
	c.SysProcAttr = besideUs()
	return c
}

// Up starts the server again after Down, with settings such as "max_connections=10".
func (s *Server) Up(settings ...string) error {
	args := []string{"-D", s.data(), "-k", s.dir, "-c", "listen_addresses=", "-c", "fsync=off", "-c", "max_connections=300"}
	for _, set := range settings {
		args = append(args, "-c", set)
	}
	log, err := os.Create(filepath.Join(s.dir, "log"))
	if err != nil {
		return err
	}
	defer log.Close()
	s.cmd = s.command("postgres", args...)
	s.cmd.Stdout, s.cmd.Stderr = log, log
	s.over = make(chan struct{})
	began := make(chan error)
	go func() { // the server ends with the thread that started it
		release := holdThread()
		defer release()
		err := s.cmd.Start()
		began <- err
		if err == nil {
			_ = s.cmd.Wait() // it is told to end by a signal
		}
		close(s.over)
	}()
	if err := <-began; err != nil {
		return fmt.Errorf("postgres: %w", err)
	}
	return s.answers()
}

// answers waits until the server does.
func (s *Server) answers() error {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	for {
		conn, err := pgx.Connect(ctx, s.url("postgres", "postgres"))
		if err == nil {
			return conn.Close(ctx)
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("postgres does not answer: %w", err)
		case <-s.over:
			said, _ := os.ReadFile(filepath.Join(s.dir, "log")) // best effort
			return fmt.Errorf("postgres ended: %s", said)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// Down ends the server at once, as a power cut does, and keeps its data.
func (s *Server) Down() error {
	if err := s.cmd.Process.Signal(quit); err != nil {
		return err
	}
	<-s.over
	return nil
}

// Standby makes the server one that only reads, or one that writes again, and starts it anew.
func (s *Server) Standby(yes bool) error {
	if err := s.Down(); err != nil {
		return err
	}
	signal := filepath.Join(s.data(), "standby.signal")
	var err error
	if yes {
		err = os.WriteFile(signal, nil, 0o644)
	} else {
		err = os.Remove(signal)
	}
	return errors.Join(err, s.Up())
}

// Stop ends the server and removes its data.
func (s *Server) Stop() error {
	return errors.Join(s.Down(), os.RemoveAll(s.dir))
}

// Socket is where the server listens: a folder for programs of PostgreSQL, and its file for others.
func (s *Server) Socket() (folder, file string) { return s.dir, filepath.Join(s.dir, ".s.PGSQL.5432") }

// URL names a database of the server, for a user who owns those that Make makes.
func (s *Server) URL(database string) string { return s.url("callbox", database) }

func (s *Server) url(user, database string) string {
	return (&url.URL{Scheme: "postgres", User: url.User(user), Path: "/" + database,
		RawQuery: url.Values{"host": {s.dir}}.Encode()}).String()
}

// Make makes an empty database and returns its URL.
func (s *Server) Make(ctx context.Context) (string, error) { return s.Copy(ctx, "template1") }

// Copy makes a database like another, which nobody uses, and returns its URL.
func (s *Server) Copy(ctx context.Context, of string) (string, error) {
	name := fmt.Sprint("test", s.made.Add(1))
	return s.URL(name), s.Exec(ctx, "postgres", `CREATE DATABASE `+name+` OWNER callbox TEMPLATE `+of)
}

// Exec runs a statement as the administrator.
func (s *Server) Exec(ctx context.Context, database, statement string) error {
	conn, err := pgx.Connect(ctx, s.url("postgres", database))
	if err != nil {
		return err
	}
	_, err = conn.Exec(ctx, statement)
	return errors.Join(err, conn.Close(ctx))
}

// shared is the server of the tests of a package.
var shared struct {
	sync.Mutex
	server *Server
}

// Shared returns the server that the tests of a package share, and starts it for the first. TestMain
// ends with Close.
func Shared() (*Server, error) {
	shared.Lock()
	defer shared.Unlock()
	if shared.server == nil {
		s, err := Start()
		if err != nil {
			return nil, err
		}
		shared.server = s
	}
	return shared.server, nil
}

// Close stops the shared server, if one was started.
func Close() error {
	shared.Lock()
	defer shared.Unlock()
	if shared.server == nil {
		return nil
	}
	s := shared.server
	shared.server = nil
	return s.Stop()
}

// Main runs the tests of a package and stops the server that they shared.
func Main(m *testing.M) int {
	code := m.Run()
	if err := Close(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return code
}

// Database returns the URL of a new, empty database on the shared server. Where there is no PostgreSQL
// the test is skipped, which CI takes for a failure.
func Database(t testing.TB) string {
	t.Helper()
	s, err := Shared()
	if errors.Is(err, ErrMissing) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	where, err := s.Make(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return where
}
