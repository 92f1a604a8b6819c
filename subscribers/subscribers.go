// Package subscribers knows who wants to hear of outages: residents by their places, and outlets that
// stand for a crowd.
//
// It holds as little as it can: an address, its languages, its places and the proof of consent. Where a
// message goes is sealed before it is stored ([Sealer]) and hides itself wherever it is printed
// ([Destination]). The package keeps nothing itself; the store does.
package subscribers

import (
	"time"

	"callbox/areas"
)

// List is one of two lists that never meet: a drill reaches the drill list only.
type List string

// The lists.
const (
	Live  List = "live"
	Drill List = "drill"
)

// Subscriber is one sign-up of a resident.
type Subscriber struct {
	ID         int64
	List       List
	Langs      []string      // RFC 5646 tags, best first, at least one
	Places     []areas.Place // 1 to MaxPlaces
	WantsTests bool          // hears test bulletins too
	Consent    Consent
}

// Outlet is a subscriber that is a crowd, such as a Mastodon account or a Discord channel. It names
// areas instead of places.
type Outlet struct {
	ID         int64
	Name       string // what officials call it: "county Mastodon"
	List       List
	Langs      []string // best first, at least one
	Areas      []areas.ID
	WantsTests bool
}

// Consent is the proof that somebody asked for these messages.
type Consent struct {
	Source      string    // where it was given: "web", or what an import names
	At          time.Time // when it was given; zero while it is not
	TextVersion string    // the version of the words that were agreed to; empty for an import
}

// Given reports whether there is a source and a time of consent.
func (c Consent) Given() bool { return c.Source != "" && !c.At.IsZero() }

// State is where an address stands. Only an active one is written to.
type State string

// The states. Unconfirmed becomes active by the reader's confirmation; gone is the far side's word;
// left and paused are the reader's.
const (
	Unconfirmed State = "unconfirmed"
	Active      State = "active"
	Gone        State = "gone"
	Left        State = "left"
	Paused      State = "paused"
)

// Address is one way to reach a subscriber or an outlet.
type Address struct {
	ID          int64
	Subscriber  int64
	Channel     string // a channel's name as it stands in the ledger: "push", "email"
	Destination Destination
	State       State
}
