package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"callbox/internal/officials"
)

// codePurpose is what the secrets of code apps are sealed for.
const codePurpose = "sign-in codes"

// AddPasskey writes a passkey, or ErrTaken.
func (s *Store) AddPasskey(ctx context.Context, p officials.Passkey, e officials.Entry) error {
	return s.tx(ctx, func(t *tx) error {
		_, err := t.exec(`INSERT INTO passkeys (id, official, name, credential, created) VALUES ($1, $2, $3, $4, $5)`,
			p.ID, p.Official, p.Name, p.Credential, millis(p.Created))
		if err != nil {
			return fmt.Errorf("add passkey: %w", taken(err))
		}
		return t.audit(s.now(), e)
	})
}

// Passkey returns a passkey by its credential ID, and whose it is, or ErrNotFound.
func (s *Store) Passkey(ctx context.Context, id []byte) (officials.Passkey, officials.Official, error) {
	var data []byte
	var created, used int64
	p := officials.Passkey{ID: id}
	err := oneRow(s.read.QueryRowContext(ctx, `SELECT p.official, p.name, p.credential, p.created, p.used, o.data FROM passkeys p
		JOIN officials o ON o.id = p.official WHERE p.id = $1`, id), &p.Official, &p.Name, &p.Credential, &created, &used, &data)
	var o officials.Official
	if err == nil {
		err = json.Unmarshal(data, &o)
	}
	p.Created, p.Used = fromMillis(created), fromMillis(used)
	return p, o, err
}

// UsedPasskey writes what an authenticator said of a passkey at its last use. A challenge counts once:
// ErrStale says that it was answered before.
func (s *Store) UsedPasskey(ctx context.Context, p officials.Passkey, challenge []byte, expires time.Time) error {
	return s.tx(ctx, func(t *tx) error {
		if _, err := t.exec(`DELETE FROM answered WHERE expires < $1`, millis(s.now())); err != nil {
			return err
		}
		n, err := t.exec(`INSERT INTO answered (challenge, expires) VALUES ($1, $2) ON CONFLICT (challenge) DO NOTHING`, challenge, millis(expires))
		if err != nil {
			return err
		}
		if n == 0 {
			return ErrStale
		}
		return t.must(`UPDATE passkeys SET credential = $1, used = $2 WHERE id = $3`, p.Credential, millis(p.Used), p.ID)
	})
}

// RemovePasskey removes a passkey of an official, or ErrNotFound.
func (s *Store) RemovePasskey(ctx context.Context, official string, id []byte, e officials.Entry) error {
	return s.tx(ctx, func(t *tx) error {
		if err := t.must(`DELETE FROM passkeys WHERE id = $1 AND official = $2`, id, official); err != nil {
			return err
		}
		return t.audit(s.now(), e)
	})
}

// Factors returns the means that an official has to sign in.
func (s *Store) Factors(ctx context.Context, official string) (f officials.Factors, err error) {
	rows, err := s.read.QueryContext(ctx, `SELECT id, name, credential, created, used FROM passkeys WHERE official = $1 ORDER BY created`, official)
	err = each(rows, err, func(r rowScanner) error {
		p := officials.Passkey{Official: official}
		var created, used int64
		err := r.Scan(&p.ID, &p.Name, &p.Credential, &created, &used)
		p.Created, p.Used = fromMillis(created), fromMillis(used)
		f.Passkeys = append(f.Passkeys, p)
		return err
	})
	if err != nil {
		return f, fmt.Errorf("read passkeys: %w", err)
	}
	var n int
	err = oneRow(s.read.QueryRowContext(ctx, `SELECT COUNT(*) FROM codes WHERE official = $1`, official), &n)
	f.Code = n > 0
	return f, err
}

// SetCode seals and writes the secret of an official's code app, instead of the one before, and uses up
// the step by which it was tried. An empty secret removes the app.
func (s *Store) SetCode(ctx context.Context, official, secret string, step int64, e officials.Entry) error {
	return s.tx(ctx, func(t *tx) error {
		if _, err := t.exec(`DELETE FROM codes WHERE official = $1`, official); err != nil {
			return err
		}
		if secret != "" {
			if _, err := t.exec(`INSERT INTO codes (official, sealed, step, created) VALUES ($1, $2, $3, $4)`,
				official, s.sealer.SealFor(codePurpose, []byte(secret)), step, millis(s.now())); err != nil {
				return fmt.Errorf("write the code app: %w", err)
			}
		}
		return t.audit(s.now(), e)
	})
}

// Code returns the secret of an official's code app and the last step that was used, or ErrNotFound.
func (s *Store) Code(ctx context.Context, official string) (secret string, step int64, err error) {
	var sealed []byte
	if err := oneRow(s.read.QueryRowContext(ctx, `SELECT sealed, step FROM codes WHERE official = $1`, official), &sealed, &step); err != nil {
		return "", 0, err
	}
	plain, err := s.sealer.OpenFor(codePurpose, sealed)
	if err != nil {
		return "", 0, fmt.Errorf("open the code app: %w", err)
	}
	return string(plain), step, nil
}

// UseCode uses up a step of a code app and all before it. ErrStale says that it was used already.
func (s *Store) UseCode(ctx context.Context, official string, step int64) error {
	err := s.tx(ctx, func(t *tx) error {
		return t.must(`UPDATE codes SET step = $1 WHERE official = $2 AND step < $1`, step, official)
	})
	if errors.Is(err, ErrNotFound) {
		return ErrStale
	}
	return err
}

// Seal and Unseal keep something that a browser holds for us, such as a challenge, from being read or
// changed there.
func (s *Store) Seal(purpose string, plain []byte) []byte { return s.sealer.SealFor(purpose, plain) }

// Unseal opens what Seal made for the same purpose.
func (s *Store) Unseal(purpose string, sealed []byte) ([]byte, error) {
	return s.sealer.OpenFor(purpose, sealed)
}
