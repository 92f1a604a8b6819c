package desk

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"callbox/channels"
	"callbox/channels/cap"
	"callbox/internal/officials"
	"callbox/internal/proofs"
	"callbox/internal/record"
	"callbox/internal/store"
	"callbox/outages"
)

// Record makes the record of an outage of the actor's agency, from the first draft on, without what each
// channel sent. It may be asked for at any time; it is whole when the outage is over.
func (d *Desk) Record(ctx context.Context, a officials.Actor, outage string) (record.Record, error) {
	from, err := d.source(ctx, a, outage)
	if err != nil {
		return record.Record{}, err
	}
	return record.Make(from, d.Now()), nil
}

// RecordInFull is Record with every text as each channel sent it, and the documents of the feed.
func (d *Desk) RecordInFull(ctx context.Context, a officials.Actor, outage string) (record.Record, error) {
	from, err := d.source(ctx, a, outage)
	if err != nil {
		return record.Record{}, err
	}
	if from.Documents, err = d.Store.Shelf().Incident(ctx, outage); err != nil {
		return record.Record{}, err
	}
	from.Sent = map[int][]proofs.Proof{}
	for _, b := range from.Outage.Bulletins {
		if b.Kind != outages.Renewal {
			if from.Sent[b.Seq], err = d.sent(ctx, b, from.Texts[b.Seq]); err != nil {
				return record.Record{}, err
			}
		}
	}
	return record.Make(from, d.Now()), nil
}

// Sent returns what one bulletin of an outage of the actor's agency told whom, as each channel sent it.
func (d *Desk) Sent(ctx context.Context, a officials.Actor, outage string, seq int) ([]proofs.Proof, error) {
	s, err := d.Status(ctx, a, outage)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(s.Outage.Bulletins, func(b outages.Bulletin) bool { return b.Seq == seq && b.Kind != outages.Renewal })
	if i < 0 {
		return nil, fmt.Errorf("bulletin %d of outage %q: %w", seq, outage, ErrNotFound)
	}
	texts, err := d.Store.Texts(ctx, outage, seq)
	if err != nil {
		return nil, err
	}
	return d.sent(ctx, s.Outage.Bulletins[i], texts)
}

// sent composes the frozen texts of a bulletin again, as Send did; of the feed it takes the bytes that were
// published. Outlets are shown in the languages that they have now.
func (d *Desk) sent(ctx context.Context, b outages.Bulletin, texts store.Texts) ([]proofs.Proof, error) {
	published, err := d.Store.Shelf().Incident(ctx, b.Outage)
	if err != nil {
		return nil, err
	}
	press := d.Press
	press.Feed = func(context.Context, channels.Message) ([]cap.Document, error) {
		return slices.DeleteFunc(slices.Clone(published), func(x cap.Document) bool { return x.Seq != b.Seq }), nil
	}
	out, _ := d.proofsOf(ctx, press, b, texts) // what a limit cut is no news any more
	return out, nil
}

// Document returns a document of the feed that was published for an outage of the actor's agency.
func (d *Desk) Document(ctx context.Context, a officials.Actor, outage, identifier string) (cap.Document, error) {
	if _, err := d.Status(ctx, a, outage); err != nil {
		return cap.Document{}, err
	}
	x, err := d.Store.Shelf().Read(ctx, identifier)
	if errors.Is(err, cap.ErrNotFound) || err == nil && x.Incident != outage {
		err = ErrNotFound
	}
	if err != nil {
		return cap.Document{}, fmt.Errorf("document %q: %w", identifier, err)
	}
	return x, nil
}

// source gathers what a record is made of.
func (d *Desk) source(ctx context.Context, a officials.Actor, outage string) (record.Source, error) {
	s, err := d.Status(ctx, a, outage)
	if err != nil {
		return record.Source{}, err
	}
	from := record.Source{Outage: s.Outage, Figures: s.Figures, Texts: map[int]store.Texts{}, Reached: map[int][]record.Reached{}}
	for _, b := range s.Outage.Bulletins {
		if b.Kind == outages.Renewal {
			continue
		}
		if from.Texts[b.Seq], err = d.Store.Texts(ctx, outage, b.Seq); err != nil {
			return from, err
		}
		steps, err := d.Store.Pace(ctx, outage, b.Seq)
		if err != nil {
			return from, err
		}
		for _, m := range milestones(points(steps, b.Issued)) {
			from.Reached[b.Seq] = append(from.Reached[b.Seq], record.Reached{Percent: m.Percent, At: m.At})
		}
	}
	if from.Drafts, err = d.Store.DraftsOf(ctx, outage); err != nil {
		return from, err
	}
	if from.Names, err = d.Names(ctx, a); err != nil {
		return from, err
	}
	err = d.Store.Audit(ctx, 0, func(e officials.Entry) error {
		if e.Agency == "" || e.Agency == a.Agency.ID {
			from.Entries = append(from.Entries, e)
		}
		return nil
	})
	return from, err
}
