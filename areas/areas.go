// Package areas knows the places people live in and whom to call there while 911 does not answer.
//
// It holds the built-in gazetteer (states, counties, ZIP codes), the towns and dispatch districts that
// an agency imports, and the directory: the numbers and ways of every area, kept before any outage.
//
// Two relations join areas, and they are never one tree: geography and scope follow [Area.Within];
// numbers are inherited along [Area.ServedBy].
package areas

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// ID names an area: a Census GEOID of 2 digits (state), 5 (county or its equivalent) or 10 (county
// subdivision), or "x-" and a name for a dispatch district that an agency defines.
type ID string

// ZIP is a five-digit ZIP code.
type ZIP string

// Kind is the sort of area that an ID names.
type Kind string

// The kinds of area. An ID of any other form has the empty Kind.
const (
	State       Kind = "state"
	County      Kind = "county"
	Subdivision Kind = "subdivision"
	District    Kind = "district"
)

// Kind tells the sort of area from the form of the ID; it is empty for a malformed one.
func (id ID) Kind() Kind {
	if name, ok := strings.CutPrefix(string(id), "x-"); ok && name != "" {
		return District
	}
	for _, c := range id {
		if c < '0' || c > '9' {
			return ""
		}
	}
	switch len(id) {
	case 2:
		return State
	case 5:
		return County
	case 10:
		return Subdivision
	}
	return ""
}

// Area is a place people live in.
type Area struct {
	ID    ID     `json:"id"`
	Name  string `json:"name"`  // "West Hartford", without its state
	State string `json:"state"` // postal abbreviation: "CT"
	// SAME holds the six-digit codes PSSCCC (47 CFR 11.31(f)) that together cover the area. They are
	// stored, never cut from the GEOID: Connecticut's SAME codes follow the eight old counties, so a
	// planning region has one for each old county it reaches into. Everywhere else there is one.
	SAME     []string `json:"same"`
	Within   ID       `json:"within,omitempty"`    // the next larger area; empty for a state
	ServedBy []ID     `json:"served_by,omitempty"` // where numbers are inherited from, first choice first
	// Residents is how many people live there; 0 where the agency did not say.
	Residents int `json:"residents,omitempty"`
}

// Place is what a resident gives: a ZIP code and, where it may lie in several areas, optionally which.
// An empty Area stands for all candidates of the ZIP.
type Place struct {
	ZIP  ZIP `json:"zip"`
	Area ID  `json:"area,omitempty"`
}

// Need is what a number is for.
type Need string

// The needs a number can serve.
const (
	Police  Need = "police"
	Fire    Need = "fire"
	Medical Need = "medical"
	All     Need = "all"
	Relay   Need = "relay" // relay or TTY, for people who do not use voice
)

// Number is a telephone number that answers emergencies for one area while 911 does not.
type Number struct {
	Area    ID     `json:"area"`
	Label   string `json:"label,omitempty"` // "District 1 police"; empty where the need says enough
	For     Need   `json:"for"`
	Tel     Tel    `json:"tel"`
	Carrier string `json:"carrier,omitempty"` // the carrier it rides on, for shared fate
	Admin   bool   `json:"admin,omitempty"`   // it is a routine (administrative) line and fails with those
	Hours   string `json:"hours,omitempty"`   // when it is staffed; empty means around the clock

	ConfirmedBy string    `json:"confirmed_by,omitempty"` // who rang it and was answered
	ConfirmedAt time.Time `json:"confirmed_at,omitzero"`
	// Unanswered counts the calls in a row, up to now, that nobody answered. Two hide the number.
	Unanswered int `json:"unanswered,omitempty"`

	Temporary bool      `json:"temporary,omitempty"` // it ends with the outage
	Until     time.Time `json:"until,omitzero"`      // when a temporary number ends at the latest
	Only      bool      `json:"only,omitempty"`      // "real emergencies only"
}

// Key names a number in records: its area, what it is for, and the telephone number in E.164.
func (n Number) Key() string { return fmt.Sprintf("%s %s %s", n.Area, n.For, n.Tel) }

// Silent reports whether the last two calls to confirm the number went unanswered: it is not printed
// before somebody answers again.
func (n Number) Silent() bool { return n.Unanswered >= 2 }

// Due reports whether a number should be rung again: it was never confirmed, not for a while, or the
// last call went unanswered.
func (n Number) Due(now time.Time, every time.Duration) bool {
	return n.Unanswered > 0 || n.ConfirmedAt.IsZero() || now.Sub(n.ConfirmedAt) >= every
}

// ConfirmFor is how long a number that answered is trusted to answer again.
const ConfirmFor = 180 * 24 * time.Hour

// Expired reports whether nobody has answered a number within [ConfirmFor], or ever: it is printed only where
// nothing better is known. Those that are given for one outage do not expire.
func (n Number) Expired(now time.Time) bool {
	return !n.Temporary && now.Sub(n.ConfirmedAt) > ConfirmFor
}

// Covered reports whether others serve every need that the number serves, whenever it is staffed, so that
// nobody misses it.
func (n Number) Covered(others []Number) bool {
	needs := []Need{n.For}
	if n.For == All {
		needs = []Need{Police, Fire, Medical}
	}
	return !slices.ContainsFunc(needs, func(need Need) bool {
		return !slices.ContainsFunc(others, func(o Number) bool {
			return (o.For == need || o.For == All && need != Relay) && (o.Hours == "" || o.Hours == n.Hours)
		})
	})
}

// WayKind is a way to get help that is not a number.
type WayKind string

// The ways. Which phone still works follows from the conditions of an outage; the directory keeps
// those that are known before: whether the centre takes texts, fire boxes, stations.
const (
	TextTo911    WayKind = "text-911"
	Mobile       WayKind = "mobile"        // call 911 from a mobile phone
	LandlineCall WayKind = "landline"      // call 911 from a landline
	VoIPCall     WayKind = "voip"          // call 911 over the internet or cable
	OtherCarrier WayKind = "other-carrier" // call 911 from a phone of another carrier
	FireBox      WayKind = "fire-box"      // pull the nearest street fire box
	Station      WayKind = "station"       // go to the nearest fire or police station
	CallBack     WayKind = "call-back"     // hang up and wait: dispatchers see the number and call back
)

// Way is one way to get help in one area.
type Way struct {
	Area ID      `json:"area"`
	Kind WayKind `json:"kind"`
	// Where tells more, such as the address of a staffed station; printed as typed in every language.
	Where string `json:"where,omitempty"`
}
