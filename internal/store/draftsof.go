package store

import (
	"context"
	"fmt"
)

// DraftsOf returns every draft of an outage, in whatever state, in the order in which they last changed.
func (s *Store) DraftsOf(ctx context.Context, outage string) ([]Draft, error) {
	list, err := s.drafts(ctx, `outage = $1 ORDER BY changed, id`, outage)
	if err != nil {
		return nil, fmt.Errorf("drafts of outage %s: %w", outage, err)
	}
	return list, nil
}
