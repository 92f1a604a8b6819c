package subscribers

import (
	"database/sql/driver"
	"errors"
	"fmt"
	"log/slog"
)

// Destination is where a message goes, in plain: a mail address, a push subscription. It exists in
// memory only. Printed, logged or marshalled it shows nothing of itself, and a database refuses it: seal
// it first. The zero value is empty.
type Destination struct {
	// A pointer, because fmt prints the fields of a field that it may not call methods on.
	plain *string
	_     [0]func() // == would compare pointers: use Equal
}

const hidden = "[hidden]"

// NewDestination hides a plain text.
func NewDestination(plain string) Destination { return Destination{plain: &plain} }

// Reveal returns the plain text, for the channel that sends to it.
func (d Destination) Reveal() string {
	if d.plain == nil {
		return ""
	}
	return *d.plain
}

// Equal reports whether both lead to the same place, letter for letter.
func (d Destination) Equal(other Destination) bool { return d.Reveal() == other.Reveal() }

// String hides the destination.
func (Destination) String() string { return hidden }

// Format hides the destination from every verb of fmt.
func (Destination) Format(s fmt.State, _ rune) { _, _ = s.Write([]byte(hidden)) }

// LogValue hides the destination from logs.
func (Destination) LogValue() slog.Value { return slog.StringValue(hidden) }

// MarshalText hides the destination from JSON and other encodings.
func (Destination) MarshalText() ([]byte, error) { return []byte(hidden), nil }

// Value refuses to hand the destination to a database.
func (Destination) Value() (driver.Value, error) {
	return nil, errors.New("a destination is sealed before it is stored")
}
