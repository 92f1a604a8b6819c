package door

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"callbox/internal/officials"
	"callbox/internal/store"
)

// Question is what a browser asks an authenticator, and what it hands back with the answer.
type Question struct {
	Options any    `json:"options"` // the JSON form of the options (WebAuthn Level 3, section 5.1)
	State   string `json:"state"`   // sealed: the challenge and what it is for
}

// Answer is what comes back: the state of the question, and the credential in its JSON form.
type Answer struct {
	State      string          `json:"state"`
	Credential json.RawMessage `json:"credential"`
}

// ReadAnswer reads the JSON form of an answer.
func ReadAnswer(text string) (Answer, error) {
	var a Answer
	if err := json.Unmarshal([]byte(text), &a); err != nil || a.State == "" {
		return a, ErrUntouched
	}
	return a, nil
}

// What questions are for, beside the purposes of touches.
const (
	toSignIn = "sign-in"
	toAdd    = "add"
	toTouch  = "touch:"
)

// asked is what the state of a question holds.
type asked struct {
	For     string               `json:"for"`
	Session string               `json:"session,omitempty"` // the only one that may answer
	Data    webauthn.SessionData `json:"data"`
	Expires time.Time            `json:"expires"`
}

const (
	askedPurpose = "passkey question"
	askedLives   = 5 * time.Minute
)

func (d *Door) question(options any, a asked) (Question, error) {
	a.Expires = d.now().Add(askedLives)
	plain, err := json.Marshal(a)
	if err != nil {
		return Question{}, err
	}
	return Question{options, base64.RawURLEncoding.EncodeToString(d.store.Seal(askedPurpose, plain))}, nil
}

// answered returns the question that an answer belongs to. Every reason to refuse it is the same.
func (d *Door) answered(a Answer, purpose, session string) (asked, bool) {
	var q asked
	sealed, err := base64.RawURLEncoding.DecodeString(a.State)
	if err != nil {
		return q, false
	}
	plain, err := d.store.Unseal(askedPurpose, sealed)
	if err != nil || json.Unmarshal(plain, &q) != nil {
		return q, false
	}
	return q, q.For == purpose && q.Session == session && d.now().Before(q.Expires)
}

// owner is an official as the library sees one.
type owner struct {
	officials.Official
	keys []webauthn.Credential
}

func (o owner) WebAuthnID() []byte          { return officials.Handle(o.ID) }
func (o owner) WebAuthnDisplayName() string { return o.Name }
func (o owner) WebAuthnName() string {
	if o.Email != "" {
		return o.Email
	}
	return o.ID
}
func (o owner) WebAuthnCredentials() []webauthn.Credential { return o.keys }

func ownerOf(o officials.Official, keys ...officials.Passkey) (owner, error) {
	out := owner{Official: o}
	for _, k := range keys {
		var c webauthn.Credential
		if err := json.Unmarshal(k.Credential, &c); err != nil {
			return out, fmt.Errorf("read a passkey: %w", err)
		}
		out.keys = append(out.keys, c)
	}
	return out, nil
}

// AskSignIn asks for any passkey of this console.
func (d *Door) AskSignIn() (Question, error) {
	options, data, err := d.web.BeginDiscoverableLogin(webauthn.WithUserVerification(protocol.VerificationRequired))
	if err != nil {
		return Question{}, err
	}
	return d.question(options.Response, asked{For: toSignIn, Data: *data})
}

// SignIn signs in whoever holds the passkey. The error is a *Hold, ErrRefused, or ours.
func (d *Door) SignIn(ctx context.Context, v Visitor, a Answer) (officials.Token, error) {
	try, err := d.attempt(ctx, officials.ByPasskey, v, "")
	if err != nil {
		return "", err
	}
	who, err := d.signIn(ctx, a)
	if errors.Is(err, ErrRefused) {
		return "", d.refused(ctx, v, officials.ByPasskey, who)
	}
	if err != nil {
		return "", err
	}
	token, err := d.begin(ctx, who, officials.ByPasskey, v)
	return token, errors.Join(err, try.forgive(ctx))
}

func (d *Door) signIn(ctx context.Context, a Answer) (who officials.Official, err error) {
	q, ok := d.answered(a, toSignIn, "")
	parsed, bad := protocol.ParseCredentialRequestResponseBytes(a.Credential)
	if !ok || bad != nil {
		return who, ErrRefused
	}
	var key officials.Passkey
	var broken error // ours, which the library would hide
	find := func(id, _ []byte) (webauthn.User, error) {
		key, who, err = d.store.Passkey(ctx, id)
		if err != nil {
			if !errors.Is(err, store.ErrNotFound) {
				broken = err
			}
			return nil, err
		}
		return ownerOf(who, key)
	}
	_, got, err := d.web.ValidatePasskeyLogin(find, q.Data, parsed)
	if broken != nil {
		return who, broken
	}
	if err != nil || left(who) {
		return who, ErrRefused
	}
	return who, d.used(ctx, key, got, q)
}

// used writes what the authenticator said. A question is answered once, and a counter that went back
// betrays a copy.
func (d *Door) used(ctx context.Context, key officials.Passkey, got *webauthn.Credential, q asked) error {
	if got.Authenticator.CloneWarning {
		return ErrRefused
	}
	var err error
	if key.Credential, err = json.Marshal(got); err != nil {
		return err
	}
	key.Used = d.now()
	err = d.store.UsedPasskey(ctx, key, []byte(q.Data.Challenge), q.Expires)
	if errors.Is(err, store.ErrStale) || errors.Is(err, store.ErrNotFound) {
		return ErrRefused
	}
	return err
}

// AskNew asks an authenticator to make a passkey for the one who is signed in.
func (d *Door) AskNew(ctx context.Context, v Visit) (Question, error) {
	f, err := d.store.Factors(ctx, v.Official)
	if err != nil {
		return Question{}, err
	}
	o, err := ownerOf(*v.Actor.Official, f.Passkeys...)
	if err != nil {
		return Question{}, err
	}
	options, data, err := d.web.BeginRegistration(o, webauthn.WithExclusions(webauthn.Credentials(o.keys).CredentialDescriptors()))
	if err != nil {
		return Question{}, err
	}
	return d.question(options.Response, asked{For: toAdd, Session: v.ID, Data: *data})
}

// AddPasskey adds the passkey that was made. In a session that a link began, it returns the token of the
// one that takes its place.
func (d *Door) AddPasskey(ctx context.Context, v Visit, name string, a Answer) (officials.Token, error) {
	q, ok := d.answered(a, toAdd, v.ID)
	parsed, err := protocol.ParseCredentialCreationResponseBytes(a.Credential)
	if !ok || err != nil {
		return "", ErrRefused
	}
	o, err := ownerOf(*v.Actor.Official)
	if err != nil {
		return "", err
	}
	made, err := d.web.CreateCredential(o, q.Data, parsed)
	if err != nil {
		return "", ErrRefused
	}
	data, err := json.Marshal(made)
	if err != nil {
		return "", err
	}
	if name = strings.TrimSpace(name); name == "" {
		name = "Passkey"
	}
	p := officials.Passkey{ID: made.ID, Official: v.Official, Name: short(name, 60), Credential: data, Created: d.now()}
	err = d.store.AddPasskey(ctx, p, entry(v.Actor, "passkey.add", v.Official, p.Name))
	if errors.Is(err, store.ErrTaken) {
		return "", ErrRefused
	}
	if err != nil {
		return "", err
	}
	return d.strengthen(ctx, v, officials.ByPasskey)
}

// RemovePasskey removes a passkey of the one who asks; never their last way to sign in.
func (d *Door) RemovePasskey(ctx context.Context, a officials.Actor, id []byte) error {
	f, err := d.store.Factors(ctx, a.Name())
	if err != nil {
		return err
	}
	if len(f.Passkeys) < 2 && !f.Code {
		return ErrLast
	}
	return d.store.RemovePasskey(ctx, a.Name(), id, entry(a, "passkey.remove", a.Name(), ""))
}

// Factors returns the ways in which the one who asks can sign in.
func (d *Door) Factors(ctx context.Context, a officials.Actor) (officials.Factors, error) {
	return d.store.Factors(ctx, a.Name())
}

// AskTouch asks for a passkey of the one who is signed in, for one purpose. ErrNotFound of the desk says
// that they have none and must give a code.
func (d *Door) AskTouch(ctx context.Context, v Visit, purpose string) (Question, error) {
	o, _, err := d.keysOf(ctx, v)
	if err != nil {
		return Question{}, err
	}
	if len(o.keys) == 0 {
		return Question{}, store.ErrNotFound
	}
	options, data, err := d.web.BeginLogin(o, webauthn.WithUserVerification(protocol.VerificationRequired))
	if err != nil {
		return Question{}, err
	}
	return d.question(options.Response, asked{For: toTouch + purpose, Session: v.ID, Data: *data})
}

func (d *Door) keysOf(ctx context.Context, v Visit) (owner, officials.Factors, error) {
	f, err := d.store.Factors(ctx, v.Official)
	if err != nil {
		return owner{}, f, err
	}
	o, err := ownerOf(*v.Actor.Official, f.Passkeys...)
	return o, f, err
}

// Touch verifies that the one who is signed in touched their passkey for exactly this purpose, in this
// session, now and for the first time. The error is ErrUntouched, or ours.
func (d *Door) Touch(ctx context.Context, v Visit, purpose string, a Answer) error {
	q, ok := d.answered(a, toTouch+purpose, v.ID)
	parsed, bad := protocol.ParseCredentialRequestResponseBytes(a.Credential)
	if !ok || bad != nil {
		return ErrUntouched
	}
	o, f, err := d.keysOf(ctx, v)
	if err != nil {
		return err
	}
	got, err := d.web.ValidateLogin(o, q.Data, parsed)
	if err != nil {
		return ErrUntouched
	}
	for _, key := range f.Passkeys {
		if string(key.ID) == string(got.ID) {
			if err = d.used(ctx, key, got, q); errors.Is(err, ErrRefused) {
				err = ErrUntouched
			}
			return err
		}
	}
	return ErrUntouched
}
