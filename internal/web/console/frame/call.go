package frame

import (
	"bytes"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"callbox/internal/desk"
	"callbox/internal/desk/door"
	"callbox/internal/officials"
	"callbox/internal/web/network"
	"callbox/outages"
)

// Call is one request.
type Call struct {
	http.ResponseWriter
	*http.Request
	Desk  *desk.Desk
	Door  *door.Door
	Actor officials.Actor // zero on open routes without a session
	Visit door.Visit      // the session; zero without one
	Space outages.Mode    // outages.Live or outages.Drill; empty outside the spaces
	Now   time.Time

	console *Console
	led     string // where See led
}

// Show renders a template of the room, "ROOM-PAGE", in the layout. The view is what the template sees.
func (c *Call) Show(status int, page, title string, view any) error {
	t := c.console.pages[page]
	if t == nil {
		return fmt.Errorf("console: there is no page %q", page)
	}
	var b bytes.Buffer
	if err := t.ExecuteTemplate(&b, "layout", c.layout(title, view)); err != nil {
		return fmt.Errorf("console: page %s: %w", page, err)
	}
	h := c.ResponseWriter.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	c.WriteHeader(status)
	_, _ = b.WriteTo(c.ResponseWriter) // an error means that the reader left
	return nil
}

// See leads to another page of the console with 303.
func (c *Call) See(path string) error {
	c.led = path
	http.Redirect(c.ResponseWriter, c.Request, path, http.StatusSeeOther)
	return nil
}

// Path returns the address of something in the space at hand: "/console/live" + p.
func (c *Call) Path(p string) string {
	if c.Space == "" {
		return "/console" + p
	}
	return "/console/" + string(c.Space) + p
}

// Zone returns the time zone of the actor's agency.
func (c *Call) Zone() *time.Location {
	z, err := time.LoadLocation(c.Actor.Agency.Zone)
	if err != nil || c.Actor.Agency.Zone == "" {
		return time.UTC
	}
	return z
}

// When writes a time as the actor's agency reads it: "2:06 PM" today, else "Oct 22, 2:06 PM".
func (c *Call) When(t time.Time) string {
	if t.IsZero() {
		return "never"
	}
	t = t.In(c.Zone())
	clock := t.Format("3:04\u00a0PM")
	switch now := c.Now.In(c.Zone()); {
	case t.Year() != now.Year():
		return t.Format("Jan\u00a02, 2006, ") + clock
	case t.YearDay() != now.YearDay():
		return t.Format("Jan\u00a02, ") + clock
	}
	return clock
}

// The cookies of the console. The prefix binds them to the host (RFC 6265bis, section 4.1.3.2).
const (
	sessionCookie = "__Host-callbox"
	flashCookie   = "__Host-said"
)

func (c *Call) cookie(name, value string, age time.Duration) {
	http.SetCookie(c.ResponseWriter, &http.Cookie{Name: name, Value: value, Path: "/", MaxAge: int(age.Seconds()),
		Secure: true, HttpOnly: true, SameSite: http.SameSiteStrictMode})
}

// Open hands the browser the token of its session; an empty one takes it away.
func (c *Call) Open(t officials.Token) {
	age := officials.SessionMost
	if t == "" {
		age = -time.Second
	}
	c.cookie(sessionCookie, t.Reveal(), age)
}

// Say keeps a sentence for the next page that this browser is shown, above its heading.
func (c *Call) Say(sentence string) { c.cookie(flashCookie, url.QueryEscape(sentence), time.Minute) }

// said takes the sentence that was kept.
func (c *Call) said() string {
	k, err := c.Cookie(flashCookie)
	if err != nil {
		return ""
	}
	c.cookie(flashCookie, "", -time.Second)
	s, err := url.QueryUnescape(k.Value)
	if err != nil {
		return ""
	}
	return s
}

// token returns the token that came with the request.
func (c *Call) token() officials.Token {
	k, err := c.Cookie(sessionCookie)
	if err != nil {
		return ""
	}
	return officials.Token(k.Value)
}

// Visitor says where the request comes from.
func (c *Call) Visitor() door.Visitor {
	return door.Visitor{Network: network.Of(c.Request, c.console.Proxies), Agent: c.UserAgent()}
}

// layout is what the layout sees.
type layout struct {
	*Call
	Title string
	View  any
	Said  string
	Menu  []Link
	Here  string
	Ends  int  // seconds until the session ends; 0 without one
	Final bool // only signing in again lengthens it
}

// Mode says whose page it is, for data-mode: "live", "drill", or "none" outside the spaces.
func (l layout) Mode() outages.Mode {
	if l.Space == "" {
		return "none"
	}
	return l.Space
}

// SignedIn reports whether the page is shown to an official.
func (l layout) SignedIn() bool { return l.Visit.ID != "" }

// Drill reports whether it is a page of the drill space.
func (l layout) Drill() bool { return l.Space == outages.Drill }

func (c *Call) layout(title string, view any) layout {
	l := layout{Call: c, Title: title, View: view, Said: c.said(), Here: c.URL.Path}
	if l.SignedIn() {
		at, final := c.Visit.Ends()
		l.Ends, l.Final = max(1, int(at.Sub(c.Now).Seconds())), final
		for _, m := range c.console.menu {
			if m.Role == "" || c.Actor.May(m.Role, c.Space) {
				l.Menu = append(l.Menu, m)
			}
		}
	}
	return l
}
