// Package rotation gives an installation new keys for sealing and for links while its processes serve.
//
// It goes in three steps, each of which may be taken again, and between two of them every process is
// started anew with the key file as it then is: the next keys are made, and only open; they seal and sign;
// what the old ones sealed is sealed anew, and they are retired. Processes of two steps in a row open what
// the other seals, so that they can be replaced one after the other. No step goes on before the processes
// that serve allow it.
package rotation

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"callbox/internal/crew"
	"callbox/internal/desk"
	"callbox/internal/officials"
	"callbox/internal/store"
	"callbox/subscribers"
)

// ErrHeldUp is why a step cannot be taken now; its text says what is to be done first.
var ErrHeldUp = errors.New("the keys cannot be rotated yet")

// Step is one of the three.
type Step string

// The steps.
const (
	Prepared Step = "prepared" // the next keys open
	Promoted Step = "promoted" // the next keys seal and sign
	Retired  Step = "retired"  // nothing is sealed by an old key, which is no more
)

// Rotation rotates the keys of one installation.
type Rotation struct {
	Store    *store.Store // its sealer has the Keys
	Keys     subscribers.Keys
	Exported bool                         // there is a copy of these keys away from the machine
	Write    func(subscribers.Keys) error // replaces the key file, in whole or not at all
	Progress func(addresses int)          // told of each batch; may be nil
}

// Result is what a step came to.
type Result struct {
	Step   Step   `json:"step"`
	Keys   string `json:"fingerprint"` // of the key file as it is now
	Anew   int    `json:"sealed_anew,omitempty"`
	Closed int    `json:"closed,omitempty"` // that no key opens: damaged, or of keys that are lost
	Old    int    `json:"old_keys"`         // that still seal something
	Links  int    `json:"old_links"`        // keys that read links of older mails
}

// Next takes the step that is due. Before anything is changed it is written to the audit trail.
func (r Rotation) Next(ctx context.Context) (Result, error) {
	serving, err := r.Store.Crew(ctx)
	if err != nil {
		return Result{}, err
	}
	switch {
	case r.Keys.Prepared():
		return r.promote(ctx, serving)
	case len(r.Keys.Old()) > 0:
		return r.retire(ctx, serving)
	}
	return r.become(ctx, Result{Step: Prepared}, r.Keys.Prepare())
}

// promote has the next keys seal, once every process opens what they seal and there is a copy of them.
func (r Rotation) promote(ctx context.Context, serving []store.Member) (Result, error) {
	if !r.Exported {
		return Result{}, fmt.Errorf("%w: what the next keys seal would be lost with this machine: callbox keys export FILE", ErrHeldUp)
	}
	after := r.Keys.Promote()
	err := held(serving, "does not hold the next keys", func(theirs subscribers.Ring) bool { return theirs.Fits(after.Ring()) })
	if err != nil {
		return Result{}, err
	}
	return r.become(ctx, Result{Step: Promoted}, after)
}

// retire seals anew what old keys sealed, and lets go of those that seal nothing any more.
func (r Rotation) retire(ctx context.Context, serving []store.Member) (Result, error) {
	err := held(serving, "seals with an old key", func(theirs subscribers.Ring) bool { return theirs.SealsLike(r.Keys.Ring()) })
	if err != nil {
		return Result{}, err
	}
	did, err := r.reseal(ctx)
	if err != nil {
		return Result{}, err
	}
	left, err := r.Store.SealedBy(ctx)
	if err != nil {
		return Result{}, err
	}
	after := r.Keys
	for _, id := range r.Keys.Old() {
		if left[id] == 0 {
			after = after.Retire(id)
		}
	}
	return r.become(ctx, Result{Step: Retired, Anew: did.Anew, Closed: did.Closed}, after)
}

// batch is how many addresses one transaction seals anew: a hundredth of a second, in which nobody else writes.
const batch = 500

func (r Rotation) reseal(ctx context.Context) (store.Resealed, error) {
	all, err := r.Store.ResealOfficials(ctx)
	if err != nil {
		return all, err
	}
	for seen := batch; seen == batch; {
		did, err := r.Store.Reseal(ctx, all.Last, batch)
		if err != nil {
			return all, err
		}
		seen, all.Last = did.Seen, did.Last
		all.Anew, all.Closed = all.Anew+did.Anew, all.Closed+did.Closed
		if r.Progress != nil {
			r.Progress(did.Seen)
		}
	}
	return all, nil
}

// Forget lets go of the old keys that read links of older mails: whoever has such a mail cannot leave by it
// any more. It is not for the middle of a rotation.
func (r Rotation) Forget(ctx context.Context) (Result, error) {
	if r.Keys.Prepared() || len(r.Keys.Old()) > 0 {
		return Result{}, fmt.Errorf("%w: end the rotation first: callbox keys rotate", ErrHeldUp)
	}
	return r.become(ctx, Result{Step: "links forgotten"}, r.Keys.RetireLinks())
}

// become writes down what is done, and then the keys.
func (r Rotation) become(ctx context.Context, did Result, after subscribers.Keys) (Result, error) {
	did.Keys, did.Old, did.Links = after.Fingerprint(), len(after.Old()), after.OldLinks()
	entry := officials.Entry{Actor: desk.Operator, Action: "keys.rotate", Object: string(did.Step),
		Detail: fmt.Sprintf("%s, then %s; %d sealed anew", r.Keys.Fingerprint(), did.Keys, did.Anew)}
	if err := r.Store.Record(ctx, entry); err != nil {
		return did, err
	}
	if after.Fingerprint() == r.Keys.Fingerprint() {
		return did, nil
	}
	return did, r.Write(after)
}

// held returns an error that names the processes that something is not true of.
func held(serving []store.Member, what string, is func(subscribers.Ring) bool) error {
	var names []string
	for _, m := range serving {
		if !is(crew.Ring(m)) {
			names = append(names, m.About)
		}
	}
	if names == nil {
		return nil
	}
	return fmt.Errorf("%w: %s %s: copy the key file to its machine and start it anew", ErrHeldUp, strings.Join(names, " and "), what)
}
