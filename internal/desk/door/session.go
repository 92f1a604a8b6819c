package door

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"time"

	"callbox/internal/officials"
	"callbox/internal/store"
)

// seenEvery is how often a session that is used says so to the database.
const seenEvery = time.Minute

// Session returns the visit that a token opens, or ErrSignedOut.
func (d *Door) Session(ctx context.Context, t officials.Token) (Visit, error) {
	if t == "" {
		return Visit{}, ErrSignedOut
	}
	s, who, err := d.store.Session(ctx, t.Hash())
	if errors.Is(err, store.ErrNotFound) {
		return Visit{}, ErrSignedOut
	}
	if err != nil {
		return Visit{}, err
	}
	now := d.now()
	if at, _ := s.Ends(); !now.Before(at) || left(*who.Official) {
		return Visit{}, ErrSignedOut
	}
	if now.Sub(s.Seen) >= seenEvery {
		if err := d.store.Saw(ctx, s.ID, now); err != nil {
			d.desk.Log.Warn("a session could not be prolonged", "why", err)
		} else {
			s.Seen = now
		}
	}
	return Visit{s, who}, nil
}

// left reports whether somebody may do nothing any more.
func left(o officials.Official) bool { return len(o.Roles) == 0 }

// begun makes a session and its token.
func (d *Door) begun(official string, how officials.How, v Visitor) (officials.Session, officials.Token) {
	now := d.now().UTC().Truncate(time.Millisecond)
	return officials.Session{ID: rand.Text()[:12], Official: official, How: how, Network: v.Network, Agent: short(v.Agent, 200),
		Created: now, Seen: now, Proved: now}, officials.NewToken()
}

// short cuts a text of a stranger to n bytes.
func short(s string, n int) string {
	return strings.ToValidUTF8(s[:min(len(s), n)], "")
}

// begin signs an official in.
func (d *Door) begin(ctx context.Context, o officials.Official, how officials.How, v Visitor) (officials.Token, error) {
	s, token := d.begun(o.ID, how, v)
	e := officials.Entry{Agency: o.Agency, Actor: o.ID, Action: "sign-in", Object: s.ID, Detail: string(how) + " from " + v.Network}
	return token, d.store.Begin(ctx, s, token.Hash(), e)
}

// Sessions returns the sessions of the one who asks, newest first.
func (d *Door) Sessions(ctx context.Context, a officials.Actor) ([]officials.Session, error) {
	return d.store.Sessions(ctx, a.Name())
}

// End ends a session of the one who asks: the one at hand, or another that is theirs.
func (d *Door) End(ctx context.Context, a officials.Actor, session string) error {
	return d.store.End(ctx, a.Name(), session, entry(a, "session.end", session, ""))
}

// Prove notes that the one who is signed in proved anew who they are: see [Door.Touch].
func (d *Door) Prove(ctx context.Context, v Visit) error { return d.store.Proved(ctx, v.ID, d.now()) }

// linkLives is how long a one-time link lets its official in.
const linkLives = 24 * time.Hour

// Link makes a link that lets an official in once; the operator does it. Links made before open nothing.
func (d *Door) Link(ctx context.Context, official officials.Official) (officials.Token, error) {
	t := officials.NewToken()
	return t, d.store.AddEntry(ctx, official.ID, t.Hash(), d.now().Add(linkLives), operator(official, "link.add"))
}

// Guest returns whom a one-time link lets in, without using it; or ErrRefused.
func (d *Door) Guest(ctx context.Context, link officials.Token) (officials.Official, error) {
	o, err := d.store.Entry(ctx, link.Hash())
	if errors.Is(err, store.ErrNotFound) || err == nil && left(o) {
		err = ErrRefused
	}
	return o, err
}

// Enter uses a one-time link. The session it begins is there to set up ways to sign in.
func (d *Door) Enter(ctx context.Context, v Visitor, link officials.Token) (officials.Token, error) {
	o, err := d.Guest(ctx, link)
	if err != nil {
		return "", err
	}
	s, token := d.begun(o.ID, officials.ByLink, v)
	e := officials.Entry{Agency: o.Agency, Actor: o.ID, Action: "sign-in", Object: s.ID, Detail: "link from " + v.Network}
	err = d.store.Enter(ctx, link.Hash(), s, token.Hash(), e)
	if errors.Is(err, store.ErrNotFound) {
		return "", ErrRefused
	}
	if err != nil {
		return "", fmt.Errorf("enter by a link: %w", err)
	}
	return token, nil
}

// strengthen replaces a session that a link began by one of the means that was just set up; any other
// session stays, and the token is empty.
func (d *Door) strengthen(ctx context.Context, v Visit, how officials.How) (officials.Token, error) {
	if v.How.Strong() {
		return "", nil
	}
	token, err := d.begin(ctx, *v.Actor.Official, how, Visitor{v.Network, v.Agent})
	if err != nil {
		return "", err
	}
	return token, d.End(ctx, v.Actor, v.ID)
}
