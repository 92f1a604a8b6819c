// Package channels carries texts to addresses: one small interface, and what a failed attempt means.
//
// The channels themselves live below: push, email, discord, mastodon, cap. Each exports a pure Compose
// that makes the bytes which Send transmits, so that a preview is the wire.
package channels

import (
	"context"
	"errors"
	"fmt"
	"time"

	"callbox/outages"
	"callbox/templates"
)

// Name is the name of a channel as it stands in the ledger.
type Name string

// The channels.
const (
	Push     Name = "push"
	Email    Name = "email"
	Discord  Name = "discord"
	Mastodon Name = "mastodon"
	CAP      Name = "cap"
)

// Channel is a way to carry a text. One method serves people and crowds.
type Channel interface {
	// Send carries m to its address, once, and returns what the far side calls it. It does not retry,
	// sleep or remember; its error says what to do next: see [Verdict]. A plain error means Later. The
	// receipt is meaningful with an error too: it names the parts that were placed before it.
	Send(ctx context.Context, m Message) (Receipt, error)
}

// Checker is an optional power of a channel: to refuse a destination when it is given.
type Checker interface {
	// Check returns an error that a person can mend, naming what is wrong with the destination.
	Check(destination string) error
}

// Hosted is an optional power of a channel that has many far sides.
type Hosted interface {
	// Host names the far side of a destination, as its lane is called. There are few of them: a resident
	// cannot make one up.
	Host(destination string) (string, error)
}

// Reader is an optional power of a channel whose far side can be asked what stands there.
type Reader interface {
	// ReadBack fetches what a receipt names and returns an error unless it says what Send transmitted
	// for m. It is asked once, soon after Send.
	ReadBack(ctx context.Context, m Message, r Receipt) error
}

// Prober is an optional power of a channel: to find out whether it could send now, without telling anybody.
type Prober interface {
	// Probe returns an error that says what would keep a message from its destination, as far as the far
	// side tells. An empty destination asks for what every message passes: the relays of a mail channel.
	Probe(ctx context.Context, destination string) error
}

// Message is one bulletin on its way to one address.
type Message struct {
	Key      string // the same at every attempt; part n has Key/n
	Mode     outages.Mode
	To       string // a destination only the channel understands
	Bulletin outages.Bulletin
	Texts    []templates.Text // one for each language of the address, best first
	Begun    Receipt          // parts that a former attempt already placed
	Earlier  []Receipt        // outlets only: this outage's former bulletins, oldest first
	Page     string           // URL where it is told in full
	Leave    string           // URL where to stop; empty for outlets
}

// Receipt is the far side's own names for a message, one for each part.
type Receipt []Part

// Part is what the far side calls one part of a message.
type Part struct {
	ID string `json:"id"`
	// Lang is the part's language where a channel sends every language by itself, as Mastodon does; a
	// later bulletin's part replies to the one of its language.
	Lang    templates.Lang `json:"lang,omitempty"`
	Sent    time.Time      `json:"sent,omitzero"`
	Expires time.Time      `json:"expires,omitzero"`
}

// Verdict is what a failed attempt means.
type Verdict int8

// The verdicts.
const (
	Later     Verdict = iota // try again, after the wait the far side asked for or by backoff
	Refused                  // this message will never be taken for this address
	Gone                     // the far side said that the address no longer exists: retire it
	Broken                   // the channel, or one host of it, serves nobody until a person mends it
	Uncertain                // the far side may have it and cannot be asked
)

var verdictNames = [...]string{"later", "refused", "gone", "broken", "uncertain"}

func (v Verdict) String() string { return verdictNames[v] }

// verdictError gives an error its verdict and the wait the far side asked for.
type verdictError struct {
	verdict Verdict
	after   time.Duration
	err     error
}

func (e *verdictError) Error() string { return fmt.Sprintf("%s: %v", e.verdict, e.err) }
func (e *verdictError) Unwrap() error { return e.err }

// As gives err a verdict.
func As(v Verdict, err error) error { return &verdictError{verdict: v, err: err} }

// After says that the far side asked to wait for d before trying again.
func After(d time.Duration, err error) error {
	return &verdictError{verdict: Later, after: d, err: err}
}

// VerdictOf returns the verdict of an error and the wait it carries; a plain error is Later without one.
func VerdictOf(err error) (Verdict, time.Duration) {
	if e, ok := errors.AsType[*verdictError](err); ok {
		return e.verdict, e.after
	}
	return Later, 0
}
