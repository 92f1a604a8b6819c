package api

import (
	"net/http"
	"time"

	"callbox/channels"
	"callbox/internal/store"
	"callbox/outages"
)

// Outage is an outage in a list.
type Outage struct {
	ID         string       `json:"id"`
	Mode       outages.Mode `json:"mode"`
	Open       bool         `json:"open"`
	Bulletins  int          `json:"bulletins"`
	Issued     time.Time    `json:"issued"` // of the newest bulletin
	NextUpdate time.Time    `json:"next_update,omitzero"`
	Page       string       `json:"page"`
}

// OutageStatus is an outage with all its bulletins, its ledger, and the drafts that wait.
type OutageStatus struct {
	Outage  outages.Outage `json:"outage"`
	Open    bool           `json:"open"`
	Figures []store.Figure `json:"figures"` // the ledger: one for each bulletin and channel
	Reasons []Reason       `json:"reasons"` // why some were not accepted
	Drafts  []Draft        `json:"drafts"`
}

// Reason is why deliveries of a bulletin on a channel have the fate they have, as the far side said it.
type Reason struct {
	Seq     int           `json:"seq"`
	Channel channels.Name `json:"channel"`
	Fate    string        `json:"fate"`
	Reason  string        `json:"reason"`
	Count   int           `json:"count"`
}

func (a *API) outages(c *call) (reply, error) {
	list, err := a.Desk.Outages(c.Context(), c.actor, c.URL.Query().Get("open") == "true")
	if err != nil {
		return reply{}, err
	}
	out := struct {
		Outages []Outage `json:"outages"`
	}{Outages: []Outage{}}
	for _, o := range list {
		last := o.Bulletins[len(o.Bulletins)-1]
		out.Outages = append(out.Outages, Outage{ID: o.ID, Mode: o.Mode, Open: o.Open(), Bulletins: len(o.Bulletins),
			Issued: last.Issued, NextUpdate: last.Declaration.NextUpdate, Page: a.Desk.Page(last)})
	}
	return answer(http.StatusOK, out)
}

func (a *API) outage(c *call) (reply, error) {
	s, err := a.Desk.Status(c.Context(), c.actor, c.PathValue("id"))
	if err != nil {
		return reply{}, err
	}
	out := OutageStatus{Outage: s.Outage, Open: s.Outage.Open(), Figures: s.Figures, Reasons: []Reason{}, Drafts: []Draft{}}
	if out.Outage.Bulletins == nil {
		out.Outage.Bulletins = []outages.Bulletin{}
	}
	if out.Figures == nil {
		out.Figures = []store.Figure{}
	}
	for _, r := range s.Reasons {
		out.Reasons = append(out.Reasons, Reason{r.Seq, r.Channel, r.Fate.String(), r.Reason, r.Count})
	}
	for _, d := range s.Drafts {
		out.Drafts = append(out.Drafts, summary(d))
	}
	return answer(http.StatusOK, out)
}

// stop ends the sending of what still waits, and answers with where the outage stands.
func (a *API) stop(c *call) (reply, error) {
	if err := a.Desk.Stop(c.Context(), c.actor, c.PathValue("id")); err != nil {
		return reply{}, err
	}
	return a.outage(c)
}

func (a *API) retract(c *call) (reply, error) {
	var in struct {
		Reason string `json:"reason"`
	}
	if err := c.into(&in); err != nil {
		return reply{}, err
	}
	d, err := a.Desk.Retract(c.Context(), c.actor, c.PathValue("id"), in.Reason)
	if err != nil {
		return reply{}, err
	}
	return whole(http.StatusCreated, d)
}
