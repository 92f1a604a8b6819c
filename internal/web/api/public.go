package api

import (
	"errors"
	"fmt"
	"net/http"
	"time"

	"callbox/areas"
	"callbox/internal/desk"
	"callbox/outages"
	"callbox/templates"
)

// How long answers to the public may be kept by caches.
const (
	cacheStatus = "public, max-age=15, stale-if-error=86400"
	cacheAreas  = "public, max-age=300"
)

func (a *API) describe(*call) (reply, error) {
	return reply{Status: http.StatusOK, Body: a.document, Cache: cacheAreas}, nil
}

// Area is an area as the API tells it.
type Area struct {
	areas.Area
	FullName string `json:"full_name"` // with its state
}

func newArea(x areas.Area) Area { return Area{x, x.FullName()} }

// board returns what the public may know.
func (a *API) board() (*desk.Board, error) {
	if b := a.Board(); b != nil {
		return b, nil
	}
	return nil, errors.New("nothing was read from the database yet")
}

// public makes a reply that caches may keep.
func public(v any, cache string) (reply, error) {
	out, err := answer(http.StatusOK, v)
	out.Cache = cache
	return out, err
}

// findAreas looks areas up by name, ID or ZIP code: the one that is meant, or those that may be.
func (a *API) findAreas(c *call) (reply, error) {
	b, err := a.board()
	if err != nil {
		return reply{}, err
	}
	query := c.URL.Query().Get("query")
	if query == "" || len(query) > 100 {
		return reply{}, &problem{Status: http.StatusBadRequest, Code: "query", Detail: "query: give a name, an ID or a ZIP code, of at most 100 characters"}
	}
	out := struct {
		Exact bool   `json:"exact"`
		Areas []Area `json:"areas"`
	}{Areas: []Area{}}
	found, err := b.Book.Find(query)
	if near, ok := errors.AsType[*areas.FindError](err); ok {
		for _, x := range near.Near {
			out.Areas = append(out.Areas, newArea(x))
		}
	} else if err != nil {
		return reply{}, err
	} else {
		out.Exact, out.Areas = true, append(out.Areas, newArea(found))
	}
	return public(out, cacheAreas)
}

func (a *API) area(c *call) (reply, error) {
	b, err := a.board()
	if err != nil {
		return reply{}, err
	}
	x, ok := b.Book.Area(areas.ID(c.PathValue("id")))
	if !ok {
		return reply{}, &problem{Status: http.StatusNotFound, Code: "not-found", Detail: "no area has this ID"}
	}
	return public(newArea(x), cacheAreas)
}

func (a *API) zip(c *call) (reply, error) {
	b, zip, err := a.knownZIP(c.PathValue("zip"))
	if err != nil {
		return reply{}, err
	}
	out := struct {
		ZIP   areas.ZIP `json:"zip"`
		Areas []Area    `json:"areas"`
	}{ZIP: zip}
	for _, id := range b.Book.Candidates(zip) {
		x, _ := b.Book.Area(id)
		out.Areas = append(out.Areas, newArea(x))
	}
	return public(out, cacheAreas)
}

func (a *API) knownZIP(text string) (*desk.Board, areas.ZIP, error) {
	b, err := a.board()
	if err != nil {
		return nil, "", err
	}
	zip := areas.ZIP(text)
	if len(b.Book.Candidates(zip)) > 0 {
		return b, zip, nil
	}
	p := &problem{Status: http.StatusNotFound, Code: "zip", Detail: "this is not a ZIP code: five digits, such as 06107"}
	if near := b.Book.Suggest(zip); near != "" {
		p.Detail = fmt.Sprintf("this is not a ZIP code; %s is one", near)
	}
	return nil, "", p
}

// Status is what the public may know of one ZIP code.
type Status struct {
	ZIP   areas.ZIP    `json:"zip"`
	AsOf  time.Time    `json:"as_of"` // when this was read
	Areas []AreaStatus `json:"areas"`
}

// AreaStatus is that of one area that the ZIP code may lie in. That 911 works is never concluded from
// silence: Status says what was reported.
type AreaStatus struct {
	Area
	Status  string   `json:"status"` // "outage", "none-reported" or "not-served"
	Notices []Notice `json:"notices"`
}

// Notice is what one outage has to say to the readers of an area.
type Notice struct {
	Outage     string                            `json:"outage"`
	Seq        int                               `json:"seq"`
	Kind       outages.Kind                      `json:"kind"`
	Open       bool                              `json:"open"`
	Overdue    bool                              `json:"overdue"` // the promised update has not come
	Issued     time.Time                         `json:"issued"`
	NextUpdate time.Time                         `json:"next_update,omitzero"`
	Page       string                            `json:"page"`
	Texts      map[templates.Lang]templates.Text `json:"texts"`
}

func (a *API) status(c *call) (reply, error) {
	b, zip, err := a.knownZIP(c.URL.Query().Get("zip"))
	if err != nil {
		return reply{}, err
	}
	out := Status{ZIP: zip, AsOf: b.At.UTC().Truncate(time.Second)}
	for _, id := range b.Book.Candidates(zip) {
		x, _ := b.Book.Area(id)
		s := AreaStatus{Area: newArea(x), Status: "not-served", Notices: []Notice{}}
		for _, agency := range b.Agencies {
			if b.Book.Inside(agency.Jurisdiction, id) {
				s.Status = "none-reported"
			}
		}
		for _, n := range b.For(id, a.Now()) {
			if n.Open {
				s.Status = "outage"
			}
			s.Notices = append(s.Notices, Notice{Outage: n.Outage, Seq: n.Bulletin.Seq, Kind: n.Bulletin.Kind, Open: n.Open, Overdue: n.Overdue,
				Issued: n.Bulletin.Issued, NextUpdate: n.Bulletin.Declaration.NextUpdate, Page: a.Desk.Page(n.Bulletin), Texts: n.Texts})
		}
		out.Areas = append(out.Areas, s)
	}
	return public(out, cacheStatus)
}
