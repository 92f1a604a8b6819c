package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"
)

// Reply is the answer to an API call, kept so that a repeat of the call gets the same.
type Reply struct {
	Digest []byte // of the request
	Status int    // 0 while the first call is under way
	Body   []byte
}

// claimFor is how long a call may be under way before a repeat may take its place.
const claimFor = time.Minute

// ErrOtherRequest says that a key was used before, for another request.
var ErrOtherRequest = errors.New("the key belongs to another request")

// Claim begins a call under a key. It returns nil for the first call, which then ends with Reply or
// Release; the kept reply for a repeat; [ErrTaken] while the first is under way, and [ErrOtherRequest]
// for a key with another digest. Replies are kept for a day.
func (s *Store) Claim(ctx context.Context, key string, digest []byte) (*Reply, error) {
	var kept *Reply
	err := s.tx(ctx, func(t *tx) error {
		n, err := t.exec(`INSERT INTO replies (key, digest, status, body, at) VALUES ($1, $2, 0, $5, $3)
			ON CONFLICT (key) DO UPDATE SET at = excluded.at, digest = excluded.digest WHERE replies.status = 0 AND replies.at < $4`,
			key, digest, millis(s.now()), millis(s.now().Add(-claimFor)), []byte{})
		if err != nil || n == 1 {
			return err
		}
		r := Reply{}
		if err := t.row(`SELECT digest, status, body FROM replies WHERE key = $1`, []any{key}, &r.Digest, &r.Status, &r.Body); err != nil {
			return err
		}
		switch {
		case !bytes.Equal(r.Digest, digest):
			return ErrOtherRequest
		case r.Status == 0:
			return ErrTaken
		}
		kept = &r
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("claim a call: %w", err)
	}
	return kept, nil
}

// Reply keeps the answer of a claimed call.
func (s *Store) Reply(ctx context.Context, key string, r Reply) error {
	return s.tx(ctx, func(t *tx) error {
		return t.must(`UPDATE replies SET status = $1, body = $2, at = $3 WHERE key = $4`, r.Status, r.Body, millis(s.now()), key)
	})
}

// Release gives up a claimed call that came to nothing, so that a repeat is a first call again.
func (s *Store) Release(ctx context.Context, key string) error {
	return s.tx(ctx, func(t *tx) error {
		_, err := t.exec(`DELETE FROM replies WHERE key = $1 AND status = 0`, key)
		return err
	})
}
