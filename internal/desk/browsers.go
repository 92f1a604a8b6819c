package desk

import (
	"context"
	"errors"
	"time"

	"callbox/channels"
	"callbox/internal/store"
	"callbox/subscribers"
)

// The residents' devices: browsers with a push subscription. Who holds a subscription is the device.

// Refind keeps a device on the roll whose browser has a new subscription; was is the endpoint that it had,
// and empty where it did not change. ErrNotFound means that the device has to sign up.
func (d *Desk) Refind(ctx context.Context, was, subscription string) error {
	f, err := d.browser(subscription)
	if err != nil {
		return err
	}
	if was != "" {
		f.Was = subscribers.Endpoint(was)
	}
	if err := d.Store.Refind(ctx, f); err != nil {
		return err
	}
	d.Issued()
	return nil
}

// Adopt makes a device one of a resident's, by which they are reached at once.
func (d *Desk) Adopt(ctx context.Context, r store.Resident, subscription string) error {
	f, err := d.browser(subscription)
	if err != nil {
		return err
	}
	if err := d.Store.Adopt(ctx, r.ID, f); err != nil {
		return err
	}
	d.Issued()
	return nil
}

// EnterByDevice gives a device a session to manage what its owner gets. Who has given a mail address gets
// in by a link to it, and not by a device: then it is ErrNotFound.
func (d *Desk) EnterByDevice(ctx context.Context, subscription string) (session string, err error) {
	a, err := d.device(ctx, subscription)
	if err != nil {
		return "", err
	}
	r, err := d.Store.Resident(ctx, a.Subscriber)
	if err != nil {
		return "", err
	}
	for _, other := range r.Addresses {
		if other.Channel == string(channels.Email) {
			return "", ErrNotFound
		}
	}
	return d.session(a.Subscriber), nil
}

// ErrEnough says that there were as many tests today as there may be.
var ErrEnough = errors.New("enough tests for today")

// TryDevice sends a test to one device, three times a day at most: then it returns ErrEnough.
func (d *Desk) TryDevice(ctx context.Context, subscription string) error {
	a, err := d.device(ctx, subscription)
	if err != nil {
		return err
	}
	waiting, err := d.Store.Ask(ctx, string(TestLetter), a.ID)
	if err == nil && waiting == 0 {
		err = ErrEnough
	}
	return err
}

// LeaveDevice takes a device off the roll.
func (d *Desk) LeaveDevice(ctx context.Context, subscription string) error {
	a, err := d.device(ctx, subscription)
	if err != nil {
		return err
	}
	return d.Store.Leave(ctx, a.ID)
}

// device finds the device that holds a subscription, or ErrNotFound.
func (d *Desk) device(ctx context.Context, subscription string) (subscribers.Address, error) {
	f, err := d.browser(subscription)
	if err != nil {
		return subscribers.Address{}, err
	}
	a, err := d.Store.DeviceAt(ctx, channels.Push, f.Now)
	if err == nil && !subscribers.SameDevice(a.Destination, f.Now) {
		err = ErrNotFound
	}
	return a, err
}

// browser checks a push subscription. What is wrong is a [subscribers.FieldErrors].
func (d *Desk) browser(subscription string) (store.Refound, error) {
	ch := d.Channels[channels.Push]
	if ch == nil {
		return store.Refound{}, subscribers.FieldErrors{{Field: "channel", Problem: subscribers.ErrChannel.Error()}}
	}
	if c, ok := ch.(channels.Checker); ok {
		if err := c.Check(subscription); err != nil {
			return store.Refound{}, subscribers.FieldErrors{{Field: "destination", Problem: err.Error()}}
		}
	}
	dest := subscribers.NewDestination(subscription)
	return store.Refound{Channel: channels.Push, Was: dest, Now: dest, Host: hostOf(ch, dest)}, nil
}

// staleDevice is how long a device may be silent before its owner is told to look after it.
const staleDevice = 90 * 24 * time.Hour

// Silent reports whether a device has not been heard of for long: browsers forget subscriptions.
func (d *Desk) Silent(a store.ResidentAddress) bool {
	return a.Channel == string(channels.Push) && a.State == subscribers.Active && !a.Seen.IsZero() && d.Now().Sub(a.Seen) > staleDevice
}
