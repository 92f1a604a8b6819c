package store

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"callbox/subscribers"
)

// Forget enforces the limits of what is kept: sign-ups not confirmed within 48 hours vanish, and 30 days
// after somebody left so does the index of their destination, and so do results per person.
func (s *Store) Forget(ctx context.Context) error {
	now := s.now()
	return s.tx(ctx, func(t *tx) error {
		if err := t.forgetGone(now); err != nil {
			return fmt.Errorf("forget: %w", err)
		}
		for _, q := range []struct {
			sql    string
			before time.Time
		}{
			{`DELETE FROM addresses WHERE state = 0 AND changed < $1`, now.Add(-48 * time.Hour)},
			{`UPDATE addresses SET idx = NULL WHERE state IN (2, 3, 4) AND idx IS NOT NULL AND changed < $1`, now.AddDate(0, 0, -30)},
			{`DELETE FROM deliveries WHERE bulletin IN (SELECT id FROM bulletins WHERE expires < $1)`, now.AddDate(0, 0, -30)},
			{`DELETE FROM batches WHERE bulletin IN (SELECT id FROM bulletins WHERE expires < $1)`, now.AddDate(0, 0, -30)},
			{`DELETE FROM sheets WHERE bulletin IN (SELECT id FROM bulletins WHERE expires < $1)`, now.AddDate(0, 0, -30)},
			{`DELETE FROM replies WHERE at < $1`, now.AddDate(0, 0, -1)},
		} {
			if _, err := t.exec(q.sql, millis(q.before)); err != nil {
				return fmt.Errorf("forget: %w", err)
			}
		}
		if _, err := t.exec(`DELETE FROM subscribers WHERE NOT EXISTS (SELECT 1 FROM addresses a WHERE a.subscriber = subscribers.id)`); err != nil {
			return fmt.Errorf("forget: %w", err)
		}
		return t.forgetLetters(now)
	})
}

// Roll calls f for every address that is active, paused or waits for its confirmation, of residents only,
// for an export. The destinations are opened.
func (s *Store) Roll(ctx context.Context, f func(subscribers.Line) error) error {
	rows, err := s.read.QueryContext(ctx, `SELECT a.id, a.state, a.sealed, l.channel, p.id, p.list, p.langs, p.places, p.tests, p.consent_source, p.consent_at
		FROM addresses a JOIN subscribers p ON p.id = a.subscriber JOIN lanes l ON l.id = a.lane
		WHERE a.state IN (0, 1, 5) AND p.crowd = 0 ORDER BY a.id`)
	return each(rows, err, func(r rowScanner) error {
		var line subscribers.Line
		var state int
		var sealed, places []byte
		var langs string
		var consent int64
		err := r.Scan(&line.Address.ID, &state, &sealed, &line.Address.Channel, &line.Subscriber.ID, &line.Subscriber.List, &langs,
			&places, &line.Subscriber.WantsTests, &line.Subscriber.Consent.Source, &consent)
		if err != nil {
			return err
		}
		line.Address.State = states[state]
		if line.Address.Destination, err = s.sealer.Open(sealed); err != nil {
			return fmt.Errorf("address %d: %w", line.Address.ID, err)
		}
		line.Subscriber.Langs, line.Subscriber.Consent.At = strings.Split(langs, ","), fromMillis(consent)
		if err := json.Unmarshal(places, &line.Subscriber.Places); err != nil {
			return err
		}
		return f(line)
	})
}
