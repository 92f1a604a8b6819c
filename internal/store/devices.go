package store

import (
	"context"
	"fmt"
	"time"

	"callbox/internal/officials"
	"callbox/subscribers"
)

// Device is a browser on which an official wants to be woken.
type Device struct {
	ID       int64
	Official string
	Label    string // how the official calls it
	Added    time.Time
	To       subscribers.Destination // a push subscription
}

// devicesMost is how many devices an official may have: the oldest goes first.
const devicesMost = 5

// AddDevice adds a device of an official; one that is known gets its new label.
func (s *Store) AddDevice(ctx context.Context, d Device, e officials.Entry) error {
	return s.tx(ctx, func(t *tx) error {
		if _, err := t.exec(`INSERT INTO official_devices (official, label, sealed, idx, added) VALUES ($1, $2, $3, $4, $5)
			ON CONFLICT (official, idx) DO UPDATE SET label = excluded.label`,
			d.Official, d.Label, s.sealer.Seal(d.To), s.sealer.Index("official push", d.To), millis(s.now())); err != nil {
			return fmt.Errorf("add device: %w", err)
		}
		if _, err := t.exec(`DELETE FROM official_devices WHERE official = $1 AND id NOT IN
			(SELECT id FROM official_devices WHERE official = $2 ORDER BY id DESC LIMIT $3)`, d.Official, d.Official, devicesMost); err != nil {
			return fmt.Errorf("add device: %w", err)
		}
		return t.audit(s.now(), e)
	})
}

// RemoveDevice forgets a device of an official, or returns ErrNotFound.
func (s *Store) RemoveDevice(ctx context.Context, official string, id int64, e officials.Entry) error {
	return s.tx(ctx, func(t *tx) error {
		if err := t.must(`DELETE FROM official_devices WHERE official = $1 AND id = $2`, official, id); err != nil {
			return fmt.Errorf("remove device: %w", err)
		}
		return t.audit(s.now(), e)
	})
}

// Devices returns the devices of an official, oldest first, with their destinations opened.
func (s *Store) Devices(ctx context.Context, official string) ([]Device, error) {
	var out []Device
	rows, err := s.read.QueryContext(ctx, `SELECT id, official, label, sealed, added FROM official_devices WHERE official = $1 ORDER BY id`, official)
	err = each(rows, err, func(r rowScanner) error {
		var d Device
		var sealed []byte
		var added int64
		if err := r.Scan(&d.ID, &d.Official, &d.Label, &sealed, &added); err != nil {
			return err
		}
		to, err := s.sealer.Open(sealed)
		d.To, d.Added = to, fromMillis(added)
		out = append(out, d)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("devices: %w", err)
	}
	return out, nil
}
