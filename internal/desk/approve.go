package desk

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"callbox/internal/officials"
	"callbox/internal/store"
	"callbox/outages"
)

// Word is an approver's word for a draft.
type Word struct {
	Code       string // the read-back code, or the whole hash
	BreakGlass bool   // send alone, where the policy allows it
	Reason     string // for BreakGlass
	Area       string // for BreakGlass: the name of an area that the draft is for
}

// Approve is the second person's word for the draft that was read. The bulletin is issued when the undo
// window is over; until then Withdraw takes the word back. Whoever may not is refused, which is recorded.
func (d *Desk) Approve(ctx context.Context, a officials.Actor, id string, w Word) (Draft, error) {
	draft, err := d.approve(ctx, a, id, w)
	return draft, d.noted(ctx, a, "draft.approve", id, err)
}

func (d *Desk) approve(ctx context.Context, a officials.Actor, id string, w Word) (Draft, error) {
	draft, err := d.mine(ctx, a, id, officials.Approver)
	if err != nil {
		return Draft{}, err
	}
	if err := d.approvable(ctx, a, draft); err != nil {
		return Draft{}, err
	}
	if draft.State != store.DraftSubmitted {
		by := ""
		if draft.Approval != nil {
			by = " by " + draft.Approval.By
		}
		return Draft{}, fmt.Errorf("%w: the draft is %s%s", ErrConflict, draft.State, by)
	}
	code := outages.Code(draft.Hash)
	if !strings.EqualFold(w.Code, code) && w.Code != draft.Hash {
		return Draft{}, fmt.Errorf("%w: the code does not belong to this draft as it stands; read it again", ErrConflict)
	}
	o, err := d.Store.Outage(ctx, draft.Outage)
	if err != nil {
		return Draft{}, err
	}
	if w.BreakGlass {
		if err := d.permitAlone(ctx, o, draft, w.Area); err != nil {
			return Draft{}, err
		}
	}
	if err := d.touched(ctx, a, draft); err != nil {
		return Draft{}, err
	}
	now := d.Now()
	draft.Approval = &outages.Approval{By: a.Name(), At: now.UTC(), Hash: draft.Hash, BreakGlass: w.BreakGlass, Reason: w.Reason}
	if _, err := o.Issue(draft.Draft, *draft.Approval, now); err != nil {
		return Draft{}, err
	}
	draft.State, draft.Release = store.DraftApproved, now.Add(a.Agency.Undo)
	action := "draft.approve"
	if w.BreakGlass {
		action = "draft.break-glass"
	}
	if err := d.Store.SaveDraft(ctx, draft, entry(a, action, draft.ID, strings.TrimSpace(draft.Hash+" "+w.Reason))); err != nil {
		return Draft{}, stale(err)
	}
	draft.Version++
	return Draft{Draft: draft, Code: code}, nil
}

// Withdraw takes a draft back: an approved one to submitted, while the undo window is open; a submitted
// one to an open draft; an open one for good.
func (d *Desk) Withdraw(ctx context.Context, a officials.Actor, id string) (Draft, error) {
	draft, err := d.Store.Draft(ctx, id)
	if err != nil {
		return Draft{}, fmt.Errorf("draft %q: %w", id, err)
	}
	role := officials.Drafter
	if draft.State == store.DraftApproved {
		role = officials.Approver
	}
	if draft, err = d.mine(ctx, a, id, role); err != nil {
		return Draft{}, err
	}
	from := draft.State
	switch from {
	case store.DraftApproved:
		draft.State, draft.Approval = store.DraftSubmitted, nil
	case store.DraftSubmitted:
		draft.State, draft.Submitter, draft.Hash = store.DraftOpen, "", ""
		draft.Facts, draft.Texts = outages.Facts{}, store.Texts{}
	case store.DraftOpen:
		draft.State = store.DraftWithdrawn
	default:
		return Draft{}, fmt.Errorf("%w: the draft is %s already", ErrConflict, draft.State)
	}
	if err := d.Store.SaveDraft(ctx, draft, entry(a, "draft.withdraw", draft.ID, "was "+from)); err != nil {
		return Draft{}, stale(err)
	}
	draft.Version++
	return Draft{Draft: draft}, nil
}

// Release issues every approved draft whose undo window is over, and returns how many. It may run in
// many processes: each draft is issued once. A draft that can no longer be issued, because its outage
// moved on, goes back to its officials.
func (d *Desk) Release(ctx context.Context) (int, error) {
	due, err := d.Store.Due(ctx)
	if err != nil {
		return 0, err
	}
	issued := 0
	var errs []error
	for _, draft := range due {
		switch err := d.release(ctx, draft); {
		case err == nil:
			issued++
		case errors.Is(err, store.ErrStale): // another process was quicker
		case errors.Is(err, outages.ErrConflict), errors.Is(err, outages.ErrBlocked), errors.Is(err, outages.ErrSecondPerson):
			draft.State, draft.Approval = store.DraftSubmitted, nil
			errs = append(errs, d.Store.SaveDraft(ctx, draft, system("draft.refused", draft.ID, err.Error())))
			d.Log.Error("an approved draft could not be issued", "draft", draft.ID, "why", err)
		default:
			errs = append(errs, err)
		}
	}
	if issued > 0 {
		d.Issued()
	}
	return issued, errors.Join(errs...)
}

func (d *Desk) release(ctx context.Context, draft store.Draft) error {
	o, err := d.Store.Outage(ctx, draft.Outage)
	if err != nil {
		return err
	}
	b, err := o.Issue(draft.Draft, *draft.Approval, d.Now())
	if err != nil {
		return err
	}
	_, err = d.Store.Issue(ctx, b, draft.Texts, &draft, system("bulletin.issue", fmt.Sprintf("%s/%d", b.Outage, b.Seq), draft.Hash))
	return err
}

// Renew issues a renewal for every open outage whose newest bulletin is about to expire, so that the
// feed keeps saying what still holds. Nobody but the feed hears it, and it stops when the officials'
// promised update is long overdue.
func (d *Desk) Renew(ctx context.Context) error {
	open, err := d.Store.Outages(ctx, store.Selection{Open: true})
	if err != nil {
		return err
	}
	var errs []error
	for _, o := range open {
		last := o.Bulletins[len(o.Bulletins)-1]
		left := last.Expires.Sub(d.Now())
		if left > renewBefore {
			continue
		}
		if waits, err := d.submitted(ctx, o); err != nil {
			errs = append(errs, err)
			continue
		} else if waits && left > renewLast {
			continue // people are about to speak; a renewal would take their number
		}
		b, err := o.Renew(d.Now())
		if errors.Is(err, outages.ErrConflict) {
			continue
		}
		if err == nil {
			var texts store.Texts
			if texts, err = d.Store.Texts(ctx, last.Outage, last.Seq); err == nil {
				_, err = d.Store.Issue(ctx, b, texts, nil, system("bulletin.renew", fmt.Sprintf("%s/%d", b.Outage, b.Seq), b.Approval.Hash))
			}
		}
		if err != nil && !errors.Is(err, store.ErrStale) {
			errs = append(errs, fmt.Errorf("renew %s: %w", o.ID, err))
		}
	}
	return errors.Join(errs...)
}

// submitted reports whether a draft of an outage waits for its second person, or for its release.
func (d *Desk) submitted(ctx context.Context, o outages.Outage) (bool, error) {
	drafts, err := d.Store.Drafts(ctx, o.Agency)
	return slices.ContainsFunc(drafts, func(x store.Draft) bool {
		return x.Outage == o.ID && (x.State == store.DraftSubmitted || x.State == store.DraftApproved)
	}), err
}

// Stop ends the sending of everything that still waits of an outage. What is out stays out: a retraction
// tells those who have it.
func (d *Desk) Stop(ctx context.Context, a officials.Actor, outage string) error {
	if _, err := d.stoppable(ctx, a, outage); err != nil {
		return err
	}
	return d.Store.Stop(ctx, outage, entry(a, "outage.stop", outage, ""))
}

// stoppable returns an outage whose sending the actor may stop.
func (d *Desk) stoppable(ctx context.Context, a officials.Actor, outage string) (outages.Outage, error) {
	o, err := d.outageFor(ctx, a, outage, outages.Declaration{})
	if err != nil {
		return o, err
	}
	if !a.May(officials.Approver, o.Mode) {
		if err := may(a, officials.Drafter, o.Mode); err != nil {
			return o, err
		}
	}
	if !a.Person() {
		return o, fmt.Errorf("%w: a person stops, not a key", ErrDenied)
	}
	return o, nil
}

// Retract stops an outage's sending and tells whoever was told that it was sent in error. One person may:
// a wrong alert is worse by the minute.
func (d *Desk) Retract(ctx context.Context, a officials.Actor, outage, reason string) (Draft, error) {
	if !slices.Contains(outages.Reasons, reason) { // nothing is stopped by a slip of the pen
		return Draft{}, &Blocked{outages.Findings{{Rule: "reason", Block: true, Place: "reason",
			Text: "say why it is retracted: sent in error, wrong area or wrong number"}}}
	}
	o, err := d.stoppable(ctx, a, outage)
	if err != nil {
		return Draft{}, err
	}
	if len(o.Bulletins) > 0 && !o.Open() { // who waits for the end still gets it
		return Draft{}, fmt.Errorf("%w: the outage has ended; there is nothing left to retract", ErrConflict)
	}
	if err := d.Store.StopButEnds(ctx, outage, entry(a, "outage.stop", outage, "")); err != nil {
		return Draft{}, err
	}
	one := a
	one.Scopes = []officials.Role{officials.Drafter, officials.Approver}
	draft, err := d.Declare(ctx, one, outage, outages.Declaration{Kind: outages.Retract, Mode: o.Mode, Reason: reason})
	if err == nil {
		draft, err = d.Submit(ctx, one, draft.ID)
	}
	if err == nil {
		draft, err = d.Approve(ctx, one, draft.ID, Word{Code: draft.Hash})
	}
	return draft, err
}

func system(action, object, detail string) officials.Entry {
	return officials.Entry{Actor: "system", Action: action, Object: object, Detail: detail}
}
