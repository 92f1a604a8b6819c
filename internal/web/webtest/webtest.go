// Package webtest sets up a desk with a real store, an agency, its people and a clock that tests move,
// for the tests of every surface.
package webtest

import (
	"context"
	"database/sql"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"callbox/areas"
	"callbox/channels"
	"callbox/channels/push"
	"callbox/channels/push/pushtest"
	"callbox/internal/desk"
	"callbox/internal/officials"
	"callbox/internal/store"
	"callbox/outages"
	"callbox/subscribers"
	"callbox/templates"
)

// Base is the public URL of the site under test.
const Base = "https://alerts.example.gov"

const areaFile = `id,name,state,within,zips
x-west-hartford,West Hartford,CT,09110,06107 06117
x-westport,Westport,CT,09190,06880 06824
x-fairfield,Fairfield,CT,09190,06824 06825
x-berlin,Berlin,CT,09110,06037
`

const directoryFile = `area,for,tel
x-west-hartford,police,860-555-0101
x-west-hartford,fire,860-555-0102
x-westport,all,203-555-0103
x-fairfield,all,203-555-0104
x-berlin,police,860-555-0107
`

// Alert declares an outage in three towns; 06824 lies in two of them.
const Alert = `{"kind": "alert", "mode": "live", "began": "11:49", "next_update": "13:30", "conditions": [
	{"area": "CT/West Hartford", "voice": "down", "hit": {"lines": "landline"}, "text": "working"},
	{"area": ["CT/Westport", "CT/Fairfield"], "voice": "intermittent", "text": "working"}]}`

// Update says that it works again in one of them.
const Update = `{"kind": "update", "mode": "live", "next_update": "14:30", "conditions": [
	{"area": "CT/West Hartford", "voice": "restored", "since": "13:00"}]}`

// AllClear ends it.
const AllClear = `{"kind": "all-clear", "mode": "live", "restored": "14:00"}`

// Room is a desk at work. Its far sides take everything and send nothing.
type Room struct {
	*desk.Desk
	T        testing.TB
	Ada, Bob officials.Actor  // Ada drafts and administers, Bob approves
	AdaKey   officials.Secret // their keys
	BobKey   officials.Secret
	Machine  officials.Secret // may draft live outages
	Device   string           // a push subscription that is well-formed
	PushKey  string           // the VAPID key it was made with

	file   string // of the database
	mu     sync.Mutex
	at     time.Time
	posted []desk.Letter
	down   error
}

// New sets up a room on 22 October 2024, 12:20 in the agency's zone.
func New(t testing.TB) *Room {
	t.Helper()
	once.Do(func() { prepare(t) })
	r := &Room{T: t, at: opening, AdaKey: ready.ada, BobKey: ready.bob, Machine: ready.machine}
	file := filepath.Join(t.TempDir(), "callbox.db")
	r.OK(os.WriteFile(file, ready.database, 0o600))
	r.file = file
	s := r.open(file)
	t.Cleanup(func() { r.OK(s.Close()) })
	r.Ada, r.Bob = r.who(r.AdaKey), r.who(r.BobKey)
	return r
}

var opening = time.Date(2024, 10, 22, 16, 20, 0, 0, time.UTC)

// ready is a database with everything that a room has before any outage. It is made once for all tests
// of a package: each gets a copy.
var (
	once  sync.Once
	ready struct {
		database          []byte
		keys              subscribers.Keys
		ada, bob, machine officials.Secret
	}
)

func prepare(t testing.TB) {
	t.Helper()
	r := &Room{T: t, at: opening}
	ready.keys = subscribers.GenerateKeys()
	file := filepath.Join(t.TempDir(), "callbox.db")
	s := r.open(file)
	ctx := t.Context()
	r.OK(r.SaveAgency(ctx, officials.Agency{ID: "despp", Name: "Sample State Police", Jurisdiction: []areas.ID{"09"},
		Zone: "America/New_York", Sender: "alerts@despp.example.gov", Policy: outages.Policy{TwoPeople: true}}))
	ready.ada = r.official("ada", officials.Drafter, officials.Approver, officials.Directory, officials.Admin)
	ready.bob = r.official("bob", officials.Approver)
	var err error
	ready.machine, err = r.AddMachineKey(ctx, officials.Key{Agency: "despp", Name: "switch", Mode: outages.Live,
		Scopes: []officials.Role{officials.Drafter}})
	r.OK(err)
	_, err = r.ImportAreas(ctx, r.who(ready.ada), strings.NewReader(areaFile))
	r.OK(err)
	_, err = r.ImportDirectory(ctx, r.who(ready.ada), strings.NewReader(directoryFile))
	r.OK(err)
	r.OK(s.Close())
	ready.database, err = os.ReadFile(file)
	r.OK(err)
}

// Tamper changes the database behind the back of everybody.
func (r *Room) Tamper(statement string) {
	r.T.Helper()
	db, err := sql.Open("sqlite", r.file)
	r.OK(err)
	defer db.Close()
	_, err = db.ExecContext(r.T.Context(), statement)
	r.OK(err)
}

// open opens a database and puts a desk on it.
func (r *Room) open(file string) *store.Store {
	r.T.Helper()
	s, err := store.Open(r.T.Context(), file, subscribers.NewSealer(ready.keys), r.Now)
	r.OK(err)
	words, err := templates.Load(nil)
	r.OK(err)
	r.Desk, err = desk.New(desk.Config{Store: s, Words: words, Links: subscribers.NewLinks(ready.keys), Post: post{r}, Now: r.Now,
		Channels: map[channels.Name]channels.Channel{channels.Email: mailbox{}, channels.Push: r.pushes()},
		Page:     func(b outages.Bulletin) string { return Base + "/outages/" + b.Outage }})
	r.OK(err)
	return s
}

// pushes makes a push channel that trusts one service, and a device of that service.
func (r *Room) pushes() channels.Channel {
	public, private, err := push.GenerateKeys()
	r.OK(err)
	service := pushtest.New()
	service.Base = "https://push.example.com"
	r.PushKey, r.Device = public, service.Subscribe(public)
	ch, err := push.New(push.Config{PublicKey: public, PrivateKey: private, Subject: "alerts@despp.example.gov", Hosts: []string{"push.example.com"}})
	r.OK(err)
	return ch
}

// OK ends the test on an error.
func (r *Room) OK(err error) {
	r.T.Helper()
	if err != nil {
		r.T.Fatal(err)
	}
}

func (r *Room) official(id string, roles ...officials.Role) officials.Secret {
	r.T.Helper()
	secret, err := r.AddOfficial(r.T.Context(), officials.Official{ID: id, Agency: "despp", Name: id, Roles: roles})
	r.OK(err)
	return secret
}

func (r *Room) who(s officials.Secret) officials.Actor {
	r.T.Helper()
	a, err := r.Who(r.T.Context(), s)
	r.OK(err)
	return a
}

// Now is the clock of the room.
func (r *Room) Now() time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.at
}

// Pass lets time pass.
func (r *Room) Pass(d time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.at = r.at.Add(d)
}

// Posted writes the letters to residents that are due, and returns all that were written.
func (r *Room) Posted() []desk.Letter {
	r.T.Helper()
	_, err := r.WriteLetters(r.T.Context())
	r.OK(err)
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]desk.Letter(nil), r.posted...)
}

// BreakMail makes every letter fail; nil mends it.
func (r *Room) BreakMail(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.down = err
}

// Issue declares, submits, approves and releases a file, and returns the outage.
func (r *Room) Issue(outage, file string) string {
	r.T.Helper()
	ctx := r.T.Context()
	decl, err := r.Read(ctx, r.Ada, []byte(file))
	r.OK(err)
	d, err := r.Declare(ctx, r.Ada, outage, decl)
	r.OK(err)
	d, err = r.Submit(ctx, r.Ada, d.ID)
	r.OK(err)
	_, err = r.Approve(ctx, r.Bob, d.ID, desk.Word{Code: d.Code})
	r.OK(err)
	r.Pass(time.Second)
	n, err := r.Release(ctx)
	r.OK(err)
	if n != 1 {
		r.T.Fatalf("released %d bulletins, want 1", n)
	}
	return d.Outage
}

// Ask sends a request to a handler: method, path and body, and headers in pairs.
func Ask(t testing.TB, h http.Handler, method, path, body string, header ...string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, Base+path, strings.NewReader(body))
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// post remembers letters instead of sending them.
type post struct{ r *Room }

func (p post) Write(_ context.Context, l desk.Letter) error {
	p.r.mu.Lock()
	defer p.r.mu.Unlock()
	if p.r.down != nil {
		return p.r.down
	}
	p.r.posted = append(p.r.posted, l)
	return nil
}

// mailbox stands for the mail channel: it takes every address.
type mailbox struct{}

func (mailbox) Send(context.Context, channels.Message) (channels.Receipt, error) { return nil, nil }
