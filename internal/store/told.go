package store

import (
	"context"
	"fmt"

	"callbox/channels"
)

// Told counts the active addresses that were told anything of an outage, by channel.
func (s *Store) Told(ctx context.Context, outage string) (map[channels.Name]int, error) {
	out := map[channels.Name]int{}
	rows, err := s.read.QueryContext(ctx, `SELECT l.channel, SUM(t.n) FROM told t JOIN lanes l ON l.id = t.lane WHERE t.outage = $1 GROUP BY l.channel`, outage)
	err = each(rows, err, func(r rowScanner) error {
		var name channels.Name
		var n int
		err := r.Scan(&name, &n)
		out[name] = n
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("those who were told of outage %q: %w", outage, err)
	}
	return out, nil
}
