package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"callbox/areas"
	"callbox/internal/officials"
)

// BookVersion returns a number that rises with every change of areas, ZIPs, numbers and ways.
func (s *Store) BookVersion(ctx context.Context) (v int64, err error) {
	return v, oneRow(s.read.QueryRowContext(ctx, `SELECT version FROM book`), &v)
}

// Holdings returns what agencies added to the gazetteer, and the version it is of.
func (s *Store) Holdings(ctx context.Context) (h areas.Holdings, version int64, err error) {
	t, err := s.read.BeginTx(ctx, nil)
	if err != nil {
		return h, 0, err
	}
	defer t.Rollback()
	if err := t.QueryRowContext(ctx, `SELECT version FROM book`).Scan(&version); err != nil {
		return h, 0, err
	}
	rows, err := t.QueryContext(ctx, `SELECT data FROM areas ORDER BY id`)
	err = each(rows, err, func(r rowScanner) error {
		a, err := scanJSON[areas.Area](r)
		h.Areas = append(h.Areas, a)
		return err
	})
	if err != nil {
		return h, 0, fmt.Errorf("read areas: %w", err)
	}
	h.ZIPs = map[areas.ZIP][]areas.ID{}
	rows, err = t.QueryContext(ctx, `SELECT zip, area FROM area_zips ORDER BY zip, rank, area`)
	err = each(rows, err, func(r rowScanner) error {
		var zip areas.ZIP
		var id areas.ID
		err := r.Scan(&zip, &id)
		h.ZIPs[zip] = append(h.ZIPs[zip], id)
		return err
	})
	if err != nil {
		return h, 0, fmt.Errorf("read ZIPs: %w", err)
	}
	rows, err = t.QueryContext(ctx, `SELECT data FROM numbers ORDER BY area, rank`)
	err = each(rows, err, func(r rowScanner) error {
		n, err := scanJSON[areas.Number](r)
		h.Numbers = append(h.Numbers, n)
		return err
	})
	if err != nil {
		return h, 0, fmt.Errorf("read numbers: %w", err)
	}
	rows, err = t.QueryContext(ctx, `SELECT data FROM ways ORDER BY area, rank`)
	err = each(rows, err, func(r rowScanner) error {
		w, err := scanJSON[areas.Way](r)
		h.Ways = append(h.Ways, w)
		return err
	})
	if err != nil {
		return h, 0, fmt.Errorf("read ways: %w", err)
	}
	return h, version, nil
}

// SaveAreas writes an agency's areas and the candidates of their ZIPs, all or nothing. An area of
// another agency is refused. RefileAll brings the places of subscribers up to date after it.
func (s *Store) SaveAreas(ctx context.Context, agency string, list []areas.Area, zips map[areas.ZIP][]areas.ID, e officials.Entry) error {
	return s.tx(ctx, func(t *tx) error {
		for _, a := range list {
			data, err := json.Marshal(a)
			if err != nil {
				return err
			}
			n, err := t.exec(`INSERT INTO areas (id, agency, data) VALUES ($1, $2, $3)
				ON CONFLICT (id) DO UPDATE SET data = excluded.data WHERE areas.agency = excluded.agency`, a.ID, agency, data)
			if err != nil {
				return fmt.Errorf("save area: %w", err)
			}
			if n == 0 {
				return fmt.Errorf("area %s belongs to another agency: %w", a.ID, ErrTaken)
			}
		}
		for zip, ids := range zips {
			if _, err := t.exec(`DELETE FROM area_zips WHERE zip = $1`, zip); err != nil {
				return fmt.Errorf("save ZIP: %w", err)
			}
			for rank, id := range ids {
				if _, err := t.exec(`INSERT INTO area_zips (zip, area, rank) VALUES ($1, $2, $3)`, zip, id, rank); err != nil {
					return fmt.Errorf("save ZIP %s: %w", zip, err)
				}
			}
		}
		return errors.Join(t.turnPage(), t.audit(s.now(), e))
	})
}

// SaveDirectory replaces the numbers and ways of every area that the file names, all or nothing. What calls
// have shown of a number stays, unless the file knows of a later call.
func (s *Store) SaveDirectory(ctx context.Context, d areas.Directory, e officials.Entry) error {
	return s.tx(ctx, func(t *tx) error {
		named := map[areas.ID]bool{}
		for _, id := range d.Without {
			named[id] = true
		}
		for _, n := range d.Numbers {
			named[n.Area] = true
		}
		for _, w := range d.Ways {
			named[w.Area] = true
		}
		was, err := t.numbersOf(named)
		if err != nil {
			return err
		}
		for id := range named {
			if _, err := t.exec(`DELETE FROM numbers WHERE area = $1`, id); err != nil {
				return fmt.Errorf("save number: %w", err)
			}
			if _, err := t.exec(`DELETE FROM ways WHERE area = $1`, id); err != nil {
				return fmt.Errorf("save way: %w", err)
			}
		}
		numbers := make([]areas.Number, len(d.Numbers))
		for rank, n := range d.Numbers {
			if before := was[n.Key()]; !n.ConfirmedAt.After(before.ConfirmedAt) {
				n.ConfirmedBy, n.ConfirmedAt, n.Unanswered = before.ConfirmedBy, before.ConfirmedAt, before.Unanswered
			}
			numbers[rank] = n
			data, err := json.Marshal(n)
			if err != nil {
				return err
			}
			if _, err := t.exec(`INSERT INTO numbers (area, tel, need, rank, data) VALUES ($1, $2, $3, $4, $5)`,
				n.Area, n.Tel, n.For, rank, data); err != nil {
				return fmt.Errorf("save number of area %s: %w", n.Area, taken(err))
			}
		}
		for rank, w := range d.Ways {
			data, err := json.Marshal(w)
			if err != nil {
				return err
			}
			if _, err := t.exec(`INSERT INTO ways (area, rank, data) VALUES ($1, $2, $3)`, w.Area, rank, data); err != nil {
				return fmt.Errorf("save way of area %s: %w", w.Area, err)
			}
		}
		return errors.Join(t.turnPage(), t.audit(s.now(), e), s.auditNumbers(t, was, numbers, e))
	})
}

func (t *tx) turnPage() error {
	_, err := t.exec(`UPDATE book SET version = version + 1`)
	return err
}

// ConfirmNumber records a call to a number of the directory: who rang, and whether it was answered. It
// returns the number as it stands now, or ErrNotFound.
func (s *Store) ConfirmNumber(ctx context.Context, n areas.Number, by string, answered bool, e officials.Entry) (areas.Number, error) {
	err := s.tx(ctx, func(t *tx) error {
		var data []byte
		err := t.row(`SELECT data FROM numbers WHERE area = $1 AND tel = $2 AND need = $3`, []any{n.Area, n.Tel, n.For}, &data)
		if err != nil {
			return err
		}
		if err := json.Unmarshal(data, &n); err != nil {
			return err
		}
		if answered {
			n.ConfirmedBy, n.ConfirmedAt, n.Unanswered = by, s.now().UTC().Truncate(time.Second), 0
		} else {
			n.Unanswered++
		}
		if data, err = json.Marshal(n); err != nil {
			return err
		}
		if err := t.must(`UPDATE numbers SET data = $1 WHERE area = $2 AND tel = $3 AND need = $4`, data, n.Area, n.Tel, n.For); err != nil {
			return err
		}
		return errors.Join(t.turnPage(), t.audit(s.now(), e))
	})
	return n, err
}
