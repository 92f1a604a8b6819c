package desk

import (
	"context"
	"fmt"
	"strings"

	"callbox/internal/officials"
	"callbox/internal/store"
	"callbox/outages"
)

// Refusal is the word of an approver who does not approve.
type Refusal struct {
	Hash   string // of the draft as it was read
	Reason string // for those who wrote it
}

// Return gives a submitted draft back to those who wrote it: it is open again, and its submission falls.
// ErrConflict says that it is another by now than the one that was read.
func (d *Desk) Return(ctx context.Context, a officials.Actor, id string, r Refusal) (Draft, error) {
	draft, err := d.refused(ctx, a, id, r)
	if err != nil {
		return Draft{}, err
	}
	draft.State, draft.Submitter, draft.Hash = store.DraftOpen, "", ""
	draft.Facts, draft.Texts = outages.Facts{}, store.Texts{}
	return d.giveBack(ctx, a, draft, store.Remark{Kind: store.Returned, Text: r.Reason})
}

// Reject ends a submitted draft for good. Its errors are those of Return.
func (d *Desk) Reject(ctx context.Context, a officials.Actor, id string, r Refusal) (Draft, error) {
	draft, err := d.refused(ctx, a, id, r)
	if err != nil {
		return Draft{}, err
	}
	draft.State = store.DraftWithdrawn
	return d.giveBack(ctx, a, draft, store.Remark{Kind: store.Rejected, Text: r.Reason})
}

// refused reads the draft that a refusal is for.
func (d *Desk) refused(ctx context.Context, a officials.Actor, id string, r Refusal) (store.Draft, error) {
	draft, err := d.mine(ctx, a, id, officials.Approver)
	switch {
	case err != nil:
		return draft, d.noted(ctx, a, "draft.give-back", id, err)
	case strings.TrimSpace(r.Reason) == "":
		return draft, blocked("reason", "reason", "say why, in a sentence that those who wrote it can act on")
	case draft.State != store.DraftSubmitted || draft.Hash != r.Hash:
		return draft, fmt.Errorf("%w: the draft is %s now, and not as it was read", ErrConflict, draft.State)
	}
	return draft, nil
}

func (d *Desk) giveBack(ctx context.Context, a officials.Actor, draft store.Draft, r store.Remark) (Draft, error) {
	r.By, r.Text = a.Name(), strings.Join(strings.Fields(r.Text), " ")
	if err := d.Store.SaveRemarked(ctx, draft, r, entry(a, "draft."+r.Kind, draft.ID, r.Text)); err != nil {
		return Draft{}, stale(err)
	}
	draft.Version++
	return Draft{Draft: draft}, nil
}

// Remarks returns why a draft of the actor's agency was given back, oldest first.
func (d *Desk) Remarks(ctx context.Context, a officials.Actor, draft string) ([]store.Remark, error) {
	stored, err := d.Store.Draft(ctx, draft)
	if err == nil {
		_, err = d.outageFor(ctx, a, stored.Outage, stored.Declaration)
	}
	if err != nil {
		return nil, fmt.Errorf("draft %q: %w", draft, err)
	}
	return d.Store.Remarks(ctx, draft)
}
