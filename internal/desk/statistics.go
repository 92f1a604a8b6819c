package desk

import (
	"context"
	"time"

	"callbox/internal/store"
	"callbox/outages"
)

// Statistic is one past outage in numbers, as an agency publishes it.
type Statistic struct {
	Outage string
	Agency string // its name
	Began  time.Time
	First  time.Duration // from the failure to the first word of it
	Ended  time.Duration // from the failure to its end; 0 while it is open
	Told   int           // addresses that the first bulletin reached, of
	Of     int
}

// statisticsMost is how many outages are published.
const statisticsMost = 100

// Statistics lists the outages of the agencies that publish them, newest first. Outages that were taken back
// are left out: nothing had failed.
func (d *Desk) Statistics(ctx context.Context) ([]Statistic, error) {
	agencies, err := d.Store.Agencies(ctx)
	if err != nil {
		return nil, err
	}
	open := map[string]string{}
	for _, a := range agencies {
		if a.Statistics {
			open[a.ID] = a.Name
		}
	}
	if len(open) == 0 {
		return nil, nil
	}
	begun, err := d.Store.Begun(ctx, outages.Live)
	if err != nil {
		return nil, err
	}
	var out []Statistic
	for _, b := range begun {
		o, err := d.Store.Outage(ctx, b.Outage)
		if err != nil {
			return nil, err
		}
		if s, ok := statistic(o); ok && open[o.Agency] != "" {
			s.Agency = open[o.Agency]
			figures, err := d.Store.Figures(ctx, o.ID, false)
			if err != nil {
				return nil, err
			}
			s.count(figures)
			if out = append(out, s); len(out) == statisticsMost {
				break
			}
		}
	}
	return out, nil
}

// statistic takes the times of an outage; it has none where nobody said when it began, or it was taken back.
func statistic(o outages.Outage) (Statistic, bool) {
	first, last := o.Bulletins[0], o.Bulletins[len(o.Bulletins)-1]
	s := Statistic{Outage: o.ID, Began: first.Facts.Began, First: first.Issued.Sub(first.Facts.Began)}
	if last.Kind == outages.AllClear {
		s.Ended = last.Issued.Sub(s.Began)
	}
	return s, !s.Began.IsZero() && last.Kind != outages.Retract
}

func (s *Statistic) count(figures []store.Figure) {
	for _, f := range figures {
		if f.Seq == 1 && personal(f.Channel) {
			s.Told, s.Of = s.Told+f.Accepted, s.Of+f.Targeted
		}
	}
}
