package desk

import (
	"context"

	"callbox/internal/officials"
	"callbox/internal/record"
	"callbox/internal/store"
	"callbox/outages"
)

// Record makes the record of an outage of the actor's agency, from the first draft on. It may be asked
// for at any time; it is whole when the outage is over.
func (d *Desk) Record(ctx context.Context, a officials.Actor, outage string) (record.Record, error) {
	s, err := d.Status(ctx, a, outage)
	if err != nil {
		return record.Record{}, err
	}
	from := record.Source{Outage: s.Outage, Figures: s.Figures, Texts: map[int]store.Texts{}, Reached: map[int][]record.Reached{}}
	for _, b := range s.Outage.Bulletins {
		if b.Kind == outages.Renewal {
			continue
		}
		if from.Texts[b.Seq], err = d.Store.Texts(ctx, outage, b.Seq); err != nil {
			return record.Record{}, err
		}
		steps, err := d.Store.Pace(ctx, outage, b.Seq)
		if err != nil {
			return record.Record{}, err
		}
		for _, m := range milestones(points(steps, b.Issued)) {
			from.Reached[b.Seq] = append(from.Reached[b.Seq], record.Reached{Percent: m.Percent, At: m.At})
		}
	}
	if from.Drafts, err = d.Store.DraftsOf(ctx, outage); err != nil {
		return record.Record{}, err
	}
	if from.Names, err = d.Names(ctx, a); err != nil {
		return record.Record{}, err
	}
	err = d.Store.Audit(ctx, 0, func(e officials.Entry) error {
		if e.Agency == "" || e.Agency == a.Agency.ID {
			from.Entries = append(from.Entries, e)
		}
		return nil
	})
	if err != nil {
		return record.Record{}, err
	}
	return record.Make(from, d.Now()), nil
}
