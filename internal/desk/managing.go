package desk

import (
	"context"
	"time"

	"callbox/areas"
	"callbox/channels"
	"callbox/internal/store"
	"callbox/subscribers"
)

// Residents have no passwords. Who reads a mailbox proves it by the button behind a mailed link, and gets
// a session: a token that is good for half an hour and for this one purpose.

// ManageFor is how long a session to manage is good.
const ManageFor = 30 * time.Minute

// PauseFor is how long a pause lasts that nobody ends.
const PauseFor = 30 * 24 * time.Hour

// AskToManage has a link mailed to an address that is on the roll. It says nothing of whether it is. What
// is wrong with the address itself is a [subscribers.FieldErrors].
func (d *Desk) AskToManage(ctx context.Context, address string) error {
	dest, err := subscribers.ParseEmail(address)
	if err != nil {
		return subscribers.FieldErrors{{Field: "destination", Problem: err.Error()}}
	}
	return d.Store.AskAt(ctx, channels.Email, dest, string(ManageLetter))
}

// Enter exchanges the token of a mailed link for a session. The errors are those of
// [subscribers.Links.Read], and ErrNotFound for who has left.
func (d *Desk) Enter(ctx context.Context, token string) (session string, err error) {
	return d.enter(ctx, subscribers.Manage, token)
}

// EnterConfirmed is Enter for the token by which somebody just confirmed: it came to the same mailbox.
func (d *Desk) EnterConfirmed(ctx context.Context, token string) (session string, err error) {
	return d.enter(ctx, subscribers.Confirm, token)
}

func (d *Desk) enter(ctx context.Context, p subscribers.Purpose, token string) (string, error) {
	address, err := d.Links.Read(p, token, d.Now())
	if err != nil {
		return "", err
	}
	id, err := d.Store.SubscriberAt(ctx, address)
	if err != nil {
		return "", err
	}
	return d.session(id), nil
}

func (d *Desk) session(subscriber int64) string {
	return d.Links.Token(subscribers.Managing, subscriber, d.Now().Add(ManageFor))
}

// Resident returns everything that is held about who has a session. The errors are those of
// [subscribers.Links.Read], and ErrNotFound for who has left.
func (d *Desk) Resident(ctx context.Context, session string) (store.Resident, error) {
	id, err := d.Links.Read(subscribers.Managing, session, d.Now())
	if err != nil {
		return store.Resident{}, err
	}
	return d.Store.Resident(ctx, id)
}

// Wish is what a resident wants to hear from now on.
type Wish struct {
	Places []areas.Place
	Langs  []string
	Tests  bool
}

// Move gives a resident other places and languages, on every way they are reached. Whoever comes to live
// where 911 is out hears of it at once (promise 14). What is wrong is a [subscribers.FieldErrors].
func (d *Desk) Move(ctx context.Context, r store.Resident, w Wish) error {
	book, err := d.Book(ctx)
	if err != nil {
		return err
	}
	places, langs, err := d.rules(book).Wish(w.Places, w.Langs)
	if err != nil {
		return err
	}
	err = d.Store.Move(ctx, r.ID, store.Wish{Langs: langs, Places: places, Areas: readerAreas(book, places), Tests: w.Tests})
	if err == nil {
		d.Issued()
	}
	return err
}

// Pause keeps every message from a resident for thirty days; they may end it before.
func (d *Desk) Pause(ctx context.Context, r store.Resident) error {
	return d.Store.Pause(ctx, r.ID, d.Now().Add(PauseFor))
}

// PauseByLink is Pause for the one address that a link to leave belongs to.
func (d *Desk) PauseByLink(ctx context.Context, token string) error {
	id, err := d.Links.Read(subscribers.Unsubscribe, token, d.Now())
	if err != nil {
		return err
	}
	return d.Store.PauseOne(ctx, id, d.Now().Add(PauseFor))
}

// Resume ends the pause of a resident. They hear of what is open now (promise 14).
func (d *Desk) Resume(ctx context.Context, r store.Resident) error {
	err := d.Store.Resume(ctx, r.ID)
	if err == nil {
		d.Issued()
	}
	return err
}

// Try sends a test to every active address of a resident, three times a day at most, and returns how many
// are on their way. It says that it is one, and is no bulletin.
func (d *Desk) Try(ctx context.Context, r store.Resident) (int, error) {
	var ids []int64
	for _, a := range r.Addresses {
		if a.State == subscribers.Active {
			ids = append(ids, a.ID)
		}
	}
	return d.Store.Ask(ctx, string(TestLetter), ids...)
}

// Remove takes one address of a resident off the roll, or a device that is gone off their list.
func (d *Desk) Remove(ctx context.Context, r store.Resident, address int64) error {
	return d.Store.Remove(ctx, r.ID, address)
}

// Erase forgets a resident. The ledger keeps rows without a name or an address.
func (d *Desk) Erase(ctx context.Context, r store.Resident) error { return d.Store.Erase(ctx, r.ID) }
