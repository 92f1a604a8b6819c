package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"callbox/internal/officials"
	"callbox/templates"
)

// Wording is one published version of the phrases that replace others.
type Wording struct {
	Version   int64     `json:"-"` // from 1; 0 before anything was published
	At        time.Time `json:"-"`
	Author    string    `json:"-"`
	Publisher string    `json:"-"`

	Edits templates.Edits `json:"edits"`
	// Since says at which version each phrase got its present text, by language and key.
	Since map[templates.Lang]map[string]int64 `json:"since"`
}

// Wording returns the newest published version; its zero value where there is none.
func (s *Store) Wording(ctx context.Context) (Wording, error) {
	var w Wording
	var at int64
	var data []byte
	err := oneRow(s.read.QueryRowContext(ctx, `SELECT version, at, author, publisher, data FROM wordings ORDER BY version DESC LIMIT 1`),
		&w.Version, &at, &w.Author, &w.Publisher, &data)
	if errors.Is(err, ErrNotFound) {
		return Wording{}, nil
	}
	if err != nil {
		return w, fmt.Errorf("wording: %w", err)
	}
	w.At = fromMillis(at)
	return w, json.Unmarshal(data, &w)
}

// PublishWording writes the next version. ErrStale says that somebody else published one meanwhile.
func (s *Store) PublishWording(ctx context.Context, w Wording, e officials.Entry) error {
	data, err := json.Marshal(w)
	if err != nil {
		return err
	}
	return s.tx(ctx, func(t *tx) error {
		_, err := t.exec(`INSERT INTO wordings (version, at, author, publisher, data) VALUES ($1, $2, $3, $4, $5)`,
			w.Version, millis(s.now()), w.Author, w.Publisher, string(data))
		if errors.Is(taken(err), ErrTaken) {
			return ErrStale
		}
		if err != nil {
			return fmt.Errorf("publish wording: %w", err)
		}
		return errors.Join(t.turnPage(), t.audit(s.now(), e))
	})
}
