package desk

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"callbox/channels"
	"callbox/internal/officials"
	"callbox/internal/store"
	"callbox/subscribers"
)

// Woken is one word to one official about a waiting draft, for who waits.
type Woken struct {
	Name   string // of the official
	Way    string // "e-mail", or the label of a device
	Round  int    // 0 for the first word, then reminders
	State  store.WakeState
	At     time.Time // of the last attempt; zero before it
	Reason string    // why it failed
}

// Woken returns who was told that a submitted draft waits, how and when, oldest first.
func (d *Desk) Woken(ctx context.Context, a officials.Actor, draft string) ([]Woken, error) {
	x, err := d.Store.Draft(ctx, draft)
	if err != nil {
		return nil, fmt.Errorf("draft %q: %w", draft, err)
	}
	if _, err := d.outageFor(ctx, a, x.Outage, x.Declaration); err != nil {
		return nil, err
	}
	wakes, err := d.Store.Wakes(ctx, a.Agency.ID, AlarmDraft, draftObject(x.ID, x.Hash))
	if err != nil {
		return nil, err
	}
	people, err := d.Store.Officials(ctx, a.Agency.ID)
	if err != nil {
		return nil, err
	}
	var out []Woken
	for _, w := range wakes {
		name, way := w.Official, "e-mail"
		if i := slices.IndexFunc(people, func(o officials.Official) bool { return o.ID == w.Official }); i >= 0 {
			name = people[i].Name
		}
		if strings.HasPrefix(w.Way, wayPush) {
			way = "a device"
		}
		out = append(out, Woken{name, way, w.Round, w.State, w.At, w.Reason})
	}
	return out, nil
}

// Remind tells everybody who may approve a waiting draft now, out of turn.
func (d *Desk) Remind(ctx context.Context, a officials.Actor, draft string) error {
	x, err := d.mine(ctx, a, draft, officials.Drafter)
	if err != nil {
		return err
	}
	if x.State != store.DraftSubmitted {
		return fmt.Errorf("%w: the draft is %s; nobody needs to be reminded", ErrConflict, x.State)
	}
	open, err := d.Store.Alarms(ctx)
	if err != nil {
		return err
	}
	object := draftObject(x.ID, x.Hash)
	i := slices.IndexFunc(open, func(o store.Alarm) bool { return o.Kind == AlarmDraft && o.Object == object })
	if i < 0 {
		return fmt.Errorf("%w: nobody was told yet; the first word goes out within seconds", ErrConflict)
	}
	people, err := d.Store.Officials(ctx, a.Agency.ID)
	if err != nil {
		return err
	}
	wakes, err := d.wakes(ctx, toWake(people, open[i], roundsMost))
	if err != nil {
		return err
	}
	if _, err := d.Store.FileWakes(ctx, open[i].ID, open[i].Rounds, wakes); err != nil {
		return err
	}
	return d.Store.Record(ctx, entry(a, "draft.remind", x.ID, fmt.Sprintf("%d words", len(wakes))))
}

// AddDevice adds a browser on which the actor wants to be woken. The subscription comes from the browser.
func (d *Desk) AddDevice(ctx context.Context, a officials.Actor, label, subscription string) error {
	if !a.Person() {
		return fmt.Errorf("%w: a person has devices, not a key", ErrDenied)
	}
	check, ok := d.Channels[channels.Push].(channels.Checker)
	if !ok {
		return fmt.Errorf("%w: this installation sends no web push", ErrConflict)
	}
	if err := check.Check(subscription); err != nil {
		return fmt.Errorf("%w: %w", ErrConflict, err)
	}
	return d.Store.AddDevice(ctx, store.Device{Official: a.Official.ID, Label: label, To: subscribers.NewDestination(subscription)},
		entry(a, "device.add", a.Official.ID, ""))
}

// Devices returns the actor's devices, oldest first.
func (d *Desk) Devices(ctx context.Context, a officials.Actor) ([]store.Device, error) {
	if !a.Person() {
		return nil, nil
	}
	return d.Store.Devices(ctx, a.Official.ID)
}

// RemoveDevice forgets a device of the actor.
func (d *Desk) RemoveDevice(ctx context.Context, a officials.Actor, id int64) error {
	if !a.Person() {
		return fmt.Errorf("device: %w", ErrNotFound)
	}
	return d.Store.RemoveDevice(ctx, a.Official.ID, id, entry(a, "device.remove", a.Official.ID, fmt.Sprint(id)))
}

// forgetDevice removes a device that its push service said is gone.
func (d *Desk) forgetDevice(ctx context.Context, agency, official, device string) error {
	var id int64
	if _, err := fmt.Sscan(device, &id); err != nil {
		return err
	}
	e := system("device.gone", official, device)
	e.Agency = agency
	return d.Store.RemoveDevice(ctx, official, id, e)
}

// RingMe tells the actor by every way they have, as a test, and returns how many far sides took it.
func (d *Desk) RingMe(ctx context.Context, a officials.Actor) (int, error) {
	if !a.Person() || d.Bell == nil {
		return 0, fmt.Errorf("%w: nobody can be woken from here", ErrConflict)
	}
	wakes, err := d.wakes(ctx, []officials.Official{*a.Official})
	if err != nil {
		return 0, err
	}
	s := Summons{Subject: "Test: this is how you are woken", Says: []string{a.Official.Name + ", you asked for a test. Nothing waits for you."}, Path: "/console/", Tag: "test"}
	taken := 0
	for _, w := range wakes {
		way, device, _ := strings.Cut(w.Way, ":")
		to, err := d.reach(ctx, a.Agency.ID, w.Official, device)
		if err == nil {
			err = d.Bell.Ring(ctx, way, to, s)
		}
		if err != nil {
			d.Log.Warn("an official could not be told", "official", w.Official, "way", w.Way, "why", why(err))
			continue
		}
		taken++
	}
	return taken, nil
}
