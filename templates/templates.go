// Package templates words bulletins: one wording for each kind and language, rendered once for each
// group of readers when a draft is submitted.
//
// Rendering is pure. A text is stored with its draft, covered by the approval, and only read by workers.
package templates

import "callbox/areas"

// Lang is an RFC 5646 language tag; the built-in wordings are "en" and "es".
type Lang string

// The built-in languages.
const (
	English Lang = "en"
	Spanish Lang = "es"
)

// Reader is a group of people, or a crowd, that reads the same text.
type Reader struct {
	// Areas are the reader areas of people, or the areas that a crowd's outlet names: those speak for
	// every reader area within them.
	Areas []areas.ID
	// Crowd groups areas of the same advice, as a post for many towns needs.
	Crowd bool
	Langs []Lang // best first
}

// Rank orders clauses by what may be dropped to fit a budget: the highest first, Keep never.
type Rank int

// Keep marks a clause that is never dropped: a number, a time, a place, the mode's word.
const Keep Rank = 0

// Clause is one sentence of a text.
type Clause struct {
	Text string `json:"text"`
	Rank Rank   `json:"rank,omitempty"`
}

// Number is a number as a text prints it.
type Number struct {
	Label string    `json:"label"` // "police", "District 1 police", in the text's language
	Local string    `json:"local"` // "860-555-0101"
	Tel   areas.Tel `json:"tel"`
	Area  string    `json:"area"` // the name of the area it serves
}

// LinkRoom is how many characters of a Long text are left for a link.
const LinkRoom = 60

// Part is what a text says to the readers of one area, or of one group of areas with the same advice.
type Part struct {
	Areas   []areas.ID `json:"areas"`
	Name    string     `json:"name"`    // "West Hartford", "Westport and Fairfield"
	Clauses []Clause   `json:"clauses"` // in reading order; those with numbers print them in the local form
	Numbers []Number   `json:"numbers,omitempty"`
	Brief   string     `json:"brief"` // the part as a notification says it: the numbers or ways, short
	// Headline, Short and Long serve the CAP feed: under 140 characters, and WEA texts of at most 90
	// and 360 characters of the GSM 7-bit default alphabet (47 CFR 10.430), empty where the part does not
	// fit. Long leaves [LinkRoom] of its 360 for a blank and a link.
	Headline string `json:"headline"`
	Short    string `json:"short"`
	Long     string `json:"long"`
}

// Text is a bulletin as one group of readers reads it. The mode's word (DRILL, SIMULACRO, TEST, PRUEBA)
// stands first in Topic, Title and every part's Brief, Headline, Short and Long.
type Text struct {
	Lang    Lang     `json:"lang"`
	Mark    string   `json:"mark,omitempty"` // the mode's word; empty when live
	Grave   int      `json:"grave"`          // how bad the topic is: of joined texts the gravest names the whole
	Topic   string   `json:"topic"`          // "911 outage", "911 works again": a title without its place
	Title   string   `json:"title"`          // at most 50 characters where the place allows
	Opening []Clause `json:"opening"`        // who says it, since when, who is hit: once, before the parts
	Parts   []Part   `json:"parts"`
	Closing []Clause `json:"closing"` // do not test, next update, who is not affected: once, after them
	// More and Leave introduce the link to the whole page and the link to stop, in this language:
	// "Full list of numbers", "Stop these alerts".
	More  string `json:"more"`
	Leave string `json:"leave"`
}
