package door

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"
	"github.com/pquerna/otp/totp"

	"callbox/internal/officials"
	"callbox/internal/store"
)

// period is how long a code shows (RFC 6238, section 5.2); the one before and the one after count too,
// because clocks differ.
const period = 30

// step returns the time step whose code this is, or false.
func step(secret, code string, now time.Time) (int64, bool) {
	found, ok := int64(0), false
	at := now.Unix() / period
	for s := at - 1; s <= at+1; s++ {
		want, err := hotp.GenerateCodeCustom(secret, uint64(s), hotp.ValidateOpts{Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1})
		if err == nil && subtle.ConstantTimeCompare([]byte(want), []byte(code)) == 1 {
			found, ok = s, true
		}
	}
	return found, ok
}

// nobodys secret is what the code of somebody is compared with who has no app, so that it takes as long.
var nobodys = strings.Repeat("A", 32)

// checkCode uses up a code of an official. The error is ErrRefused, or ours.
func (d *Door) checkCode(ctx context.Context, official, code string) error {
	secret, last, err := d.store.Code(ctx, official)
	if errors.Is(err, store.ErrNotFound) {
		secret, err = nobodys, nil
		last = math.MaxInt64
	}
	if err != nil {
		return err
	}
	s, ok := step(secret, digits(code), d.now())
	if !ok || s <= last {
		return ErrRefused
	}
	err = d.store.UseCode(ctx, official, s)
	if errors.Is(err, store.ErrStale) {
		return ErrRefused
	}
	return err
}

// digits drops what people type between digits.
func digits(code string) string { return strings.NewReplacer(" ", "", "-", "").Replace(code) }

// Claim is what somebody types who signs in without a passkey.
type Claim struct {
	Name string           // their ID or mail address
	Key  officials.Secret // their personal key
	Code string           // what their app shows
}

// SignInByCode signs in whoever knows the personal key and has the app of the one who is named. The error
// is a *Hold, ErrRefused, or ours.
func (d *Door) SignInByCode(ctx context.Context, v Visitor, c Claim) (officials.Token, error) {
	name := strings.ToLower(strings.TrimSpace(c.Name))
	try, err := d.attempt(ctx, officials.ByCode, v, name)
	if err != nil {
		return "", err
	}
	a, err := d.desk.Who(ctx, officials.Secret(strings.TrimSpace(string(c.Key))))
	if err != nil && !errors.Is(err, officials.ErrUnknown) {
		return "", err
	}
	who := officials.Official{}
	if a.Official != nil {
		who = *a.Official
	}
	known := who.ID != "" && !left(who) && name != "" && (strings.EqualFold(name, who.ID) || strings.EqualFold(name, who.Email))
	if err := d.checkCode(ctx, who.ID, c.Code); err != nil || !known {
		if err != nil && !errors.Is(err, ErrRefused) {
			return "", err
		}
		return "", d.refused(ctx, v, officials.ByCode, who)
	}
	token, err := d.begin(ctx, who, officials.ByCode, v)
	return token, errors.Join(err, try.forgive(ctx))
}

// NewCode is the secret of a code app before it was tried.
type NewCode struct {
	Secret string // to type into the app, base32 (RFC 4648)
	URL    string // otpauth://…, for the app to read as a QR code
	State  string // sealed: comes back with the first code
}

const codePurpose = "new code app"

// newCode is what the state holds.
type newCode struct {
	Session string    `json:"session"`
	Secret  string    `json:"secret"`
	URL     string    `json:"url"`
	Expires time.Time `json:"expires"`
}

// NewCode makes a secret for a code app. Nothing is stored until SetCode.
func (d *Door) NewCode(v Visit) (NewCode, error) {
	o := owner{Official: *v.Actor.Official}
	k, err := totp.Generate(totp.GenerateOpts{Issuer: d.issuer, AccountName: o.WebAuthnName(), Period: period, SecretSize: 20})
	if err != nil {
		return NewCode{}, fmt.Errorf("make the secret of a code app: %w", err)
	}
	plain, err := json.Marshal(newCode{v.ID, k.Secret(), k.URL(), d.now().Add(time.Hour)})
	return NewCode{k.Secret(), k.URL(), base64.RawURLEncoding.EncodeToString(d.store.Seal(codePurpose, plain))}, err
}

// Again returns the new code that a state belongs to, for a page that is shown again; or false.
func (d *Door) Again(v Visit, state string) (NewCode, bool) {
	n, ok := d.opened(v, state)
	return NewCode{n.Secret, n.URL, state}, ok
}

func (d *Door) opened(v Visit, state string) (n newCode, ok bool) {
	sealed, err := base64.RawURLEncoding.DecodeString(state)
	if err != nil {
		return n, false
	}
	plain, err := d.store.Unseal(codePurpose, sealed)
	ok = err == nil && json.Unmarshal(plain, &n) == nil && n.Session == v.ID && d.now().Before(n.Expires)
	return n, ok
}

// SetCode sets up a code app, by a code that it showed, instead of the one before. In a session that a
// link began, it returns the token of the one that takes its place. The error is ErrRefused, or ours.
func (d *Door) SetCode(ctx context.Context, v Visit, state, code string) (officials.Token, error) {
	n, ok := d.opened(v, state)
	if !ok {
		return "", ErrRefused
	}
	s, ok := step(n.Secret, digits(code), d.now())
	if !ok {
		return "", ErrRefused
	}
	if err := d.store.SetCode(ctx, v.Official, n.Secret, s, entry(v.Actor, "code.add", v.Official, "")); err != nil {
		return "", err
	}
	return d.strengthen(ctx, v, officials.ByCode)
}

// RemoveCode removes the code app of the one who asks; never their last way to sign in.
func (d *Door) RemoveCode(ctx context.Context, a officials.Actor) error {
	f, err := d.store.Factors(ctx, a.Name())
	if err != nil {
		return err
	}
	if len(f.Passkeys) == 0 {
		return ErrLast
	}
	return d.store.SetCode(ctx, a.Name(), "", 0, entry(a, "code.remove", a.Name(), ""))
}

// TouchByCode is Touch for who has no passkey: a fresh code. Whoever has one must touch it. The error is
// ErrUntouched, a *Hold, or ours.
func (d *Door) TouchByCode(ctx context.Context, v Visit, code string) error {
	f, err := d.store.Factors(ctx, v.Official)
	if err != nil {
		return err
	}
	if len(f.Passkeys) > 0 {
		return ErrUntouched
	}
	try, err := d.attempt(ctx, "touch", Visitor{Network: v.ID}, v.Official)
	if err != nil {
		return err
	}
	if err := d.checkCode(ctx, v.Official, code); errors.Is(err, ErrRefused) {
		return ErrUntouched
	} else if err != nil {
		return err
	}
	return try.forgive(ctx)
}

// attempt counts an attempt before it is judged.
type attempt struct {
	d                *Door
	account, network []byte
}

func (d *Door) attempt(ctx context.Context, how officials.How, v Visitor, account string) (attempt, error) {
	sum := func(kind, what string) []byte {
		h := sha256.Sum256([]byte(string(how) + "\x00" + kind + "\x00" + what))
		return h[:]
	}
	a := attempt{d, nil, sum("network", v.Network)}
	who := [][]byte{a.network}
	if account != "" {
		a.account = sum("account", account)
		who = append(who, a.account)
	}
	again, err := d.store.Attempt(ctx, who)
	if err == nil && !again.IsZero() {
		err = &Hold{again}
	}
	return a, err
}

func (a attempt) forgive(ctx context.Context) error {
	return a.d.store.Forgive(ctx, a.account, a.network)
}
