// Package officials knows who may speak for an agency: people, their keys and roles, the agency's
// policy, and the audit trail of what they did.
package officials

import (
	"errors"
	"slices"
	"time"

	"callbox/areas"
	"callbox/outages"
)

// Agency is who speaks. An outage, an official and a key belong to exactly one.
type Agency struct {
	ID           string         `json:"id"` // lower-case letters, digits and hyphens
	Name         string         `json:"name"`
	Short        string         `json:"short,omitempty"` // the name where room is short, such as a phone alert; empty means Name
	Jurisdiction []areas.ID     `json:"jurisdiction"`
	Zone         string         `json:"zone"`   // IANA time zone
	Sender       string         `json:"sender"` // the CAP sender, one address that never changes
	Policy       outages.Policy `json:"policy"`
	// Undo is the window between approval and release in which the approval can be withdrawn.
	Undo time.Duration `json:"undo"`
	// DrillFirst closes the live space of the console to officials who took part in no drill lately;
	// without it they are only warned.
	DrillFirst bool `json:"drill_first,omitempty"`
	// Statistics publishes how fast past outages were announced, in numbers without names.
	Statistics bool `json:"statistics,omitempty"`
}

// Speaker returns the agency as a bulletin names it.
func (a Agency) Speaker() outages.Speaker {
	return outages.Speaker{ID: a.ID, Name: a.Name, Short: a.Short, Jurisdiction: a.Jurisdiction, Zone: a.Zone, Sender: a.Sender}
}

// Check returns what is wrong with an agency, as an error that names the field.
func (a Agency) Check() error {
	var errs []error
	for _, c := range a.ID {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' {
			errs = append(errs, errors.New("id: use lower-case letters, digits and hyphens"))
			break
		}
	}
	if a.ID == "" {
		errs = append(errs, errors.New("id: is empty"))
	}
	if a.Name == "" {
		errs = append(errs, errors.New("name: is empty"))
	}
	if len(a.Jurisdiction) == 0 {
		errs = append(errs, errors.New("jurisdiction: name at least one area; an agency may speak only for its own"))
	}
	if _, err := time.LoadLocation(a.Zone); err != nil || a.Zone == "" || a.Zone == "Local" {
		errs = append(errs, errors.New("zone: use an IANA time zone such as America/New_York"))
	}
	if a.Sender == "" {
		errs = append(errs, errors.New("sender: give the CAP sender, such as alerts@agency.example.gov"))
	}
	if a.Undo < 0 || a.Undo > 30*time.Second {
		errs = append(errs, errors.New("undo: use 0 to 30 seconds"))
	}
	return errors.Join(errs...)
}

// Role is a right an official has.
type Role string

// The roles.
const (
	Viewer    Role = "viewer"    // sees everything but addresses
	Drafter   Role = "drafter"   // declares and submits
	Approver  Role = "approver"  // approves, stops, retracts
	Directory Role = "directory" // edits areas and numbers
	Wording   Role = "wording"   // edits wordings
	Auditor   Role = "auditor"   // reads the audit trail
	Admin     Role = "admin"     // officials, keys, subscribers, settings
)

// Roles lists every role.
var Roles = []Role{Viewer, Drafter, Approver, Directory, Wording, Auditor, Admin}

// Official is a person who acts for an agency.
type Official struct {
	ID     string `json:"id"`
	Agency string `json:"agency"`
	Name   string `json:"name"`
	Email  string `json:"email,omitempty"` // where a waiting draft is announced
	Roles  []Role `json:"roles"`           // none: they left, and may do nothing
	// Areas narrow what they may declare and approve to a part of the jurisdiction; empty means all of it.
	Areas []areas.ID `json:"areas,omitempty"`
	// OnCall is the place in the on-call order: 1 is woken first. Those with 0 are woken with the last.
	OnCall int `json:"on_call,omitempty"`
}

// Actor is who does something: a person by a personal key, or a machine.
type Actor struct {
	Agency   Agency
	Official *Official // nil for a machine
	Key      string    // the ID of the key used
	Scopes   []Role
	Mode     outages.Mode // the only mode the key may touch; empty for a person's key
	Touched  bool         // a person proved with what they do now that it is them, by a passkey or a fresh code
}

// Name is how the actor stands in drafts, approvals and the audit trail.
func (a Actor) Name() string {
	if a.Official != nil {
		return a.Official.ID
	}
	return "key:" + a.Key
}

// Areas are those the actor may declare and approve for.
func (a Actor) Areas() []areas.ID {
	if a.Official != nil && len(a.Official.Areas) > 0 {
		return a.Official.Areas
	}
	return a.Agency.Jurisdiction
}

// Person reports whether a human being acts. Machine keys propose, people approve.
func (a Actor) Person() bool { return a.Official != nil }

// Errors that callers decide on.
var (
	ErrDenied  = errors.New("not allowed")
	ErrUnknown = errors.New("the key is not known, was revoked or has expired")
)

// May reports whether the actor has a role and may touch the mode; an empty mode asks for the role only.
func (a Actor) May(r Role, m outages.Mode) bool {
	if a.Mode != "" && m != "" && a.Mode != m {
		return false
	}
	if r == Approver && !a.Person() {
		return false
	}
	return slices.Contains(a.Scopes, r)
}
