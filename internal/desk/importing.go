package desk

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"

	"callbox/channels"
	"callbox/internal/officials"
	"callbox/internal/store"
	"callbox/subscribers"
)

// importChunk is how many subscribers one transaction takes over: the roll stays open for others.
const importChunk = 1000

// ImportSubscribers takes over a subscribers file. Nothing is taken over before every line was read and
// found good; its error is an [areas.Report] of every bad line. Whoever comes without consent gets the
// confirmation mail; whoever left after the consent that the file names stays away. progress is told how
// many lines are done; it may be nil. Importing the same file again changes nothing.
func (d *Desk) ImportSubscribers(ctx context.Context, a officials.Actor, file io.ReadSeeker, progress func(done int)) (Imported, error) {
	if err := may(a, officials.Admin, ""); err != nil {
		return Imported{}, err
	}
	book, err := d.Book(ctx)
	if err != nil {
		return Imported{}, err
	}
	var out Imported
	var chunk []store.Registration
	flush := func() error {
		enrolled, err := d.Store.Enrol(ctx, chunk...)
		if err != nil {
			return err
		}
		var ask []int64
		for i, e := range enrolled {
			if !chunk[i].Active && chunk[i].PausedUntil.IsZero() && !e.Left && !e.Known {
				ask = append(ask, e.Address)
			}
		}
		if _, err := d.Store.Ask(ctx, string(ConfirmLetter), ask...); err != nil {
			return err
		}
		out.Lines += len(chunk)
		if progress != nil {
			progress(out.Lines)
		}
		chunk = chunk[:0]
		return nil
	}
	err = subscribers.Read(file, d.rules(book), d.Now(), func(l subscribers.Line) error {
		name := channels.Name(l.Address.Channel)
		r := store.Registration{List: l.Subscriber.List, Langs: l.Subscriber.Langs, Places: l.Subscriber.Places,
			Areas: readerAreas(book, l.Subscriber.Places), Tests: l.Subscriber.WantsTests, Consent: l.Subscriber.Consent, Channel: name,
			Host: hostOf(d.Channels[name], l.Address.Destination), Destination: l.Address.Destination,
			Active: l.Address.State == subscribers.Active, Imported: true}
		if l.Address.State == subscribers.Paused {
			r.PausedUntil = d.Now().Add(PauseFor)
		}
		chunk = append(chunk, r)
		if len(chunk) == importChunk {
			return flush()
		}
		return nil
	})
	if err == nil && len(chunk) > 0 {
		err = flush()
	}
	if err == nil {
		err = d.Store.Record(ctx, entry(a, "subscribers.import", a.Agency.ID, fmt.Sprint(out.Lines)))
	}
	d.Issued()
	return out, err
}

// ExportSubscribers writes the roll of residents with their addresses in plain: for moving house, and
// for the copy that an agency keeps offline. It is recorded.
func (d *Desk) ExportSubscribers(ctx context.Context, a officials.Actor, w io.Writer) error {
	if err := may(a, officials.Admin, ""); err != nil {
		return err
	}
	if err := d.Store.Record(ctx, entry(a, "subscribers.export", a.Agency.ID, "")); err != nil {
		return err
	}
	return subscribers.Write(w, d.roll(ctx))
}

var errEnough = errors.New("enough")

func (d *Desk) roll(ctx context.Context) iter.Seq2[subscribers.Line, error] {
	return func(yield func(subscribers.Line, error) bool) {
		err := d.Store.Roll(ctx, func(l subscribers.Line) error {
			if !yield(l, nil) {
				return errEnough
			}
			return nil
		})
		if err != nil && !errors.Is(err, errEnough) {
			yield(subscribers.Line{}, err)
		}
	}
}
