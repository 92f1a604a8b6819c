package desk

import (
	"context"
	"time"

	"callbox/areas"
	"callbox/channels"
	"callbox/internal/dispatch"
	"callbox/internal/store"
	"callbox/subscribers"
)

// Held is everything that is held about a resident, for themselves.
type Held struct {
	List      subscribers.List `json:"list"`
	Languages []string         `json:"languages"` // RFC 5646, best first
	Places    []HeldPlace      `json:"places"`
	Tests     bool             `json:"wants_tests"`
	SignedUp  time.Time        `json:"signed_up"`
	Consent   HeldConsent      `json:"consent"`
	Addresses []HeldAddress    `json:"addresses"`
	Results   []HeldResult     `json:"results"` // of the last 30 days
}

// HeldPlace is a place that they hear of.
type HeldPlace struct {
	ZIP  areas.ZIP `json:"zip"`
	Area areas.ID  `json:"area,omitempty"` // where the ZIP code lies in several and one was chosen
}

// HeldConsent is the proof that they asked.
type HeldConsent struct {
	Source string    `json:"source"`
	At     time.Time `json:"at,omitzero"`
}

// HeldAddress is one way to reach them, in plain.
type HeldAddress struct {
	Channel     string            `json:"channel"`
	Destination string            `json:"destination"` // a mail address, or a push subscription as JSON
	State       subscribers.State `json:"state"`
	Since       time.Time         `json:"since"`
	PausedUntil time.Time         `json:"paused_until,omitzero"`
	Seen        time.Time         `json:"seen,omitzero"`
}

// HeldResult is what became of one bulletin.
type HeldResult struct {
	Outage   string        `json:"outage"`
	Bulletin int           `json:"bulletin"`
	Channel  channels.Name `json:"channel"`
	Fate     dispatch.Fate `json:"fate"`
	At       time.Time     `json:"at,omitzero"`
}

// Held returns everything that is held about a resident.
func (d *Desk) Held(ctx context.Context, r store.Resident) (Held, error) {
	h := Held{List: r.List, Languages: r.Langs, Places: []HeldPlace{}, Tests: r.WantsTests, SignedUp: r.Created,
		Consent: HeldConsent{r.Consent.Source, r.Consent.At}, Addresses: []HeldAddress{}, Results: []HeldResult{}}
	for _, p := range r.Places {
		h.Places = append(h.Places, HeldPlace(p))
	}
	for _, a := range r.Addresses {
		h.Addresses = append(h.Addresses, HeldAddress{a.Channel, a.Destination.Reveal(), a.State, a.Changed, a.PausedUntil, a.Seen})
	}
	results, err := d.Store.Results(ctx, r.ID)
	for _, x := range results {
		h.Results = append(h.Results, HeldResult{x.Outage, x.Seq, x.Channel, x.Fate, x.At})
	}
	return h, err
}
