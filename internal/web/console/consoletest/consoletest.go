// Package consoletest sets up a console on a desk with a real store, and people who are signed in to it
// with passkeys, for the tests of its rooms.
package consoletest

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"

	"testing"

	"callbox/internal/desk/door"
	"callbox/internal/officials"
	"callbox/internal/web"
	"callbox/internal/web/console"
	"callbox/internal/web/console/frame"
	"callbox/internal/web/webtest"
)

// Origin is where the console of tests without a browser stands.
const Origin = "https://console.example.gov"

// Site is a console. Its handler is what a process serves: with the headers, and closed to other sites.
type Site struct {
	*webtest.Room
	http.Handler
	Console *frame.Console
	Door    *door.Door
	origin  string
}

// New sets up a console with rooms beside sign-in and the home page.
func New(t testing.TB, rooms ...frame.Room) *Site {
	t.Helper()
	return at(t, Origin, rooms)
}

// Serve is New for browsers: it also serves the console on loopback and returns its address, such as
// "http://localhost:12345".
func Serve(t testing.TB, rooms ...frame.Room) (s *Site, address string) {
	t.Helper()
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { s.ServeHTTP(w, r) }))
	address = strings.Replace("http://"+server.Listener.Addr().String(), "127.0.0.1", "localhost", 1)
	s = at(t, address, rooms)
	server.Start()
	t.Cleanup(server.Close)
	return s, address
}

func at(t testing.TB, origin string, rooms []frame.Room) *Site {
	t.Helper()
	s := &Site{Room: webtest.New(t), origin: origin}
	var err error
	s.Door, err = door.New(s.Desk, origin)
	s.OK(err)
	s.Console, err = console.New(console.Config{Desk: s.Desk, Door: s.Door, Now: s.Now, Rooms: rooms,
		Log: slog.New(slog.NewTextHandler(t.Output(), nil))}) // a page that fails says why in the test
	s.OK(err)
	s.Handler = web.Console(s.Console)
	return s
}

// Person is an official in a browser of their own, with a passkey.
type Person struct {
	Actor officials.Actor
	Key   *Key // nil for who has none
	s     *Site
	token officials.Token
	jar   map[string]string
}

// Enter signs somebody in by a one-time link: they have no passkey.
func (s *Site) Enter(a officials.Actor) *Person {
	s.T.Helper()
	link, err := s.Door.Link(s.T.Context(), *a.Official)
	s.OK(err)
	token, err := s.Door.Enter(s.T.Context(), door.Visitor{Network: "192.0.2.1", Agent: "consoletest"}, link)
	s.OK(err)
	p := &Person{Actor: a, s: s, jar: map[string]string{}}
	p.open(token)
	return p
}

// SignIn signs somebody in who has a passkey.
func (s *Site) SignIn(a officials.Actor) *Person {
	s.T.Helper()
	p := s.Enter(a)
	p.Key = NewKey(s.T, s.origin)
	visit := p.Visit()
	q, err := s.Door.AskNew(s.T.Context(), visit)
	s.OK(err)
	token, err := s.Door.AddPasskey(s.T.Context(), visit, "test", p.Key.Make(q))
	s.OK(err)
	p.open(token)
	return p
}

func (p *Person) open(t officials.Token) { p.token, p.jar["__Host-callbox"] = t, t.Reveal() }

// Visit is the session of the person.
func (p *Person) Visit() door.Visit {
	p.s.T.Helper()
	v, err := p.s.Door.Session(p.s.T.Context(), officials.Token(p.jar["__Host-callbox"]))
	p.s.OK(err)
	return v
}

// Touch is the field "touch" of a form, as the person's passkey fills it in for a purpose.
func (p *Person) Touch(purpose string) string {
	p.s.T.Helper()
	q, err := p.s.Door.AskTouch(p.s.T.Context(), p.Visit(), purpose)
	p.s.OK(err)
	return p.Key.Get(q)
}

// Get opens a page.
func (p *Person) Get(path string, header ...string) *httptest.ResponseRecorder {
	p.s.T.Helper()
	return p.ask("GET", path, "", header)
}

// Post sends a form from a page of the console.
func (p *Person) Post(path string, form url.Values, header ...string) *httptest.ResponseRecorder {
	p.s.T.Helper()
	return p.ask("POST", path, form.Encode(), append([]string{"Content-Type", "application/x-www-form-urlencoded", "Sec-Fetch-Site", "same-origin"}, header...))
}

func (p *Person) ask(method, path, body string, header []string) *httptest.ResponseRecorder {
	p.s.T.Helper()
	var cookies []string
	for name, value := range p.jar {
		cookies = append(cookies, name+"="+value)
	}
	w := webtest.Ask(p.s.T, p.s, method, path, body, append([]string{"Cookie", strings.Join(cookies, "; ")}, header...)...)
	for _, c := range w.Result().Cookies() {
		if p.jar[c.Name] = c.Value; c.MaxAge < 0 {
			delete(p.jar, c.Name)
		}
	}
	return w
}
