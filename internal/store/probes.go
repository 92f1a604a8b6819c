package store

import (
	"context"
	"fmt"
	"time"

	"callbox/channels"
	"callbox/subscribers"
)

// Probe is how one way out was when it was last asked.
type Probe struct {
	Name  string
	At    time.Time
	Fault string // empty where all was well
}

// SaveProbes replaces what was known of every way out.
func (s *Store) SaveProbes(ctx context.Context, list []Probe) error {
	return s.tx(ctx, func(t *tx) error {
		if _, err := t.exec(`DELETE FROM probes`); err != nil {
			return fmt.Errorf("save probes: %w", err)
		}
		for _, p := range list {
			if _, err := t.exec(`INSERT INTO probes (name, at, fault) VALUES ($1, $2, $3)`, p.Name, millis(p.At), p.Fault); err != nil {
				return fmt.Errorf("save probes: %w", err)
			}
		}
		return nil
	})
}

// Probes returns how every way out was when it was last asked, by name.
func (s *Store) Probes(ctx context.Context) ([]Probe, error) {
	var out []Probe
	rows, err := s.read.QueryContext(ctx, `SELECT name, at, fault FROM probes ORDER BY name`)
	err = each(rows, err, func(r rowScanner) error {
		var p Probe
		var at int64
		err := r.Scan(&p.Name, &at, &p.Fault)
		p.At = fromMillis(at)
		out = append(out, p)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("probes: %w", err)
	}
	return out, nil
}

// OutletAddress is where a crowd is told.
type OutletAddress struct {
	ID      int64
	Channel channels.Name
	List    string // "live" or "drill"
	To      subscribers.Destination
}

// OutletAddresses returns the active addresses of every crowd.
func (s *Store) OutletAddresses(ctx context.Context) ([]OutletAddress, error) {
	var out []OutletAddress
	rows, err := s.read.QueryContext(ctx, `SELECT a.id, l.channel, l.list, a.sealed FROM addresses a
		JOIN subscribers p ON p.id = a.subscriber JOIN lanes l ON l.id = a.lane WHERE p.crowd = 1 AND a.state = 1 ORDER BY a.id`)
	err = each(rows, err, func(r rowScanner) error {
		var o OutletAddress
		var sealed []byte
		if err := r.Scan(&o.ID, &o.Channel, &o.List, &sealed); err != nil {
			return err
		}
		var err error
		o.To, err = s.sealer.Open(sealed)
		out = append(out, o)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("outlets: %w", err)
	}
	return out, nil
}
