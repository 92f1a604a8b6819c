package outages

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"callbox/areas"
)

// What a caller decides on when Issue refuses.
var (
	// ErrConflict says that the outage has moved on since the draft was made, or that a bulletin of
	// this kind cannot follow those before it.
	ErrConflict = errors.New("conflict")
	// ErrBlocked says that a rule forbids the draft as it is.
	ErrBlocked = errors.New("blocked")
	// ErrSecondPerson says that the approval is missing, is for something else, or comes from somebody
	// who wrote the draft.
	ErrSecondPerson = errors.New("a second person must approve")
)

// How long a bulletin is worth hearing. Whoever was told hears the end: an end is carried for a day.
const (
	Lifetime    = 4 * time.Hour  // of an alert or update, unless its next update is promised for later
	LifetimeEnd = 24 * time.Hour // of an all-clear or retraction
	LifetimeMax = 24 * time.Hour
	// renewalGrace is how long after a promised update the system still repeats the last word.
	renewalGrace = 2 * time.Hour
)

// Issue makes the next bulletin of the outage from an approved draft. Times are whole seconds UTC, as
// CAP has no fractions. The errors are [ErrConflict], [ErrBlocked] and [ErrSecondPerson].
func (o Outage) Issue(d Draft, a Approval, now time.Time) (Bulletin, error) {
	if err := o.inOrder(d); err != nil {
		return Bulletin{}, err
	}
	if err := o.allowed(d); err != nil {
		return Bulletin{}, err
	}
	if err := o.approved(d, a); err != nil {
		return Bulletin{}, err
	}
	issued := now.UTC().Truncate(time.Second)
	a.At = a.At.UTC().Truncate(time.Second)
	return Bulletin{
		Outage: o.ID, Seq: d.Seq, Mode: o.Mode, Kind: d.Declaration.Kind,
		Issued: issued, Expires: expires(d.Declaration, issued),
		Declaration: d.Declaration, Facts: d.Facts, Approval: a, Submitter: d.Submitter,
	}, nil
}

// Renew makes a renewal: the last word again, under its own approval, for the feed alone. It refuses
// with ErrConflict when the outage is not open or its promised update is more than two hours late: then
// pages say since when there was no word.
func (o Outage) Renew(now time.Time) (Bulletin, error) {
	if !o.Open() {
		return Bulletin{}, fmt.Errorf("%w: only an open outage is renewed", ErrConflict)
	}
	b := o.Bulletins[len(o.Bulletins)-1]
	if next := b.Declaration.NextUpdate; !next.IsZero() && now.After(next.Add(renewalGrace)) {
		return Bulletin{}, fmt.Errorf("%w: the update promised for %s is overdue", ErrConflict, next.Format(time.RFC3339))
	}
	b.Seq++
	b.Kind = Renewal
	b.Issued = now.UTC().Truncate(time.Second)
	b.Expires = expires(b.Declaration, b.Issued)
	return b, nil
}

func (o Outage) inOrder(d Draft) error {
	kind := d.Declaration.Kind
	ended := len(o.Bulletins) > 0 && !o.Open()
	switch {
	case ended:
		return fmt.Errorf("%w: the outage has ended; declare a new one", ErrConflict)
	case kind == Alert && o.Open():
		return fmt.Errorf("%w: the outage is open already; issue an update", ErrConflict)
	case kind == Renewal:
		return fmt.Errorf("%w: renewals are made by the system", ErrConflict)
	case !slices.Contains([]Kind{Alert, Update, AllClear, Retract}, kind):
		return fmt.Errorf("%w: %q is no kind of bulletin", ErrBlocked, kind)
	case kind != Alert && !o.Open():
		return fmt.Errorf("%w: the first bulletin of an outage is an alert", ErrConflict)
	case d.Outage != o.ID:
		return fmt.Errorf("%w: the draft belongs to another outage", ErrConflict)
	case d.Seq != o.next():
		return fmt.Errorf("%w: the draft was made as bulletin %d, and the next is %d", ErrConflict, d.Seq, o.next())
	}
	return nil
}

// next returns the number of the next bulletin.
func (o Outage) next() int {
	if n := len(o.Bulletins); n > 0 {
		return o.Bulletins[n-1].Seq + 1
	}
	return 1
}

// allowed keeps promises 1, 3 and 6 at the last gate: areas, the speaker's areas, the mode, and that
// whoever waits for the end is spoken to. An outage whose areas have all heard the end already may be
// closed without speaking to anybody.
func (o Outage) allowed(d Draft) error {
	switch {
	case d.Declaration.Mode != o.Mode:
		return fmt.Errorf("%w: a %s bulletin in a %s outage", ErrBlocked, d.Declaration.Mode, o.Mode)
	case d.Facts.Speaker.ID != o.Agency:
		return fmt.Errorf("%w: the facts are those of another agency", ErrBlocked)
	}
	waiting := o.Affected()
	if len(d.Facts.Advice) == 0 && (len(waiting) > 0 || !d.Declaration.Kind.Ends()) {
		return fmt.Errorf("%w: no area, nothing is sent", ErrBlocked)
	}
	for _, id := range waiting {
		if !slices.ContainsFunc(d.Facts.Advice, func(a Advice) bool { return a.Area.ID == id }) {
			return fmt.Errorf("%w: area %q was told of the outage and would not hear of this", ErrBlocked, id)
		}
	}
	for _, c := range d.Declaration.Conditions {
		known := slices.ContainsFunc(d.Facts.Scope, func(s areas.Area) bool { return s.ID == c.Area })
		if !known {
			return fmt.Errorf("%w: the agency does not speak for area %q", ErrBlocked, c.Area)
		}
	}
	return nil
}

func (o Outage) approved(d Draft, a Approval) error {
	switch {
	case d.Submitter == "" || d.Hash == "":
		return fmt.Errorf("%w: the draft was not submitted", ErrSecondPerson)
	case a.By == "":
		return fmt.Errorf("%w: nobody approved", ErrSecondPerson)
	case a.Hash != d.Hash:
		return fmt.Errorf("%w: the approval is for other facts or texts", ErrSecondPerson)
	}
	if a.BreakGlass {
		switch {
		case !o.Policy.BreakGlass:
			return fmt.Errorf("%w: the agency's policy lets nobody send alone", ErrSecondPerson)
		case strings.TrimSpace(a.Reason) == "":
			return fmt.Errorf("%w: sending alone needs a reason", ErrSecondPerson)
		}
		return nil
	}
	if !o.Policy.TwoPeople || o.Mode == Drill || d.Declaration.Kind == Retract {
		return nil
	}
	if a.By == d.Submitter || slices.Contains(d.Editors, a.By) {
		return fmt.Errorf("%w: the approver wrote or submitted the draft", ErrSecondPerson)
	}
	return nil
}

// expires gives an alert or update four hours, or an hour past the update it promises if that is later.
func expires(d Declaration, issued time.Time) time.Time {
	if d.Kind.Ends() {
		return issued.Add(LifetimeEnd)
	}
	end := issued.Add(Lifetime)
	if late := d.NextUpdate.Add(time.Hour); late.After(end) {
		end = late
	}
	if last := issued.Add(LifetimeMax); end.After(last) {
		end = last
	}
	return end.UTC().Truncate(time.Second)
}
