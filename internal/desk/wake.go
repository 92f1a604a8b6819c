package desk

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"callbox/channels"
	"callbox/internal/officials"
	"callbox/internal/store"
	"callbox/outages"
	"callbox/subscribers"
)

// Bell wakes officials. It carries nothing to residents and is not part of the ledger.
type Bell interface {
	// Ring tells one official of something, once, by "email" or "push". Its errors carry verdicts as
	// those of channels, and no address.
	Ring(ctx context.Context, way string, to subscribers.Destination, s Summons) error
}

// Summons is what an official is told. It is no bulletin, and residents never see it.
type Summons struct {
	Subject string
	Says    []string // sentences
	Path    string   // of the console's page
	Tag     string   // the same for every word about one thing: a newer one replaces an older one
}

// The rhythm of waking.
const (
	wakeEvery   = time.Second
	ringWithin  = 15 * time.Second
	ringTries   = 8
	ringsAtOnce = 8
	haltAfter   = 30 * time.Second // without an answer of the database, before people are told
	haltAgain   = 15 * time.Minute
)

// watch is what one process knows of the alarms.
type watch struct {
	*Desk
	version  [2]int64 // of promises
	promises []promise
	agencies []officials.Agency
	people   map[string][]officials.Official // by agency, as they were last read
	failing  time.Time                       // since when the database does not answer; zero when it does
	told     time.Time                       // when people were last told of that
}

// Wake opens and closes alarms, and rings for what is due now, once. It may run in many processes: each
// word is carried by one of them.
func (d *Desk) Wake(ctx context.Context) error {
	w := &watch{Desk: d}
	if err := w.look(ctx); err != nil {
		return err
	}
	for {
		wake, alarm, err := d.Store.LeaseWake(ctx)
		if errors.Is(err, ErrNotFound) {
			return nil
		}
		if err == nil {
			err = d.ring(ctx, wake, alarm)
		}
		if err != nil {
			return err
		}
	}
}

// runWakes wakes until ctx ends.
func (d *Desk) runWakes(ctx context.Context) {
	if d.Bell == nil {
		return
	}
	w := &watch{Desk: d}
	tick := time.NewTicker(wakeEvery)
	defer tick.Stop()
	slots := make(chan struct{}, ringsAtOnce)
	var rings sync.WaitGroup
	defer rings.Wait()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		err := w.look(ctx)
		for err == nil && len(slots) < cap(slots) {
			var wake store.Wake
			var alarm store.Alarm
			if wake, alarm, err = d.Store.LeaseWake(ctx); err != nil {
				break
			}
			slots <- struct{}{}
			rings.Go(func() {
				defer func() { <-slots }()
				if err := d.ring(context.WithoutCancel(ctx), wake, alarm); err != nil {
					d.Log.Error("what came of a wake-up could not be written", "why", err)
				}
			})
		}
		if errors.Is(err, ErrNotFound) {
			err = nil
		}
		if ctx.Err() == nil {
			w.halts(ctx, err)
		}
	}
}

// look opens the alarms that are due and closes those that are over, and files the wakes of each next round.
func (w *watch) look(ctx context.Context) error {
	now := w.Now()
	current, err := w.current(ctx, now)
	if err != nil {
		return err
	}
	open, err := w.Store.Alarms(ctx)
	if err != nil {
		return err
	}
	same := func(x store.Alarm) func(store.Alarm) bool {
		return func(y store.Alarm) bool { return x.Agency == y.Agency && x.Kind == y.Kind && x.Object == y.Object }
	}
	for _, a := range open {
		if !slices.ContainsFunc(current, same(a)) {
			if err := w.Store.CloseAlarm(ctx, a.ID, now); err != nil {
				return err
			}
		}
	}
	opened := false
	for _, a := range current {
		if !slices.ContainsFunc(open, same(a)) {
			opened = true
			if err := w.Store.OpenAlarm(ctx, a); err != nil {
				return err
			}
		}
	}
	if opened {
		if open, err = w.Store.Alarms(ctx); err != nil {
			return err
		}
	}
	for _, a := range open {
		if roundDue(a, now) && slices.ContainsFunc(current, same(a)) {
			if err := w.file(ctx, a); err != nil {
				return err
			}
		}
	}
	return nil
}

// current returns every alarm that should be open.
func (w *watch) current(ctx context.Context, now time.Time) ([]store.Alarm, error) {
	if err := w.read(ctx); err != nil {
		return nil, err
	}
	waiting, err := w.Store.Waiting(ctx)
	if err != nil {
		return nil, err
	}
	halted, err := w.Store.Halted(ctx)
	if err != nil {
		return nil, err
	}
	var out []store.Alarm
	for _, d := range waiting {
		if a, ok := draftAlarm(d, now); ok {
			out = append(out, a)
		}
	}
	for _, p := range w.promises {
		out = append(out, p.alarms(now)...)
	}
	for _, h := range halted {
		out = append(out, haltAlarms(h, w.agencies)...)
	}
	return out, nil
}

// read renews what seldom changes: the newest words of outages when something was issued, and the people
// when nobody is known.
func (w *watch) read(ctx context.Context) error {
	version, err := w.Store.BoardVersion(ctx)
	if err != nil || w.people != nil && version == w.version {
		return err
	}
	list, err := w.Store.Outages(ctx, store.Selection{Since: w.Now().Add(-boardSpan)})
	if err != nil {
		return err
	}
	open, err := w.Store.Outages(ctx, store.Selection{Open: true})
	if err != nil {
		return err
	}
	w.promises = w.promises[:0]
	for _, o := range append(list, open...) {
		if !slices.ContainsFunc(w.promises, func(p promise) bool { return p.outage.ID == o.ID }) {
			w.promises = append(w.promises, promiseOf(o))
		}
	}
	if err := w.readPeople(ctx); err != nil {
		return err
	}
	w.version = version
	return nil
}

func (w *watch) readPeople(ctx context.Context) (err error) {
	if w.agencies, err = w.Store.Agencies(ctx); err != nil {
		return err
	}
	people := map[string][]officials.Official{}
	for _, a := range w.agencies {
		if people[a.ID], err = w.Store.Officials(ctx, a.ID); err != nil {
			return err
		}
	}
	w.people = people
	return nil
}

// file writes the next round of an alarm.
func (w *watch) file(ctx context.Context, a store.Alarm) error {
	if err := w.readPeople(ctx); err != nil {
		return err
	}
	wakes, err := w.wakes(ctx, toWake(w.people[a.Agency], a, a.Rounds))
	if err != nil {
		return err
	}
	if len(wakes) == 0 {
		w.Log.Error("nobody can be woken: officials need an e-mail address", "agency", a.Agency, "alarm", a.Kind)
	}
	_, err = w.Store.FileWakes(ctx, a.ID, a.Rounds, wakes)
	return err
}

// wakes returns a wake for every way to each of some people.
func (d *Desk) wakes(ctx context.Context, people []officials.Official) ([]store.Wake, error) {
	var out []store.Wake
	for _, o := range people {
		if o.Email != "" {
			out = append(out, store.Wake{Official: o.ID, Way: wayMail})
		}
		devices, err := d.Store.Devices(ctx, o.ID)
		if err != nil {
			return nil, err
		}
		for _, v := range devices {
			out = append(out, store.Wake{Official: o.ID, Way: fmt.Sprintf("%s:%d", wayPush, v.ID)})
		}
	}
	return out, nil
}

// The ways to an official.
const (
	wayMail = "email"
	wayPush = "push"
)

// ring makes one attempt and writes what came of it.
func (d *Desk) ring(ctx context.Context, w store.Wake, a store.Alarm) error {
	err := d.tell(ctx, w, a)
	w.At = d.Now()
	switch verdict, asked := channels.VerdictOf(err); {
	case err == nil:
		w.State = store.WakeTaken
	case verdict == channels.Refused, verdict == channels.Gone, errors.Is(err, ErrNotFound), w.Attempts >= ringTries:
		w.State = store.WakeGivenUp
	default:
		w.NextAt = w.At.Add(max(asked, min(5*time.Second<<w.Attempts, 2*time.Minute)))
	}
	if err != nil {
		w.Reason = why(err)
		d.Log.Warn("an official could not be told", "official", w.Official, "way", w.Way, "why", w.Reason)
	}
	return d.Store.SettleWake(ctx, w)
}

// tell rings for one wake.
func (d *Desk) tell(ctx context.Context, w store.Wake, a store.Alarm) error {
	way, device, _ := strings.Cut(w.Way, ":")
	to, err := d.reach(ctx, a.Agency, w.Official, device)
	if err != nil {
		return err
	}
	s := Summons{Subject: subject(a), Says: []string{a.Says}, Path: "/console" + spaceOf(a.Mode) + a.Path, Tag: a.Kind + " " + a.Object}
	if w.Round > 0 {
		s.Says = append(s.Says, fmt.Sprintf("This is reminder %d; it began %s ago.", w.Round, d.Now().Sub(a.Opened).Round(time.Minute)))
	}
	ctx, stop := context.WithTimeout(ctx, ringWithin)
	defer stop()
	err = d.Bell.Ring(ctx, way, to, s)
	if verdict, _ := channels.VerdictOf(err); err != nil && verdict == channels.Gone && way == wayPush {
		err = errors.Join(err, d.forgetDevice(ctx, a.Agency, w.Official, device))
	}
	return err
}

// reach opens the destination of an official: the mail address, or that of a device.
func (d *Desk) reach(ctx context.Context, agency, official, device string) (to subscribers.Destination, err error) {
	if device == "" {
		people, err := d.Store.Officials(ctx, agency)
		if err != nil {
			return to, err
		}
		i := slices.IndexFunc(people, func(o officials.Official) bool { return o.ID == official && o.Email != "" })
		if i < 0 {
			return to, fmt.Errorf("the mail address of %s: %w", official, ErrNotFound)
		}
		return subscribers.NewDestination(people[i].Email), nil
	}
	devices, err := d.Store.Devices(ctx, official)
	if err != nil {
		return to, err
	}
	i := slices.IndexFunc(devices, func(v store.Device) bool { return fmt.Sprint(v.ID) == device })
	if i < 0 {
		return to, fmt.Errorf("the device of %s: %w", official, ErrNotFound)
	}
	return devices[i].To, nil
}

// subject is the line that decides whether somebody gets up.
func subject(a store.Alarm) string {
	switch a.Kind {
	case AlarmDraft:
		return head(a.Mode) + "A bulletin waits for your approval"
	case AlarmOverdue:
		return head(a.Mode) + "The promised update is overdue"
	case AlarmBreakGlass:
		return head(a.Mode) + "A bulletin was sent without a second person"
	}
	return head(a.Mode) + "A channel is halted"
}

// spaceOf is the console's root for outages of a mode.
func spaceOf(m outages.Mode) string {
	if m == outages.Drill {
		return "/drill"
	}
	return "/live"
}

// why is an error as officials read it: one line of a sensible length.
func why(err error) string {
	text := strings.Join(strings.Fields(err.Error()), " ")
	if len(text) > 240 {
		text = strings.ToValidUTF8(text[:240], "") + "…"
	}
	return text
}

// halts tells people by mail that the database does not answer: no alarm can be written then.
func (w *watch) halts(ctx context.Context, err error) {
	now := w.Now()
	if err == nil {
		w.failing = time.Time{}
		return
	}
	if w.failing.IsZero() {
		w.failing = now
		w.Log.Error("the alarms could not be read or written", "why", err)
	}
	if now.Sub(w.failing) < haltAfter || now.Sub(w.told) < haltAgain {
		return
	}
	w.told = now
	for _, people := range w.people {
		for _, o := range people {
			if o.Email == "" || !slices.Contains(o.Roles, officials.Admin) && !slices.Contains(o.Roles, officials.Approver) {
				continue
			}
			ctx, stop := context.WithTimeout(ctx, ringWithin)
			err := w.Bell.Ring(ctx, wayMail, subscribers.NewDestination(o.Email), Summons{Subject: "Callbox cannot reach its database",
				Says: []string{"The database does not answer since " + w.failing.UTC().Format("15:04:05 UTC") + ". Nothing is sent until it does."},
				Path: "/console/", Tag: "store"})
			stop()
			if err != nil {
				w.Log.Warn("an official could not be told", "official", o.ID, "way", wayMail, "why", why(err))
			}
		}
	}
}
