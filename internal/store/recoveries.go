package store

import (
	"context"
	"fmt"
	"time"

	"callbox/internal/officials"
)

// AskRecovery writes the request of the first administrator, instead of an earlier one for the same person.
func (s *Store) AskRecovery(ctx context.Context, r officials.Recovery, e officials.Entry) error {
	return s.tx(ctx, func(t *tx) error {
		if _, err := t.exec(`DELETE FROM recoveries WHERE official = $1`, r.Official); err != nil {
			return err
		}
		if _, err := t.exec(`INSERT INTO recoveries (id, official, reason, by, at) VALUES ($1, $2, $3, $4, $5)`,
			r.ID, r.Official, r.Reason, r.By, millis(r.At)); err != nil {
			return fmt.Errorf("ask for a recovery: %w", err)
		}
		return t.audit(s.now(), e)
	})
}

// Recoveries returns the requests of an agency that wait for a second administrator, oldest first.
func (s *Store) Recoveries(ctx context.Context, agency string) ([]officials.Recovery, error) {
	var out []officials.Recovery
	rows, err := s.read.QueryContext(ctx, `SELECT r.id, r.official, r.reason, r.by, r.at FROM recoveries r
		JOIN officials o ON o.id = r.official WHERE o.agency = $1 AND r.at > $2 ORDER BY r.at`,
		agency, millis(s.now().Add(-officials.RecoveryLives)))
	err = each(rows, err, func(row rowScanner) error {
		r := officials.Recovery{Agency: agency}
		var at int64
		err := row.Scan(&r.ID, &r.Official, &r.Reason, &r.By, &at)
		r.At = fromMillis(at)
		out = append(out, r)
		return err
	})
	return out, err
}

// DropRecovery ends a request, or ErrNotFound.
func (s *Store) DropRecovery(ctx context.Context, id string, e officials.Entry) error {
	return s.tx(ctx, func(t *tx) error {
		if err := t.must(`DELETE FROM recoveries WHERE id = $1`, id); err != nil {
			return err
		}
		return t.audit(s.now(), e)
	})
}

// Recover grants a request: whatever let the person in before opens nothing any more, their keys
// included, and one link does. ErrNotFound says that the request is gone.
func (s *Store) Recover(ctx context.Context, r officials.Recovery, link []byte, expires time.Time, e officials.Entry) error {
	return s.tx(ctx, func(t *tx) error {
		if err := t.must(`DELETE FROM recoveries WHERE id = $1 AND official = $2`, r.ID, r.Official); err != nil {
			return err
		}
		for _, query := range []string{
			`DELETE FROM passkeys WHERE official = $1`, `DELETE FROM codes WHERE official = $1`, `DELETE FROM sessions WHERE official = $1`,
		} {
			if _, err := t.exec(query, r.Official); err != nil {
				return fmt.Errorf("recover: %w", err)
			}
		}
		if _, err := t.exec(`UPDATE keys SET revoked = $1 WHERE official = $2 AND revoked = 0`, millis(s.now()), r.Official); err != nil {
			return fmt.Errorf("recover: %w", err)
		}
		if err := t.addEntry(r.Official, link, expires); err != nil {
			return err
		}
		return t.audit(s.now(), e)
	})
}
