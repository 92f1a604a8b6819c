package door

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"callbox/internal/desk"
	"callbox/internal/officials"
)

// recoveryLinkLives is how long the link of a recovery lets its official in: it is told on the telephone.
const recoveryLinkLives = time.Hour

// ErrReason says that a recovery was asked for without a reason.
var ErrReason = errors.New("say why, and how you made sure who asks")

// AskRecovery is the first administrator's word that somebody of their agency, who lost every way to sign
// in, is to be let in again. Nothing happens before a second administrator confirms it.
func (d *Door) AskRecovery(ctx context.Context, a officials.Actor, official, reason string) error {
	o, err := d.recoverable(ctx, a, official)
	if err != nil {
		return err
	}
	if reason = strings.TrimSpace(reason); reason == "" {
		return ErrReason
	}
	r := officials.Recovery{ID: rand.Text()[:12], Agency: o.Agency, Official: o.ID, Reason: short(reason, 500), By: a.Name(), At: d.now()}
	return d.store.AskRecovery(ctx, r, entry(a, "recovery.ask", o.ID, r.Reason))
}

// recoverable returns whom an administrator may help: somebody else of their agency.
func (d *Door) recoverable(ctx context.Context, a officials.Actor, official string) (officials.Official, error) {
	if !a.Person() || !a.May(officials.Admin, "") {
		return officials.Official{}, fmt.Errorf("%w: this needs the role admin", desk.ErrDenied)
	}
	people, err := d.store.Officials(ctx, a.Agency.ID)
	if err != nil {
		return officials.Official{}, err
	}
	i := slices.IndexFunc(people, func(o officials.Official) bool { return o.ID == official })
	if i < 0 {
		return officials.Official{}, fmt.Errorf("official %q: %w", official, desk.ErrNotFound)
	}
	if official == a.Name() {
		return officials.Official{}, fmt.Errorf("%w: two others let you in again", desk.ErrDenied)
	}
	return people[i], nil
}

// Recoveries returns the requests of an administrator's agency that wait for a second one.
func (d *Door) Recoveries(ctx context.Context, a officials.Actor) ([]officials.Recovery, error) {
	if !a.May(officials.Admin, "") {
		return nil, nil
	}
	return d.store.Recoveries(ctx, a.Agency.ID)
}

func (d *Door) recovery(ctx context.Context, a officials.Actor, id string) (officials.Recovery, error) {
	list, err := d.Recoveries(ctx, a)
	if err != nil {
		return officials.Recovery{}, err
	}
	i := slices.IndexFunc(list, func(r officials.Recovery) bool { return r.ID == id })
	if i < 0 {
		return officials.Recovery{}, fmt.Errorf("the request to let somebody in again: %w", desk.ErrNotFound)
	}
	return list[i], nil
}

// Recover is the second administrator's word. Whatever let the person in before opens nothing any more,
// and the link, which is shown once, does.
func (d *Door) Recover(ctx context.Context, a officials.Actor, id string) (officials.Official, officials.Token, error) {
	r, err := d.recovery(ctx, a, id)
	if err != nil {
		return officials.Official{}, "", err
	}
	o, err := d.recoverable(ctx, a, r.Official)
	if err != nil {
		return o, "", err
	}
	if r.By == a.Name() {
		return o, "", fmt.Errorf("%w: another administrator confirms what you asked for", desk.ErrDenied)
	}
	t := officials.NewToken()
	return o, t, d.store.Recover(ctx, r, t.Hash(), d.now().Add(recoveryLinkLives), entry(a, "recovery.confirm", o.ID, "asked by "+r.By))
}

// DropRecovery ends a request: the one who asked, or another administrator, thought better of it.
func (d *Door) DropRecovery(ctx context.Context, a officials.Actor, id string) error {
	r, err := d.recovery(ctx, a, id)
	if err != nil {
		return err
	}
	return d.store.DropRecovery(ctx, id, entry(a, "recovery.drop", r.Official, ""))
}
