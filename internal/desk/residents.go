package desk

import (
	"context"
	"errors"
	"fmt"
	"time"

	"callbox/areas"
	"callbox/channels"
	"callbox/internal/officials"
	"callbox/internal/store"
	"callbox/subscribers"
)

// SignUp puts a resident on the roll. A mail address gets a letter and is not active before its button is
// pressed; the answer, and the time it takes, is the same whether the address is new, waiting or known. A
// push subscription is active at once: the browser asked its owner. What is wrong is a
// [subscribers.FieldErrors].
func (d *Desk) SignUp(ctx context.Context, in subscribers.SignUp) error {
	book, err := d.Book(ctx)
	if err != nil {
		return err
	}
	sub, addr, err := d.rules(book).Accept(in)
	if err != nil {
		return err
	}
	name := channels.Name(addr.Channel)
	reg := store.Registration{List: sub.List, Langs: sub.Langs, Places: sub.Places, Areas: readerAreas(book, sub.Places), Tests: sub.WantsTests,
		Channel: name, Host: hostOf(d.Channels[name], addr.Destination), Destination: addr.Destination, Active: name == channels.Push}
	if reg.Active {
		reg.Consent = subscribers.Consent{Source: "web", At: d.Now()}
	}
	if _, err := d.Store.SignUp(ctx, reg, string(ConfirmLetter)); err != nil {
		return err
	}
	if reg.Active {
		d.Issued() // it may have joined an open outage
	}
	return nil
}

// rules are what a sign-up is held against. Residents are reached by mail and push; crowds are not
// signed up but put on the roll by officials.
func (d *Desk) rules(book *areas.Book) subscribers.Rules {
	r := subscribers.Rules{Book: book, Check: func(channel, destination string) error {
		ch := d.Channels[channels.Name(channel)]
		if ch == nil || channel != string(channels.Email) && channel != string(channels.Push) ||
			channel == string(channels.Email) && d.Post == nil {
			return subscribers.ErrChannel
		}
		if c, ok := ch.(channels.Checker); ok {
			return c.Check(destination)
		}
		return nil
	}}
	for _, l := range d.words().Langs() {
		r.Langs = append(r.Langs, string(l))
	}
	return r
}

func hostOf(ch channels.Channel, dest subscribers.Destination) string {
	h, ok := ch.(channels.Hosted)
	if !ok {
		return ""
	}
	host, _ := h.Host(dest.Reveal()) // it was checked when it was accepted
	return host
}

func readerAreas(book *areas.Book, places []areas.Place) []areas.ID {
	var ids []areas.ID
	for _, p := range places {
		ids = append(ids, book.At(p)...)
	}
	return ids
}

// Confirm makes a sign-up active by the token of its mail; pressing the button twice is no error. The
// errors are those of [subscribers.Links.Read], and ErrNotFound for a sign-up that vanished.
func (d *Desk) Confirm(ctx context.Context, token string) error {
	id, err := d.Links.Read(subscribers.Confirm, token, d.Now())
	if err != nil {
		return err
	}
	if err := d.Store.Confirm(ctx, id); err != nil {
		return err
	}
	d.Issued()
	return nil
}

// Leave takes an address off the roll by the token of one of its mails. It takes effect before the next
// message leaves.
func (d *Desk) Leave(ctx context.Context, token string) error {
	id, err := d.Links.Read(subscribers.Unsubscribe, token, d.Now())
	if err != nil {
		return err
	}
	return d.Store.Leave(ctx, id)
}

// LeaveToken returns the token that takes an address off the roll. It never expires.
func (d *Desk) LeaveToken(address int64) string {
	return d.Links.Token(subscribers.Unsubscribe, address, time.Time{})
}

// Outlet puts a crowd on the roll: a Discord channel, a Mastodon account, the feed.
func (d *Desk) Outlet(ctx context.Context, a officials.Actor, o subscribers.Outlet, name channels.Name, dest subscribers.Destination) error {
	if err := may(a, officials.Admin, ""); err != nil {
		return err
	}
	book, err := d.Book(ctx)
	if err != nil {
		return err
	}
	ch := d.Channels[name]
	if ch == nil {
		return fmt.Errorf("this installation does not send by %s", name)
	}
	if c, ok := ch.(channels.Checker); ok {
		if err := c.Check(dest.Reveal()); err != nil {
			return err
		}
	}
	if len(o.Areas) == 0 {
		return errors.New("areas: name at least one; there is no default area")
	}
	for _, id := range o.Areas {
		if _, ok := book.Area(id); !ok {
			return fmt.Errorf("areas: %q is not known", id)
		}
	}
	_, err = d.Store.Enrol(ctx, store.Registration{List: o.List, Crowd: true, Langs: o.Langs, Areas: o.Areas, Tests: o.WantsTests,
		Consent: subscribers.Consent{Source: "operator", At: d.Now()}, Channel: name, Host: hostOf(ch, dest), Destination: dest, Active: true})
	return err
}
