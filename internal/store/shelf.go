package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"callbox/channels/cap"
	"callbox/outages"
)

// Shelf returns the part of the store that keeps CAP documents.
func (s *Store) Shelf() cap.Shelf { return shelf{s} }

type shelf struct{ s *Store }

const documentColumns = `identifier, feed, incident, seq, sent, expires, bytes`

func scanDocument(r rowScanner) (d cap.Document, err error) {
	var sent, expires int64
	err = r.Scan(&d.Identifier, &d.Feed, &d.Incident, &d.Seq, &sent, &expires, &d.XML)
	d.Sent, d.Expires = fromMillis(sent), fromMillis(expires)
	return d, err
}

// Put implements cap.Shelf.
func (s shelf) Put(ctx context.Context, docs []cap.Document) error {
	return s.s.tx(ctx, func(t *tx) error {
		for _, d := range docs {
			n, err := t.exec(`INSERT INTO documents (`+documentColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7)
				ON CONFLICT (identifier) DO NOTHING`, d.Identifier, d.Feed, d.Incident, d.Seq, millis(d.Sent), millis(d.Expires), d.XML)
			if err != nil {
				return fmt.Errorf("publish %s: %w", d.Identifier, err)
			}
			if n == 1 {
				continue
			}
			var stored []byte
			if err := t.row(`SELECT bytes FROM documents WHERE identifier = $1`, []any{d.Identifier}, &stored); err != nil {
				return err
			}
			if !bytes.Equal(stored, d.XML) {
				return fmt.Errorf("publish %s: %w", d.Identifier, cap.ErrTaken)
			}
		}
		return nil
	})
}

// Read implements cap.Shelf.
func (s shelf) Read(ctx context.Context, identifier string) (cap.Document, error) {
	docs, err := s.documents(ctx, `identifier = $1`, identifier)
	if err == nil && len(docs) == 0 {
		err = cap.ErrNotFound
	}
	if err != nil {
		return cap.Document{}, err
	}
	return docs[0], nil
}

// Incident implements cap.Shelf.
func (s shelf) Incident(ctx context.Context, outage string) ([]cap.Document, error) {
	return s.documents(ctx, `incident = $1 ORDER BY seq, identifier`, outage)
}

// Since implements cap.Shelf.
func (s shelf) Since(ctx context.Context, feed outages.Mode, after time.Time) ([]cap.Document, error) {
	var incident string
	var seq int
	err := oneRow(s.s.read.QueryRowContext(ctx, `SELECT incident, seq FROM documents WHERE feed = $1
		ORDER BY sent DESC, identifier DESC LIMIT 1`, feed), &incident, &seq)
	if errors.Is(err, ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return s.documents(ctx, `feed = $1 AND (sent > $2 OR incident = $3 AND seq = $4) ORDER BY sent, identifier`, feed, millis(after), incident, seq)
}

func (s shelf) documents(ctx context.Context, where string, args ...any) ([]cap.Document, error) {
	var out []cap.Document
	rows, err := s.s.read.QueryContext(ctx, `SELECT `+documentColumns+` FROM documents WHERE `+where, args...)
	err = each(rows, err, func(r rowScanner) error {
		d, err := scanDocument(r)
		out = append(out, d)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read documents: %w", err)
	}
	return out, nil
}
