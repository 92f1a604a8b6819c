// Package watch is the screens on which officials follow a bulletin while it goes out, and from which
// they say what comes next: an update, a partial restoration, the all-clear, a correction, or that the
// sending stops.
//
// What comes next is prepared from what stands now. It ends as a draft, like everything that is said.
package watch

import (
	"embed"
	"fmt"
	"html/template"
	"io/fs"
	"sync"
	"time"

	"callbox/internal/desk"
	"callbox/internal/officials"
	"callbox/internal/web/console/frame"
	"callbox/outages"
)

// Config are the settings of the live page. The zero value works.
type Config struct {
	Beat     time.Duration // between signs of life of a stream; 10 s when zero
	Patience time.Duration // after which a page without one says that its figures stopped; 20 s when zero
	PushKey  string        // the public VAPID key; empty offers officials no web push
}

// Watch is the live pages of one process.
type Watch struct {
	Config
	templates fs.FS
	fragment  *template.Template
	done      chan struct{}
	stop      sync.Once

	mu       sync.Mutex
	streams  map[string]int // by person
	snapshot map[string]*snapshot
}

//go:embed all:templates
var templateFiles embed.FS

// New returns the live pages.
func New(c Config) (*Watch, error) {
	if c.Beat == 0 {
		c.Beat = 10 * time.Second
	}
	if c.Patience == 0 {
		c.Patience = 20 * time.Second
	}
	w := &Watch{Config: c, done: make(chan struct{}), streams: map[string]int{}, snapshot: map[string]*snapshot{}}
	var err error
	if w.templates, err = fs.Sub(templateFiles, "templates"); err != nil {
		return nil, err
	}
	if w.fragment, err = template.ParseFS(w.templates, "_figures.html"); err != nil {
		return nil, fmt.Errorf("the figures of the live page: %w", err)
	}
	return w, nil
}

// Stop ends every stream, so that the server can shut down. It may be called more than once.
func (w *Watch) Stop() { w.stop.Do(func() { close(w.done) }) }

// Room returns the screens for the console.
func (w *Watch) Room() frame.Room {
	const one = "/console/{space}/outages/{id}"
	return frame.Room{
		Templates: w.templates,
		Menu:      []frame.Link{{Path: "/outages", Text: "Outages"}},
		Routes: []frame.Route{
			{Pattern: "GET /console/{space}/outages", Do: list},
			{Pattern: "GET " + one, Do: w.live},
			{Pattern: "GET " + one + "/stream", Do: w.stream},
			{Pattern: "GET " + one + "/not-reached", Do: notReached},
			{Pattern: "GET " + one + "/record", Do: recordPage},
			{Pattern: "GET " + one + "/record.csv", Do: table},
			{Pattern: "GET " + one + "/record.json", Do: whole},
			{Pattern: "GET " + one + "/record/{seq}", Do: sent},
			{Pattern: "GET " + one + "/cap/{identifier}", Do: document},
			{Pattern: "GET " + one + "/update", Role: officials.Drafter, Do: updateForm},
			{Pattern: "POST " + one + "/update", Role: officials.Drafter, Do: update},
			{Pattern: "GET " + one + "/restore", Role: officials.Drafter, Do: restoreForm},
			{Pattern: "POST " + one + "/restore", Role: officials.Drafter, Do: restore},
			{Pattern: "GET " + one + "/clear", Role: officials.Drafter, Do: clearForm},
			{Pattern: "POST " + one + "/clear", Role: officials.Drafter, Do: clearAll},
			{Pattern: "GET " + one + "/correct", Do: correctForm},
			{Pattern: "POST " + one + "/correct", Do: correct},
			{Pattern: "GET " + one + "/stop", Do: stopForm},
			{Pattern: "POST " + one + "/stop", Do: stop},
			{Pattern: "GET /console/sw.js", Open: true, Do: worker},
			{Pattern: "GET /console/you/wake", Do: w.wakeForm},
			{Pattern: "POST /console/you/wake/test", Do: wakeTest},
			{Pattern: "POST /console/you/wake/device", Do: addDevice},
			{Pattern: "POST /console/you/wake/remove", Do: removeDevice},
		},
	}
}

// here reports whether an outage belongs to the space of a call: tests are told to live addresses.
func here(c *frame.Call, m outages.Mode) bool {
	return (m == outages.Drill) == (c.Space == outages.Drill)
}

// outage returns the outage that a call names, with where it stands.
func outage(c *frame.Call) (desk.Status, error) {
	s, err := c.Desk.Status(c.Context(), c.Actor, c.PathValue("id"))
	if err == nil && !here(c, s.Outage.Mode) {
		err = fmt.Errorf("outage %q in this space: %w", s.Outage.ID, desk.ErrNotFound)
	}
	return s, err
}

// open is outage for one that is not over.
func open(c *frame.Call) (outages.Outage, error) {
	s, err := outage(c)
	if err == nil && !s.Outage.Open() {
		err = fmt.Errorf("%w: the outage is over, or nothing of it was issued yet", desk.ErrConflict)
	}
	return s.Outage, err
}

// at is the address of something of an outage.
func at(c *frame.Call, id, rest string) string { return c.Path("/outages/" + id + rest) }
