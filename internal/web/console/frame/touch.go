package frame

import (
	"encoding/json"
	"errors"
	"net/http"

	"callbox/internal/desk"
	"callbox/internal/desk/door"
)

// The fields by which proof comes of who acts.
const (
	touchField = "touch" // made by webauthn.js
	codeField  = "code"  // typed by who has no passkey
)

// Touched verifies that the one who acts proved it with this POST, for exactly this purpose, or returns
// ErrUntouched. Then the actor counts as touched. A form asks for it by the attribute
// data-touch="PURPOSE", and holds {{template "touch" .Touch}} with what [Call.Touch] returned.
func (c *Call) Touched(purpose string) error {
	text := c.PostFormValue(touchField)
	var err error
	if text != "" {
		var a door.Answer
		if a, err = door.ReadAnswer(text); err == nil {
			err = c.Door.Touch(c.Context(), c.Visit, purpose, a)
		}
	} else {
		err = c.Door.TouchByCode(c.Context(), c.Visit, c.PostFormValue(codeField))
	}
	if h, ok := errors.AsType[*door.Hold](err); ok {
		return Fault{http.StatusTooManyRequests, "Too many codes were wrong. Try again at " + c.When(h.Until) + "."}
	}
	c.Actor.Touched = err == nil
	return err
}

// Touch says how the one who is signed in proves that it is them.
type Touch struct {
	Purpose string
	Passkey bool // else a code is typed
}

// Touch returns how a form for a purpose asks for proof.
func (c *Call) Touch(purpose string) (Touch, error) {
	f, err := c.Door.Factors(c.Context(), c.Actor)
	return Touch{purpose, len(f.Passkeys) > 0}, err
}

// askTouch answers webauthn.js with the question for an authenticator; 204 says that there is no passkey.
func askTouch(c *Call) error {
	q, err := c.Door.AskTouch(c.Context(), c.Visit, c.PostFormValue("purpose"))
	if errors.Is(err, desk.ErrNotFound) {
		c.WriteHeader(http.StatusNoContent)
		return nil
	}
	if err != nil {
		return err
	}
	return c.JSON(q)
}

// JSON answers a script.
func (c *Call) JSON(v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	c.ResponseWriter.Header().Set("Content-Type", scripted)
	_, _ = c.ResponseWriter.Write(b) // an error means that the reader left
	return nil
}

// stay answers session.js: the request itself prolonged the session, by this many seconds.
func stay(c *Call) error {
	at, final := c.Visit.Ends()
	return c.JSON(map[string]any{"ends": int(at.Sub(c.Now).Seconds()), "final": final})
}
