package desk

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"callbox/internal/officials"
	"callbox/internal/trail"
)

// copyEvery is how long an entry may be in the database alone.
const copyEvery = time.Second

// runTrail keeps the second copy of the audit trail until ctx ends, where there is to be one.
func (d *Desk) runTrail(ctx context.Context) {
	if d.AuditCopy == "" {
		return
	}
	tick := time.NewTicker(copyEvery)
	defer tick.Stop()
	var copied *trail.Copy
	said := ""
	for {
		var err error
		if copied == nil {
			copied, err = trail.OpenCopy(d.AuditCopy)
		}
		if err == nil {
			err = copied.Follow(ctx, d.Store)
		}
		switch {
		case err == nil:
			said = ""
		case ctx.Err() == nil && err.Error() != said: // once: it is in readiness for as long as it lasts
			said = err.Error()
			d.Log.Error("the audit trail could not be copied", "why", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// VerifyAudit follows the whole audit trail and its second copy. The error is a [*trail.Broken] where
// either was changed.
func (d *Desk) VerifyAudit(ctx context.Context, a officials.Actor) (trail.Verified, error) {
	if err := mayAudit(a); err != nil {
		return trail.Verified{}, err
	}
	return trail.Verify(ctx, d.Store, d.AuditCopy)
}

// AuditFilter narrows the audit trail; what is empty does not.
type AuditFilter struct {
	Actor  string // exactly
	Action string // begins with: "draft."
	Object string // begins with
	Since  time.Time
}

func (f AuditFilter) takes(e officials.Entry) bool {
	return (f.Actor == "" || e.Actor == f.Actor) && strings.HasPrefix(e.Action, f.Action) &&
		strings.HasPrefix(e.Object, f.Object) && !e.At.Before(f.Since)
}

// AuditEntries returns the entries of the actor's agency, and those of no agency, newest first. It verifies
// the chain on the way; with an error come the entries before it.
func (d *Desk) AuditEntries(ctx context.Context, a officials.Actor, f AuditFilter) ([]officials.Entry, error) {
	if err := mayAudit(a); err != nil {
		return nil, err
	}
	var out []officials.Entry
	err := d.Store.Audit(ctx, 0, func(e officials.Entry) error {
		if (e.Agency == "" || e.Agency == a.Agency.ID) && f.takes(e) {
			out = append(out, e)
		}
		return nil
	})
	slices.Reverse(out)
	return out, err
}

// mayAudit lets auditors and administrators read the trail: it tells who did what.
func mayAudit(a officials.Actor) error {
	if a.May(officials.Auditor, "") {
		return nil
	}
	return may(a, officials.Admin, "")
}

// readyTrail says whether the audit trail is whole.
func (d *Desk) readyTrail(ctx context.Context) (Check, error) {
	v, err := trail.Verify(ctx, d.Store, d.AuditCopy)
	if broken, ok := errors.AsType[*trail.Broken](err); ok {
		return Check{"audit", false, fmt.Sprintf("%v: keep both, and find out who changed it", broken)}, nil
	}
	if err != nil {
		return Check{}, err
	}
	if d.AuditCopy == "" {
		return Check{"audit", true, fmt.Sprintf("verified to entry %d; there is no second copy: set audit_copy to a file on another disk", v.Entries)}, nil
	}
	return Check{"audit", true, fmt.Sprintf("verified to entry %d, copied to entry %d", v.Entries, v.Copied)}, nil
}
