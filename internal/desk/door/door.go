// Package door lets officials into the console and out: passkeys, codes, one-time links, sessions, and
// how two administrators let somebody in again.
//
// It says who somebody is; what they may do is the desk's to decide.
package door

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"time"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"callbox/internal/desk"
	"callbox/internal/officials"
	"callbox/internal/store"
)

// Errors that the console tells apart.
var (
	// ErrRefused is the one answer to every sign-in that fails, whatever the reason.
	ErrRefused = errors.New("the way to sign in was not accepted")
	// ErrSignedOut says that a token opens no session: it ended or never was.
	ErrSignedOut = errors.New("not signed in")
	// ErrUntouched says that no fresh proof of who acts came with what they did.
	ErrUntouched = errors.New("confirm that it is you: touch your passkey, or give a fresh code")
	// ErrLast says that the last way to sign in cannot be removed.
	ErrLast = errors.New("this is the last way to sign in; set up another one first")
)

// Hold is the error of an attempt that came too soon after others that failed.
type Hold struct{ Until time.Time }

func (h *Hold) Error() string { return "too many attempts failed; wait" }

// Visitor is where a request comes from.
type Visitor struct {
	Network string // an address or a prefix
	Agent   string // what the browser calls itself
}

// Visit is a session that is alive, and who acts in it.
type Visit struct {
	officials.Session
	Actor officials.Actor
}

// Door is the door of one console. Its methods may be called by many goroutines.
type Door struct {
	desk  *desk.Desk
	store *store.Store
	web   *webauthn.WebAuthn

	origin string // "https://console.example.gov"
	issuer string // the name that code apps show
}

// New returns the door of the console at an origin such as "https://console.example.gov". Passkeys are
// bound to its host: they open no console elsewhere.
func New(d *desk.Desk, origin string) (*Door, error) {
	u, err := url.Parse(origin)
	if err != nil || u.Hostname() == "" || u.Path != "" {
		return nil, errors.New("door: the origin of the console must look like https://console.example.gov")
	}
	key := true
	web, err := webauthn.New(&webauthn.Config{RPID: u.Hostname(), RPDisplayName: "Callbox", RPOrigins: []string{origin},
		AttestationPreference: protocol.PreferNoAttestation,
		AuthenticatorSelection: protocol.AuthenticatorSelection{RequireResidentKey: &key,
			ResidentKey: protocol.ResidentKeyRequirementRequired, UserVerification: protocol.VerificationRequired}})
	if err != nil {
		return nil, fmt.Errorf("door: %w", err)
	}
	return &Door{desk: d, store: d.Store, web: web, origin: origin, issuer: "Callbox " + u.Hostname()}, nil
}

// URL is the address of a one-time link.
func (d *Door) URL(link officials.Token) string { return d.origin + "/console/enter/" + link.Reveal() }

func (d *Door) now() time.Time { return d.desk.Now() }

// entry begins an entry of the audit trail about an official's own door.
func entry(a officials.Actor, action, object, detail string) officials.Entry {
	return officials.Entry{Agency: a.Agency.ID, Actor: a.Name(), Action: action, Object: object, Detail: detail}
}

// refused records a sign-in that failed. Of a name that nobody has nothing is kept: it may be a secret
// that was typed into the wrong field.
func (d *Door) refused(ctx context.Context, v Visitor, how officials.How, who officials.Official) error {
	e := officials.Entry{Agency: who.Agency, Actor: "visitor", Action: "sign-in.refused", Object: who.ID, Detail: string(how) + " from " + v.Network}
	return errors.Join(ErrRefused, d.store.Record(ctx, e))
}

// operator begins an entry about what the holder of the machine does.
func operator(o officials.Official, action string) officials.Entry {
	return officials.Entry{Agency: o.Agency, Actor: desk.Operator, Action: action, Object: o.ID}
}
