// Package outages models a failure of 911 as facts: conditions, declarations, bulletins, and the order
// in which bulletins may follow each other.
//
// Everything here is pure. An outage has no status column: its state is a fold over its bulletins.
package outages

import (
	"time"

	"callbox/areas"
)

// Mode says who may hear a bulletin. It is fixed when an outage is created and never changes.
type Mode string

// The modes. A drill reaches the drill list only; a test reaches live addresses that opted in to tests.
const (
	Live  Mode = "live"
	Drill Mode = "drill"
	Test  Mode = "test"
)

// Kind is the sort of bulletin.
type Kind string

// The kinds of bulletin. A renewal is issued by the system under the last approval and heard only by
// the feed.
const (
	Alert    Kind = "alert"
	Update   Kind = "update"
	AllClear Kind = "all-clear"
	Retract  Kind = "retract"
	Renewal  Kind = "renewal"
)

// Ends reports whether a bulletin of this kind closes its outage.
func (k Kind) Ends() bool { return k == AllClear || k == Retract }

// Service is one part of 911 that can fail by itself.
type Service string

// The services.
const (
	Voice    Service = "voice"    // calls to 911
	Text     Service = "text"     // text to 911
	Admin    Service = "admin"    // the agency's routine, ten-digit lines
	Location Service = "location" // the caller's number and location at the centre
)

// State is how a service does.
type State string

// The states of a service.
const (
	Working      State = "working"
	Intermittent State = "intermittent"
	Delayed      State = "delayed"
	Rerouted     State = "rerouted"
	Down         State = "down"
	Restored     State = "restored"
	Watched      State = "watched" // restored, but watched: it may fail again
)

// Works reports whether a resident can rely on a service in this state.
func (s State) Works() bool { return s == Working || s == Restored || s == Watched }

// Line is the sort of telephone that a call comes from.
type Line string

// The line types.
const (
	Landline Line = "landline"
	VoIP     Line = "voip"
	Wireless Line = "wireless"
)

// Symptom is what a caller hears.
type Symptom string

// The symptoms.
const (
	RingsUnanswered Symptom = "rings-unanswered"
	FastBusy        Symptom = "fast-busy"
	Recording       Symptom = "recording"
	Silence         Symptom = "silence"
	Drops           Symptom = "drops"
)

// Confidence says who vouches for a condition.
type Confidence string

// The ladder of confidence. A suspected area is listed to the official and not alerted unless the
// declaration says so.
const (
	Suspected          Confidence = "suspected"
	ConfirmedByCentre  Confidence = "centre"
	ConfirmedByCarrier Confidence = "carrier"
)

// Hit is who a condition hits: these line types and these carriers, both at once. No line types means
// every line type, no carriers every carrier; Except turns the carriers into those that are spared.
// "Landlines, and phones of one carrier" is two conditions.
type Hit struct {
	Lines    []Line   `json:"lines,omitempty"`
	Carriers []string `json:"carriers,omitempty"`
	Except   bool     `json:"except,omitempty"`
}

// Condition is one fact of an outage.
type Condition struct {
	Area       areas.ID   `json:"area"`
	Service    Service    `json:"service"`
	State      State      `json:"state"`
	Hit        Hit        `json:"hit,omitzero"`
	Symptom    Symptom    `json:"symptom,omitempty"`
	Confidence Confidence `json:"confidence,omitempty"` // empty means ConfirmedByCentre
	Since      time.Time  `json:"since,omitzero"`       // when this state began, where it is known
}

// Cause is why, only as the agency states it.
type Cause struct {
	Text     string `json:"text"`      // printed as typed, in the agency's own language
	StatedBy string `json:"stated_by"` // who said so
}

// Declaration is what an official states: facts, not prose.
type Declaration struct {
	Kind       Kind           `json:"kind"`
	Mode       Mode           `json:"mode"`
	Conditions []Condition    `json:"conditions,omitempty"`
	Began      time.Time      `json:"began,omitzero"`
	Restored   time.Time      `json:"restored,omitzero"`    // all-clear: since when everything works
	NextUpdate time.Time      `json:"next_update,omitzero"` // promised; empty only on an end
	Cause      *Cause         `json:"cause,omitempty"`
	Numbers    []areas.Number `json:"numbers,omitempty"` // to add for this outage; temporary
	Ways       []areas.Way    `json:"ways,omitempty"`    // to add for this outage
	// FailedCarriers are the networks that failed: numbers that ride on them are struck out.
	FailedCarriers []string `json:"failed_carriers,omitempty"`
	// NoNumber lists reader areas for which the official acknowledged that no number is known.
	NoNumber []areas.ID `json:"no_number,omitempty"`
	// AlertSuspected sends to suspected areas too.
	AlertSuspected bool `json:"alert_suspected,omitempty"`
	// NotAnswering are numbers found not to be answered: struck out for the rest of the outage.
	NotAnswering []areas.Tel `json:"not_answering,omitempty"`
	// Elsewhere makes it a neighbour's notice: 911 works here, and the alerts that people here may have
	// seen are for these areas, which are other agencies'.
	Elsewhere []areas.ID `json:"elsewhere,omitempty"`
	// Notice is the carrier's notice that it follows, if any.
	Notice *NoticeID `json:"notice,omitempty"`
	// Reason is why a bulletin is retracted: one of [Reasons].
	Reason string `json:"reason,omitempty"`
}

// The reasons for which a bulletin is retracted. A retraction says that 911 works; a wrong number while
// 911 is down is mended by an update.
const (
	SentInError = "sent in error"
	WrongArea   = "wrong area"
	WrongNumber = "wrong number"
)

// Reasons lists the reasons for which a bulletin is retracted.
var Reasons = []string{SentInError, WrongArea, WrongNumber}

// Speaker is the agency as a bulletin names it, frozen with the bulletin.
type Speaker struct {
	ID           string     `json:"id"`
	Name         string     `json:"name"`
	Short        string     `json:"short,omitempty"` // for phone alerts of 90 characters; empty takes Name
	Jurisdiction []areas.ID `json:"jurisdiction"`
	Zone         string     `json:"zone"`   // IANA time zone
	Sender       string     `json:"sender"` // the CAP sender
}

// Change says what a bulletin does to one area, against the bulletins before it.
type Change string

// The changes. Every area of an outage is in exactly one of them.
const (
	New       Change = "new"       // first named by this bulletin, or failing again after its end was told
	Changed   Change = "changed"   // still affected, otherwise than before
	Unchanged Change = "unchanged" // still affected as before
	Ended     Change = "restored"  // it works again, and this bulletin is the first to say so
)

// Struck is a number that must not be printed, and why: for the official.
type Struck struct {
	Number areas.Number `json:"number"`
	Why    string       `json:"why"`
}

// Advice is what a bulletin knows for the residents of one reader area: everything that a text for it
// may say.
type Advice struct {
	Area     areas.Area     `json:"area"`
	Under    []areas.ID     `json:"under,omitempty"` // the areas it lies within, nearest first
	Change   Change         `json:"change"`
	Standing []Condition    `json:"standing"`          // what holds after this bulletin, Area being the declared area
	Numbers  []areas.Number `json:"numbers,omitempty"` // usable ones, in the order to try
	Struck   []Struck       `json:"struck,omitempty"`
	Ways     []areas.Way    `json:"ways,omitempty"` // in the order to try
}

// Facts are a declaration resolved against the outage and the directory at the moment of submitting.
// They are frozen with the draft, so that what was said can be shown again after any change of either.
type Facts struct {
	Speaker Speaker      `json:"speaker"`
	Scope   []areas.Area `json:"scope"`  // the areas as declared, over the whole outage, largest first
	Whole   []areas.Area `json:"whole"`  // the areas of Scope for which every part is confirmed
	Advice  []Advice     `json:"advice"` // one for each reader area that this bulletin speaks to, by ID
	// Open are the areas in which calls or texts to 911 still fail after this bulletin, without those
	// that lie within another of them. It is what "only … is affected" may name.
	Open   []areas.Area `json:"open,omitempty"`
	States []areas.Area `json:"states"` // the states that Scope lies in
	// Elsewhere are the areas for which alerts were seen that do not concern the readers.
	Elsewhere []areas.Area `json:"elsewhere,omitempty"`
	// Full are the areas of Scope all of whose reader areas this bulletin speaks to.
	Full []areas.Area `json:"full,omitempty"`
	// At is the moment of resolving, in whole seconds UTC: times of another day are printed with a date.
	At      time.Time `json:"at"`
	Began   time.Time `json:"began,omitzero"`   // of the outage: stated now or by a former bulletin
	Alerted time.Time `json:"alerted,omitzero"` // when its alert was issued; zero in the alert itself
}

// Draft is a bulletin that nobody has approved yet. Submitting fixes its facts and texts; the hash
// that an approval names covers both.
type Draft struct {
	ID          string      `json:"id"`
	Outage      string      `json:"outage"` // an ID made when the outage was first drafted
	Seq         int         `json:"seq"`    // the number the bulletin will have, from 1
	Declaration Declaration `json:"declaration"`
	Notice      *Notice     `json:"notice,omitempty"` // the carrier's notice that opened it, as it came in
	Facts       Facts       `json:"facts,omitzero"`
	Editors     []string    `json:"editors"`   // officials who wrote it, in order
	Submitter   string      `json:"submitter"` // empty until submitted
	Hash        string      `json:"hash"`      // of facts and texts, hex SHA-256; empty until submitted
}

// Approval is a second person's word for one hash.
type Approval struct {
	By         string    `json:"by"`
	At         time.Time `json:"at"`
	Hash       string    `json:"hash"`
	BreakGlass bool      `json:"break_glass,omitempty"` // one person alone, audited
	Reason     string    `json:"reason,omitempty"`      // required when BreakGlass
}

// Bulletin is one numbered statement, frozen once issued.
type Bulletin struct {
	Outage      string      `json:"outage"`
	Seq         int         `json:"seq"`
	Mode        Mode        `json:"mode"`
	Kind        Kind        `json:"kind"`
	Issued      time.Time   `json:"issued"`  // UTC, whole seconds
	Expires     time.Time   `json:"expires"` // what nobody heard by then is not sent any more
	Declaration Declaration `json:"declaration"`
	Facts       Facts       `json:"facts"`
	Approval    Approval    `json:"approval"`
	Submitter   string      `json:"submitter"`
}

// Policy is what an agency decided about the order of things.
type Policy struct {
	TwoPeople  bool `json:"two_people"`  // default true: a live bulletin needs a second person
	BreakGlass bool `json:"break_glass"` // one person may send alone, with a reason
	// BreakGlassAfter is how many minutes a submitted draft waits for a second person before one may send
	// it alone: 0 means five, -1 none.
	BreakGlassAfter int `json:"break_glass_after,omitempty"`
}

// Outage is one failure of 911 from first word to all-clear.
type Outage struct {
	ID        string     `json:"id"`
	Agency    string     `json:"agency"`
	Speaker   Speaker    `json:"speaker"` // the agency as its next bulletin will name it
	Mode      Mode       `json:"mode"`
	Policy    Policy     `json:"policy"`
	Bulletins []Bulletin `json:"bulletins"` // by Seq, renewals included
}
