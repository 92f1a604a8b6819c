package store

import (
	"context"
	"fmt"
	"time"

	"callbox/outages"
)

// BulletinName is what names a bulletin, without what it says.
type BulletinName struct {
	Outage string
	Seq    int
}

// BulletinNames lists every bulletin that people read: renewals are for the feed alone.
func (s *Store) BulletinNames(ctx context.Context) ([]BulletinName, error) {
	var out []BulletinName
	rows, err := s.read.QueryContext(ctx, `SELECT outage, seq FROM bulletins WHERE kind <> $1 ORDER BY id`, outages.Renewal)
	err = each(rows, err, func(r rowScanner) error {
		var n BulletinName
		err := r.Scan(&n.Outage, &n.Seq)
		out = append(out, n)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list bulletins: %w", err)
	}
	return out, nil
}

// Began is an outage and when its first bulletin was issued.
type Began struct {
	Outage string
	At     time.Time
}

// Begun lists the outages of a mode that have a bulletin, newest first.
func (s *Store) Begun(ctx context.Context, m outages.Mode) ([]Began, error) {
	var out []Began
	rows, err := s.read.QueryContext(ctx, `SELECT outage, issued FROM bulletins WHERE mode = $1 AND seq = 1 ORDER BY issued DESC, outage`, m)
	err = each(rows, err, func(r rowScanner) error {
		var b Began
		var at int64
		err := r.Scan(&b.Outage, &at)
		b.At = fromMillis(at)
		out = append(out, b)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list outages: %w", err)
	}
	return out, nil
}
