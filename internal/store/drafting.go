package store

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"callbox/areas"
	"callbox/internal/officials"
)

// AreaSet is a number of areas under a name that the agency chose.
type AreaSet struct {
	Name  string     `json:"name"`
	Areas []areas.ID `json:"areas"`
}

// AreaSets returns the saved area sets of an agency by name.
func (s *Store) AreaSets(ctx context.Context, agency string) ([]AreaSet, error) {
	var out []AreaSet
	rows, err := s.read.QueryContext(ctx, `SELECT name, areas FROM area_sets WHERE agency = $1 ORDER BY name`, agency)
	err = each(rows, err, func(r rowScanner) error {
		var set AreaSet
		var ids []byte
		if err := r.Scan(&set.Name, &ids); err != nil {
			return err
		}
		out = append(out, set)
		return json.Unmarshal(ids, &out[len(out)-1].Areas)
	})
	if err != nil {
		return nil, fmt.Errorf("read area sets: %w", err)
	}
	return out, nil
}

// SaveAreaSet adds or replaces an area set; a set without areas is forgotten.
func (s *Store) SaveAreaSet(ctx context.Context, agency string, set AreaSet, e officials.Entry) error {
	ids, err := json.Marshal(set.Areas)
	if err != nil {
		return err
	}
	return s.tx(ctx, func(t *tx) error {
		if len(set.Areas) == 0 {
			err = t.must(`DELETE FROM area_sets WHERE agency = $1 AND name = $2`, agency, set.Name)
		} else {
			_, err = t.exec(`INSERT INTO area_sets (agency, name, areas) VALUES ($1, $2, $3)
				ON CONFLICT (agency, name) DO UPDATE SET areas = excluded.areas`, agency, set.Name, string(ids))
		}
		if err != nil {
			return fmt.Errorf("area set: %w", err)
		}
		return t.audit(s.now(), e)
	})
}

// The kinds of remark.
const (
	Returned = "returned" // for edit
	Rejected = "rejected" // for good
)

// Remark is what an official said about a draft when they gave it back.
type Remark struct {
	At   time.Time `json:"at"`
	By   string    `json:"by"`
	Kind string    `json:"kind"`
	Text string    `json:"text"`
}

// SaveRemarked writes a draft as SaveDraft does, with the reason for its change.
func (s *Store) SaveRemarked(ctx context.Context, d Draft, r Remark, e officials.Entry) error {
	return s.tx(ctx, func(t *tx) error {
		if err := t.saveDraft(s.now(), d, e); err != nil {
			return err
		}
		var n int64
		if err := t.row(`SELECT COALESCE(MAX(n), 0) FROM remarks WHERE draft = $1`, []any{d.ID}, &n); err != nil {
			return fmt.Errorf("save remark: %w", err)
		}
		_, err := t.exec(`INSERT INTO remarks (draft, n, at, author, kind, body) VALUES ($1, $2, $3, $4, $5, $6)`,
			d.ID, n+1, millis(s.now()), r.By, r.Kind, r.Text)
		if err != nil {
			return fmt.Errorf("save remark: %w", err)
		}
		return nil
	})
}

// Remarks returns what was said about a draft, oldest first.
func (s *Store) Remarks(ctx context.Context, draft string) ([]Remark, error) {
	var out []Remark
	rows, err := s.read.QueryContext(ctx, `SELECT at, author, kind, body FROM remarks WHERE draft = $1 ORDER BY n`, draft)
	err = each(rows, err, func(r rowScanner) error {
		var m Remark
		var at int64
		err := r.Scan(&at, &m.By, &m.Kind, &m.Text)
		m.At = fromMillis(at)
		out = append(out, m)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read remarks: %w", err)
	}
	return out, nil
}

// DraftChanged returns when a draft last changed: for one that is submitted, since when it waits.
func (s *Store) DraftChanged(ctx context.Context, id string) (time.Time, error) {
	var ms int64
	err := oneRow(s.read.QueryRowContext(ctx, `SELECT changed FROM drafts WHERE id = $1`, id), &ms)
	return fromMillis(ms), err
}
