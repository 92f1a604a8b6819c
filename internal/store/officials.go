package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"callbox/internal/officials"
)

// SaveAgency writes an agency.
func (s *Store) SaveAgency(ctx context.Context, a officials.Agency, e officials.Entry) error {
	return s.tx(ctx, func(t *tx) error {
		data, err := json.Marshal(a)
		if err != nil {
			return err
		}
		if _, err := t.exec(`INSERT INTO agencies (id, data) VALUES ($1, $2)
			ON CONFLICT (id) DO UPDATE SET data = excluded.data`, a.ID, data); err != nil {
			return fmt.Errorf("save agency: %w", err)
		}
		return t.audit(s.now(), e)
	})
}

// Agencies returns every agency, by ID.
func (s *Store) Agencies(ctx context.Context) ([]officials.Agency, error) {
	return listJSON[officials.Agency](ctx, s, `SELECT data FROM agencies ORDER BY id`)
}

// Agency returns one agency or ErrNotFound.
func (s *Store) Agency(ctx context.Context, id string) (officials.Agency, error) {
	return oneJSON[officials.Agency](ctx, s, `SELECT data FROM agencies WHERE id = $1`, id)
}

// SaveOfficial writes a person.
func (s *Store) SaveOfficial(ctx context.Context, o officials.Official, e officials.Entry) error {
	return s.tx(ctx, func(t *tx) error {
		if err := t.saveOfficial(o); err != nil {
			return err
		}
		return t.audit(s.now(), e)
	})
}

func (t *tx) saveOfficial(o officials.Official) error {
	data, err := json.Marshal(o)
	if err != nil {
		return err
	}
	n, err := t.exec(`INSERT INTO officials (id, agency, data) VALUES ($1, $2, $3)
		ON CONFLICT (id) DO UPDATE SET data = excluded.data WHERE officials.agency = excluded.agency`, o.ID, o.Agency, data)
	if err != nil {
		return fmt.Errorf("save official: %w", err)
	}
	if n == 0 {
		return fmt.Errorf("official %q of another agency: %w", o.ID, ErrTaken)
	}
	return nil
}

// Officials returns the people of an agency, by ID.
func (s *Store) Officials(ctx context.Context, agency string) ([]officials.Official, error) {
	return listJSON[officials.Official](ctx, s, `SELECT data FROM officials WHERE agency = $1 ORDER BY id`, agency)
}

// SaveKey writes a key and the hash of its secret.
func (s *Store) SaveKey(ctx context.Context, k officials.Key, hash []byte, e officials.Entry) error {
	return s.tx(ctx, func(t *tx) error {
		data, err := json.Marshal(k)
		if err != nil {
			return err
		}
		var official any
		if k.Official != "" {
			official = k.Official
		}
		if _, err := t.exec(`INSERT INTO keys (id, agency, official, hash, data) VALUES ($1, $2, $3, $4, $5)`,
			k.ID, k.Agency, official, hash, data); err != nil {
			return fmt.Errorf("save key: %w", taken(err))
		}
		return t.audit(s.now(), e)
	})
}

// Keys returns the keys of an agency that are not revoked, by ID.
func (s *Store) Keys(ctx context.Context, agency string) ([]officials.Key, error) {
	return listJSON[officials.Key](ctx, s, `SELECT data FROM keys WHERE agency = $1 AND revoked = 0 ORDER BY id`, agency)
}

// RevokeKey ends a key for good.
func (s *Store) RevokeKey(ctx context.Context, agency, id string, e officials.Entry) error {
	return s.tx(ctx, func(t *tx) error {
		if err := t.must(`UPDATE keys SET revoked = $1 WHERE id = $2 AND agency = $3 AND revoked = 0`,
			millis(s.now()), id, agency); err != nil {
			return fmt.Errorf("revoke key: %w", err)
		}
		return t.audit(s.now(), e)
	})
}

// Authenticate returns who holds a secret, or officials.ErrUnknown.
func (s *Store) Authenticate(ctx context.Context, secret officials.Secret) (officials.Actor, error) {
	id, hash, err := officials.ReadSecret(secret)
	if err != nil {
		return officials.Actor{}, err
	}
	var stored, data, agency, official []byte
	err = oneRow(s.read.QueryRowContext(ctx, `SELECT k.hash, k.data, a.data, o.data FROM keys k
		JOIN agencies a ON a.id = k.agency LEFT JOIN officials o ON o.id = k.official
		WHERE k.id = $1 AND k.revoked = 0`, id), &stored, &data, &agency, &official)
	if errors.Is(err, ErrNotFound) || err == nil && !officials.SameHash(stored, hash) {
		return officials.Actor{}, officials.ErrUnknown
	}
	if err != nil {
		return officials.Actor{}, fmt.Errorf("authenticate: %w", err)
	}
	var k officials.Key
	a := officials.Actor{Key: id}
	if err := errors.Join(json.Unmarshal(data, &k), json.Unmarshal(agency, &a.Agency)); err != nil {
		return officials.Actor{}, fmt.Errorf("authenticate: %w", err)
	}
	if !k.Expires.IsZero() && !s.now().Before(k.Expires) {
		return officials.Actor{}, officials.ErrUnknown
	}
	a.Scopes, a.Mode = k.Scopes, k.Mode
	if official != nil {
		a.Official = &officials.Official{}
		if err := json.Unmarshal(official, a.Official); err != nil {
			return officials.Actor{}, fmt.Errorf("authenticate: %w", err)
		}
		a.Scopes = a.Official.Roles
	}
	return a, nil
}

// listJSON reads a column of JSON values.
func listJSON[T any](ctx context.Context, s *Store, query string, args ...any) ([]T, error) {
	var out []T
	rows, err := s.read.QueryContext(ctx, query, args...)
	err = each(rows, err, func(r rowScanner) error {
		v, err := scanJSON[T](r)
		out = append(out, v)
		return err
	})
	return out, err
}

// oneJSON reads one JSON value or ErrNotFound.
func oneJSON[T any](ctx context.Context, s *Store, query string, args ...any) (T, error) {
	var data []byte
	var v T
	if err := oneRow(s.read.QueryRowContext(ctx, query, args...), &data); err != nil {
		return v, err
	}
	return v, json.Unmarshal(data, &v)
}

func scanJSON[T any](r rowScanner) (T, error) {
	var data []byte
	var v T
	if err := r.Scan(&data); err != nil {
		return v, err
	}
	return v, json.Unmarshal(data, &v)
}

// rowScanner is a row that can be scanned.
type rowScanner interface{ Scan(into ...any) error }
