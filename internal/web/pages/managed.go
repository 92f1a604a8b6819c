package pages

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"

	"callbox/areas"
	"callbox/internal/desk"
	"callbox/internal/store"
	"callbox/subscribers"
)

// managedPage is what a resident sees of what they get.
type managedPage struct {
	signUp
	Note    string
	Shared  []sharedZIP // ZIP codes that lie in several towns
	Ways    []way
	Paused  string // until when all is paused; empty when not
	Minutes int    // how long a session is good
}

// sharedZIP is a ZIP code of which one may say in which of its towns one lives.
type sharedZIP struct {
	ZIP     areas.ZIP
	Towns   []town
	Nowhere bool // none was chosen: all of them
}

type town struct {
	ID     areas.ID
	Name   string
	Chosen bool
}

// way is one way in which a resident is reached.
type way struct {
	ID     int64
	Device bool
	Name   string // the address of mail; empty for a device
	Since  string // the day it was added, or changed its state
	Seen   string // the day a device was last heard of; empty for never
	State  string // "on", "unconfirmed", "paused", "gone" or "silent"
}

// managedPage gathers what a resident sees.
func (p *Pages) managedPage(v view, who store.Resident) (managedPage, error) {
	e := p.current.Load()
	if e == nil {
		return managedPage{}, errNotReady
	}
	m := managedPage{Minutes: int(desk.ManageFor.Minutes())}
	m.Language, m.Tests, m.Tongues = who.Langs[0], who.WantsTests, v.Tongues()
	m.Pushes, m.PushKey, m.Join, m.Also = p.pushes(), p.PushKey, "/manage/device", true
	var zips []string
	for _, place := range who.Places {
		zips = append(zips, string(place.ZIP))
		if s := shared(e.board.Book, place); len(s.Towns) > 1 {
			m.Shared = append(m.Shared, s)
		}
	}
	m.Places = strings.Join(zips, " ")
	on := false
	for _, a := range who.Addresses {
		w := way{ID: a.ID, Device: a.Channel == subscribers.Push, Since: v.date(a.Changed), State: p.stateOf(a)}
		if !w.Device {
			w.Name = a.Destination.Reveal()
		}
		if !a.Seen.IsZero() {
			w.Seen = v.date(a.Seen)
		}
		if a.State == subscribers.Paused {
			m.Paused = v.date(a.PausedUntil)
		}
		on = on || a.State == subscribers.Active
		m.Ways = append(m.Ways, w)
	}
	if on {
		m.Paused = ""
	}
	return m, nil
}

func (p *Pages) stateOf(a store.ResidentAddress) string {
	switch {
	case p.Desk.Silent(a):
		return "silent"
	case a.State == subscribers.Active:
		return "on"
	}
	return string(a.State)
}

func shared(book *areas.Book, place areas.Place) sharedZIP {
	s := sharedZIP{ZIP: place.ZIP, Nowhere: place.Area == ""}
	for _, id := range book.Candidates(place.ZIP) {
		area, _ := book.Area(id)
		s.Towns = append(s.Towns, town{ID: id, Name: area.FullName(), Chosen: id == place.Area})
	}
	return s
}

// saveManaged takes the form with places and languages.
func (p *Pages) saveManaged(w http.ResponseWriter, r *http.Request, who store.Resident) {
	if err := r.ParseForm(); err != nil {
		p.backToManage(w, r, "")
		return
	}
	v := p.view(r, "manage.title", nil)
	m, err := p.managedPage(v, who)
	if err != nil {
		p.fail(w, r, err)
		return
	}
	m.Places, m.Language = typed(strings.Join(r.PostForm["places"], " ")), typed(r.PostForm.Get("language"))
	m.Tests = r.PostForm.Get("tests") != ""
	places, err := p.check(v, &m.signUp)
	if err != nil {
		p.fail(w, r, err)
		return
	}
	book := p.current.Load().board.Book
	for i, place := range places {
		places[i] = chosen(book, r.PostForm, place.ZIP)
	}
	if len(m.Faults) == 0 {
		err = p.Desk.Move(r.Context(), who, desk.Wish{Places: places, Langs: languages(m.Language, who.Langs), Tests: m.Tests})
		if bad, ok := errors.AsType[subscribers.FieldErrors](err); ok {
			err = nil
			for _, b := range bad {
				m.add(v, found[b.Field].Field, found[b.Field].Text)
			}
		}
	}
	if err != nil || len(m.Faults) == 0 {
		p.settle(w, r, err, "saved")
		return
	}
	v.Body = m
	p.show(w, r, "manage", http.StatusUnprocessableEntity, v)
}

// languages puts the chosen language first and keeps the others that a resident reads.
func languages(first string, before []string) []string {
	out := []string{first}
	for _, l := range before {
		if l != first && len(before) > 1 {
			out = append(out, l)
		}
	}
	return out
}

// export gives a resident everything that is held about them.
func (p *Pages) export(w http.ResponseWriter, r *http.Request, who store.Resident) {
	held, err := p.Desk.Held(r.Context(), who)
	if err != nil {
		p.fail(w, r, err)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Disposition", `attachment; filename="callbox-my-data.json"`)
	w.Header().Set("Cache-Control", cacheNever)
	out := json.NewEncoder(w)
	out.SetEscapeHTML(false)
	out.SetIndent("", "  ")
	if err := out.Encode(held); err != nil {
		p.Log.Debug("a reader left before the end of the answer", "why", err)
	}
}
