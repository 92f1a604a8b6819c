package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"callbox/internal/officials"
)

// Begin writes a session under the hash of its token.
func (s *Store) Begin(ctx context.Context, x officials.Session, hash []byte, e officials.Entry) error {
	return s.tx(ctx, func(t *tx) error {
		if err := t.begin(x, hash, s.now()); err != nil {
			return err
		}
		return t.audit(s.now(), e)
	})
}

// begin also forgets sessions that are over.
func (t *tx) begin(x officials.Session, hash []byte, now time.Time) error {
	if _, err := t.exec(`DELETE FROM sessions WHERE created < $1`, millis(now.Add(-officials.SessionMost))); err != nil {
		return fmt.Errorf("begin session: %w", err)
	}
	_, err := t.exec(`INSERT INTO sessions (id, hash, official, how, network, agent, created, seen, proved)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`, x.ID, hash, x.Official, string(x.How), x.Network, x.Agent, millis(x.Created), millis(x.Seen), millis(x.Proved))
	if err != nil {
		return fmt.Errorf("begin session: %w", err)
	}
	return nil
}

const sessionColumns = `s.id, s.official, s.how, s.network, s.agent, s.created, s.seen, s.proved`

func scanSession(r rowScanner, more ...any) (x officials.Session, err error) {
	var created, seen, proved int64
	err = r.Scan(append([]any{&x.ID, &x.Official, &x.How, &x.Network, &x.Agent, &created, &seen, &proved}, more...)...)
	x.Created, x.Seen, x.Proved = fromMillis(created), fromMillis(seen), fromMillis(proved)
	return x, err
}

// Session returns the session of a token's hash and who acts in it, or ErrNotFound; whether it is over is
// the caller's to decide.
func (s *Store) Session(ctx context.Context, hash []byte) (officials.Session, officials.Actor, error) {
	var agency, official []byte
	rows, err := s.read.QueryContext(ctx, `SELECT `+sessionColumns+`, a.data, o.data FROM sessions s
		JOIN officials o ON o.id = s.official JOIN agencies a ON a.id = o.agency WHERE s.hash = $1`, hash)
	var x officials.Session
	err = each(rows, err, func(r rowScanner) error {
		var err error
		x, err = scanSession(r, &agency, &official)
		return err
	})
	if err != nil {
		return x, officials.Actor{}, fmt.Errorf("session: %w", err)
	}
	if x.ID == "" {
		return x, officials.Actor{}, ErrNotFound
	}
	who := officials.Actor{Official: &officials.Official{}}
	if err := errors.Join(json.Unmarshal(agency, &who.Agency), json.Unmarshal(official, who.Official)); err != nil {
		return x, officials.Actor{}, fmt.Errorf("session: %w", err)
	}
	who.Scopes = who.Official.Roles
	return x, who, nil
}

// Sessions returns the sessions of an official that may still be alive, newest first.
func (s *Store) Sessions(ctx context.Context, official string) ([]officials.Session, error) {
	now := s.now()
	rows, err := s.read.QueryContext(ctx, `SELECT `+sessionColumns+` FROM sessions s
		WHERE s.official = $1 AND s.seen > $2 AND s.created > $3 ORDER BY s.created DESC`,
		official, millis(now.Add(-officials.SessionIdle)), millis(now.Add(-officials.SessionMost)))
	var out []officials.Session
	err = each(rows, err, func(r rowScanner) error {
		x, err := scanSession(r)
		out = append(out, x)
		return err
	})
	return out, err
}

// Saw notes that something was done in a session.
func (s *Store) Saw(ctx context.Context, id string, at time.Time) error {
	return s.tx(ctx, func(t *tx) error {
		_, err := t.exec(`UPDATE sessions SET seen = $1 WHERE id = $2 AND seen < $1`, millis(at), id)
		return err
	})
}

// Proved notes that the official of a session proved anew who they are.
func (s *Store) Proved(ctx context.Context, id string, at time.Time) error {
	return s.tx(ctx, func(t *tx) error { return t.must(`UPDATE sessions SET proved = $1 WHERE id = $2`, millis(at), id) })
}

// End ends a session of an official, or ErrNotFound.
func (s *Store) End(ctx context.Context, official, id string, e officials.Entry) error {
	return s.tx(ctx, func(t *tx) error {
		if err := t.must(`DELETE FROM sessions WHERE id = $1 AND official = $2`, id, official); err != nil {
			return err
		}
		return t.audit(s.now(), e)
	})
}

// AddEntry writes a link that lets an official in once. Earlier ones of theirs open nothing any more.
func (s *Store) AddEntry(ctx context.Context, official string, hash []byte, expires time.Time, e officials.Entry) error {
	return s.tx(ctx, func(t *tx) error {
		if err := t.addEntry(official, hash, expires); err != nil {
			return err
		}
		return t.audit(s.now(), e)
	})
}

func (t *tx) addEntry(official string, hash []byte, expires time.Time) error {
	if _, err := t.exec(`DELETE FROM entries WHERE official = $1`, official); err != nil {
		return err
	}
	_, err := t.exec(`INSERT INTO entries (hash, official, expires) VALUES ($1, $2, $3)`, hash, official, millis(expires))
	return err
}

// Entry returns whom a link lets in, or ErrNotFound for one that is unknown, used or too old.
func (s *Store) Entry(ctx context.Context, hash []byte) (officials.Official, error) {
	return oneJSON[officials.Official](ctx, s, `SELECT o.data FROM entries e JOIN officials o ON o.id = e.official
		WHERE e.hash = $1 AND e.expires > $2`, hash, millis(s.now()))
}

// Enter uses up a link and begins the session that it leads to.
func (s *Store) Enter(ctx context.Context, link []byte, x officials.Session, hash []byte, e officials.Entry) error {
	return s.tx(ctx, func(t *tx) error {
		if err := t.must(`DELETE FROM entries WHERE hash = $1 AND official = $2 AND expires > $3`, link, x.Official, millis(s.now())); err != nil {
			return err
		}
		if err := t.begin(x, hash, s.now()); err != nil {
			return err
		}
		return t.audit(s.now(), e)
	})
}
