// Package stories tells real outages step by step: what officials declared, and what residents of named
// ZIP codes must and must not have been told at each step.
//
// The stories are data, in testdata; the same ones are played through the pure rooms here and end to end
// elsewhere. All telephone numbers in them are fictional.
package stories

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml"

	"callbox/areas"
	"callbox/outages"
)

// Story is one real outage, or several that happened together.
type Story struct {
	File      string              `json:"-"`
	Name      string              `json:"name"`
	Agencies  []Agency            `json:"agencies"`
	Areas     []Area              `json:"areas"`     // what the agencies import beside the gazetteer
	ZIPs      map[string][]string `json:"zips"`      // names of areas; replaces a ZIP's candidates
	Directory []Entry             `json:"directory"` // kept before any outage
	Ways      []Entry             `json:"ways"`
	Elsewhere []Entry             `json:"elsewhere"` // one number for every other reader area within an area
	Steps     []Step              `json:"steps"`
}

// Agency speaks for its jurisdiction.
type Agency struct {
	ID           string   `json:"id"`
	Name         string   `json:"name"`
	Short        string   `json:"short"`
	Zone         string   `json:"zone"`
	Jurisdiction []string `json:"jurisdiction"`
}

// Area is a town or district with its ZIP codes.
type Area struct {
	ID       areas.ID    `json:"id"`
	Name     string      `json:"name"`
	State    string      `json:"state"`
	Within   areas.ID    `json:"within"`
	ServedBy []areas.ID  `json:"served_by"`
	ZIPs     []areas.ZIP `json:"zips"`
}

// Entry is a number or way of the directory. In Ways it has a Kind.
type Entry struct {
	Area    string        `json:"area"`
	Kind    areas.WayKind `json:"kind"`
	Where   string        `json:"where"`
	For     areas.Need    `json:"for"`
	Label   string        `json:"label"`
	Tel     string        `json:"tel"`
	Carrier string        `json:"carrier"`
	Admin   bool          `json:"admin"`
}

// Step is one declaration and what comes of it.
type Step struct {
	At      Time     `json:"at"`
	Agency  string   `json:"agency"`
	Outage  string   `json:"outage"`  // steps of one outage share it
	Declare string   `json:"declare"` // a declaration file
	Refused []string `json:"refused"` // the rules that must block it; nothing is issued then
	// RelayDown says that the agency's own mail relay hangs up on everybody while this is told; a second
	// one does not.
	RelayDown bool `json:"relay_down"`
	// Hold names a language: far sides put off whatever they get in it until the next step of the
	// story is issued.
	Hold     string   `json:"hold"`
	Findings []Notice `json:"findings"`
	Expect   []Line   `json:"expect"`
}

// Time is RFC 3339, seconds being optional.
type Time struct{ time.Time }

// UnmarshalYAML reads the time as it is written.
func (t *Time) UnmarshalYAML(data []byte) error {
	text := strings.Trim(strings.TrimSpace(string(data)), `"'`)
	for _, form := range []string{time.RFC3339, "2006-01-02T15:04Z07:00"} {
		if at, err := time.Parse(form, text); err == nil {
			t.Time = at
			return nil
		}
	}
	return fmt.Errorf("%q is no time such as 2024-10-22T12:20-04:00", text)
}

// Notice is a finding that the official must see.
type Notice struct {
	ID   string `json:"id"`
	Rule string `json:"rule"`
	Says string `json:"says"`
}

// Line is what some readers must be told at a step. It reads as a person with places in ZIPs, or as a
// crowd that follows Crowd.
type Line struct {
	ID      string      `json:"id"`
	ZIPs    []areas.ZIP `json:"zips"`
	Crowd   []string    `json:"crowd"`   // names of areas
	Nothing bool        `json:"nothing"` // the bulletin does not speak to them
	// Untold says that the words are an end of which these readers never heard the beginning: whoever
	// asks can read them, and nobody is sent them.
	Untold bool `json:"untold"`
	// Numbers are all telephone numbers they may read, exactly, in the local form.
	Numbers *[]string `json:"numbers"`
	English Words     `json:"en"`
	Spanish Words     `json:"es"`
	// Statuses is how many posts of 500 characters a crowd's thread may have at most.
	Statuses int `json:"statuses"`
}

// Words are phrases of one language, compared without regard to case.
type Words struct {
	Must    []string `json:"must"`
	MustNot []string `json:"must_not"`
	Phone   []string `json:"phone"` // must stand in a phone alert of at most 360 characters
}

func (w Words) empty() bool { return len(w.Must)+len(w.MustNot)+len(w.Phone) == 0 }

// Load reads all stories of a folder, by file name. A line without an identifier of its own, or one that
// asserts nothing, is an error: it would pass whatever happened.
func Load(fsys fs.FS) ([]Story, error) {
	files, err := fs.Glob(fsys, "*.yaml")
	if err != nil {
		return nil, fmt.Errorf("list the stories: %w", err)
	}
	var stories []Story
	for _, file := range files {
		data, err := fs.ReadFile(fsys, file)
		if err != nil {
			return nil, fmt.Errorf("read story: %w", err)
		}
		s := Story{File: file}
		if err := yaml.NewDecoder(bytes.NewReader(data), yaml.Strict()).Decode(&s); err != nil {
			return nil, fmt.Errorf("story %s: %w", file, err)
		}
		if err := s.check(); err != nil {
			return nil, fmt.Errorf("story %s: %w", file, err)
		}
		stories = append(stories, s)
	}
	return stories, nil
}

func (s Story) check() error {
	var wrong []error
	seen := map[string]bool{}
	id := func(id string) {
		if id == "" || seen[id] {
			wrong = append(wrong, fmt.Errorf("line %q: every line needs an identifier of its own", id))
		}
		seen[id] = true
	}
	for i, step := range s.Steps {
		if len(step.Expect)+len(step.Findings)+len(step.Refused) == 0 {
			wrong = append(wrong, fmt.Errorf("step %d expects nothing", i+1))
		}
		for _, n := range step.Findings {
			id(n.ID)
			if n.Rule == "" || n.Says == "" {
				wrong = append(wrong, fmt.Errorf("line %q asserts nothing", n.ID))
			}
		}
		for _, l := range step.Expect {
			id(l.ID)
			wrong = append(wrong, l.check())
		}
	}
	return errors.Join(wrong...)
}

func (l Line) check() error {
	asserts := l.Numbers != nil || !l.English.empty() || !l.Spanish.empty() || l.Statuses > 0
	switch {
	case len(l.ZIPs)+len(l.Crowd) == 0 || len(l.ZIPs) > 0 && len(l.Crowd) > 0:
		return fmt.Errorf("line %q: give zips or a crowd", l.ID)
	case l.Nothing == asserts:
		return fmt.Errorf("line %q: it must assert something, or that nothing is sent", l.ID)
	case l.English.empty() != l.Spanish.empty():
		return fmt.Errorf("line %q: give the words of both languages", l.ID)
	}
	return nil
}

// Book returns the book of areas of the story.
func (s Story) Book() (*areas.Book, error) {
	h, err := s.Holdings()
	if err != nil {
		return nil, err
	}
	return areas.NewBook(h)
}

// Holdings returns what the agencies of the story import.
func (s Story) Holdings() (areas.Holdings, error) {
	plain, err := areas.NewBook(s.holdings())
	if err != nil {
		return areas.Holdings{}, err
	}
	h := s.holdings()
	for zip, names := range s.ZIPs {
		for _, name := range names {
			a, err := plain.Find(name)
			if err != nil {
				return h, err
			}
			h.ZIPs[areas.ZIP(zip)] = append(h.ZIPs[areas.ZIP(zip)], a.ID)
		}
	}
	named := map[areas.ID]bool{}
	for _, e := range append(slices.Clone(s.Directory), s.Ways...) {
		a, err := plain.Find(e.Area)
		if err != nil {
			return h, err
		}
		named[a.ID] = true
		if e.Kind != "" {
			h.Ways = append(h.Ways, areas.Way{Area: a.ID, Kind: e.Kind, Where: e.Where})
		}
		if e.Tel == "" {
			continue
		}
		n, err := e.number(a.ID)
		if err != nil {
			return h, err
		}
		h.Numbers = append(h.Numbers, n)
	}
	for _, e := range s.Elsewhere {
		a, err := plain.Find(e.Area)
		if err != nil {
			return h, err
		}
		for _, id := range plain.Readers(a.ID) {
			if named[id] {
				continue
			}
			n, err := e.number(id)
			if err != nil {
				return h, err
			}
			h.Numbers = append(h.Numbers, n)
		}
	}
	return h, nil
}

func (s Story) holdings() areas.Holdings {
	h := areas.Holdings{ZIPs: map[areas.ZIP][]areas.ID{}}
	for _, a := range s.Areas {
		h.Areas = append(h.Areas, areas.Area{ID: a.ID, Name: a.Name, State: a.State, Within: a.Within, ServedBy: a.ServedBy})
		for _, zip := range a.ZIPs {
			h.ZIPs[zip] = append(h.ZIPs[zip], a.ID)
		}
	}
	return h
}

func (e Entry) number(id areas.ID) (areas.Number, error) {
	tel, err := areas.ParseTel(e.Tel)
	if err != nil {
		return areas.Number{}, fmt.Errorf("number of %s: %w", e.Area, err)
	}
	n := areas.Number{Area: id, Label: e.Label, For: e.For, Tel: tel, Carrier: e.Carrier, Admin: e.Admin}
	if n.For == "" {
		n.For = areas.All
	}
	return n, nil
}

// Speaker returns the agency of a step.
func (s Story) Speaker(id string, b *areas.Book) (outages.Speaker, error) {
	for _, a := range s.Agencies {
		if a.ID != id {
			continue
		}
		speaker := outages.Speaker{ID: a.ID, Name: a.Name, Short: a.Short, Zone: a.Zone, Sender: a.ID + "@example.gov"}
		for _, name := range a.Jurisdiction {
			own, err := b.Find(name)
			if err != nil {
				return outages.Speaker{}, fmt.Errorf("jurisdiction of %s: %w", id, err)
			}
			speaker.Jurisdiction = append(speaker.Jurisdiction, own.ID)
		}
		return speaker, nil
	}
	return outages.Speaker{}, fmt.Errorf("the story has no agency %q", id)
}
