// Package frame is what every page of the officials' console stands in: its addresses and who may open
// them, the layout, the gate of sessions, the passkey touch, and how errors are shown.
//
// A room of the console brings routes and templates; the frame does the rest.
package frame

import (
	"embed"
	"errors"
	"fmt"
	"html/template"
	"io/fs"
	"log/slog"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"callbox/internal/desk"
	"callbox/internal/desk/door"
	"callbox/internal/officials"
	"callbox/internal/web/assets"
	"callbox/outages"
)

// Route is one address of the console.
type Route struct {
	// Pattern is as http.ServeMux reads it. "{space}" in it stands for "live" and "drill".
	Pattern string
	Role    officials.Role // who may open it; empty: whoever is signed in
	Open    bool           // without being signed in
	// Do answers. An error becomes a page: see [Call.Problem].
	Do func(*Call) error
}

// Link is an entry of the console's menu.
type Link struct {
	Path string // below the space: "/directory"
	Text string
	Role officials.Role // who sees it; empty: everybody
}

// Room is one part of the console.
type Room struct {
	Routes []Route
	// Templates are files named "ROOM-PAGE.html", each of which defines "main". Files whose name begins
	// with "_" belong to every page of the room; embed them with "all:".
	Templates fs.FS
	Menu      []Link
}

// Config is what a console is made of.
type Config struct {
	Desk  *desk.Desk
	Door  *door.Door
	Now   func() time.Time // nil for the wall clock
	Log   *slog.Logger     // nil for none
	Rooms []Room
	// Proxies are the networks whose X-Forwarded-For is believed; none means that nobody's is.
	Proxies []netip.Prefix
	// SignIn shows the sign-in page to somebody who is not signed in, and keeps what they were at.
	SignIn func(*Call, Kept) error
}

// Console is an http.Handler for everything below /console/.
type Console struct {
	Config
	mux    *http.ServeMux
	routes []Route
	pages  map[string]*template.Template
	assets *assets.Set
	menu   []Link
}

//go:embed assets
var assetFiles embed.FS

//go:embed all:templates
var templateFiles embed.FS

// New puts a console together. A template that is missing or wrong is an error.
func New(c Config) (*Console, error) {
	if c.Desk == nil || c.Door == nil || c.SignIn == nil {
		return nil, errors.New("console: a desk, a door and a sign-in page are required")
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	f := &Console{Config: c, mux: http.NewServeMux(), pages: map[string]*template.Template{}}
	folder, err := fs.Sub(assetFiles, "assets")
	if err != nil {
		return nil, err
	}
	if f.assets, err = assets.New(folder, "/console/assets"); err != nil {
		return nil, fmt.Errorf("console: %w", err)
	}
	own, err := fs.Sub(templateFiles, "templates")
	if err != nil {
		return nil, err
	}
	rooms := append([]Room{{Templates: own, Routes: f.own()}}, c.Rooms...)
	for _, r := range rooms {
		if err := f.load(r.Templates); err != nil {
			return nil, fmt.Errorf("console: %w", err)
		}
		f.menu = append(f.menu, r.Menu...)
		f.add(r.Routes)
	}
	f.mux.Handle("GET /console/assets/", f.assets)
	return f, nil
}

// own are the routes of the frame itself.
func (f *Console) own() []Route {
	return []Route{
		{Pattern: "POST /console/touch", Do: askTouch},
		{Pattern: "POST /console/stay", Do: stay},
		{Pattern: "/console/", Open: true, Do: func(c *Call) error { return desk.ErrNotFound }},
	}
}

// add puts routes on the mux, those of spaces once for each.
func (f *Console) add(routes []Route) {
	for _, r := range routes {
		if !strings.Contains(r.Pattern, "{space}") {
			f.handle(r, "")
			continue
		}
		for _, space := range []outages.Mode{outages.Live, outages.Drill} {
			one := r
			one.Pattern = strings.Replace(r.Pattern, "{space}", string(space), 1)
			f.handle(one, space)
		}
	}
}

func (f *Console) handle(r Route, space outages.Mode) {
	f.routes = append(f.routes, r)
	f.mux.HandleFunc(r.Pattern, func(w http.ResponseWriter, req *http.Request) { f.serve(w, req, r, space) })
}

// Routes lists every route, for tests that walk them; each stands for one space.
func (f *Console) Routes() []Route { return f.routes }

// ServeHTTP implements [http.Handler].
func (f *Console) ServeHTTP(w http.ResponseWriter, r *http.Request) { f.mux.ServeHTTP(w, r) }
