package desk

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"callbox/areas"
	"callbox/channels"
	"callbox/internal/store"
	"callbox/subscribers"
	"callbox/templates"
)

// Post carries the desk's letters to residents. They are not part of the ledger.
type Post interface {
	// Write sends a letter, once. Its error says what to do next: see [channels.Verdict].
	Write(ctx context.Context, l Letter) error
}

// LetterKind is what a letter is for.
type LetterKind string

// The kinds of letters.
const (
	ConfirmLetter LetterKind = "confirm" // a link to confirm a sign-up
	KnownLetter   LetterKind = "known"   // somebody signed up an address that is on the roll: a link to manage
	ManageLetter  LetterKind = "manage"  // a link to manage that was asked for
	DeviceLetter  LetterKind = "device"  // a device of theirs cannot be reached any more: a link to manage
	TestLetter    LetterKind = "test"    // "test my alerts"; the only one that goes to devices too
)

// Letter is a message to one resident that tells no bulletin. It holds nothing that a stranger typed but
// ZIP codes.
type Letter struct {
	Kind    LetterKind
	Key     string // names its addressee if it comes back, see [Desk.Complained]
	Channel channels.Name
	To      subscribers.Destination
	Lang    templates.Lang
	ZIPs    []areas.ZIP
	Token   string // of its link; a test has none
}

// How long the links of letters work: one that was asked for is used at once.
const (
	confirmWithin = 24 * time.Hour
	manageWithin  = time.Hour
	mendWithin    = 24 * time.Hour // by who reads that a device is off
)

// How letters are written.
const (
	lettersEvery  = 500 * time.Millisecond
	lettersBatch  = 20 // a process that is killed repeats at most these
	lettersAtOnce = 8
	// lettersWait is how long letters stand back while an alert goes out. After it they go between the
	// alerts: nobody waits for ever.
	lettersWait  = 15 * time.Minute
	lettersUntil = 24 * time.Hour // then one that cannot be sent is given up
)

// Busy reports whether an alert is going out by mail. Letters stand back for it.
func (d *Desk) Busy(ctx context.Context) (bool, error) {
	lanes, err := d.Store.Lanes(ctx, d.Now())
	if err != nil {
		return false, err
	}
	for _, l := range lanes {
		if l.List == string(subscribers.Live) && l.Channel == channels.Email {
			return true, nil
		}
	}
	return false, nil
}

// WriteLetters writes letters that are due and returns how many it took up; the most at once means that
// there may be more. What cannot be sent now is tried again in minutes.
func (d *Desk) WriteLetters(ctx context.Context) (int, error) {
	due, err := d.Store.LettersDue(ctx)
	if err != nil || !due || d.Post == nil {
		return 0, err
	}
	busy, err := d.Busy(ctx)
	if err != nil {
		return 0, err
	}
	before := d.Now()
	if busy {
		before = before.Add(-lettersWait)
	}
	letters, err := d.Store.ClaimLetters(ctx, before, lettersBatch)
	if err != nil {
		return 0, err
	}
	failures := make([]error, len(letters))
	var wg sync.WaitGroup
	slots := make(chan struct{}, lettersAtOnce)
	for i, l := range letters {
		slots <- struct{}{}
		wg.Go(func() {
			defer func() { <-slots }()
			failures[i] = d.write(ctx, l)
		})
	}
	wg.Wait()
	var done []store.Letter
	for i, l := range letters {
		if failures[i] == nil || d.hopeless(l, failures[i]) {
			done = append(done, l)
		}
	}
	return len(letters), errors.Join(append(failures, d.Store.Written(ctx, done...))...)
}

// hopeless reports whether trying a letter again would come to nothing.
func (d *Desk) hopeless(l store.Letter, err error) bool {
	verdict, _ := channels.VerdictOf(err)
	return verdict == channels.Refused || verdict == channels.Gone || d.Now().Sub(l.Asked) > lettersUntil
}

// write sends a letter to whoever is there now. A letter that nobody is left for is done.
func (d *Desk) write(ctx context.Context, asked store.Letter) error {
	l := Letter{Kind: LetterKind(asked.Kind), Key: letterKey(asked.Address), Channel: asked.Channel, To: asked.Destination}
	token := func(p subscribers.Purpose, within time.Duration) string {
		return d.Links.Token(p, asked.Address, d.Now().Add(within))
	}
	active, paused := asked.State == subscribers.Active, asked.State == subscribers.Paused
	switch {
	case l.Kind == ConfirmLetter && asked.State == subscribers.Unconfirmed:
		l.Token = token(subscribers.Confirm, confirmWithin)
	case l.Kind == ConfirmLetter && (active || paused):
		l.Kind, l.Token = KnownLetter, token(subscribers.Manage, manageWithin)
	case l.Kind == ManageLetter && (active || paused):
		l.Token = token(subscribers.Manage, manageWithin)
	case l.Kind == DeviceLetter && active:
		l.Token = token(subscribers.Manage, mendWithin)
	case l.Kind == TestLetter && active:
	default:
		return nil
	}
	l.Lang = templates.Lang(asked.Langs[0])
	for _, p := range asked.Places {
		l.ZIPs = append(l.ZIPs, p.ZIP)
	}
	if err := d.Post.Write(ctx, l); err != nil {
		return fmt.Errorf("%s letter: %w", l.Kind, err)
	}
	return nil
}

// How often the desk looks after residents whom nobody asks about.
const residentsEvery = time.Minute

// mendSince is how far back devices are looked for that are gone: longer than any process stands still.
const mendSince = 7 * 24 * time.Hour

// runResidents writes letters, ends pauses and tells the owners of devices that are gone, until ctx ends.
func (d *Desk) runResidents(ctx context.Context) {
	letters, residents := time.NewTicker(lettersEvery), time.NewTicker(residentsEvery)
	defer letters.Stop()
	defer residents.Stop()
	for {
		var err error
		select {
		case <-ctx.Done():
			return
		case <-letters.C:
			for n := lettersBatch; n == lettersBatch && err == nil && ctx.Err() == nil; {
				n, err = d.WriteLetters(ctx)
			}
		case <-residents.C:
			err = d.TendResidents(ctx)
		}
		if err != nil && ctx.Err() == nil {
			d.Log.Error("letters to residents failed and are tried again", "why", err)
		}
	}
}

// TendResidents ends the pauses that are over, and has a letter written to who owns a device that the far
// side has called gone, where we hold a mail address of theirs.
func (d *Desk) TendResidents(ctx context.Context) error {
	n, err := d.Store.ResumeDue(ctx)
	if n > 0 {
		d.Issued() // they may have joined an open outage
	}
	return errors.Join(err, d.Store.AskOwners(ctx, string(DeviceLetter), d.Now().Add(-mendSince)))
}
