package store

import (
	"context"
	"errors"
	"fmt"

	"callbox/internal/officials"
)

// Dismiss writes an official who leaves, ends their sessions and revokes their keys, in one transaction.
func (s *Store) Dismiss(ctx context.Context, o officials.Official, e officials.Entry) error {
	o.Roles = nil
	return s.tx(ctx, func(t *tx) error {
		if err := t.saveOfficial(o); err != nil {
			return err
		}
		_, sessions := t.exec(`DELETE FROM sessions WHERE official = $1`, o.ID)
		_, links := t.exec(`DELETE FROM entries WHERE official = $1`, o.ID)
		_, keys := t.exec(`UPDATE keys SET revoked = $1 WHERE official = $2 AND revoked = 0`, millis(s.now()), o.ID)
		if err := errors.Join(sessions, links, keys); err != nil {
			return fmt.Errorf("dismiss official: %w", err)
		}
		return t.audit(s.now(), e)
	})
}
