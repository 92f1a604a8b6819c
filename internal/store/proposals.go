package store

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"callbox/internal/officials"
)

// Proposal is a change that takes two people: one proposes it, another decides.
type Proposal struct {
	ID       string    `json:"-"`
	Agency   string    `json:"-"`
	Kind     string    `json:"-"`
	Object   string    `json:"-"` // what it changes
	Proposer string    `json:"-"`
	At       time.Time `json:"-"`
	Decided  time.Time `json:"-"` // zero while it is open
	Decider  string    `json:"-"`
	Accepted bool      `json:"-"`

	Says  []string        `json:"says"`           // what would change, a sentence each
	Base  []byte          `json:"base,omitempty"` // hash of what it was made from; empty for something new
	Value json.RawMessage `json:"value"`          // what it would become
}

const proposalColumns = `id, agency, kind, object, data, proposer, at, decided, decider, accepted`

func scanProposal(r rowScanner) (p Proposal, err error) {
	var data []byte
	var at, decided int64
	if err := r.Scan(&p.ID, &p.Agency, &p.Kind, &p.Object, &data, &p.Proposer, &at, &decided, &p.Decider, &p.Accepted); err != nil {
		return p, err
	}
	p.At, p.Decided = fromMillis(at), fromMillis(decided)
	return p, json.Unmarshal(data, &p)
}

// SaveProposal writes a new proposal.
func (s *Store) SaveProposal(ctx context.Context, p Proposal, e officials.Entry) error {
	data, err := json.Marshal(p)
	if err != nil {
		return err
	}
	return s.tx(ctx, func(t *tx) error {
		if _, err := t.exec(`INSERT INTO proposals (id, agency, kind, object, data, proposer, at) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
			p.ID, p.Agency, p.Kind, p.Object, string(data), p.Proposer, millis(s.now())); err != nil {
			return fmt.Errorf("save proposal: %w", err)
		}
		return t.audit(s.now(), e)
	})
}

// Proposals returns the open proposals of an agency, oldest first.
func (s *Store) Proposals(ctx context.Context, agency string) ([]Proposal, error) {
	var out []Proposal
	rows, err := s.read.QueryContext(ctx, `SELECT `+proposalColumns+` FROM proposals WHERE agency = $1 AND decided = 0 ORDER BY at, id`, agency)
	err = each(rows, err, func(r rowScanner) error {
		p, err := scanProposal(r)
		out = append(out, p)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("proposals: %w", err)
	}
	return out, nil
}

// Proposal returns one proposal or ErrNotFound.
func (s *Store) Proposal(ctx context.Context, id string) (Proposal, error) {
	var p Proposal
	rows, err := s.read.QueryContext(ctx, `SELECT `+proposalColumns+` FROM proposals WHERE id = $1`, id)
	err = each(rows, err, func(r rowScanner) (err error) {
		p, err = scanProposal(r)
		return err
	})
	if err == nil && p.ID == "" {
		err = ErrNotFound
	}
	return p, err
}

// DecideProposal closes an open proposal; ErrStale says that somebody else decided it.
func (s *Store) DecideProposal(ctx context.Context, p Proposal, e officials.Entry) error {
	return s.tx(ctx, func(t *tx) error {
		n, err := t.exec(`UPDATE proposals SET decided = $1, decider = $2, accepted = $3 WHERE id = $4 AND decided = 0`,
			millis(s.now()), p.Decider, p.Accepted, p.ID)
		if err != nil {
			return fmt.Errorf("decide proposal: %w", err)
		}
		if n == 0 {
			return ErrStale
		}
		return t.audit(s.now(), e)
	})
}
