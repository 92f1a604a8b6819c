package store

import (
	"context"
	"encoding/json"
	"fmt"
)

// Wordings returns every published version, oldest first.
func (s *Store) Wordings(ctx context.Context) ([]Wording, error) {
	var out []Wording
	rows, err := s.read.QueryContext(ctx, `SELECT version, at, author, publisher, data FROM wordings ORDER BY version`)
	err = each(rows, err, func(r rowScanner) error {
		var w Wording
		var at int64
		var data []byte
		if err := r.Scan(&w.Version, &at, &w.Author, &w.Publisher, &data); err != nil {
			return err
		}
		w.At = fromMillis(at)
		err := json.Unmarshal(data, &w)
		out = append(out, w)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("wordings: %w", err)
	}
	return out, nil
}
