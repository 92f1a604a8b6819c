// Package channeltest is the kit of promises that every channel passes: what Send, Compose and the errors
// of a channel must do, whatever it speaks.
//
// A channel's test writes a far side (a server on loopback, never a fake of the channel itself) and calls
// [Run]:
//
//	channeltest.Run(t, channeltest.Case{
//		New:      func(t *testing.T) (channels.Channel, channeltest.Far) { … },
//		Compose:  func(m channels.Message) ([][]byte, error) { … },
//		Outcomes: channeltest.HTTP(),
//	})
package channeltest

import (
	"maps"
	"testing"
	"time"

	"callbox/channels"
)

// Far is the far side of a channel under test. Its methods may be called by many goroutines.
type Far interface {
	// To is a destination that the far side takes messages for; m.To of every message of the kit.
	To() string
	// Next queues answers for the coming requests, one each. With none queued it accepts.
	Next(answers ...Answer)
	// Received returns what was received and accepted so far, oldest first.
	Received() []Received
	// Secrets are strings that no error may show: tokens, keys, paths, addresses of people.
	Secrets() []string
}

// Received is one part of a message as the far side got it.
type Received struct {
	Key    string   // the name that the channel derived from Message.Key or the outage; empty if it sends none
	Wire   []byte   // what Compose must equal, freed of transport (decrypted, or without headers of the way)
	Screen []string // every string of it that reaches a screen by itself: title, subject, body
}

// Answer is what a far side does with a request instead of accepting it.
type Answer string

// The answers. A far side plays those that its Case lists in Outcomes; [Script] plays all over HTTP.
const (
	Accept    Answer = "accept"           // as if nothing were queued
	Busy      Answer = "busy"             // come later: 429 without Retry-After, SMTP 451
	BusyFor   Answer = "busy for a while" // come later: 429 with Retry-After: 7, which is Wait
	Down      Answer = "down"             // an error of its own: 500, SMTP 421
	Away      Answer = "away"             // 503 with Retry-After as an HTTP date
	Moved     Answer = "moved"            // 307 to another place
	Reject    Answer = "reject"           // this message is bad: 400, SMTP 554
	TooLarge  Answer = "too large"        // 413, SMTP 552
	Forbidden Answer = "forbidden"        // our credentials are bad: 403, SMTP 535
	Unknown   Answer = "unauthorized"     // our credentials are missing: 401
	Missing   Answer = "missing"          // the address does not exist: 404, SMTP 550 5.1.1
	Over      Answer = "over"             // the address existed: 410
	Reset     Answer = "reset"            // reads the request and resets the connection
	Cut       Answer = "cut"              // answers with success, then resets in the middle of the answer
	Silent    Answer = "silent"           // reads the request and says nothing
	Stall     Answer = "stall"            // answers with success, then stops in the middle of the answer
	Endless   Answer = "endless"          // answers with success and a body without end
)

// Wait is how long [BusyFor] asks to wait.
const Wait = 7 * time.Second

// Outcome is what Send must make of an answer.
type Outcome string

// The outcomes: no error, or the error's verdict.
const (
	Accepted  Outcome = "accepted"
	Later     Outcome = "later"
	Refused   Outcome = "refused"
	Gone      Outcome = "gone"
	Broken    Outcome = "broken"
	Uncertain Outcome = "uncertain"
)

// HTTP returns the outcomes of a channel over HTTP for which a missing address is gone and a status says
// enough. A channel changes what differs and deletes what its far side cannot do.
func HTTP() map[Answer]Outcome {
	return maps.Clone(map[Answer]Outcome{
		Busy: Later, BusyFor: Later, Down: Later, Away: Later, Moved: Later,
		Reject: Refused, TooLarge: Refused,
		Forbidden: Broken, Unknown: Broken,
		Missing: Gone, Over: Gone,
		Reset: Later, Silent: Later,
		Cut: Accepted, Stall: Accepted, Endless: Accepted,
	})
}

// Case is a channel to be tested.
type Case struct {
	// New makes a channel and its far side for one test, and closes both by t.Cleanup. Waits of the
	// channel itself (timeouts) should be a second or less.
	New func(t *testing.T) (channels.Channel, Far)
	// Compose is the channel's own pure function: what Send transmits, one element for each part.
	Compose func(m channels.Message) ([][]byte, error)
	// Outcomes says what Send makes of each answer that the far side can give.
	Outcomes map[Answer]Outcome
	// Prepare, where set, changes the kit's messages before they are sent, for example to make them an
	// outlet's. It is called after To was filled in.
	Prepare func(m *channels.Message)
}

// Run checks every promise that a channel gives. Subtests are sentences.
func Run(t *testing.T, c Case) {
	t.Run("one Send is one message, and what Compose made is on the wire", c.sendsWhatItComposes)
	t.Run("the mode's word stands first in every string on a screen", c.modeStandsFirst)
	t.Run("the texts and the message stay as they were", c.leavesTheMessage)
	t.Run("the same message carries the same derived name", c.derivesItsName)
	t.Run("every answer has its outcome, and no error shows a secret", c.knowsItsOutcomes)
	t.Run("a cancelled context ends Send", c.obeysTheContext)
	t.Run("many Sends at once do not disturb each other", c.sendsAtOnce)
}
